import { ITEM, type GuestAccess } from './guest-access.ts'
import type { InputFile } from './input.ts'
import type { Space } from './space.ts'

/**
 * The size of a page in bytes. A page is copied from the input when the guest first writes a byte of it (copy on
 * write).
 */
export const PAGE = 4096

/** The smallest buffer of a page in bytes. Bytes of the page beyond its buffer are 0. */
const SMALLEST_PAGE = 64

/**
 * The bytes of a file: a read-only input, and copied pages which hide the input where the guest has written. All other
 * bytes are 0, for example those that `resize` adds at the end.
 */
export class Content {
  readonly #input: InputFile | undefined
  /**
   * The length of the input that has not been cut off; undefined until a size is needed, since the size may load a
   * block.
   */
  #inputReach: number | undefined
  readonly #pages = new Map<number, Uint8Array>()
  /** The number of copied pages that begin before the end of the input. */
  #replaced = 0
  /** The size of the file in bytes; undefined while it is the size of the input. */
  #ownSize: number | undefined

  constructor(input?: InputFile) {
    this.#input = input
  }

  get size(): number {
    return this.#ownSize ?? this.#inputEnd
  }

  get #inputEnd(): number {
    return (this.#inputReach ??= this.#input?.size ?? 0)
  }

  get #isUntouched(): boolean {
    return this.#pages.size === 0 && this.#ownSize === undefined
  }

  /** The input if the file is still equal to it, else undefined. */
  get unchanged(): InputFile | undefined {
    if (this.#isUntouched) return this.#input
    const isEqual = this.#pages.size === 0 && this.size === this.#input?.size && this.#inputEnd === this.size
    return isEqual ? this.#input : undefined
  }

  /** Bytes that the file takes of the space for files. */
  get taken(): number {
    return this.#isUntouched ? 0 : this.#takenBy(this.size, this.#inputEnd, this.#replaced)
  }

  /** Fills `into` with the bytes from `offset` on. The caller ensures that the range lies in the file. */
  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const at = offset + done
      const page = this.#pages.get(Math.floor(at / PAGE))
      if (page === undefined) {
        const length = this.#lengthOfRest(at, into.length - done)
        this.#readInput(at, into.subarray(done, done + length))
        done += length
      } else {
        const length = Math.min(PAGE - (at % PAGE), into.length - done)
        const part = page.subarray(at % PAGE, (at % PAGE) + length)
        into.set(part, done)
        into.fill(0, done + part.length, done + length)
        done += length
      }
    }
  }

  /**
   * Writes as many of the bytes at `offset` as there is space for, and returns their number. The caller has charged the
   * gas for these bytes. This charges the gas for bytes of the input that are copied into a new page.
   */
  write(offset: number, bytes: Uint8Array, space: Space, guest: GuestAccess): number {
    let done = 0
    while (done < bytes.length) {
      const at = offset + done
      const index = Math.floor(at / PAGE)
      const part = bytes.subarray(done, done + PAGE - (at % PAGE))
      const fits = this.#reserve(index, at, at + part.length, space)
      if (fits <= at) break
      const fitting = part.subarray(0, fits - at)
      this.#own(index, (at % PAGE) + fitting.length, guest).set(fitting, at % PAGE)
      done += fitting.length
      if (fitting.length < part.length) break
    }
    return done
  }

  /** Truncates the file, or extends it with zeros. Returns true if there was space for that; else nothing changes. */
  resize(size: number, space: Space, guest: GuestAccess): boolean {
    if (size >= this.size) {
      if (!space.take(this.#takenBy(size, this.#inputEnd, this.#replaced) - this.taken)) return false
      this.#ownSize = size
      return true
    }
    guest.charge(ITEM * this.#pages.size)
    const before = this.taken
    const last = Math.ceil(size / PAGE)
    for (const index of this.#pages.keys()) if (index >= last) this.#pages.delete(index)
    this.#pages.get(Math.floor(size / PAGE))?.fill(0, size % PAGE)
    this.#inputReach = Math.min(this.#inputEnd, size)
    this.#ownSize = size
    this.#replaced = 0
    for (const index of this.#pages.keys()) if (index * PAGE < this.#inputEnd) this.#replaced++
    space.take(this.taken - before)
    return true
  }

  #takenBy(size: number, inputEnd: number, replaced: number): number {
    return size - inputEnd + PAGE * replaced
  }

  /**
   * Takes the space for a write to one page, from `at` to `end`, or to a lower end if there is less space. Returns the
   * end. If the end is not above `at`, no space has been taken.
   */
  #reserve(index: number, at: number, end: number, space: Space): number {
    const replaces = !this.#pages.has(index) && index * PAGE < this.#inputEnd
    const copy = replaces ? PAGE : 0
    const grown = Math.max(0, Math.min(end - this.size, space.left - copy))
    const fits = Math.min(end, this.size + grown)
    if (copy > space.left || fits <= at) return at
    space.take(copy + grown)
    this.#ownSize = this.size + grown
    if (replaces) this.#replaced++
    return fits
  }

  /**
   * Returns the copied page with a buffer of at least `length` bytes; copies the page from the input if there is none.
   */
  #own(index: number, length: number, guest: GuestAccess): Uint8Array {
    const known = this.#pages.get(index)
    if (known !== undefined && known.length >= length) return known
    const copied = known?.length ?? Math.max(0, Math.min(PAGE, this.#inputEnd - index * PAGE))
    if (known === undefined) guest.charge(ITEM + copied)
    let room = SMALLEST_PAGE
    while (room < length || room < copied) room *= 2
    const page = new Uint8Array(room)
    if (known === undefined) this.#readInput(index * PAGE, page.subarray(0, copied))
    else page.set(known)
    this.#pages.set(index, page)
    return page
  }

  /** Returns how many of the next `most` bytes come before the next copied page. */
  #lengthOfRest(at: number, most: number): number {
    if (this.#pages.size === 0) return most
    let end = (Math.floor(at / PAGE) + 1) * PAGE
    while (end < at + most && !this.#pages.has(end / PAGE)) end += PAGE
    return Math.min(most, end - at)
  }

  /** Fills `into` with bytes of the input, and with zeros beyond its end. */
  #readInput(at: number, into: Uint8Array): void {
    const length = Math.max(0, Math.min(into.length, this.#inputEnd - at))
    if (length > 0) this.#input!.read(at, into.subarray(0, length))
    into.fill(0, length)
  }
}
