/**
 * Where the blocks of a journal are: a hash table from multihashes to offsets, of 16 to 32 bytes per block. A complete journal
 * ends with its table, so that nobody has to read the journal in order to find a block.
 */

/** The fewest slots of a table. The number of slots is a power of two, and at most half of them are taken. */
const LEAST_SLOTS = 64
/** The greatest numbers of offsets that are collected and given for a multihash. There is more than one if a block was put again. */
const MAX_COLLECTED = 4096
const MAX_GIVEN = 16

/**
 * Each slot is two numbers: the last four bytes of a multihash, and an offset. No record has the offset 0, so 0 is an empty slot.
 * Different multihashes may end alike, so an offset is where a block may be. The record there tells.
 */
export class OffsetTable {
  #slots: Uint32Array<ArrayBuffer>
  #count: number

  constructor(slots: Uint32Array<ArrayBuffer> = new Uint32Array(2 * LEAST_SLOTS), count = 0) {
    this.#slots = slots
    this.#count = count
  }

  /** A table from its bytes; undefined for bytes that are no table. The offsets in it are not trusted. */
  static from(bytes: Uint8Array): OffsetTable | undefined {
    const size = bytes.length / 8
    if (!Number.isInteger(size) || size < LEAST_SLOTS || (size & (size - 1)) !== 0) return undefined
    const slots = new Uint32Array(bytes.slice().buffer)
    let count = 0
    for (let i = 1; i < slots.length; i += 2) if (slots[i] !== 0) count++
    return 2 * count > size ? undefined : new OffsetTable(slots, count)
  }

  /** The number of offsets. */
  get count(): number {
    return this.#count
  }

  /** The bytes of the table, in the byte order of the machine. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#slots.buffer)
  }

  /** Adds an offset. A multihash may have several. */
  add(multihash: Uint8Array, offset: number): void {
    if (4 * (this.#count + 1) > this.#slots.length) this.#grow()
    this.#place(endOf(multihash), offset)
    this.#count++
  }

  /** The offsets at which a block with this multihash may be, the greatest and so the newest first. */
  find(multihash: Uint8Array): readonly number[] {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    const end = endOf(multihash)
    const found: number[] = []
    for (let slot = end & mask; slots[2 * slot + 1] !== 0 && found.length < MAX_COLLECTED; slot = (slot + 1) & mask)
      if (slots[2 * slot] === end) found.push(slots[2 * slot + 1]!)
    return found.length < 2 ? found : found.sort((a, b) => b - a).slice(0, MAX_GIVEN)
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * old.length)
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.#place(old[i]!, old[i + 1]!)
  }

  #place(end: number, offset: number): void {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    let slot = end & mask
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    slots[2 * slot] = end
    slots[2 * slot + 1] = offset
  }
}

/** The last four bytes of a multihash, where digests are. */
function endOf(multihash: Uint8Array): number {
  let value = 0
  for (let i = multihash.length - 4; i < multihash.length; i++) value = (value << 8) | (multihash[i] ?? 0)
  return value >>> 0
}
