/**
 * Code that leaves values on the stack: constants, variables, plain instructions, and the ways to get several at once.
 */
import { OP, type Instruction } from '../../src/wasm/instructions.ts'
import {
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  isReference,
  V128,
  type FunctionType,
  type ValueType,
} from '../../src/wasm/types.ts'
import { constantOf, encodeConstant } from './constants.ts'
import { repertoireOf, type Repertoire } from './repertoire.ts'
import type { Shape } from './shape.ts'
import { indices, sameTypes, Writer } from './writer.ts'

const CONSTANT_CODES: Readonly<Record<number, number>> = {
  [I32]: OP.i32Const,
  [I64]: OP.i64Const,
  [F32]: OP.f32Const,
  [F64]: OP.f64Const,
  [V128]: OP.v128Const,
}

export abstract class Values extends Writer {
  readonly #repertoire: Repertoire

  constructor(shape: Shape, type: FunctionType, declared: readonly ValueType[]) {
    super(shape, type, declared)
    this.#repertoire = repertoireOf(shape)
  }

  /** A block, loop or if that gives values of these types. */
  protected abstract structured(results: readonly ValueType[], depth: number): void
  /** A call that gives exactly these; false if no function does. */
  protected abstract call(results: readonly ValueType[], depth: number): boolean
  /** A conditional branch that carries these and leaves them on the stack; false if no label takes them. */
  protected abstract branchThrough(types: readonly ValueType[], depth: number): boolean
  /** Leaves for good. The stack is then what anyone wants it to be. */
  protected abstract transfer(depth: number): void
  /** A statement that leaves the stack as it is. */
  protected abstract quietly(depth: number): void

  // ── What is wanted ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Pushes a value. */
  protected want(type: ValueType, depth: number): void {
    const { floor } = this
    this.floor = this.stack.length
    this.#produce(type, depth)
    this.floor = floor
  }

  /** Pushes values, from one place or from several; once in a while something happens while some lie on the stack. */
  protected wantAll(types: readonly ValueType[], depth: number): void {
    if (types.length >= 2 && depth > 0 && this.choices.once(4) && this.#together(types, depth)) return
    types.forEach((type, i) => {
      this.want(type, depth)
      if (i + 1 < types.length && depth > 0 && this.choices.once(12)) this.quietly(depth - 1)
    })
  }

  #together(types: readonly ValueType[], depth: number): boolean {
    const { floor } = this
    this.floor = this.stack.length
    const done = this.#fromOne(types, depth)
    this.floor = floor
    return done
  }

