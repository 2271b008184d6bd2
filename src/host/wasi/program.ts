import type { InputDirectory, InputFile, Program } from './input.ts'

export const EMPTY_FILE: InputFile = { kind: 'file', size: 0, read: () => {} }
export const EMPTY_DIRECTORY: InputDirectory = { kind: 'directory', entries: () => [] }

/**
 * The environment of a guest that imports WASI, but is called by another ABI than `wasi`. It has no arguments, no
 * environment variables and no files. Its output goes to the logs, and `proc_exit` is the trap `abort` (WASI-8).
 */
export function bareProgram(seed?: Uint8Array): Program {
  return {
    args: [],
    variables: new Map(),
    stdin: EMPTY_FILE,
    root: EMPTY_DIRECTORY,
    keep: [],
    seed,
    streams: 'logs',
    exit: (call, _, code) => call.trap('abort', { message: `the guest exited with code ${code}`, line: 0, column: 0 }),
  }
}
