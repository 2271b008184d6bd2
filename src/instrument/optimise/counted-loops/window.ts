/** Derives the symbolic value on top of the operand stack from the last few instructions. */
import type { Cursor } from '../../../wasm/code.ts'
import { OP } from '../../../wasm/instructions.ts'
import { binaryOperation, isBinaryOperation, negate, reads, type Term } from './terms.ts'

/** The number of instructions that are remembered. An increment with its test takes fewer. */
const LENGTH = 8

/**
 * A sliding window over the last instructions before the current one. Few values matter, so values are not tracked: `top`
 * reads the instructions that make the value backwards.
 *
 * One value may read a local before an instruction that writes it. The symbolic value then names the local as if it had been
 * read after the write. That is safe: a local that the loop writes is never a limit, and its old value is no counter.
 */
export class InstructionWindow {
  readonly #cursor: Cursor
  readonly #codes = new Int32Array(LENGTH)
  /** Of accesses to locals, the local; of constants, the offset of the instruction. */
  readonly #operands = new Int32Array(LENGTH)
  #count = 0
  /** The first instruction of the current basic block. Instructions before it need not have run. */
  #blockStart = 0
  /** The first of the instructions that make the last value that `#value` has returned. */
  #start = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Begins a new basic block: control can arrive here from elsewhere. */
  startBlock(): void {
    this.#blockStart = this.#count
  }

  /** Appends the instruction that the cursor has just read. */
  add(code: number): void {
    const { at, index } = this.#cursor
    const slot = this.#count++ % LENGTH
    this.#codes[slot] = code
    this.#operands[slot] = code === OP.i32Const || code === OP.i64Const ? at : index
  }

  /** The symbolic value on top of the operand stack; undefined if it has none. */
  top(): Term | undefined {
    return this.#value(this.#count - 1)
  }

  /** The value that is on top of the stack after instruction number `at`. */
  #value(at: number): Term | undefined {
    if (at < this.#blockStart || at < this.#count - LENGTH) return undefined
    const code = this.#codes[at % LENGTH]!
    const operand = this.#operands[at % LENGTH]!
    switch (code) {
      case OP.localGet:
        this.#start = at
        return { kind: 'local', local: operand }
      case OP.localTee: {
        const term = this.#value(at - 1)
        // A value that depends on the local refers to its old value. Now the local itself names the value.
        return term !== undefined && reads(term, operand) ? { kind: 'local', local: operand } : term
      }
      case OP.i32Const:
      case OP.i64Const: {
        this.#start = at
        const value = this.#cursor.smallConstant(operand)
        return value === undefined ? undefined : { kind: 'constant', value, wide: code === OP.i64Const }
      }
      case OP.i32Eqz:
      case OP.i64Eqz:
        return negate(this.#value(at - 1))
      default:
        return this.#operation(at, code)
    }
  }

  #operation(at: number, code: number): Term | undefined {
    if (!isBinaryOperation(code)) return undefined
    const right = this.#value(at - 1)
    if (right === undefined) return undefined
    const left = this.#value(this.#start - 1)
    return left && binaryOperation(code, left, right)
  }
}
