/** Wasmtime in a process that makes calls. Each call and each result is a line of JSON (wasmtime_calls.py). */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CALLS = fileURLToPath(new URL('wasmtime_calls.py', import.meta.url))

/** A call on a fresh instance. */
export interface ForeignCall {
  /** The module, in hex. */
  readonly module: string
  /** A module that calls the function with arguments from its memory, and keeps the results there, in hex. */
  readonly shim: string
  readonly fun: string
  /** The bits of the arguments in hex, the lowest byte first. */
  readonly args: readonly string[]
  /** The types of the results, such as `i32`. */
  readonly results: readonly string[]
  /** True if `_initialize` is called first. */
  readonly initialize: boolean
  /** The names of the exported integer globals that are reported at the end. */
  readonly globals: readonly string[]
  /** The limits on pages of the memory, slots of a table, and bytes of logs. */
  readonly pages: number
  readonly tableSlots: number
  readonly logBytes: number
}

/** The outcome of a call, in the form of `Seen` of the properties. */
export interface ForeignSeen {
  /** Results, a trap, or `fault` with a reason. */
  readonly out: string
  readonly pages: number
  readonly logs: string
  readonly globals: string
  readonly memory: string
}

export class ForeignEngine {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  /** `python` is the path of a Python with the package `wasmtime`. */
  constructor(python: string) {
    this.#child = spawn(python, [CALLS])
    this.#child.stderr.pipe(process.stderr)
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
  }

  async see(call: ForeignCall): Promise<ForeignSeen> {
    this.#child.stdin.write(`${JSON.stringify(call)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) {
      const { exitCode, signalCode } = this.#child
      throw new Error(`the second engine has ended: ${signalCode ?? `exit code ${exitCode}`}`)
    }
    return JSON.parse(value) as ForeignSeen
  }

  end(): void {
    this.#child.stdin.end()
  }
}
