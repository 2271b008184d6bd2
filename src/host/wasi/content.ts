import { ITEM, type GuestAccess } from './guest-access.ts'
import type { InputFile } from './input.ts'
import type { Space } from './space.ts'

/** Bytes of a page, the piece of a file that is copied when a byte of it is written. */
export const PAGE = 4096

/** Bytes of a page that it has room for at first. What it has no room for is 0. */
const SMALLEST_PAGE = 64

/**
 * The bytes of a file: those of the input, as far as they have not been overwritten or cut off, and pages of its own. What is
 * neither is 0.
 */
export class Content {
  readonly #input: InputFile | undefined
  /** How far the input reaches, once somebody has asked for a size. */
  #inputReach: number | undefined
  readonly #pages = new Map<number, Uint8Array>()
  /** Pages of its own that begin before the end of the input. */
  #replaced = 0
  /** Undefined while it is that of the input. */
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

  /** The input, if the file is still equal to it. */
  get unchanged(): InputFile | undefined {
    if (this.#isUntouched) return this.#input
    const isEqual = this.#pages.size === 0 && this.size === this.#input?.size && this.#inputEnd === this.size
    return isEqual ? this.#input : undefined
  }

  /** What it takes of the space for files. */
  get taken(): number {
    return this.#isUntouched ? 0 : this.#takenBy(this.size, this.#inputEnd, this.#replaced)
  }

  /** Copies bytes from an offset on; all of them lie in the file. */
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
   * Writes as many of the bytes from an offset on as there is space for, and gives their number. The bytes themselves are paid
   * for; what is copied beside them is charged here.
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

  /** Cuts it off, or lengthens it with zeros. Gives whether there was space for that. */
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
   * Takes the space that it needs to write a page from `at` up to `end`, or up to where there is space. Gives that end, and takes
   * nothing if it is not above `at`.
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

  /** The page of its own, which is made if there is none, with room for its first `length` bytes at least. */
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

  /** How many of the next bytes lie in no page of its own. */
  #lengthOfRest(at: number, most: number): number {
    if (this.#pages.size === 0) return most
    let end = (Math.floor(at / PAGE) + 1) * PAGE
    while (end < at + most && !this.#pages.has(end / PAGE)) end += PAGE
    return Math.min(most, end - at)
  }

  /** Bytes of the input, and zeros beyond its end. */
  #readInput(at: number, into: Uint8Array): void {
    const length = Math.max(0, Math.min(into.length, this.#inputEnd - at))
    if (length > 0) this.#input!.read(at, into.subarray(0, length))
    into.fill(0, length)
  }
}
