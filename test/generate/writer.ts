/** Writes the code of one function and keeps track of what validation keeps track of: operands, labels, locals. */
import { INSTRUCTIONS, OP, type Instruction } from '../../src/wasm/instructions.ts'
import { I32, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { Choices } from './choices.ts'
import { encodeConstant, signed, unsigned } from './constants.ts'
import type { Shape } from './shape.ts'

/** A block that is open; the first one is the function itself. */
export interface Frame {
  readonly isLoop: boolean
  readonly type: FunctionType
  /** What a branch to it carries. */
  readonly carries: readonly ValueType[]
  /** Height of the operand stack below it. */
  readonly base: number
  /** Whether control cannot reach this point of it. */
  dead: boolean
  /** What `floor` was outside. */
  readonly floor: number
}

export class Writer {
  readonly shape: Shape
  readonly type: FunctionType
  /** Parameters, then declared locals. */
  readonly locals: ValueType[]
  /** Where the next choices come from. */
  choices = new Choices([])
  protected readonly frames: Frame[] = []
  protected readonly stack: ValueType[] = []
  /** What lies below this height belongs to an instruction that is being written, and is not to be taken. */
  protected floor = 0
  /** Locals below this index may be written to; those from it on count the rounds of loops. */
  protected readonly openLocals: number
  readonly #out: number[] = []

  constructor(shape: Shape, type: FunctionType, declared: readonly ValueType[]) {
    this.shape = shape
    this.type = type
    this.locals = [...type.params, ...declared]
    this.openLocals = this.locals.length
    this.frames.push({ isLoop: false, type, carries: type.results, base: 0, dead: false, floor: 0 })
  }

  get bytes(): readonly number[] {
    return this.#out
  }

  protected get frame(): Frame {
    return this.frames[this.frames.length - 1]!
  }

  /** Values of the innermost block that are not spoken for. */
  protected get free(): number {
    return this.stack.length - this.floor
  }

  /** Whether to do something here that may well trap. */
  protected risky(): boolean {
    return this.shape.danger > 0 && this.choices.once(this.shape.danger)
  }

  // ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected raw(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#out.push(byte)
  }

  protected u32(...values: readonly number[]): void {
    for (const value of values) this.raw(...unsigned(value))
  }

  /** An opcode, by the table's number. */
  protected opcode(code: number): void {
    if (code < 0x100) this.raw(code)
    else if (code < 0x200) this.raw(0xfc, ...unsigned(code - 0x100))
    else this.raw(0xfd, ...unsigned(code - 0x200))
  }

  protected blockType(type: FunctionType): void {
    const { params, results } = type
    if (params.length === 0 && results.length === 0 && !this.choices.once(16)) this.raw(0x40)
    else if (params.length === 0 && results.length === 1 && !this.choices.once(8)) this.raw(results[0]!)
    else this.raw(...signed(BigInt(this.shape.types.index(type, this.choices))))
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** An instruction whose operands are on the stack. */
  protected emit(code: number, pops: number, pushes: readonly ValueType[], ...immediates: readonly number[]): void {
    this.opcode(code)
    this.u32(...immediates)
    this.settle(pops, pushes)
  }

  /** Tracks what an instruction does to the stack. */
  protected settle(pops: number, pushes: readonly ValueType[]): void {
    this.stack.length -= pops
    this.stack.push(...pushes)
  }

  protected i32(value: number): void {
    this.opcode(OP.i32Const)
    this.raw(...encodeConstant(I32, value >>> 0))
    this.stack.push(I32)
  }

  /** A plain instruction by its name. */
  protected named(name: string): void {
    const { code, type } = NAMED.get(name)!
    this.emit(code, type.params.length, type.results)
  }

  protected addLocal(type: ValueType): number {
    this.locals.push(type)
    return this.locals.length - 1
  }

  /** Open locals of the type. */
  protected localsOf(type: ValueType): number[] {
    return indices(this.locals.slice(0, this.openLocals), local => local === type)
  }

  /** Labels, as branches count them, that carry these types. */
  protected labelsOf(types: readonly ValueType[]): number[] {
    return indices(this.frames, frame => sameTypes(frame.carries, types))
      .map(i => this.frames.length - 1 - i)
      .reverse()
  }
}

const NAMED: ReadonlyMap<string, Instruction> = new Map(
  INSTRUCTIONS.flatMap(known => (known === undefined ? [] : [[known.name, known]])),
)

/** Where in a list something holds. */
export function indices<T>(list: readonly T[], holds: (item: T) => boolean): number[] {
  return list.flatMap((item, i) => (holds(item) ? [i] : []))
}

export function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
