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
import type { Outcome, PlainValue, Result } from '../../src/interface.ts'
import type { Module } from '../../src/wasm/module.ts'
import { F64, I32, I64, V128, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { decode, type Module as OracleModule } from '../oracle/decode.ts'
import { interpret, type OracleFunction, type Value } from '../oracle/interpret.ts'
import { watched } from '../support/instances.ts'

export interface CallUnderTest {
  readonly fun: string
  readonly args: readonly Value[]
  readonly gas: bigint
  readonly pages: number
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
  { fun, args, gas, pages }: CallUnderTest,
  functions: Readonly<Record<string, OracleFunction>> = {},
): Seen {
  const outcome = interpret(decoded, { fun, args }, { profile, gas, pages, maxSteps: MAX_STEPS, functions })
  const { results } = types.get(fun)!
  const dry = 'trap' in outcome.out && outcome.out.trap === 'out-of-gas'
  const integers = [...outcome.globals].filter(([, { type }]) => isInteger(type))
  return {
    out:
      'trap' in outcome.out
        ? `trap ${outcome.out.trap}`
        : 'exit' in outcome.out
          ? exitLine(outcome.out.exit)
          : line(outcome.out.ok.map((value, i) => argumentOf(results[i]!, value))),
    gasUsed: outcome.gasUsed,
    peakPages: outcome.peakPages,
    growRefused: outcome.growRefused,
    logs: hex(outcome.logs),
    left: dry
      ? undefined
      : {
          globals: integers.map(([name, { type, bits }]) => `${name}=${String(argumentOf(type, bits))}`).join(' '),
          memory: hash(outcome.memory),
        },
  }
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
  async see(subject: Subject, { fun, args, gas, pages }: CallUnderTest): Promise<Seen> {
    const { bytes, profile, types } = subject
    const key = this.#keys.get(subject) ?? String(this.#count++)
    this.#keys.set(subject, key)
    const { params } = types.get(fun)!
    const job = {
      key,
      module: bytes,
      profile,
      fun,
      abi: 'core',
      limits: { gas, pages },
      args: args.map((value, i) => argumentOf(params[i]!, value)),
    }
    const { result, instance } = await watched(() => this.#computer.compute(job))
    return seenOf(subject, result, instance)
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
