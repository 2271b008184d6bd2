/** A guest without code: a small memory on which the functions of WASI are called, one by one. */
import type { Bits, HostCall, Sink } from '../../../src/host/host-call.ts'
import { BoundedSink } from '../../../src/host/sinks.ts'
import type { InputDirectory, InputEntry, InputFile, InputNode, Program } from '../../../src/host/wasi/input.ts'
import { bareProgram } from '../../../src/host/wasi/program.ts'
import { begin, functions } from '../../../src/host/wasi/wasi.ts'
import type { WasiState } from '../../../src/host/wasi/state.ts'
import type { AbortCall, TrapCode } from '../../../src/interface.ts'

/** A tree of files, as a test writes it down. */
export type Tree = { readonly [name: string]: string | Uint8Array | Tree }

const isTree = (node: string | Uint8Array | Tree): node is Tree =>
  typeof node === 'object' && !(node instanceof Uint8Array)

/** A file of the input; `reads` is told of each range that is read. */
export function inputFile(text: string | Uint8Array, reads?: (offset: number, length: number) => void): InputFile {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return {
    kind: 'file',
    size: bytes.length,
    read(offset, into) {
      const { length } = into
      reads?.(offset, length)
      if (offset < 0 || offset + length > bytes.length) throw new Error('beyond the end of the input')
      into.set(bytes.subarray(offset, offset + length))
    },
  }
}

