/**
 * The oracle: what running a function of an admitted module comes to, by definition (docs/spec).
 *
 * A plain interpreter that adds up prices. It shares the instruction table, the types and the profile with the product
 * and nothing else, and prefers being obvious to being quick.
 */
import type { Profile } from '../../src/interface-profile.ts'
import type { Result, TrapCode } from '../../src/interface.ts'
import { decode, KIND, type Module } from './decode.ts'
import { Gas, instantiationPrice } from './gas.ts'
import { OracleExit, type OracleFunction } from './imports.ts'
import { Machine } from './machine.ts'
import { exportedGlobals, initialState, writeSegments, type GlobalValue, type State } from './state.ts'
import { bitsOf, GuestTrap, type Value } from './values.ts'

export type { OracleFunction } from './imports.ts'
export { OracleGaveUp } from './machine.ts'
export { GuestTrap, type Value } from './values.ts'
export type { GlobalValue } from './state.ts'

export interface OracleOptions {
  readonly profile: Profile
  readonly gas: bigint
  readonly pages: number
  /** Executed instructions after which the oracle gives up with `OracleGaveUp`. */
  readonly maxSteps?: number
  /** Host functions beside those of profile 1, by the ids of their semantics. */
  readonly functions?: Readonly<Record<string, OracleFunction>>
}

export interface OracleOutcome {
  /** Results as bits (see `Value`), which trap, or with what a host function has ended the run. */
  readonly out: { readonly ok: readonly Value[] } | { readonly trap: TrapCode } | { readonly exit: Result }
  readonly gasUsed: bigint
  readonly peakPages: number
  readonly growRefused: boolean
  readonly logs: Uint8Array
  /** What is left: exported globals and the memory. Beyond the outcome, and of no meaning when gas ran out. */
  readonly globals: ReadonlyMap<string, GlobalValue>
  readonly memory: Uint8Array
}

/** A started instance, for hosts that call it several times. Calls share its gas; each begins on an empty stack. */
export interface OracleInstance {
  /** The memory's bytes as they are now; growing the memory replaces them. */
  readonly memory: Uint8Array
  readonly gasUsed: bigint
  /** Calls an exported function. Throws `GuestTrap` if it traps, and `Error` if there is none of that name. */
  call(fun: string, args: readonly Value[]): readonly Value[]
  /** Pays for work of the host: an integer from 0 to 2⁵². Throws `GuestTrap` when gas runs out. */
  charge(price: number): void
  /** Traps: for what an ABI finds wrong. */
  trap(code: TrapCode): never
}

/** Calls one function of a module, given as bytes or as `decode` read it. */
export function interpret(
  source: Uint8Array | Module,
  call: { readonly fun: string; readonly args: readonly Value[] },
  options: OracleOptions,
): OracleOutcome {
  const module = source instanceof Uint8Array ? decode(source) : source
  // It has run by then.
  if (call.fun === '_initialize' && initializerOf(module) !== undefined) return interpretWith(module, options, () => [])
  return interpretWith(module, options, instance => instance.call(call.fun, call.args))
}

/** The function that a reactor runs before any other, by its index (GAS-21). */
function initializerOf({ exports, functions }: Module): number | undefined {
  const exported = new Map(exports.filter(({ kind }) => kind === KIND.function).map(({ name, index }) => [name, index]))
  const found = exported.get('_initialize')
  if (found === undefined || exported.has('_start')) return undefined
  return functions[found]!.params.length + functions[found]!.results.length === 0 ? found : undefined
}

/** Instantiates, starts and initializes a module and lets `host` work with it: what it gives back are the results, its traps count. */
export function interpretWith(
  source: Uint8Array | Module,
  options: OracleOptions,
  host: (instance: OracleInstance) => readonly Value[],
): OracleOutcome {
  const module = source instanceof Uint8Array ? decode(source) : source
  const { profile, pages, maxSteps = Infinity, functions } = options
  if ((module.memory?.min ?? 0) > pages) throw new Error('a memory beyond the limit on pages is a rejection')
  // The plan and the oracle would have to agree on how often an `else` or `end` is executed.
  if (profile.schedule.instructions.free !== 0) throw new Error('the oracle wants the price class free to be free')
  const state = initialState(module)
  const gas = new Gas(options.gas)
  const machine = new Machine(module, state, gas, profile, pages, maxSteps, functions)
  const out = outcomeOf(() => {
    gas.charge(instantiationPrice(module, profile.schedule))
    writeSegments(module, state)
    if (module.start !== undefined) machine.call(module.start, [])
    const initializer = initializerOf(module)
    if (initializer !== undefined) machine.call(initializer, [])
    return host(instanceOf(module, state, machine, gas))
  })
  const dry = 'trap' in out && out.trap === 'out-of-gas'
  return {
    out,
    gasUsed: dry ? options.gas : gas.used,
    peakPages: dry ? 0 : (state.memory?.pages ?? 0),
    growRefused: !dry && machine.bulk.growRefused,
    logs: dry ? new Uint8Array(0) : machine.imports.logs,
    globals: exportedGlobals(module, state),
    memory: state.memory?.bytes ?? new Uint8Array(0),
  }
}

function outcomeOf(run: () => readonly Value[]): OracleOutcome['out'] {
  try {
    return { ok: run() }
  } catch (error) {
    if (error instanceof GuestTrap) return { trap: error.code }
    if (error instanceof OracleExit) return { exit: error.result }
    throw error
  }
}

function instanceOf(module: Module, state: State, machine: Machine, gas: Gas): OracleInstance {
  return {
    get memory() {
      return state.memory?.bytes ?? new Uint8Array(0)
    },
    get gasUsed() {
      return gas.used
    },
    call(fun, args) {
      const found = module.exports.find(({ name, kind }) => name === fun && kind === KIND.function)
      if (found === undefined) throw new Error(`no function ${fun}`)
      const { params } = module.functions[found.index]!
      if (args.length !== params.length) throw new Error(`${fun} takes ${params.length} arguments`)
      return machine.call(
        found.index,
        params.map((type, i) => bitsOf(type, args[i]!)),
      )
    },
    charge: price => gas.charge(price),
    trap(code) {
      throw new GuestTrap(code)
    },
  }
}