  #fromOne(types: readonly ValueType[], depth: number): boolean {
    switch (this.choices.below(3)) {
      case 0:
        this.structured(types, depth - 1)
        return true
      case 1:
        return this.call(types, depth - 1)
      default:
        return this.branchThrough(types, depth - 1)
    }
  }

  /**
   * Operands of an instruction: what already lies on the stack, if it fits and nobody else waits for it, then new ones.
   */
  protected operands(params: readonly ValueType[], depth: number): void {
    let taken = Math.min(params.length, this.free)
    const top = (count: number): readonly ValueType[] => this.stack.slice(this.stack.length - count)
    while (taken > 0 && !sameTypes(top(taken), params.slice(0, taken))) taken--
    if (taken > 0 && this.choices.once(4)) taken = 0
    this.wantAll(params.slice(taken), depth)
  }

  #produce(type: ValueType, depth: number): void {
    if (depth <= 0) return this.leaf(type)
    switch (this.choices.below(20)) {
      case 0:
      case 1:
      case 2:
        return this.leaf(type)
      case 3:
        return this.structured([type], depth - 1)
      case 4:
        return this.#select(type, depth - 1)
      case 5:
        return this.#tee(type, depth - 1)
      case 6:
        if (!this.call([type], depth - 1)) this.leaf(type)
        return
      case 7:
        if (!this.branchThrough([type], depth - 1)) this.leaf(type)
        return
      case 8:
        if (this.choices.once(4)) return this.#never(type, depth - 1)
      // falls through
      default:
        return this.#computed(type, depth - 1)
    }
  }

  /** Instead of a value, something that never comes back to give one. */
  #never(type: ValueType, depth: number): void {
    this.transfer(depth)
    this.settle(0, [type])
  }

  // ── One value ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A constant, a local or a global. */
  protected leaf(type: ValueType): void {
    const locals = this.localsOf(type)
    const globals = indices(this.shape.globals, global => global.type === type)
    const kind = this.choices.below(5)
    if (kind >= 1 && kind <= 3 && locals.length > 0) return this.emit(OP.localGet, 0, [type], this.choices.pick(locals))
    if (kind === 4 && globals.length > 0) return this.emit(OP.globalGet, 0, [type], this.choices.pick(globals))
    this.#constant(type)
  }

  #constant(type: ValueType): void {
    if (type === FUNCREF && this.choices.once(2)) {
      return this.emit(OP.refFunc, 0, [type], this.choices.below(this.shape.functions.length))
    }
    if (isReference(type)) return this.emit(OP.refNull, 0, [type], type)
    this.opcode(CONSTANT_CODES[type]!)
    this.raw(...encodeConstant(type, constantOf(type, this.choices)))
    this.stack.push(type)
  }

  #select(type: ValueType, depth: number): void {
    this.wantAll([type, type, I32], depth)
    if (isReference(type) || this.choices.once(2)) this.emit(OP.selectTyped, 3, [type], 1, type)
    else this.emit(OP.select, 3, [type])
  }

  #tee(type: ValueType, depth: number): void {
    this.want(type, depth)
    const locals = this.localsOf(type)
    if (locals.length > 0) this.emit(OP.localTee, 1, [type], this.choices.pick(locals))
  }

  #computed(type: ValueType, depth: number): void {
    if (isReference(type)) return this.#fromTable(type, depth)
    if (type === I32 && this.choices.once(6)) return this.#size(depth)
    this.plain(this.choices.pick(this.#repertoire.producers.get(type)!), depth)
  }

  #fromTable(type: ValueType, depth: number): void {
    const table = this.table(type)
    if (table === undefined || (this.shape.tables[table]!.min === 0 && !this.risky())) return this.leaf(type)
    this.slot(table, depth)
    this.emit(OP.tableGet, 1, [type], table)
  }

  /** Sizes, growth, and whether a reference is null. */
  #size(depth: number): void {
    const table = this.table()
    switch (this.choices.below(5)) {
      case 0:
      case 1:
        if (this.shape.memory !== undefined) return this.#memorySize(depth)
      // falls through
      case 2:
        if (table !== undefined) return this.emit(OP.tableSize, 0, [I32], table)
      // falls through
      case 3:
        if (table !== undefined) return this.#tableGrow(table, depth)
      // falls through
      default: {
        this.want(this.choices.pick([FUNCREF, EXTERNREF]), depth)
        this.emit(OP.refIsNull, 1, [I32])
      }
    }
  }

  #memorySize(depth: number): void {
    if (!this.choices.once(3)) return this.emit(OP.memorySize, 0, [I32], 0)
    if (this.choices.once(8)) this.want(I32, depth)
    else this.i32(this.choices.pick([1, 0, 1, 2, 3, 9, 65_535, 65_536, 0xffffffff]))
    this.emit(OP.memoryGrow, 1, [I32], 0)
  }

  #tableGrow(table: number, depth: number): void {
    this.want(this.shape.tables[table]!.element, depth)
    if (this.choices.once(8)) this.want(I32, depth)
    else this.i32(this.choices.pick([1, 0, 1, 2, 5, 30, 0xffffffff]))
    this.emit(OP.tableGrow, 2, [I32], table)
  }

  // ── Plain instructions ────────────────────────────────────────────────────────────────────────────────────────────

  /** Some instruction that writes to memory; false if there is none. */
  protected store(depth: number): boolean {
    const { stores } = this.#repertoire
    if (stores.length > 0) this.plain(this.choices.pick(stores), depth)
    return stores.length > 0
  }

  /** An instruction of the table with its operands, which are such that it does not trap unless a risk is taken. */
  protected plain(instruction: Instruction, depth: number): void {
    const {
      type: { params, results },
      traps,
    } = instruction
    switch (traps) {
      case 'memory':
        this.address(depth, true)
        this.wantAll(params.slice(1), depth)
        break
      case 'divide':
      case 'divideSigned':
        this.operands(params, depth)
        if (!this.risky()) this.#odd(params[1]!)
        break
      case 'truncate':
        if (this.risky()) this.operands(params, depth)
        else this.#small(params[0]!, depth)
        break
      default:
        this.operands(params, depth)
    }
    this.opcode(instruction.code)
    this.#immediates(instruction)
    this.settle(params.length, results)
  }

  /** Makes the topmost integer odd, and so no zero. */
  #odd(type: ValueType): void {
    if (type === I64) {
      this.emit(OP.i64Const, 0, [I64], 1)
      return this.named('i64.or')
    }
    this.i32(1)
    this.named('i32.or')
  }

  /** A float from 0 to 255, so that every truncation of it is defined; with a fraction, where products are allowed. */
  #small(type: ValueType, depth: number): void {
    const name = type === F32 ? 'f32' : 'f64'
    this.masked(0xff, depth, true)
    this.named(`${name}.convert_i32_u`)
    if (!this.shape.nans) return
    this.opcode(CONSTANT_CODES[type]!)
    this.raw(...encodeConstant(type, type === F32 ? 0x3f400000 : 0x3fe8000000000000n))
    this.stack.push(type)
    this.named(`${name}.mul`)
  }

  /** An i32 from 0 to `mask`. Only the first operand of an instruction may be one that lies there already. */
  protected masked(mask: number, depth: number, first = false): void {
    if (this.choices.once(2)) return this.i32(this.choices.below(mask + 1))
    if (first) this.operands([I32], depth)
    else this.want(I32, depth)
    this.i32(mask)
    this.named('i32.and')
  }

  /** An address: mostly within the first kilobyte. */
  protected address(depth: number, first = false): void {
    if (!this.risky()) return this.masked(0x3ff, depth, first)
    if (this.choices.once(2)) return this.want(I32, depth)
    const edge = this.shape.memory!.min * 65_536
    this.i32(edge - this.choices.pick([1, 2, 3, 4, 7, 8, 15, 16, 17, 0, -1, edge + 1, edge + 16]))
  }

  #immediates({ immediate, align, lanes }: Instruction): void {
    const { choices } = this
    switch (immediate) {
      case 'none':
        return
      case 'memarg':
        return this.#memarg(align)
      case 'memarg lane':
        this.#memarg(align)
        return this.raw(choices.below(lanes))
      case 'lane':
        return this.raw(choices.below(lanes))
      case 'lanes':
        return this.raw(...Array.from({ length: 16 }, () => choices.below(32)))
      default:
        throw new Error(`no immediates for ${immediate}`)
    }
  }

  #memarg(align: number): void {
    this.u32(align - this.choices.below(align + 1))
    const far = this.risky()
    this.u32(far ? this.choices.pick([65_535, 65_536, 131_064, 0x7fffffff, 0xffffffff]) : this.choices.below(32))
  }

  // ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A table, of these references if told. */
  protected table(type?: ValueType): number | undefined {
    const tables = indices(this.shape.tables, ({ element }) => type === undefined || element === type)
    return tables.length === 0 ? undefined : this.choices.pick(tables)
  }

  /** Index of a slot: mostly one that was there from the beginning. */
  protected slot(table: number, depth: number): void {
    const { min } = this.shape.tables[table]!
    if (this.risky()) this.operands([I32], depth)
    else this.i32(this.choices.below(Math.max(1, min)))
  }
}