export function inputDirectory(tree: Tree): InputDirectory {
  return {
    kind: 'directory',
    link: { '/': 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354' },
    *entries() {
      for (const [name, node] of Object.entries(tree)) yield [name, entryOf(inputNode(node))]
    },
  }
}

/** An entry of a directory of the input. */
export function entryOf(node: InputNode): InputEntry {
  return { link: node.link, open: () => node }
}

function inputNode(node: string | Uint8Array | Tree): InputNode {
  return isTree(node) ? inputDirectory(node) : inputFile(node)
}

/** The run has ended in the guest's host. */
export class Ended extends Error {
  readonly code: TrapCode | number
  readonly about: AbortCall | undefined

  constructor(code: TrapCode | number, about?: AbortCall) {
    super(String(code))
    this.code = code
    this.about = about
  }
}

const EXIT = { streams: 'values', exit: (_: HostCall, __: unknown, code: number) => ended(code) } as const

function ended(code: TrapCode | number, about?: AbortCall): never {
  throw new Ended(code, about)
}

export interface GuestOptions extends Partial<Omit<Program, 'root' | 'stdin' | 'variables'>> {
  readonly tree?: Tree
  readonly root?: InputDirectory
  readonly stdin?: string | Uint8Array
  readonly variables?: Readonly<Record<string, string>>
  /** What an ABI without programs gives, and nothing else. */
  readonly bare?: boolean
  readonly pages?: number
  readonly logBytes?: number
  readonly valueBytes?: number
  readonly fileBytes?: number
}

export class TestGuest implements HostCall {
  readonly bytes: Uint8Array
  readonly state: WasiState
  readonly sinks = new Map<string, BoundedSink>()
  readonly valueBytes: number
  /** Units that were charged. */
  units = 0
  readonly #logBytes: number

  constructor(options: GuestOptions = {}) {
    const {
      tree = {},
      root = inputDirectory(tree),
      stdin = '',
      variables = {},
      pages = 1,
      bare = false,
      ...rest
    } = options
    const { logBytes = 1 << 20, valueBytes = 1 << 26, fileBytes = 1 << 26, ...program } = rest
    this.bytes = new Uint8Array(65_536 * pages)
    this.valueBytes = valueBytes
    this.#logBytes = logBytes
    const inputs = { fun: 'f', params: [], limits: { fileBytes, logBytes, valueBytes } }
    const given = {
      ...bareProgram(),
      ...EXIT,
      ...program,
      root,
      stdin: inputFile(stdin),
      variables: new Map(Object.entries(variables)),
    }
    this.state = begin(bare ? inputs : { ...inputs, program: given })
  }

  // ── What functions see of it ──────────────────────────────────────────────────────────────────────────────────────

  call(): readonly Bits[] {
    throw new Error('WASI calls no guest')
  }

  memory(): Uint8Array {
    return this.bytes
  }

  range(): Uint8Array {
    throw new Error('a range that may trap is not for WASI')
  }

  charge(units: number): void {
    if (!(Number.isInteger(units) && units >= 0 && units < 2 ** 32)) throw new Error(`${units} units`)
    this.units += units
  }

  trap(code: TrapCode, about?: AbortCall): never {
    return ended(code, about)
  }

  exit(): never {
    throw new Error('an ABI ends the run')
  }

  sink(name: string): Sink {
    let sink = this.sinks.get(name)
    if (sink === undefined) {
      sink = new BoundedSink(name === 'logs' ? this.#logBytes : this.valueBytes)
      this.sinks.set(name, sink)
    }
    return sink
  }

  // ── What tests do with it ─────────────────────────────────────────────────────────────────────────────────────────

  /** Calls a function of WASI with parameters as they would come from the guest, and gives its errno. */
  wasi(name: string, ...params: readonly (number | bigint)[]): number {
    const { type, run } = functions[`wasi-preview1/${name}@1`]!
    const bits = params.map(param => (typeof param === 'bigint' ? BigInt.asIntN(64, param) : param | 0))
    const letters = bits.map(param => (typeof param === 'bigint' ? 'I' : 'i')).join('')
    if (letters !== type.split(':')[0]) throw new Error(`${name} takes ${type}, and not ${letters}`)
    return run(this, this.state, ...bits) as number
  }

  /** Puts bytes or text somewhere, and gives where and how long they are. */
  put(at: number, content: string | Uint8Array | readonly number[]): readonly [pointer: number, length: number] {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content)
    this.bytes.set(bytes, at)
    return [at, bytes.length]
  }

  /** Puts a list of buffers somewhere, as pairs of pointer and length. */
  putBuffers(
    at: number,
    ...buffers: readonly (readonly [pointer: number, length: number])[]
  ): readonly [number, number] {
    buffers.forEach(([pointer, length], i) => {
      this.view.setUint32(at + 8 * i, pointer, true)
      this.view.setUint32(at + 8 * i + 4, length, true)
    })
    return [at, buffers.length]
  }

  get view(): DataView {
    return new DataView(this.bytes.buffer)
  }

  u32(at: number): number {
    return this.view.getUint32(at, true)
  }

  u64(at: number): bigint {
    return this.view.getBigUint64(at, true)
  }

  text(at: number, length: number): string {
    return new TextDecoder().decode(this.bytes.slice(at, at + length))
  }

  /** What a sink has, as text. */
  sunk(name: string): string {
    return new TextDecoder().decode(this.sink(name).bytes)
  }

  // ── Calls in a line ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens a path below a descriptor, and gives the new descriptor, or the errno as a negative number. */
  open(path: string, how: OpenHow = {}): number {
    const { fd = 3, follow = true, oflags = 0, rights = READ, fdflags = 0 } = how
    const errno = this.wasi(
      'path_open',
      fd,
      follow ? 1 : 0,
      ...this.put(PATH, path),
      oflags,
      rights,
      0n,
      fdflags,
      RESULT,
    )
    return errno === 0 ? this.u32(RESULT) : -errno
  }

  /** Reads up to so many bytes, and gives them as text, or the errno. */
  read(fd: number, length = 1000): string | number {
    const errno = this.wasi('fd_read', fd, ...this.putBuffers(BUFFERS, [DATA, length]), RESULT)
    return errno === 0 ? this.text(DATA, this.u32(RESULT)) : errno
  }

  /** Writes text, and gives how many bytes of it were taken, or the errno as a negative number. */
  write(fd: number, text: string | Uint8Array): number {
    const errno = this.wasi('fd_write', fd, ...this.putBuffers(BUFFERS, this.put(DATA, text)), RESULT)
    return errno === 0 ? this.u32(RESULT) : -errno
  }

  /** The names that a descriptor lists, from the beginning. */
  list(fd: number): readonly string[] {
    const size = 30_000
    if (this.wasi('fd_readdir', fd, DATA, size, 0n, RESULT) !== 0) throw new Error('it cannot be listed')
    const names: string[] = []
    for (let at = DATA; at < DATA + this.u32(RESULT); at += 24 + this.u32(at + 16))
      names.push(this.text(at + 24, this.u32(at + 16)))
    return names
  }

  /** Type, links, size and inode of a path, or the errno. */
  stat(path: string, { fd = 3, follow = false } = {}): Stat | number {
    const errno = this.wasi('path_filestat_get', fd, follow ? 1 : 0, ...this.put(PATH, path), STAT)
    return errno === 0 ? this.statAt(STAT) : errno
  }

  statAt(at: number): Stat {
    const [inode, type] = [Number(this.u64(at + 8)), this.bytes[at + 16]!]
    return { type, links: Number(this.u64(at + 24)), size: Number(this.u64(at + 32)), inode }
  }
}

export interface Stat {
  readonly type: number
  readonly links: number
  readonly size: number
  readonly inode: number
}

interface OpenHow {
  readonly fd?: number
  readonly follow?: boolean
  readonly oflags?: number
  readonly rights?: bigint
  readonly fdflags?: number
}

/** The rights to read and to write. */
export const READ = 1n << 1n
export const WRITE = 1n << 6n

// Where tests put things.
export const RESULT = 16
export const STAT = 64
export const BUFFERS = 1024
export const PATH = 8192
export const PATH_2 = 16_384
export const DATA = 24_576
