/** What an instance imports: the host functions of its grants, for one attempt at a run. */
import { Fault } from '../base/fault.ts'
import type { Bits, HostCall, Sink } from '../host/host-call.ts'
import type { HostInputs, HostModule } from '../host/host-module.ts'
import type { Linked } from '../host/registry.ts'
import type { Ability } from '../interface-profile.ts'
import type { AbortCall, Result, TrapCode } from '../interface.ts'
import { typeOf, V128, I32, F32, type ValueType } from '../wasm/types.ts'

/** The run that host functions work with. */
export interface Run extends HostCall {
  /** Charges gas, before what it pays for is done. Throws out-of-gas. */
  pay(gas: number): void
  /** Calls a function that the guest exports, if there is one that takes these parameters; else it is a violation of the ABI. */
  callChecked(name: string, params: readonly Bits[]): readonly Bits[]
  /** Lets a host function do its work, which begins and ends here. Gives what it gives, or throws what ends the run. */
  host<T>(work: () => T): T
}

/** The states of modules of host functions during one attempt at a run. Each is made when it is first needed. */
export class HostStates {
  readonly #inputs: HostInputs
  readonly #made = new Map<HostModule, unknown>()

  constructor(inputs: HostInputs) {
    this.#inputs = inputs
  }

  of(module: HostModule): unknown {
    if (!this.#made.has(module)) this.#made.set(module, module.begin?.(this.#inputs))
    return this.#made.get(module)
  }
}

/** Host functions as an instance imports them. `run` is there when it runs. */
export function importsOf(linked: readonly Linked[], states: HostStates, run: () => Run): WebAssembly.Imports {
  // A module may be called `__proto__`.
  const imports = Object.create(null) as Record<string, Record<string, WebAssembly.ImportValue>>
  for (const link of linked) {
    const { grant, module } = link
    const own = (imports[grant.module] ??= Object.create(null) as Record<string, WebAssembly.ImportValue>)
    const host = importOf(link, () => states.of(module))
    own[grant.name] = (...bits: readonly Bits[]) => host(run(), bits)
  }
  return imports
}

/** What one import does, given the run and the bits of its parameters. */
function importOf({ grant, fn }: Linked, state: () => unknown): (run: Run, bits: readonly Bits[]) => unknown {
  const { params, results } = typeOf(grant.type)
  const { flat, perUnit, unit } = grant.price
  const counter = unit === undefined ? undefined : bitsOf(params.slice(0, unit)).length
  const kinds = bitsOf(results)
  return (run, bits) =>
    run.host(() => {
      const units = counter === undefined ? 0 : (bits[counter] as number) >>> 0
      // Below 2⁵³: prices are at most 2²⁰, and units are below 2³².
      run.pay(flat + perUnit * units)
      const call = new ImportCall(run, grant.may, perUnit)
      return checkResults(fn.run(call, state(), ...bits), kinds, grant.semantics)
    })
}

/** The run, as one host function may use it. */
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

  /** Code was made by the grant: of what it does not allow, instrumented code knows nothing. */
  #allowed(ability: Ability): void {
    if (!this.#may.includes(ability))
      throw failed(`a host function does what its grant does not allow: ${ability}`, { ability })
  }
}

export type Kind = 'number' | 'bigint'

/** How values cross, bit for bit: i32 and f32 as a number, others as bigints, a vector as two. */
export function bitsOf(types: readonly ValueType[]): Kind[] {
  return types.flatMap(type =>
    type === V128 ? ['bigint', 'bigint'] : [type === I32 || type === F32 ? 'number' : 'bigint'],
  )
}

/** Results in the form in which the engine takes them. */
function checkResults(given: unknown, kinds: readonly Kind[], semantics: string): unknown {
  const values: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
  if (!areBits(values, kinds))
    throw failed(`${semantics} must give the bits of ${kinds.length} values: ${kinds.join(', ')}`, { semantics })
  return kinds.length === 1 ? values[0] : values
}

/** Whether values are of the kinds, so that the engine neither converts nor refuses them. */
export function areBits(values: readonly unknown[], kinds: readonly Kind[]): boolean {
  const isOf = (value: unknown, kind: Kind): boolean =>
    kind === 'bigint' ? typeof value === 'bigint' : Number.isInteger(value)
  return values.length === kinds.length && kinds.every((kind, i) => isOf(values[i], kind))
}

function failed(message: string, detail: Readonly<Record<string, unknown>>): Fault {
  return new Fault('host-function-failed', message, detail)
}
