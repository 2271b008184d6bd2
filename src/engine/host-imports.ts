/** The imports of an instance: the host functions of its grants, for one attempt at a run. */
import { Fault } from '../base/fault.ts'
import type { Bits, HostCall, Sink } from '../host/host-call.ts'
import type { HostInputs, HostModule } from '../host/host-module.ts'
import type { Linked } from '../host/registry.ts'
import type { Ability } from '../interface-profile.ts'
import type { AbortCall, Result, TrapCode } from '../interface.ts'
import { typeOf, V128, I32, F32, type ValueType } from '../wasm/types.ts'

/** The run that calls host functions: all that a host function can do, and what stands around it. */
export interface Run extends HostCall {
  /** Charges gas. It is called before the work that it pays for. Throws the trap out-of-gas. */
  pay(gas: number): void
  /** Calls an exported function of the guest. Traps with abi-violation if there is none that takes these parameters. */
  callChecked(name: string, params: readonly Bits[]): readonly Bits[]
  /** Runs a host function, and returns its results. Throws if the run has ended meanwhile. */
  host<T>(work: () => T): T
}

/** The states of the modules of host functions in one attempt at a run. Each state is made when it is first needed. */
export class HostStates {
  readonly #inputs: HostInputs
  readonly #made = new Map<HostModule, unknown>()

  constructor(inputs: HostInputs) {
    this.#inputs = inputs
  }

  of(module: HostModule): unknown {
    const known = this.#made.get(module)
    if (known !== undefined || this.#made.has(module)) return known
    const made = module.begin?.(this.#inputs)
    this.#made.set(module, made)
    return made
  }
}

/** The import object of an instance. `run` is called only while the guest runs. */
export function importsOf(linked: readonly Linked[], states: HostStates, run: () => Run): WebAssembly.Imports {
  // The name of an imported module may be `__proto__`.
  const imports = Object.create(null) as Record<string, Record<string, WebAssembly.ImportValue>>
  for (const link of linked) {
    const { grant, module } = link
    const own = (imports[grant.module] ??= Object.create(null) as Record<string, WebAssembly.ImportValue>)
    const host = importOf(link, () => states.of(module))
    own[grant.name] = (...bits: readonly Bits[]) => host(run(), bits)
  }
  return imports
}

/** One import: a function of the run and the parameters' bits. It charges, calls the host function, and checks the results. */
function importOf({ grant, fn }: Linked, state: () => unknown): (run: Run, bits: readonly Bits[]) => unknown {
  const { params, results } = typeOf(grant.type)
  const { flat, perUnit, unit } = grant.price
  const counter = unit === undefined ? undefined : bitsOf(params.slice(0, unit)).length
  const kinds = bitsOf(results)
  return (run, bits) =>
    run.host(() => {
      const units = counter === undefined ? 0 : (bits[counter] as number) >>> 0
      // This is below 2⁵³, since prices are at most 2²⁰ and units are below 2³².
      run.pay(flat + perUnit * units)
      const call = new ImportCall(run, grant.may, perUnit)
      return checkResults(fn.run(call, state(), ...bits), kinds, grant.semantics)
    })
}

/** The run as one host function sees it: limited to the abilities of its grant. */
class ImportCall implements HostCall {
  readonly #run: Run
  readonly #may: readonly Ability[]
  readonly #perUnit: number

  constructor(run: Run, may: readonly Ability[], perUnit: number) {
    this.#run = run
    this.#may = may
    this.#perUnit = perUnit
  }

  get valueBytes(): number {
    return this.#run.valueBytes
  }

  call(name: string, ...params: readonly Bits[]): readonly Bits[] {
    this.#allowed('call-guest')
    return this.#run.callChecked(name, params)
  }

  memory(): Uint8Array {
    return this.#run.memory()
  }

  range(pointer: number, length: number): Uint8Array {
    return this.#run.range(pointer, length)
  }

  charge(units: number): void {
    if (!(Number.isInteger(units) && units >= 0 && units < 2 ** 32))
      throw failed('a host function charges for a number of units that is no integer from 0 to 2³² − 1', { units })
    this.#run.pay(this.#perUnit * units)
  }

  trap(code: TrapCode, about?: AbortCall): never {
    return this.#run.trap(code, about)
  }

  exit(result: Result): never {
    this.#allowed('end-run')
    return this.#run.exit(result)
  }

  sink(name: string): Sink {
    return this.#run.sink(name)
  }

  /** Throws a fault unless the grant has an ability. Instrumented code is not prepared for others (`instrument/boundary`). */
  #allowed(ability: Ability): void {
    if (!this.#may.includes(ability))
      throw failed(`a host function does what its grant does not allow: ${ability}`, { ability })
  }
}

export type Kind = 'number' | 'bigint'

/** The JavaScript types of values' bits: a number for i32 and f32, a bigint for i64 and f64, two bigints for a vector. */
export function bitsOf(types: readonly ValueType[]): Kind[] {
  return types.flatMap(type =>
    type === V128 ? ['bigint', 'bigint'] : [type === I32 || type === F32 ? 'number' : 'bigint'],
  )
}

/** The results of a host function, as WebAssembly's JavaScript interface expects them. Throws a fault if they have another form. */
function checkResults(given: unknown, kinds: readonly Kind[], semantics: string): unknown {
  // Most functions give one i32.
  if (kinds.length === 1 && kinds[0] === 'number' && Number.isInteger(given)) return given
  const values: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
  if (!areBits(values, kinds))
    throw failed(`${semantics} must give the bits of ${kinds.length} values: ${kinds.join(', ')}`, { semantics })
  return kinds.length === 1 ? values[0] : values
}

/** True if values have these JavaScript types, so that the engine neither converts nor rejects them. */
export function areBits(values: readonly unknown[], kinds: readonly Kind[]): boolean {
  const isOf = (value: unknown, kind: Kind): boolean =>
    kind === 'bigint' ? typeof value === 'bigint' : Number.isInteger(value)
  return values.length === kinds.length && kinds.every((kind, i) => isOf(values[i], kind))
}

function failed(message: string, detail: Readonly<Record<string, unknown>>): Fault {
  return new Fault('host-function-failed', message, detail)
}
