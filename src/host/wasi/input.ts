/** What a program is given, read synchronously as far as the program reads it. Nothing in it may change. */
import type { HostCall } from '../host-call.ts'
import type { Link } from '../../interface.ts'

/** A file as the task has it. */
export interface InputFile {
  readonly kind: 'file'
  /** Its size in bytes, below 2⁵³. Like `read`, it may load content, and throw a fault of it, which ends the attempt. */
  readonly size: number
  /** Its CID, if it has one. */
  readonly link?: Link
  /** Copies the bytes of a range that lies in it. */
  read(offset: number, into: Uint8Array): void
}

/** A directory as the task has it. */
export interface InputDirectory {
  readonly kind: 'directory'
  /** Its CID, if it has one. */
  readonly link?: Link
  /**
   * Its entries in the order in which they are stored. They are asked for when the guest first looks into the directory, and
   * each is paid for before the next is asked for. It may throw a fault of the content.
   */
  entries(): Iterable<readonly [name: string, entry: InputEntry]>
}

/** What a name in a directory of the task stands for. */
export interface InputEntry {
  /** Its CID, if it has one. */
  readonly link?: Link | undefined
  /** The file or directory. It is asked for when the guest needs to know which of both it is. It may throw a fault of the content. */
  open(): InputNode
}

export type InputNode = InputFile | InputDirectory

/** A program's surroundings. `State` is what the functions of WASI share, which `exit` is told. */
export interface Program<State = unknown> {
  /** The whole argv. No argument may hold a NUL. */
  readonly args: readonly string[]
  /** Names and values of the environment, in any order. No name may be empty or hold `=` or NUL, no value may hold NUL. */
  readonly variables: ReadonlyMap<string, string>
  readonly stdin: InputFile
  /** What the program finds under `/`. */
  readonly root: InputDirectory
  /** Absolute paths of what is kept of its files when it has ended, as `/out`. */
  readonly keep: readonly string[]
  /** What virtual randomness is made of: the bytes of the task's CID. Undefined where none is granted. */
  readonly seed: Uint8Array | undefined
  /** The sinks of the standard streams. With `values` they are `stdout` and `stderr`, with `logs` both are the logs (WASI-9). */
  readonly streams: 'values' | 'logs'
  /** Ends the run when the program exits. */
  exit(call: HostCall, state: State, code: number): never
}
