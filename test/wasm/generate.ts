/** Writes random small modules that use every part of the format. */
import { CODES, INSTRUCTIONS, type Instruction } from '../../src/wasm/instructions.ts'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, type ValueType } from '../../src/wasm/types.ts'
import type { Random } from '../support/random.ts'
import { body, list, name, section, sized, type, u32, wasm, type Bytes } from './bytes.ts'

const NUMBERS = [I32, I64, F32, F64, V128] as const
/** Locals of every body: indices 0 to 6. */
const LOCALS = [...NUMBERS, FUNCREF, EXTERNREF] as const
/** Types 0 to 3 of every module; function i has type i. */
const SIGNATURES = [
  { params: [], results: [] },
  { params: [], results: [I32, F64] },
  { params: [I32], results: [I32] },
  { params: [I64, I32], results: [V128, I64] },
] as const
const CONSTANTS: Readonly<Record<number, readonly number[]>> = {
  [I32]: [0x41, 5],
  [I64]: [0x42, 0x7f],
  [F32]: [0x43, 0, 0, 0x80, 0x7f],
  [F64]: [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
  [V128]: [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 1)],
  [FUNCREF]: [0xd2, 1],
  [EXTERNREF]: [0xd0, EXTERNREF],
}
/** Instructions whose type is in the table, with their immediates. */
const PLAIN = Array.from({ length: CODES }, (_, code) => INSTRUCTIONS[code]).filter(
  (known): known is Instruction => known !== undefined && known.type.params.length + known.type.results.length > 0,
)

/** A module with memory, two tables, globals, all kinds of segments, and four functions of random code. */
export function generate(random: Random): Uint8Array {
  const bodies = SIGNATURES.map(({ params, results }) => {
    const locals = LOCALS.map(of => [1, of] as const)
    return body(new Code(random, [...params, ...LOCALS], results).write(2), locals)
  })
  return wasm(
    list(1, ...SIGNATURES.map(({ params, results }) => type(params, results))),
    list(3, 0, 1, 2, 3),
    list(4, [FUNCREF, 0, 4], [EXTERNREF, 1, 1, 9]),
    list(5, [1, 1, 2]),
    list(6, [I32, 1, 0x41, 0, 0x0b], [F64, 0, CONSTANTS[F64]!, 0x0b], [FUNCREF, 1, 0xd2, 3, 0x0b]),
    list(7, [name('run'), 0, 2], [name('memory'), 2, 0]),
    list(
      9,
      [0, 0x41, 1, 0x0b, 2, 0, 1],
      [3, 0, 1, 2],
      [5, FUNCREF, 1, 0xd0, FUNCREF, 0x0b],
      [6, 1, 0x41, 0, 0x0b, EXTERNREF, 0],
    ),
    section(12, 2),
    list(10, ...bodies),
    list(11, [0, 0x41, 8, 0x0b, sized([1, 2, 3])], [1, sized([4])]),
  )
}

class Code {
  readonly #random: Random
  readonly #locals: readonly ValueType[]
  readonly #results: readonly ValueType[]
  /** The results of the function, for `return`. */
  readonly #returned: readonly ValueType[]
  readonly #stack: ValueType[] = []

  constructor(random: Random, locals: readonly ValueType[], results: readonly ValueType[], returned = results) {
    this.#random = random
    this.#locals = locals
    this.#results = results
    this.#returned = returned
  }

  /** Some statements, nested at most `depth` deep, and the results at the end. */
  write(depth: number): Bytes {
    const statements = Array.from({ length: 1 + this.#random.below(8) }, () => this.#statement(depth))
    return [...statements, this.#stack.splice(0).map(() => 0x1a), this.#results.map(of => CONSTANTS[of]!)]
  }

  #statement(depth: number): Bytes {
    switch (this.#random.below(depth > 0 ? 9 : 6)) {
      case 0:
        return this.#call()
      case 1:
        return this.#local()
      case 2:
        return this.#select()
      case 6:
        return [0x02, 0x40, this.#inner(depth, []), 0x0b]
      case 7: {
        const of = this.#random.pick(LOCALS)
        this.#stack.push(of)
        return [CONSTANTS[I32]!, 0x04, of, this.#inner(depth, [of]), 0x05, this.#inner(depth, [of]), 0x0b]
      }
      case 8: {
        const returned = this.#returned.map(result => CONSTANTS[result]!)
        const exit = this.#random.pick([[0x0c, 0], [0x00], [CONSTANTS[I32]!, 0x0e, 1, 0, 1], [...returned, 0x0f]])
        const dead = this.#random.pick([[], [0x1a], [0x6a, 0x1a]])
        return [0x03, 0x40, CONSTANTS[I32]!, 0x0d, 0, 0x0b, 0x02, 0x40, 0x03, 0x40, exit, dead, 0x0b, 0x0b]
      }
      default:
        return this.#plain()
    }
  }

  #inner(depth: number, results: readonly ValueType[]): Bytes {
    return new Code(this.#random, this.#locals, results, this.#returned).write(depth - 1)
  }

  /** Takes operands from the stack while they fit, and then constants. */
  #operands(params: readonly ValueType[]): Bytes {
    const stack = this.#stack
    let fitting = Math.min(params.length, stack.length)
    while (!params.slice(0, fitting).every((of, i) => of === stack[stack.length - fitting + i])) fitting--
    stack.length -= fitting
    return params.slice(fitting).map(of => CONSTANTS[of]!)
  }

  #plain(): Bytes {
    const {
      code,
      type: { params, results },
      immediate,
      align,
      lanes,
    } = this.#random.pick(PLAIN)
    const opcode = code < 0x100 ? code : [code < 0x200 ? 0xfc : 0xfd, u32(code & 0xff)]
    const memarg = [this.#random.below(align + 1), 3]
    const immediates: Partial<Record<typeof immediate, Bytes>> = {
      i32: 7,
      i64: 7,
      f32: [0, 0, 0, 0],
      f64: new Uint8Array(8),
      v128: new Uint8Array(16),
      lanes: new Uint8Array(16),
      memarg,
      'memarg lane': [memarg, this.#random.below(lanes)],
      lane: this.#random.below(lanes),
      memory: 0,
      'memory memory': [0, 0],
      'data memory': [1, 0],
      'elem table': [1, 0],
      'table table': [0, 0],
      table: 1,
      func: 1,
    }
    const before = this.#operands(params)
    this.#stack.push(...results)
    return [before, opcode, immediates[immediate] ?? []]
  }

  #call(): Bytes {
    const index = this.#random.below(SIGNATURES.length)
    const { params, results } = SIGNATURES[index]!
    const indirect = this.#random.once(2)
    const before = this.#operands(indirect ? [...params, I32] : params)
    this.#stack.push(...results)
    return [before, indirect ? [0x11, index, 0] : [0x10, index]]
  }

  #local(): Bytes {
    const index = this.#random.below(this.#locals.length)
    const of = this.#locals[index]!
    if (this.#random.once(2)) {
      this.#stack.push(of)
      return [0x20, index]
    }
    return [this.#operands([of]), 0x21, index]
  }

  #select(): Bytes {
    const of = this.#random.pick(LOCALS)
    const before = this.#operands([of, of, I32])
    this.#stack.push(of)
    return [before, of === FUNCREF || of === EXTERNREF || this.#random.once(2) ? [0x1c, 1, of] : 0x1b]
  }
}
