/** Instructions on ranges of memories and tables, and on their sizes: priced by their operands (GAS-2, GAS-11). */
import type { Limits, Schedule } from '../../src/interface-profile.ts'
import type { Op } from './code.ts'
import type { Gas } from './gas.ts'
import { MAX_PAGES, type State } from './state.ts'
import { GuestTrap, type Value } from './values.ts'

export class Bulk {
  readonly #state: State
  readonly #gas: Gas
  readonly #schedule: Schedule
  readonly #limits: Limits
  readonly #pages: number
  /** Whether the limit on pages refused memory. */
  growRefused = false

  /** `pages` is the limit of the run, the other ones are the profile's. */
  constructor(state: State, gas: Gas, schedule: Schedule, limits: Limits, pages: number) {
    this.#state = state
    this.#gas = gas
    this.#schedule = schedule
    this.#limits = limits
    this.#pages = pages
  }

  #charge(price: keyof Schedule['bulk'], units: number): void {
    this.#gas.charge(this.#schedule.bulk[price] * units)
  }

  memoryFill(to: number, byte: number, count: number): void {
    this.#charge('memoryFill', count)
    const memory = this.#state.memory!
    memory.check(to, count)
    memory.bytes.fill(byte & 0xff, to, to + count)
  }

  memoryCopy(to: number, from: number, count: number): void {
    this.#charge('memoryCopy', count)
    const memory = this.#state.memory!
    memory.check(from, count)
    memory.check(to, count)
    memory.bytes.copyWithin(to, from, from + count)
  }

  memoryInit(op: Op, to: number, from: number, count: number): void {
    this.#charge('memoryInit', count)
    const memory = this.#state.memory!
    const segment = this.#state.data[op.index]!
    if (from + count > segment.length) throw new GuestTrap('memory-out-of-bounds')
    memory.check(to, count)
    memory.bytes.set(segment.subarray(from, from + count), to)
  }

  tableFill(op: Op, to: number, value: Value, count: number): void {
    this.#charge('tableFill', count)
    const table = this.#state.tables[op.index]!
    table.check(to, count)
    table.slots.fill(value, to, to + count)
  }

  tableCopy(op: Op, to: number, from: number, count: number): void {
    this.#charge('tableCopy', count)
    const [target, source] = [this.#state.tables[op.index]!, this.#state.tables[op.second]!]
    source.check(from, count)
    target.check(to, count)
    const moved = source.slots.slice(from, from + count)
    moved.forEach((value, i) => {
      target.slots[to + i] = value
    })
  }

  tableInit(op: Op, to: number, from: number, count: number): void {
    this.#charge('tableInit', count)
    const table = this.#state.tables[op.second]!
    const segment = this.#state.elements[op.index]!
    if (from + count > segment.length) throw new GuestTrap('table-out-of-bounds')
    table.check(to, count)
    segment.slice(from, from + count).forEach((value, i) => {
      table.slots[to + i] = value
    })
  }

  /** The old size, or −1: then only the flat price has been paid. */
  memoryGrow(delta: number): number {
    const memory = this.#state.memory!
    const { pages, max } = memory
    if (pages + delta > Math.min(max, MAX_PAGES)) return REFUSED
    if (pages + delta > this.#pages) {
      this.growRefused = true
      return REFUSED
    }
    this.#charge('memoryGrow', delta)
    memory.grow(delta)
    return pages
  }

  tableGrow(op: Op, value: Value, delta: number): number {
    const { slots, max } = this.#state.tables[op.index]!
    const size = slots.length
    if (size + delta > Math.min(max, this.#limits.tableSlots)) return REFUSED
    this.#charge('tableGrow', delta)
    for (let i = 0; i < delta; i++) slots.push(value)
    return size
  }
}

const REFUSED = 0xffffffff
