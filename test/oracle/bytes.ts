/** Reads the primitive forms of the binary format, trusting that they are well formed (core spec 5.2). */
export class Bytes {
  readonly all: Uint8Array
  at: number
  readonly end: number

  constructor(all: Uint8Array, at: number, end: number) {
    this.all = all
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  u8(): number {
    if (this.done) throw new Error('the oracle reads past the end: this module was not admitted')
    return this.all[this.at++]!
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.end) throw new Error('the oracle reads past the end: this module was not admitted')
    this.at += count
    return this.all.slice(this.at - count, this.at)
  }

  /** LEB128, unsigned or signed, of any length. */
  #leb(signed: boolean): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return signed ? BigInt.asIntN(Number(shift) + 7, value) : value
    }
  }

  u32(): number {
    if (this.all[this.at]! < 0x80) return this.u8()
    return Number(this.#leb(false))
  }

  /** A signed integer: of 32, 33 or 64 bits, as the place wants it. */
  signed(): bigint {
    return this.#leb(true)
  }

  name(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.u32()))
  }

  /** A vector: its length and its items. */
  list<T>(item: () => T): T[] {
    const items: T[] = []
    for (let left = this.u32(); left > 0; left--) items.push(item())
    return items
  }
}
