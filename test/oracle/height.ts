/**
 * How high the operand stack of a body grows: the greatest height, in words, that the stack of the core spec's
 * validation algorithm reaches (PROFILE-10). That algorithm runs over all code, and knows what lies on the stack in code
 * that cannot be reached, too: what was pushed there, and else values of unknown type, which count one word.
 * A `br_table` looks at its operands and takes them; it does not push them again for each of its labels.
 */
import { OP } from '../../src/wasm/instructions.ts'
import { FUNCREF, I32, wordsOf, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import type { Op } from './code.ts'
import type { Module } from './decode.ts'

type Operand = ValueType | 'unknown'

interface Block {
  readonly isLoop: boolean
  /** Words of the parameters of loops and ifs around it, itself included. */
  readonly held: number
  readonly type: FunctionType
  /** Operands below the block. */
  readonly base: number
  unreachable: boolean
}

/** `locals` are the types of parameters and declared locals. */
export function operandHeightWords(
  module: Module,
  type: FunctionType,
  locals: readonly ValueType[],
  ops: readonly Op[],
): number {
  const stack = new HeightStack()
  stack.open(false, { params: [], results: type.results })
  for (const op of ops) step(stack, module, locals, op)
  return stack.total
}

class HeightStack {
  greatest = 0
  readonly #operands: Operand[] = []
  readonly #blocks: Block[] = []
  readonly #lists = new Map<string, number>()
  #words = 0
  #held = 0

  /** The greatest height, with what is held beside the stack. */
  get total(): number {
    return this.greatest + this.#held + [...this.#lists.values()].reduce((sum, words) => sum + words, 0)
  }

  /** Values that come or go several at once pass through locals, one set for each list of types. */
  note(types: readonly ValueType[]): void {
    if (types.length > 1) this.#lists.set(types.join(' '), total(types))
  }

  push(...types: readonly Operand[]): void {
    for (const type of types) {
      this.#operands.push(type)
      this.#words += width(type)
      this.greatest = Math.max(this.greatest, this.#words)
    }
  }

  pop(): Operand {
    const block = this.#blocks[this.#blocks.length - 1]!
    if (this.#operands.length === block.base) {
      if (!block.unreachable) throw new Error('an operand is missing: this module was not admitted')
      return 'unknown'
    }
    const type = this.#operands.pop()!
    this.#words -= width(type)
    return type
  }

  drop(count: number): void {
    for (let i = 0; i < count; i++) this.pop()
  }

  /** Opens a block whose parameters are on the stack; loops and ifs hold theirs as long as they are open. */
  open(isLoop: boolean, type: FunctionType, holds = isLoop): void {
    this.drop(type.params.length)
    if (this.#blocks.length > 0) [type.params, type.results].forEach(list => this.note(list))
    const around = this.#blocks[this.#blocks.length - 1]?.held ?? 0
    const held = around + (holds ? total(type.params) : 0)
    this.#held = Math.max(this.#held, held)
    this.#blocks.push({ held, isLoop, type, base: this.#operands.length, unreachable: false })
    this.push(...type.params)
  }

  /** Closes a block, with its results taken off the stack. */
  close(): FunctionType {
    const { type } = this.#blocks[this.#blocks.length - 1]!
    this.drop(type.results.length)
    this.#blocks.pop()
    return type
  }

  /** What follows in this block cannot be reached. */
  leave(): void {
    const block = this.#blocks[this.#blocks.length - 1]!
    while (this.#operands.length > block.base) this.pop()
    block.unreachable = true
  }

  /** What a branch to the label carries. */
  carried(label: number): readonly ValueType[] {
    const { isLoop, type } = this.#blocks[this.#blocks.length - 1 - label]!
    return isLoop ? type.params : type.results
  }
}

function total(types: readonly ValueType[]): number {
  return types.reduce((sum, type) => sum + wordsOf(type), 0)
}

function width(type: Operand): number {
  return type === 'unknown' ? 1 : wordsOf(type)
}

function step(stack: HeightStack, module: Module, locals: readonly ValueType[], op: Op): void {
  switch (op.instruction.group) {
    case 'control':
      return structure(stack, op)
    case 'block':
      return stack.open(false, op.type)
    case 'loop':
      return stack.open(true, op.type)
    case 'if':
      stack.drop(1)
      return stack.open(false, op.type, true)
    case 'branch':
      return branch(stack, op)
    case 'branchTable':
    case 'return':
    case 'unreachable':
      return stack.leave()
    case 'call':
      return call(stack, module.functions[op.index]!, op.instruction.code === OP.returnCall)
    case 'callIndirect':
      stack.drop(1)
      return call(stack, module.types[op.index]!, op.instruction.code === OP.returnCallIndirect)
    case 'drop':
      return stack.drop(1)
    case 'select':
      return select(stack, op)
    case 'localGet':
      return stack.push(locals[op.index]!)
    case 'localSet':
      stack.drop(1)
      if (op.instruction.code === OP.localTee) stack.push(locals[op.index]!)
      return
    case 'globalGet':
      return stack.push(module.globals[op.index]!.type)
    case 'globalSet':
      return stack.drop(1)
    case 'refIsNull':
      stack.drop(1)
      return stack.push(I32)
    case 'refFunc':
      return stack.push(FUNCREF)
    case 'tableGet':
      stack.drop(1)
      return stack.push(module.tables[op.index]!.element)
    case 'tableSet':
      return stack.drop(2)
    case 'tableGrow':
      stack.drop(2)
      return stack.push(I32)
    case 'tableFill':
      return stack.drop(3)
    default:
      stack.drop(op.instruction.type.params.length)
      stack.push(...(op.valueType === undefined ? op.instruction.type.results : [op.valueType]))
  }
}

function structure(stack: HeightStack, op: Op): void {
  if (op.instruction.code === OP.else) {
    const type = stack.close()
    // Its parameters are back as they were before the `if`.
    stack.push(...type.params)
    stack.open(false, type, true)
  } else if (op.instruction.code === OP.end) {
    stack.push(...stack.close().results)
  }
}

function branch(stack: HeightStack, op: Op): void {
  if (op.instruction.code === OP.br) return stack.leave()
  const types = stack.carried(op.index)
  stack.note(types)
  stack.drop(1 + types.length)
  stack.push(...types)
}

function call(stack: HeightStack, type: FunctionType, tail: boolean): void {
  stack.drop(type.params.length)
  if (tail) return stack.leave()
  stack.note(type.results)
  stack.push(...type.results)
}

function select(stack: HeightStack, op: Op): void {
  stack.drop(1)
  const second = stack.pop()
  const first = stack.pop()
  stack.push(op.valueType ?? (first === 'unknown' ? second : first))
}
