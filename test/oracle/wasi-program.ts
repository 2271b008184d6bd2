/** What a program is given, what its functions of WASI share during a run, and what it leaves (docs/spec/wasi.md). */
import { createHash } from 'node:crypto'
import type { Limits } from '../../src/interface-profile.ts'
import type { Result } from '../../src/interface.ts'
import type { OracleRun } from './imports.ts'
import { Directory, refuse, Space, type File, type Given, type GivenDirectory, type Pay } from './wasi-files.ts'
import { keptOf } from './wasi-paths.ts'
import { GuestTrap } from './values.ts'

/** What a program is given. */
export interface Surroundings {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
  /** Files and directories by their paths; `.` is the root. */
  readonly files: Readonly<Record<string, Given>>
  readonly keep: readonly string[]
}

export interface OpenFile {
  readonly kind: 'file'
  readonly node: File
  readonly reads: boolean
  readonly writes: boolean
  position: bigint
  flags: number
}

export interface OpenDirectory {
  readonly kind: 'directory'
  readonly node: Directory
  readonly isPreopened: boolean
  readonly reads: boolean
  listing: readonly string[] | undefined
}

export type Descriptor = { readonly kind: 'stdin' | 'stdout' | 'stderr' } | OpenFile | OpenDirectory

const MAX_DESCRIPTORS = 1024

/** The keys `exit`, `stdout` and `stderr`, which count as texts (PROFILE-21). */
const KEY_BYTES = 16

type ProgramLimits = Pick<Limits, 'valueBytes' | 'fileBytes'>

export class Program {
  readonly args: readonly Uint8Array[]
  readonly variables: readonly Uint8Array[]
  readonly stdin: Uint8Array
  stdinRead = 0
  readonly space: Space
  readonly descriptors: (Descriptor | undefined)[]
  /** The clock in nanoseconds (WASI-20). */
  now = 1_704_067_200_000_000_000n
  /** Bytes of the stream of WASI-21 that were given. */
  randomRead = 0
  /** What was written to both streams, if these are values of the result. */
  readonly written: number[] = []
  readonly #root: Directory
  readonly #inodes = new Map<object, number>()
  readonly #streams = { stdout: [] as number[], stderr: [] as number[] }
  readonly #surroundings: Surroundings | undefined
  readonly #limits: ProgramLimits
  readonly #seed: Uint8Array

  /** Without surroundings it is a guest that is called as a function (WASI-9). */
  constructor(surroundings: Surroundings | undefined, limits: ProgramLimits, task: Uint8Array) {
    const { args, env, stdin, files } = surroundings ?? { args: [], env: {}, stdin: new Uint8Array(0), files: {} }
    const text = (of: string): Uint8Array => new TextEncoder().encode(of)
    this.#surroundings = surroundings
    this.#limits = limits
    this.space = new Space(limits.fileBytes)
    this.args = args.map(text)
    this.variables = Object.entries(env)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([name, value]) => text(`${name}=${value}`))
    this.stdin = stdin
    this.#root = new Directory(this.space, undefined, rootOf(files))
    this.#seed = createHash('sha256').update('ipvm-wasm/wasi-randomness/1').update(task).digest()
    this.descriptors = [
      { kind: 'stdin' },
      { kind: 'stdout' },
      { kind: 'stderr' },
      { kind: 'directory', node: this.#root, isPreopened: true, reads: true, listing: undefined },
    ]
  }

  // ── Descriptors (WASI-6) ──────────────────────────────────────────────────────────────────────────────────────────

  at(fd: number): Descriptor {
    return this.descriptors[fd] ?? refuse('badf')
  }

  fileAt(fd: number): OpenFile {
    const found = this.at(fd)
    return found.kind === 'file' ? found : refuse('badf')
  }

  directoryAt(fd: number): OpenDirectory {
    const found = this.at(fd)
    return found.kind === 'directory' ? found : refuse('badf')
  }

  /** The lowest number that is free. */
  free(): number {
    let fd = 0
    while (this.descriptors[fd] !== undefined) fd++
    return fd < MAX_DESCRIPTORS ? fd : refuse('mfile')
  }

  close(fd: number): void {
    const found = this.at(fd)
    this.descriptors[fd] = undefined
    if (found.kind !== 'file') return
    found.node.descriptors--
    found.node.release()
  }

  inodeOf(node: object): number {
    if (!this.#inodes.has(node)) this.#inodes.set(node, this.#inodes.size + 1)
    return this.#inodes.get(node)!
  }

  // ── Streams (WASI-9, WASI-24) ─────────────────────────────────────────────────────────────────────────────────────

  room(run: OracleRun, stream: 'stdout' | 'stderr'): number {
    return this.#surroundings === undefined ? run.logRoom() : this.#limits.valueBytes - this.#streams[stream].length
  }

  write(run: OracleRun, stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (this.#surroundings === undefined) return run.log(bytes)
    for (const byte of bytes) {
      this.#streams[stream].push(byte)
      this.written.push(byte)
    }
  }

  // ── Randomness (WASI-21) ──────────────────────────────────────────────────────────────────────────────────────────

  random(): number {
    const at = this.randomRead++
    const count = new Uint8Array(8)
    new DataView(count.buffer).setBigUint64(0, BigInt(Math.floor(at / 32)), true)
    return createHash('sha256').update(this.#seed).update(count).digest()[at % 32]!
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends the run when the program asks for it (WASI-8). */
  exit(run: OracleRun, code: number): never {
    if (this.#surroundings === undefined) return run.trap('abort')
    return run.exit(this.result(code, units => run.charge(units)))
  }

  /** The result of a program (WASI-24), with the kept files as maps. `pay` charges for keeping them. */
  result(code: number, pay: Pay): Result {
    const files = keptOf(this.#root, this.#surroundings!.keep, units => units > 0 && pay(units))
    const [stdout, stderr] = [Uint8Array.from(this.#streams.stdout), Uint8Array.from(this.#streams.stderr)]
    if (KEY_BYTES + stdout.length + stderr.length > this.#limits.valueBytes) throw new GuestTrap('abi-violation')
    return { exit: BigInt(code), stdout, stderr, ...(files !== undefined && { files }) }
  }
}

/** The directory `/` with what stands at the paths, and with nothing else on the way there. */
function rootOf(files: Surroundings['files']): GivenDirectory {
  if (files['.'] !== undefined) return files['.'] as GivenDirectory
  const within = (paths: readonly (readonly [names: readonly string[], given: Given])[]): GivenDirectory => {
    const names = [...new Set(paths.map(([[name]]) => name!))]
    const entries = names.map((name): [string, Given] => {
      const inside = paths.filter(([[first]]) => first === name).map(([path, given]) => [path.slice(1), given] as const)
      const [path, given] = inside[0]!
      return [name, path.length === 0 ? given : within(inside)]
    })
    return { named: false, entries: new Map(entries) }
  }
  return within(Object.entries(files).map(([path, given]) => [path.split('/'), given]))
}
