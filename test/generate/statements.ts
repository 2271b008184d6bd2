/** Statements and whole bodies. */
import { OP } from '../../src/wasm/instructions.ts'
import { EXTERNREF, FUNCREF, I32, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { Choices } from './choices.ts'
import type { FunctionRecipe } from './recipe.ts'
import { ALL_TYPES, CREDIT_GLOBAL, type Shape } from './shape.ts'
import { WasiCalls } from './wasi-calls.ts'
import { indices } from './writer.ts'

export interface Body {
  readonly locals: readonly ValueType[]
  readonly code: readonly number[]
}

/** Nesting of statements and operands. */
const DEPTH = 5

/** Bytes that make a body large, whatever else is in it. */
const BALLAST = 70_000

/** Writes a function: its own locals, its statements, its results. */
export function bodyOf(shape: Shape, type: FunctionType, recipe: FunctionRecipe): Body {
  const choices = new Choices(recipe.head)
  const several = (count: number, type: ValueType): ValueType[] => Array.from({ length: count }, () => type)
  const declared = ALL_TYPES.slice(0, choices.below(8)).flatMap(local => several(1 + choices.below(2), local))
  const guarded = !choices.once(6)
  // Frames that weigh much, so that the stack's bound is near.
  if (choices.once(6)) declared.push(...several(choices.pick([50, 300, 1500]), choices.pick(ALL_TYPES)))
  const large = choices.once(48)
  const statements = new Statements(shape, type, declared)
  return { code: statements.write(recipe, guarded, large), locals: statements.locals.slice(type.params.length) }
}

class Statements extends WasiCalls {
  write(recipe: FunctionRecipe, guarded: boolean, large: boolean): readonly number[] {
    if (guarded) this.guard(CREDIT_GLOBAL)
    if (large) this.#ballast()
    if (this.shape.wasi.length > 0) this.openSome(new Choices(recipe.statements.flat().toReversed()), DEPTH - 1)
    for (const numbers of recipe.statements) {
      this.choices = new Choices(numbers)
      this.statement(DEPTH)
    }
    this.finish(DEPTH)
    this.opcode(OP.end)
    return this.bytes
  }

  /** Code that never runs, in a block that never begins: instrumentation treats large bodies in another way. */
  #ballast(): void {
    this.i32(0)
    this.opcode(OP.if)
    this.raw(0x40)
    this.settle(1, [])
    for (let i = 0; i < BALLAST; i++) this.opcode(OP.nop)
    this.opcode(OP.end)
  }

  protected override statement(depth: number): void {
    if (depth <= 0) return this.#simple(0)
    if (this.shape.wasi.length > 0 && this.choices.once(2)) return this.hostCalls(depth - 1)
    switch (this.choices.below(17)) {
      case 0:
      case 1:
      case 2:
        return this.#simple(depth)
      case 3:
      case 4:
        if (!this.store(depth)) this.#simple(depth)
        return
      case 5:
      case 6:
      case 7:
        return this.structured(
          this.choices.some(3, () => this.choices.pick(ALL_TYPES)),
          depth - 1,
        )
      case 8:
        return this.callSome(depth - 1)
      case 9:
        return this.#conditionally(() => this.transfer(depth - 1), depth - 1)
      case 10:
        return this.#throughLabel(depth - 1)
      case 11:
        return this.#bulkMemory(depth - 1)
      case 12:
        return this.#bulkTable(depth - 1)
      case 13:
        return this.#setSlot(depth - 1)
      case 14:
        return this.want(this.choices.pick(ALL_TYPES), depth)
      case 15:
        return this.counting(depth - 1)
      default:
        if (this.choices.once(6)) this.transfer(depth - 1)
    }
  }

  protected override quietly(depth: number): void {
    const { floor } = this
    const height = this.stack.length
    this.floor = height
    this.statement(depth)
    while (this.stack.length > height) this.putAway()
    this.floor = floor
  }

  /** Puts a value somewhere, or takes one away. */
  #simple(depth: number): void {
    if (this.choices.once(12)) return this.opcode(OP.nop)
    if (this.free === 0) this.want(this.choices.pick(ALL_TYPES), depth)
    this.putAway()
  }

  #conditionally(body: () => void, depth: number): void {
    this.want(I32, depth)
    this.opcode(OP.if)
    this.raw(0x40)
    this.settle(1, [])
    const base = this.stack.length
    const { floor } = this
    this.frames.push({ isLoop: false, type: { params: [], results: [] }, carries: [], base, dead: false, floor })
    this.floor = base
    body()
    this.opcode(OP.end)
    this.frames.pop()
    this.stack.length = base
    this.floor = floor
  }

  /** A conditional branch to any label; what it carries stays on the stack. */
  #throughLabel(depth: number): void {
    const { carries } = this.choices.pick([...this.frames].reverse())
    this.branchThrough(carries, depth)
  }

  // ── Memory ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #bulkMemory(depth: number): void {
    const { memory, data } = this.shape
    const kind = this.choices.below(4)
    const segment = this.choices.below(Math.max(1, data.length))
    if (kind === 3 && data.length > 0 && this.choices.once(3)) return this.emit(OP.dataDrop, 0, [], segment)
    if (memory === undefined) return this.#simple(depth)
    this.address(depth)
    if (kind >= 2 && data.length > 0) {
      this.#inside(data[segment]!.bytes.length, depth)
      return this.emit(OP.memoryInit, 3, [], segment, 0)
    }
    if (kind === 0) this.want(I32, depth)
    else this.address(depth)
    this.#length(64, depth)
    if (kind === 0) this.emit(OP.memoryFill, 3, [], 0)
    else this.emit(OP.memoryCopy, 3, [], 0, 0)
  }

  /** A place in something of that length, and a length that fits. */
  #inside(length: number, depth: number): void {
    const from = this.choices.below(length + 1)
    this.i32(from)
    this.#length(length - from, depth)
  }

  #length(most: number, depth: number): void {
    if (!this.risky()) return this.i32(this.choices.below(most + 1))
    if (this.choices.once(3)) return this.want(I32, depth)
    this.i32(this.choices.pick([most + 1, 0, 65_536, 65_537, 131_073, 0x80000000, 0xffffffff]))
  }

  protected override place(depth: number): void {
    if (this.shape.memory === undefined) this.operands([I32], depth)
    else this.address(depth, true)
  }

  // ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #setSlot(depth: number): void {
    const table = this.table()
    if (table === undefined || (this.shape.tables[table]!.min === 0 && !this.risky())) return this.#simple(depth)
    this.slot(table, depth)
    this.want(this.shape.tables[table]!.element, depth)
    this.emit(OP.tableSet, 2, [], table)
  }

  #bulkTable(depth: number): void {
    const { elements, tables } = this.shape
    const kind = this.choices.below(4)
    if (kind === 3 && this.choices.once(3)) return this.emit(OP.elemDrop, 0, [], this.choices.below(elements.length))
    const table = this.table(this.choices.pick([FUNCREF, EXTERNREF]))
    if (table === undefined) return this.#simple(depth)
    const { min, element } = tables[table]!
    const to = this.choices.below(min + 1)
    this.i32(to)
    if (kind === 0) {
      this.want(element, depth)
      this.#length(min - to, depth)
      return this.emit(OP.tableFill, 3, [], table)
    }
    if (kind === 1) return this.#tableCopy(table, to, depth)
    this.#tableInit(table, to, depth)
  }

  #tableCopy(table: number, to: number, depth: number): void {
    const { tables } = this.shape
    const source = this.table(tables[table]!.element)!
    const from = this.choices.below(tables[source]!.min + 1)
    this.i32(from)
    this.#length(Math.min(tables[table]!.min - to, tables[source]!.min - from), depth)
    this.emit(OP.tableCopy, 3, [], table, source)
  }

  #tableInit(table: number, to: number, depth: number): void {
    const { elements, tables } = this.shape
    const { min, element } = tables[table]!
    // The first segment is declarative, and so dropped before anything runs.
    const segments = indices(elements, ({ type, mode }) => type === element && (mode === 'passive' || this.risky()))
    if (segments.length === 0) return void this.emit(OP.drop, 1, [])
    const segment = this.choices.pick(segments)
    const from = this.choices.below(elements[segment]!.items.length + 1)
    this.i32(from)
    this.#length(Math.min(min - to, elements[segment]!.items.length - from), depth)
    this.emit(OP.tableInit, 3, [], segment, table)
  }
}
