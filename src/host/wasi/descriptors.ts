import type { DirectoryNode, FileNode } from './nodes.ts'
import { refuse } from './refusal.ts'

/** Most descriptors that are open at once (WASI-6). */
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
  /** The next byte, below 2⁶⁴. */
  position: bigint
  append: boolean
  nonblock: boolean
}

export interface OpenDirectory {
  readonly kind: 'directory'
  readonly node: DirectoryNode
  /** Whether it is the one that the program begins with. */
  readonly preopened: boolean
  readonly reads: boolean
  /** The names of what is in it, as of when the program last began to list it. */
  listing: readonly string[] | undefined
}

export type Descriptor = InputStream | OutputStream | OpenFile | OpenDirectory

/** What a program has open, by number. */
export class Descriptors {
  readonly #open: (Descriptor | undefined)[]
  /** No number below it is free. */
  #lowest: number

  constructor(open: readonly Descriptor[]) {
    this.#open = [...open]
    this.#lowest = open.length
  }

  /** Refuses with EBADF what is not open. */
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

  /** The number that the next descriptor gets: the lowest that is free. Refuses with EMFILE if there are too many. */
  next(): number {
    while (this.#open[this.#lowest] !== undefined) this.#lowest++
    return this.#lowest < MAX_DESCRIPTORS ? this.#lowest : refuse('mfile')
  }

  /** Opens it under the number that `next` gives. */
  add(descriptor: Descriptor): number {
    const fd = this.next()
    this.#open[fd] = descriptor
    return fd
  }

  /** Closes one that is open, and gives it. */
  close(fd: number): Descriptor {
    const found = this.get(fd)
    this.#open[fd >>> 0] = undefined
    this.#lowest = Math.min(this.#lowest, fd >>> 0)
    return found
  }

  /** Puts one that is open under the number of another, which has been closed. */
  move(from: number, to: number): void {
    this.#open[to >>> 0] = this.close(from)
  }
}
