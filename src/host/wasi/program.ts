import type { InputDirectory, InputFile, Program } from './input.ts'

/** Bytes of the space for files (WASI-15). */
export const FILE_BYTES = 64 * 1024 * 1024

export const EMPTY_FILE: InputFile = { kind: 'file', size: 0, read: () => {} }
export const EMPTY_DIRECTORY: InputDirectory = { kind: 'directory', entries: () => [] }

/**
 * What a guest finds that is called by an ABI that knows of no programs: no arguments, no environment, no files. Both streams
 * are the logs, and leaving by `proc_exit` is the trap `abort` (WASI-8).
 */
export function bareProgram(seed?: Uint8Array): Program {
  return {
    args: [],
    variables: new Map(),
    stdin: EMPTY_FILE,
    root: EMPTY_DIRECTORY,
    keep: [],
    fileBytes: FILE_BYTES,
    seed,
    streams: 'logs',
    exit: (call, _, code) => call.trap('abort', { message: `the guest exited with code ${code}`, line: 0, column: 0 }),
  }
}
