/** The input of a program. It is read synchronously, and only the parts that the program reads. It is immutable. */
import type { HostCall } from '../host-call.ts'
import type { Link } from '../../interface.ts'

/** A file of the task. */
export interface InputFile {
  readonly kind: 'file'
  /**
   * The size in bytes, below 2⁵³. The getter may load blocks, as `read` does.
   *
   * @throws Fault `block-missing`, `hash-mismatch` and others of the content, which end the attempt
   */
  readonly size: number
  /** The CID, if there is one. */
  readonly link?: Link
  /** Fills `into` with the bytes from `offset` on. The caller ensures that the range lies in the file. */
  read(offset: number, into: Uint8Array): void
}

/** A directory of the task. */
export interface InputDirectory {
  readonly kind: 'directory'
  /** The CID, if there is one. */
  readonly link?: Link
  /**
   * Iterates over the entries in the order in which they are stored. The host calls this when the guest first accesses
   * the directory. It charges gas for each entry before it takes the next one.
   *
   * @throws Fault `block-missing`, `hash-mismatch` and others of the content, also while iterating
   */
  entries(): Iterable<readonly [name: string, entry: InputEntry]>
}

/** The file or directory that a name in a directory of the task stands for, before it is loaded. */
export interface InputEntry {
  /** The CID, if there is one. */
  readonly link?: Link | undefined
  /**
   * Returns the file or directory. The host calls this when it needs to know whether the entry is a file or a
   * directory.
   *
   * @throws Fault `block-missing`, `hash-mismatch` and others of the content
   */
  open(): InputNode
}

export type InputNode = InputFile | InputDirectory

/**
 * The environment of a WASI program. `State` is the type of the state that the WASI functions share, which `exit`
 * receives.
 */
export interface Program<State = unknown> {
  /** All of argv, with the name of the program. No argument may contain a NUL. */
  readonly args: readonly string[]
  /** Environment variables in any order. No name may be empty or contain `=` or NUL. No value may contain NUL. */
  readonly variables: ReadonlyMap<string, string>
  readonly stdin: InputFile
  /** The directory `/` of the program. */
  readonly root: InputDirectory
  /**
   * Absolute paths of the files and directories that become part of the result when the program has ended, such as
   * `/out`.
   */
  readonly keep: readonly string[]
  /** The seed of virtual randomness: the bytes of the task's CID. Undefined if the task grants no randomness. */
  readonly seed: Uint8Array | undefined
  /**
   * Where the standard streams go: with `values` to `stdout` and `stderr` of the result, with `logs` both to the logs
   * (WASI-9).
   */
  readonly streams: 'values' | 'logs'
  /** Ends the run when the program exits. `code` is the exit code. */
  exit(call: HostCall, state: State, code: number): never
}
