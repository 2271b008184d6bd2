/** What stands in for imports: functions of the host, with neither entry price nor frame. */
import type { Grant, Profile } from '../../src/interface-profile.ts'
import type { Result, TrapCode } from '../../src/interface.ts'
import { shortType } from '../../src/wasm/types.ts'
import type { Module } from './decode.ts'
import type { Gas } from './gas.ts'
import { Memory, type State } from './state.ts'
import { GuestTrap, type Value } from './values.ts'

/** A host function, given the run and its arguments. */
export type OracleFunction = (run: OracleRun, args: readonly Value[]) => readonly Value[]

/** What a host function can do. */
export interface OracleRun {
  /** The memory as it is now, empty if there is none. */
  memory(): Uint8Array
  /** The bytes of a range of memory; traps if it does not lie in it. */
  range(at: number, length: number): Uint8Array
  /** Pays for units of work by the grant's price. */
  charge(units: number): void
  log(bytes: Uint8Array): void
  /** Bytes that the logs still have room for. */
  logRoom(): number
  trap(code: TrapCode): never
  /** Ends the run with a result. */
  exit(result: Result): never
  /** Calls an exported function, whose frames come to those that wait. */
  call(fun: string, args: readonly Value[]): readonly Value[]
}

/** A host function has ended the run. */
export class OracleExit extends Error {
  readonly result: Result

  constructor(result: Result) {
    super('exit')
    this.result = result
  }
}

const OWN: Readonly<Record<string, OracleFunction>> = {
  'assemblyscript/abort@1': run => run.trap('abort'),
  'ipvm/log@1'(run, [at, length]) {
    run.log(run.range(at as number, length as number))
    return []
  },
}

export class Imports {
  readonly #grants: readonly (Grant | undefined)[]
  readonly #state: State
  readonly #gas: Gas
  readonly #profile: Profile
  readonly #functions: Readonly<Record<string, OracleFunction>>
  readonly #callGuest: OracleRun['call']
  readonly #logs: number[] = []

  constructor(
    module: Module,
    state: State,
    gas: Gas,
    profile: Profile,
    functions: Readonly<Record<string, OracleFunction>>,
    callGuest: OracleRun['call'],
  ) {
    this.#grants = module.imports.map(({ module: from, name, type }) =>
      profile.grants.find(grant => grant.module === from && grant.name === name && grant.type === shortType(type)),
    )
    this.#state = state
    this.#gas = gas
    this.#profile = profile
    this.#functions = { ...OWN, ...functions }
    this.#callGuest = callGuest
  }

  get logs(): Uint8Array {
    return Uint8Array.from(this.#logs)
  }

  /** Calls the import: its price is paid, then it is done. */
  call(index: number, args: readonly Value[]): readonly Value[] {
    const grant = this.#grants[index]
    if (grant === undefined) throw new GuestTrap('denied-import')
    const { flat, perUnit, unit } = grant.price
    this.#gas.charge(flat + (unit === undefined ? 0 : perUnit * (args[unit] as number)))
    return this.#functions[grant.semantics]!(this.#run(perUnit), args)
  }

  #run(perUnit: number): OracleRun {
    const logRoom = (): number => this.#profile.limits.logBytes - this.#logs.length
    return {
      memory: () => this.#state.memory?.bytes ?? new Uint8Array(0),
      range: (at, length) => {
        const memory = this.#state.memory ?? new Memory({ min: 0, max: 0 })
        memory.check(at, length)
        return memory.bytes.subarray(at, at + length)
      },
      charge: units => this.#gas.charge(perUnit * units),
      log: bytes => {
        for (const byte of bytes.subarray(0, logRoom())) this.#logs.push(byte)
      },
      logRoom,
      trap: code => {
        throw new GuestTrap(code)
      },
      exit: result => {
        throw new OracleExit(result)
      },
      call: this.#callGuest,
    }
  }
}
