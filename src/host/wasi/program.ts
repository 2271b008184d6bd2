import type { InputDirectory, InputFile, Program } from './input.ts'

export const EMPTY_FILE: InputFile = { kind: 'file', size: 0, read: () => new Uint8Array(0) }
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
    seed,
    streams: 'logs',
    exit: (call, _, code) => call.trap('abort', { message: `the guest exited with code ${code}`, line: 0, column: 0 }),
  }
}
