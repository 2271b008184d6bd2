/** What a module's code works on: memory, tables, globals and segments (core spec 4.2). */
import { bitsOf, GuestTrap, type Value } from './values.ts'
import { KIND, type Bounds, type Module } from './decode.ts'
import type { ValueType } from '../../src/wasm/types.ts'

const PAGE = 65_536
export const MAX_PAGES = 65_536

export class Memory {
  pages: number
  readonly max: number
  view!: DataView
  /** More than the memory's bytes, so that growing page by page does not copy all of it each time. */
  #room: Uint8Array

  constructor({ min, max }: Bounds) {
    this.pages = min
    this.max = max ?? MAX_PAGES
    this.#room = new Uint8Array(min * PAGE)
    this.#show()
  }

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.pages * PAGE)
  }

  grow(delta: number): void {
    const pages = this.pages + delta
    if (pages * PAGE > this.#room.length) {
      const room = new Uint8Array(Math.min(Math.max(pages, 2 * this.pages), this.max) * PAGE)
      room.set(this.bytes)
      this.#room = room
    }
    this.pages = pages
    this.#show()
  }

  #show(): void {
    this.view = new DataView(this.#room.buffer, 0, this.pages * PAGE)
  }

  /** Where an access of `width` bytes begins; traps if it does not lie in the memory. */
  check(at: number, width: number): number {
    if (at + width > this.pages * PAGE) throw new GuestTrap('memory-out-of-bounds')
    return at
  }
}

export class Table {
  readonly slots: Value[]
  readonly max: number

  constructor({ min, max }: Bounds) {
    this.slots = new Array<Value>(min).fill(null)
    this.max = max ?? Infinity
  }

  check(at: number, count: number): number {
    if (at + count > this.slots.length) throw new GuestTrap('table-out-of-bounds')
    return at
  }
}

export interface State {
  readonly memory: Memory | undefined
  readonly tables: readonly Table[]
  readonly globals: Value[]
  /** What is left of the segments: nothing, once dropped. */
  readonly elements: (readonly Value[])[]
  readonly data: Uint8Array[]
}

/** A module's state before any segment is written. */
export function initialState(module: Module): State {
  return {
    memory: module.memory && new Memory(module.memory),
    tables: module.tables.map(table => new Table(table)),
    globals: module.globals.map(global => global.init),
    elements: module.elements.map(segment => segment.items),
    data: module.data.map(segment => segment.items),
  }
}

/** Checks active segments, elements first; then writes them, and drops all that is not passive. */
export function writeSegments(module: Module, state: State): void {
  const elements = module.elements.filter(segment => segment.mode === 'active')
  const data = module.data.filter(segment => segment.mode === 'active')
  for (const { table, offset, items } of elements) state.tables[table]!.check(offset, items.length)
  for (const { offset, items } of data) state.memory!.check(offset, items.length)
  for (const { table, offset, items } of elements) {
    items.forEach((item, i) => {
      state.tables[table]!.slots[offset + i] = item
    })
  }
  for (const { offset, items } of data) state.memory!.bytes.set(items, offset)
  module.elements.forEach(({ mode }, i) => {
    if (mode !== 'passive') state.elements[i] = []
  })
  module.data.forEach(({ mode }, i) => {
    if (mode === 'active') state.data[i] = new Uint8Array(0)
  })
}

export interface GlobalValue {
  readonly type: ValueType
  readonly mutable: boolean
  readonly bits: Value
}

/** Values of exported globals, by name. */
export function exportedGlobals(module: Module, state: State): Map<string, GlobalValue> {
  const exported = module.exports.filter(({ kind }) => kind === KIND.global)
  return new Map(
    exported.map(({ name, index }) => {
      const { type, mutable } = module.globals[index]!
      return [name, { type, mutable, bits: bitsOf(type, state.globals[index]!) }]
    }),
  )
}
