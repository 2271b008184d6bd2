import type { DirectoryNode, FileNode } from './nodes.ts'
import { refuse } from './refusal.ts'

/** The greatest number of descriptors that are open at once (WASI-6). */
export const MAX_DESCRIPTORS = 1024

/** The standard input. */
export interface InputStream {
  readonly kind: 'input'
}

/** The standard output or the standard error. */
export interface OutputStream {
  readonly kind: 'output'
  readonly name: 'stdout' | 'stderr'
}

export interface OpenFile {
  readonly kind: 'file'
  readonly node: FileNode
  readonly reads: boolean
  readonly writes: boolean
  /** The offset of the next byte to read or write, below 2⁶⁴. */
  position: bigint
  append: boolean
  nonblock: boolean
}

export interface OpenDirectory {
  readonly kind: 'directory'
  readonly node: DirectoryNode
  /** True for the one directory that is open when the program starts. */
  readonly preopened: boolean
  readonly reads: boolean
  /** The names of its entries when the program last began to list it. */
  listing: readonly string[] | undefined
}

export type Descriptor = InputStream | OutputStream | OpenFile | OpenDirectory

/** The open descriptors of a program, by number. */
export class Descriptors {
  readonly #open: (Descriptor | undefined)[]
  /** All numbers below this one are in use. */
  #lowest: number

  constructor(open: readonly Descriptor[]) {
    this.#open = [...open]
    this.#lowest = open.length
  }

  /** An open descriptor. Refuses a number that is not open with EBADF. */
  get(fd: number): Descriptor {
    return this.#open[fd >>> 0] ?? refuse('badf')
  }

  /** An open file. Refuses everything else with EBADF. */
  file(fd: number): OpenFile {
    const found = this.get(fd)
    return found.kind === 'file' ? found : refuse('badf')
  }

  /** An open file. Refuses a stream with ESPIPE, and everything else with EBADF. */
  seekable(fd: number): OpenFile {
    const found = this.get(fd)
    return found.kind === 'input' || found.kind === 'output' ? refuse('spipe') : this.file(fd)
  }

  /** An open directory. Refuses everything else with EBADF. */
  directory(fd: number): OpenDirectory {
    const found = this.get(fd)
    return found.kind === 'directory' ? found : refuse('badf')
  }

  /** An open file or directory. Refuses a stream with EBADF. */
  node(fd: number): OpenFile | OpenDirectory {
    const found = this.get(fd)
    return found.kind === 'file' || found.kind === 'directory' ? found : refuse('badf')
  }

  /** The number of the next descriptor, which is the lowest free one. Refuses with EMFILE if too many are open. */
  next(): number {
    while (this.#open[this.#lowest] !== undefined) this.#lowest++
    return this.#lowest < MAX_DESCRIPTORS ? this.#lowest : refuse('mfile')
  }

  /** Adds a descriptor, and returns its number. */
  add(descriptor: Descriptor): number {
    const fd = this.next()
    this.#open[fd] = descriptor
    return fd
  }

  /** Closes a descriptor, and returns it. */
  close(fd: number): Descriptor {
    const found = this.get(fd)
    this.#open[fd >>> 0] = undefined
    this.#lowest = Math.min(this.#lowest, fd >>> 0)
    return found
  }

  /** Moves a descriptor to another number, which must be closed. */
  move(from: number, to: number): void {
    this.#open[to >>> 0] = this.close(from)
  }
}
