/**
 * The offsets of the blocks in a journal: a hash table from multihashes to offsets. It takes 16 to 32 bytes for each
 * block.
 *
 * A complete journal ends with its table. So a process finds a block without reading the whole journal.
 */

/** The smallest number of slots. The number of slots is a power of two, and at most half of them are taken. */
const LEAST_SLOTS = 64
/**
 * For one multihash, `find` collects at most `MAX_COLLECTED` offsets, and returns at most `MAX_GIVEN` of them. A
 * multihash has several offsets if its block was put several times.
 */
const MAX_COLLECTED = 4096
const MAX_GIVEN = 16

/**
 * The table. Each slot consists of two numbers: the last four bytes of a multihash, and an offset. No record has the
 * offset 0, so a slot with the offset 0 is empty.
 *
 * Two multihashes may end with the same four bytes. So the block at an offset may be another one, and the reader has to
 * compare the multihash in the record.
 */
export class OffsetTable {
  #slots: Uint32Array<ArrayBuffer>
  #count: number

  constructor(slots: Uint32Array<ArrayBuffer> = new Uint32Array(2 * LEAST_SLOTS), count = 0) {
    this.#slots = slots
    this.#count = count
  }

  /** Makes a table from its bytes. Returns undefined if the bytes are not a table. The offsets in it may be wrong. */
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

  /** Adds an offset. A multihash may have several offsets. */
  add(multihash: Uint8Array, offset: number): void {
    if (4 * (this.#count + 1) > this.#slots.length) this.#grow()
    this.#place(endOf(multihash), offset)
    this.#count++
  }

  /**
   * Returns the offsets at which the block with this multihash may be. The greatest offset, which is the newest one,
   * comes first.
   */
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

/** The last four bytes of a multihash. They belong to the digest. */
function endOf(multihash: Uint8Array): number {
  let value = 0
  for (let i = multihash.length - 4; i < multihash.length; i++) value = (value << 8) | (multihash[i] ?? 0)
  return value >>> 0
}
