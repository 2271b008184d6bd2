/** Gas: what was used of a limit, and the price of preparing a module (docs/spec/gas.md). */
import type { Schedule } from '../../src/interface-profile.ts'
import { carriedValues, keptValues } from './carried.ts'
import { branchTargets, exportedWords, type Module } from './decode.ts'
import { GuestTrap } from './values.ts'

/** Sums up to this one are exact as JavaScript's numbers, whatever single price is added: that is 2⁵² at most. */
const EXACT = 2 ** 52

export class Gas {
  readonly limit: bigint
  /** Gas used is the sum of the two: the one is exact at any size, the other is quick. */
  #settled = 0n
  #recent = 0
  /** What `#recent` may grow to. */
  #room = 0

  constructor(limit: bigint) {
    this.limit = limit
  }

  get used(): bigint {
    return this.#settled + BigInt(this.#recent)
  }

  /** Adds a price, an integer from 0 to 2⁵²; out of gas if the sum would exceed the limit. */
  charge(price: number): void {
    if (this.#recent + price <= this.#room) {
      this.#recent += price
      return
    }
    this.#settled = this.used
    this.#recent = 0
    const left = this.limit - this.#settled
    if (BigInt(price) > left) {
      this.#room = 0
      throw new GuestTrap('out-of-gas')
    }
    this.#room = Number(left < EXACT ? left : EXACT)
    this.#recent = price
  }
}

/** The price of preparing a module to run (GAS-4). */
export function instantiationPrice(module: Module, schedule: Schedule): number {
  const price = schedule.instantiation
  const slots = sum(module.tables.map(table => table.min))
  const segments = [...module.elements, ...module.data].filter(segment => segment.mode === 'active').length
  const localWords = sum(module.bodies.map(body => body.localWords + body.paramWords))
  const targets = sum(module.bodies.map(branchTargets))
  return (
    price.flat +
    price.perByte * (module.size - module.customBytes) +
    price.perCustomByte * module.customBytes +
    price.perFunction * module.bodies.length +
    price.perPage * (module.memory?.min ?? 0) +
    price.perSlot * slots +
    price.perSegment * segments +
    price.perGlobal * module.globals.length +
    price.perLocalWord * localWords +
    price.perBranchTarget * targets +
    price.perCarriedValue * sum(module.bodies.map(body => carriedValues(module, body))) +
    price.perKeptValue * sum(module.bodies.map(keptValues)) +
    price.perExportedWord * exportedWords(module)
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
