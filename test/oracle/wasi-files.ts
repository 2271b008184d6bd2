/** The files of a program as docs/spec/wasi.md defines them, byte by byte. Symbolic links are left out: none of the functions here makes one. */

/** What the task gives: a file by its bytes, or a directory; `named` says whether the task has a CID for it. */
export type Given = Uint8Array | GivenDirectory

export interface GivenDirectory {
  readonly named: boolean
  readonly entries: ReadonlyMap<string, Given>
}

/** What is left of a tree: bytes of files, maps of directories. */
export type Kept = Uint8Array | { readonly [name: string]: Kept }

/** A call is refused with this errno. */
export class Refused extends Error {
  readonly errno: number

  constructor(errno: number) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}

export const ERRNO = {
  badf: 8,
  exist: 20,
  fault: 21,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nomem: 48,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  perm: 63,
  spipe: 70,
} as const

export function refuse(errno: keyof typeof ERRNO): never {
  throw new Refused(ERRNO[errno])
}

/** Charges for units of work (WASI-5). */
export type Pay = (units: number) => void

const PAGE = 4096
const NAME_SPACE = 512
const LOOKED_AT_SPACE = 256

/** The two spaces of WASI-15: for what the program makes, and for entries of the task's directories. */
export class Space {
  left: number
  lookedAt: number

  constructor(fileBytes: number) {
    this.left = this.lookedAt = fileBytes
  }
}

export class File {
  readonly kind = 'file'
  size: number
  names = 1
  descriptors = 0
  readonly #space: Space
  readonly #input: Uint8Array
  /** How much of the input the file still has. */
  #inputEnd: number
  readonly #written = new Map<number, number>()
  readonly #pages = new Set<number>()
  readonly #isGiven: boolean

  constructor(space: Space, input?: Uint8Array) {
    this.#space = space
    this.#isGiven = input !== undefined
    this.#input = input ?? new Uint8Array(0)
    this.size = this.#inputEnd = this.#input.length
  }

  /** Whether it counts as the task has it. */
  get isUnchanged(): boolean {
    return (
      this.#isGiven &&
      this.#pages.size === 0 &&
      this.#inputEnd === this.#input.length &&
      this.size === this.#input.length
    )
  }

  byte(at: number): number {
    return this.#written.get(at) ?? (at < this.#inputEnd ? this.#input[at]! : 0)
  }

  /** Writes a byte, if there is space for it. */
  write(at: number, byte: number, pay: Pay): boolean {
    const page = Math.floor(at / PAGE)
    const isNew = !this.#pages.has(page)
    const copied = isNew ? Math.max(0, Math.min(PAGE, this.#inputEnd - page * PAGE)) : 0
    const needed = Math.max(0, at + 1 - this.size) + (copied > 0 ? PAGE : 0)
    if (needed > this.#space.left) return false
    if (isNew) pay(64 + copied)
    this.#space.left -= needed
    this.#pages.add(page)
    this.#written.set(at, byte)
    this.size = Math.max(this.size, at + 1)
    return true
  }

  resize(size: number, pay: Pay): void {
    if (size >= this.size) {
      if (size - this.size > this.#space.left) refuse('nospc')
      this.#space.left -= size - this.size
      this.size = size
      return
    }
    pay(64 * this.#pages.size)
    this.#space.left += this.#taken
    for (const at of this.#written.keys()) if (at >= size) this.#written.delete(at)
    for (const page of this.#pages) if (page * PAGE >= size) this.#pages.delete(page)
    this.size = size
    this.#inputEnd = Math.min(this.#inputEnd, size)
    this.#space.left -= this.#taken
  }

  /** Gives its space back once nothing leads to it. */
  release(): void {
    if (this.names === 0 && this.descriptors === 0) this.#space.left += this.#taken
  }

  get #taken(): number {
    const replaced = [...this.#pages].filter(page => page * PAGE < this.#inputEnd).length
    return this.size - this.#inputEnd + PAGE * replaced
  }
}

export interface Entry {
  readonly node: Node
  /** Whether the program has made it. */
  readonly isOwn: boolean
}

export class Directory {
  readonly kind = 'directory'
  readonly parent: Directory
  removed = false
  readonly #space: Space
  readonly #given: GivenDirectory | undefined
  /** Undefined until the program looks into it. */
  #entries: Map<string, Entry> | undefined

  constructor(space: Space, parent: Directory | undefined, given?: GivenDirectory) {
    this.#space = space
    this.parent = parent ?? this
    this.#given = given
    if (given === undefined) this.#entries = new Map()
  }

  /** Whether it counts as the task has it. */
  get isUnchanged(): boolean {
    return this.#entries === undefined && this.#given!.named
  }

  /** All that the task has in it. */
  get whole(): Kept {
    const copy = (given: Given): Kept =>
      given instanceof Uint8Array
        ? given
        : Object.fromEntries([...given.entries].sort(byName).map(([name, child]) => [name, copy(child)]))
    return copy(this.#given!)
  }

  entries(pay: Pay): Map<string, Entry> {
    if (this.#entries !== undefined) return this.#entries
    const entries = new Map<string, Entry>()
    let taken = 0
    // The trees of the tests are stored in byte order.
    for (const [name, given] of [...this.#given!.entries].sort(byName)) {
      const bytes = Buffer.byteLength(name)
      pay(64 + bytes)
      taken += LOOKED_AT_SPACE + bytes
      if (taken > this.#space.lookedAt) refuse('nomem')
      const node = given instanceof Uint8Array ? new File(this.#space, given) : new Directory(this.#space, this, given)
      entries.set(name, { node, isOwn: false })
    }
    this.#space.lookedAt -= taken
    return (this.#entries = entries)
  }

  add(name: string, node: Node, pay: Pay): void {
    if (this.removed) refuse('noent')
    if (this.#space.left < NAME_SPACE) refuse('nospc')
    this.#space.left -= NAME_SPACE
    this.entries(pay).set(name, { node, isOwn: true })
  }

  remove(name: string, pay: Pay): void {
    const entries = this.entries(pay)
    const { node, isOwn } = entries.get(name)!
    entries.delete(name)
    if (isOwn) this.#space.left += NAME_SPACE
    if (node.kind === 'directory') {
      node.removed = true
    } else {
      node.names--
      node.release()
    }
  }

  /** Names in the byte order of UTF-8. */
  list(pay: Pay): string[] {
    const names = [...this.entries(pay).keys()]
    pay(64 * names.length)
    return names.sort((a, b) => byName([a], [b]))
  }
}

function byName([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export type Node = File | Directory
