/**
 * What a call came to, in a form that can be compared field by field, as the metered engine and as the oracle see it.
 */
import { createHash } from 'node:crypto'
import type { Argument } from '../../src/abi/guest.ts'
import { admit } from '../../src/admission/admit.ts'
import { Computer } from '../../src/engine/compute.ts'
import { memoryName } from '../../src/instrument/edit/globals.ts'
import type { ModeName } from '../../src/instrument/modes.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Link, Outcome, PlainValue, Result } from '../../src/interface.ts'
import type { Module } from '../../src/wasm/module.ts'
import { F64, I32, I64, V128, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { decode, type Module as OracleModule } from '../oracle/decode.ts'
import {
  interpret,
  interpretWith,
  type OracleFunction,
  type OracleOptions,
  type OracleOutcome,
  type Value,
} from '../oracle/interpret.ts'
import { OracleExit } from '../oracle/imports.ts'
import { wasiFunctions } from '../oracle/wasi.ts'
import type { Kept } from '../oracle/wasi-files.ts'
import { Program } from '../oracle/wasi-program.ts'
import { watched } from '../support/instances.ts'
import { keptIn, preparedSurroundings, SURROUNDINGS, TASK_BYTES } from './surroundings.ts'

export interface CallUnderTest {
  readonly fun: string
  readonly args: readonly Value[]
  readonly gas: bigint
  readonly pages: number
  /** With the name of these the call is that of a program, in the ABI `wasi`; without, it is one in the ABI `core`. */
  readonly surroundings?: string | undefined
}

export interface Seen {
  readonly out: string
  readonly gasUsed: bigint
  readonly peakPages: number
  readonly growRefused: boolean
  readonly logs: string
  /** Exported integer globals and the memory's hash at the end; undefined if there was no end, or no beginning. */
  readonly left: { readonly globals: string; readonly memory: string } | undefined
}

/** Instructions after which the oracle gives up: more than any limit on gas in these tests can pay for. */
const MAX_STEPS = 20_000_000

/** An admitted module. */
export interface Subject {
  readonly bytes: Uint8Array
  readonly profile: Profile
  readonly module: Module
  /** As the oracle reads it. */
  readonly decoded: OracleModule
  /** Types of exported functions, and names of exported integer globals. */
  readonly types: ReadonlyMap<string, FunctionType>
  readonly integers: readonly string[]
}

/** Admits a module. A generated one must be admissible: if it is not, the generator or the validator is wrong. */
export function subjectOf(bytes: Uint8Array, profile: Profile): Subject {
  const { admitted, findings } = admit(bytes, profile)
  if (admitted === undefined) throw new Error(`refused, ${JSON.stringify(findings[0])}: ${hex(bytes)}`)
  const { module } = admitted
  const { exports, functions, globals } = module
  const integers = exports.filter(({ kind, index }) => kind === 'global' && isInteger(globals[index]!.type))
  const callable = exports.filter(({ kind }) => kind === 'function')
  const types = new Map(callable.map(({ name, index }) => [name, functions[index]!]))
  return { bytes, profile, module, decoded: decode(bytes), types, integers: integers.map(({ name }) => name) }
}

function isInteger(type: ValueType): boolean {
  return type === I32 || type === I64
}

export function seenByOracle(
  { decoded, profile, types }: Subject,
  { fun, args, gas, pages, surroundings }: CallUnderTest,
  functions: Readonly<Record<string, OracleFunction>> = {},
): Seen {
  const given = surroundings === undefined ? undefined : SURROUNDINGS[surroundings]
  const program = new Program(given, profile.limits, TASK_BYTES)
  const all = { ...wasiFunctions(program), ...functions }
  const options = { profile, gas, pages, maxSteps: MAX_STEPS, functions: all }
  const outcome =
    surroundings === undefined ? interpret(decoded, { fun, args }, options) : runProgram(decoded, program, options)
  const { results } = types.get(fun)!
  const dry = 'trap' in outcome.out && outcome.out.trap === 'out-of-gas'
  const integers = [...outcome.globals].filter(([, { type }]) => isInteger(type))
  return {
    out:
      'trap' in outcome.out
        ? `trap ${outcome.out.trap}`
        : 'exit' in outcome.out
          ? surroundings === undefined
            ? exitLine(outcome.out.exit)
            : programLine(outcome.out.exit as unknown as ProgramResult)
          : line(outcome.out.ok.map((value, i) => argumentOf(results[i]!, value))),
    gasUsed: outcome.gasUsed,
    peakPages: outcome.peakPages,
    growRefused: outcome.growRefused,
    logs: hex('trap' in outcome.out && !dry ? withStreams(outcome.logs, program, profile) : outcome.logs),
    left: dry
      ? undefined
      : {
          globals: integers.map(([name, { type, bits }]) => `${name}=${String(argumentOf(type, bits))}`).join(' '),
          memory: hash(outcome.memory),
        },
  }
}

/** Runs a program to the result that it leaves, for which host work is paid when `_start` returns. */
function runProgram(decoded: OracleModule, program: Program, options: OracleOptions): OracleOutcome {
  const { flat, perUnit } = options.profile.schedule.host
  return interpretWith(decoded, options, instance => {
    instance.call('_start', [])
    throw new OracleExit(program.result(0, units => instance.charge(flat + perUnit * units)))
  })
}

/** The logs of a program that has trapped (WASI-24). */
function withStreams(logs: Uint8Array, { written }: Program, { limits }: Profile): Uint8Array {
  return Uint8Array.from([...logs, ...written]).subarray(0, limits.logBytes)
}

// ── The metered engine ──────────────────────────────────────────────────────────────────────────────────────────────

/** Computes in one mode of metering. What was prepared for a module is used again for its next call. */
export class MeteredEngine {
  readonly #computer: Computer
  readonly #keys = new WeakMap<Subject, string>()
  #count = 0

  constructor(mode: ModeName, hostModules: readonly string[] = []) {
    this.#computer = new Computer(mode, { hostModules })
  }

  /** Throws faults. */
  async see(subject: Subject, { fun, args, gas, pages, surroundings }: CallUnderTest): Promise<Seen> {
    const { bytes, profile, types } = subject
    const key = this.#keys.get(subject) ?? String(this.#count++)
    this.#keys.set(subject, key)
    const { params } = types.get(fun)!
    const program = surroundings === undefined ? undefined : await preparedSurroundings(surroundings)
    const job = {
      key,
      module: bytes,
      profile,
      fun,
      task: TASK_BYTES,
      abi: program === undefined ? 'core' : 'wasi',
      limits: { gas, pages },
      args: program === undefined ? args.map((value, i) => argumentOf(params[i]!, value)) : [program.param],
      files: program?.jobFiles,
    }
    const { result, instance } = await watched(() => this.#computer.compute(job))
    const seen = seenOf(subject, result, instance)
    return surroundings === undefined || !('ok' in result.out)
      ? seen
      : { ...seen, out: programLine(await programResult(result, surroundings)) }
  }
}

function seenOf(subject: Subject, outcome: Outcome, instance: WebAssembly.Instance | undefined): Seen {
  const { out, gasUsed, peakPages, growRefused, logs } = outcome
  const text =
    'error' in out
      ? `${out.error.kind} ${out.error.code}`
      : Array.isArray(out.ok)
        ? line(out.ok as Argument[])
        : exitLine(out.ok)
  return {
    out: text,
    gasUsed,
    peakPages,
    growRefused,
    logs: hex(logs),
    left: instance === undefined || text === 'trap out-of-gas' ? undefined : leftBy(subject, instance),
  }
}

function leftBy({ integers, module }: Subject, { exports }: WebAssembly.Instance): Seen['left'] {
  const memory = exports[memoryName(module.exports)] as WebAssembly.Memory | undefined
  return {
    globals: integers.map(name => `${name}=${String((exports[name] as WebAssembly.Global).value)}`).join(' '),
    memory: hash(memory === undefined ? new Uint8Array(0) : new Uint8Array(memory.buffer)),
  }
}

// ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a program leaves, its files as maps. */
interface ProgramResult {
  readonly exit: bigint
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly files?: Kept
}

async function programResult(outcome: Outcome, surroundings: string): Promise<ProgramResult> {
  const { ok } = outcome.out as unknown as { readonly ok: Omit<ProgramResult, 'files'> & { readonly files?: Link } }
  const { files, ...rest } = ok
  return files === undefined ? rest : { ...rest, files: await keptIn(outcome, files, surroundings) }
}

function programLine({ exit, stdout, stderr, files }: ProgramResult): string {
  const kept = files === undefined ? 'nothing' : JSON.stringify(shownTree(files))
  return `program exit ${exit} stdout ${hex(stdout)} stderr ${hex(stderr)} files ${kept}`
}

/** Texts in hex, names in their order. */
function shownTree(kept: Kept): unknown {
  if (kept instanceof Uint8Array) return hex(kept)
  return Object.entries(kept).map(([name, below]) => [name, shownTree(below)])
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A value of the oracle as the `core` ABI writes it. */
export function argumentOf(type: ValueType, value: Value): bigint | Uint8Array {
  if (type === I32) return BigInt.asIntN(32, BigInt(value as number))
  if (type === I64) return BigInt.asIntN(64, value as bigint)
  if (type === V128) return value as Uint8Array
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(value as number | bigint), true)
  return new Uint8Array(view.buffer, 0, type === F64 ? 8 : 4)
}

export function line(values: readonly Argument[]): string {
  return ['ok', ...values.map(value => (value instanceof Uint8Array ? hex(value) : String(value)))].join(' ')
}

/** What a host function has ended the run with. In the ABI `core` nothing else gives what is no list. */
function exitLine(result: PlainValue | Result): string {
  return `exit ${result instanceof Uint8Array ? hex(result) : String(result)}`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
