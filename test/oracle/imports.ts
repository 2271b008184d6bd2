/** What stands in for imports: functions of the host, with neither entry price nor frame. */
import type { Grant, Profile } from '../../src/interface.ts'
import { shortType } from '../../src/wasm/types.ts'
import type { Module } from './decode.ts'
import type { Gas } from './gas.ts'
import { Memory, type State } from './state.ts'
import { GuestTrap, type Value } from './values.ts'

export class Imports {
  readonly #grants: readonly (Grant | undefined)[]
  readonly #state: State
  readonly #gas: Gas
  readonly #profile: Profile
  readonly #logs: number[] = []

  constructor(module: Module, state: State, gas: Gas, profile: Profile) {
    this.#grants = module.imports.map(({ module: from, name, type }) =>
      profile.grants.find(grant => grant.module === from && grant.name === name && grant.type === shortType(type)),
    )
    this.#state = state
    this.#gas = gas
    this.#profile = profile
  }

  get logs(): Uint8Array {
    return Uint8Array.from(this.#logs)
  }

  /** Calls the import; none of them gives anything back. */
  call(index: number, args: readonly Value[]): void {
    switch (this.#grants[index]?.does) {
      case 'abort':
        throw new GuestTrap('abort')
      case 'log':
        return this.#log(args[0] as number, args[1] as number)
      case undefined:
        throw new GuestTrap('denied-import')
    }
  }

  #log(at: number, length: number): void {
    const { flat, perUnit } = this.#profile.schedule.host
    this.#gas.charge(flat + perUnit * length)
    const memory = this.#state.memory ?? new Memory({ min: 0, max: 0 })
    memory.check(at, length)
    const room = this.#profile.limits.logBytes - this.#logs.length
    for (const byte of memory.bytes.subarray(at, at + Math.min(length, room))) this.#logs.push(byte)
  }
}
