/** Code that calls: directly, through tables, in tail position, and the imports. */
import { OP } from '../../src/wasm/instructions.ts'
import { FUNCREF, type ValueType } from '../../src/wasm/types.ts'
import { NUMBERS } from './shape.ts'
import { Values } from './values.ts'
import { WASI_MODULE } from './wasi.ts'
import { sameTypes } from './writer.ts'

export abstract class Calls extends Values {
  /** Functions that may be called here; what certainly traps is called at a risk only. */
  #callable(): number[] {
    const { imports, functions, wasi } = this.shape
    const withWasi = wasi.length > 0 && this.risky()
    return functions
      .map((_, i) => i)
      .filter(i => {
        const entry = imports[i]
        if (entry === undefined || entry.name === 'log') return true
        return entry.module === WASI_MODULE ? withWasi : this.risky()
      })
  }

  protected override call(results: readonly ValueType[], depth: number): boolean {
    if (this.choices.once(3) && this.#indirect(OP.callIndirect, results, depth)) return true
    const fitting = this.#callable().filter(i => sameTypes(this.shape.functions[i]!.results, results))
    if (fitting.length === 0) return false
    this.#direct(OP.call, this.choices.pick(fitting), depth)
    return true
  }

  /** A call of some function, whatever it gives. */
  protected callSome(depth: number): void {
    const callable = this.#callable()
    const index = this.choices.pick(callable)
    const { results } = this.shape.functions[index]!
    if (this.choices.once(3) && this.#indirect(OP.callIndirect, results, depth)) return
    this.#direct(OP.call, index, depth)
  }

  #direct(code: number, index: number, depth: number): void {
    const { params, results } = this.shape.functions[index]!
    if (this.shape.imports[index]?.name === 'log') {
      this.place(depth)
      this.masked(31, 0)
    } else {
      this.operands(params, depth)
    }
    this.emit(code, params.length, code === OP.call ? results : [], index)
  }

  /** Where a text to be logged begins. */
  protected abstract place(depth: number): void

  protected tailCall(depth: number): boolean {
    const fitting = this.#callable().filter(i => sameTypes(this.shape.functions[i]!.results, this.type.results))
    if (fitting.length === 0) return false
    this.#direct(OP.returnCall, this.choices.pick(fitting), depth)
    return true
  }

  protected indirectTailCall(depth: number): boolean {
    return this.#indirect(OP.returnCallIndirect, this.type.results, depth)
  }

  /** A call through a table of a function that stood there at the beginning, or at a risk of anything. */
  #indirect(code: number, results: readonly ValueType[], depth: number): boolean {
    const { functions, types, tables } = this.shape
    const known = this.#knownSlots(results)
    const target = known.length > 0 && !this.risky() ? this.choices.pick(known) : undefined
    const table = target?.table ?? this.table(FUNCREF)
    if (table === undefined || tables[table]!.element !== FUNCREF) return false
    if (target === undefined && !this.risky()) return false
    const type =
      target === undefined
        ? { params: this.choices.some(2, () => this.choices.pick(NUMBERS)), results }
        : functions[target.index]!
    this.operands(type.params, depth)
    if (target === undefined) this.masked(15, depth)
    else this.i32(target.slot)
    const index = types.index(type, this.choices)
    this.emit(code, type.params.length + 1, code === OP.callIndirect ? results : [], index, table)
    return true
  }

  /** Slots that hold a function with these results when the module begins. */
  #knownSlots(
    results: readonly ValueType[],
  ): { readonly table: number; readonly slot: number; readonly index: number }[] {
    const { functions, elements } = this.shape
    const active = elements.filter(({ mode, type }) => mode === 'active' && type === FUNCREF)
    return active.flatMap(({ table, at, items }) =>
      items.flatMap((index, i) => {
        const fits = index !== null && sameTypes(functions[index]!.results, results)
        return fits ? [{ table, slot: at + i, index }] : []
      }),
    )
  }
}
