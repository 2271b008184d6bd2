/**
 * Finds out whose NaNs anybody can see. An instruction's fresh NaN needs its canonical form only if its value reaches a
 * consumer that looks at bits. Blind to them are arithmetic and comparisons of the same lane shape and truncations: their
 * results depend on whether an operand is a NaN, not on which.
 *
 * Each operand has one consumer; a local has those of every `local.get` that its value reaches. Which that is, is found per
 * definition, since compilers give one local to many values: definitions are followed through joins by phi nodes, made when
 * they are asked for (Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", 2013).
 *
 * Why this is sound: canonicalising changes no number, and a NaN that stays as the processor made it is seen by blind
 * consumers alone; their results are the same numbers, or NaNs to which the same applies. By induction every value that
 * anybody can look at has the bits of the deterministic profile.
 */
import { Cursor } from '../wasm/code.ts'
import { OP, type Instruction, type NanShape } from '../wasm/instructions.ts'
import type { Body, Module } from '../wasm/module.ts'
import { F32, F64, V128, type FunctionType, type ValueType } from '../wasm/types.ts'
import { newBlock, newLoop, NOBODY, ValueFlow, type Basic } from './value-flow.ts'

/** Demands on a value, as bits: to be a NaN or not in a lane shape, or to have exactly its bits. */
const SHAPE: Readonly<Record<NanShape, number>> = { f32: 1, f64: 2, f32x4: 4, f64x2: 8 }
const EXACT = 16

interface Frame {
  readonly opcode: number
  readonly type: FunctionType
  readonly base: number
  readonly live: boolean
  /** The head of a loop; the block in which the condition of an `if` stands. */
  readonly head: Basic | undefined
  /** Blocks from which its end is reached by a branch, or by the first arm of an `if`. */
  readonly leaving: Basic[]
  hasElse: boolean
}

/**
 * For each instruction of the reachable code that produces NaNs, in order, whether its NaNs must be made canonical. Time is
 * bounded by a multiple of the body's size; a body that would take more has all of them made canonical.
 */
export function planNan(module: Module, body: Body, type: FunctionType): readonly boolean[] {
  return new NanPlanner(module, body, type).plan()
}

class NanPlanner {
  readonly #module: Module
  readonly #cursor: Cursor
  readonly #type: FunctionType
  readonly #frames: Frame[] = []
  readonly #stack: number[] = []
  /** Types of parameters and locals, as runs. */
  readonly #locals: readonly { readonly end: number; readonly type: ValueType }[]
  /** Producers in order, as nodes. */
  readonly #producers: { readonly node: number; readonly shape: number }[] = []
  readonly #flow: ValueFlow
  #block: Basic | undefined = newBlock([])

  constructor(module: Module, body: Body, type: FunctionType) {
    this.#module = module
    this.#type = type
    this.#cursor = new Cursor(module.bytes, body.code)
    this.#flow = new ValueFlow(1000 + 32 * (body.end - body.start))
    let end = 0
    this.#locals = [...type.params.map(param => ({ count: 1, type: param })), ...body.locals]
      .map(run => ({ end: end += run.count, type: run.type }))
  }

  plan(): readonly boolean[] {
    this.#open(OP.block, { params: [], results: this.#type.results })
    while (this.#frames.length > 0) this.#instruction(this.#cursor.next())
    return this.#producers.map(({ node, shape }) => this.#flow.gaveUp || (this.#flow.demandOn(node) & ~shape) !== 0)
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #instruction(instruction: Instruction): void {
    const { code, group } = instruction
    if (group === 'block' || group === 'loop' || group === 'if') return this.#enter(code)
    if (code === OP.else) return this.#else()
    if (code === OP.end) return this.#end()
    if (this.#block === undefined) return
    switch (group) {
      case 'localGet': this.#stack.push(this.#isFloat(this.#cursor.index) ? this.#flow.read(this.#cursor.index, this.#block) : NOBODY); break
      case 'localSet': return this.#write(code)
      case 'drop': this.#stack.pop(); break
      case 'branch': case 'branchTable': return this.#branch(code)
      case 'return': case 'unreachable': return this.#leave(code === OP.return ? this.#type.results.length : 0)
      case 'call': case 'callIndirect': return this.#call(code)
      default: this.#plain(instruction)
    }
  }

  #plain(instruction: Instruction): void {
    const { type, nan } = instruction
    const [taken, given] = effect(instruction)
    const demand = demandOf(instruction)
    for (let i = 0; i < taken; i++) this.#consume(demand)
    if (nan === undefined) {
      for (let i = 0; i < given; i++) this.#stack.push(NOBODY)
      return
    }
    const node = this.#flow.define()
    this.#producers.push({ node, shape: SHAPE[nan] })
    this.#stack.push(type.results.length === 1 ? node : NOBODY)
  }

  #write(code: number): void {
    const value = this.#stack.pop()!
    if (code === OP.localTee) this.#stack.push(value)
    if (this.#isFloat(this.#cursor.index)) this.#block!.values.set(this.#cursor.index, value)
  }

  #call(code: number): void {
    const indirect = code === OP.callIndirect || code === OP.returnCallIndirect
    const type = indirect ? this.#module.types[this.#cursor.index]! : this.#module.functions[this.#cursor.index]!
    const taken = type.params.length + (indirect ? 1 : 0)
    if (code === OP.returnCall || code === OP.returnCallIndirect) return this.#leave(taken)
    for (let i = 0; i < taken; i++) this.#consume(EXACT)
    for (let i = 0; i < type.results.length; i++) this.#stack.push(NOBODY)
  }

  #consume(demand: number): void {
    this.#flow.demand(this.#stack.pop()!, demand)
  }

  // ── Control ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #enter(code: number): void {
    const { blockType } = this.#cursor
    const live = this.#block !== undefined
    // Results of a block with a value type are counted by its frame alone: their types do not matter here.
    const type = blockType >= 0 ? this.#module.types[blockType]! : { params: [], results: this.#cursor.hasResult ? [F64] : [] } as FunctionType
    if (live) {
      if (code === OP.if) this.#stack.pop()
      for (let i = 0; i < type.params.length; i++) this.#consume(EXACT)
    }
    this.#open(code, type)
    if (!live) return
    const frame = this.#frames[this.#frames.length - 1]!
    this.#block = code === OP.loop ? frame.head : newBlock([this.#block!])
    for (let i = 0; i < type.params.length; i++) this.#stack.push(NOBODY)
  }

  #open(opcode: number, type: FunctionType): void {
    const before = this.#block
    const head = opcode !== OP.loop || before === undefined ? before : newLoop(before)
    this.#frames.push({ opcode, type, base: this.#stack.length, live: before !== undefined, head, leaving: [], hasElse: false })
  }

  #else(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    if (!frame.live) return
    frame.hasElse = true
    this.#fallThrough(frame)
    this.#block = newBlock([frame.head!])
    for (let i = 0; i < frame.type.params.length; i++) this.#stack.push(NOBODY)
  }

  #end(): void {
    const frame = this.#frames.pop()!
    if (!frame.live) return
    this.#fallThrough(frame)
    if (frame.opcode === OP.loop) this.#flow.seal(frame.head!)
    if (frame.opcode === OP.if && !frame.hasElse) frame.leaving.push(frame.head!)
    this.#block = frame.leaving.length === 0 ? undefined : newBlock(frame.leaving)
    for (let i = 0; i < frame.type.results.length; i++) this.#stack.push(NOBODY)
  }

  /** What stands on the stack at the end of a block is its result, and a result is looked at. */
  #fallThrough(frame: Frame): void {
    if (this.#block !== undefined) {
      for (let i = 0; i < frame.type.results.length; i++) this.#consume(EXACT)
      frame.leaving.push(this.#block)
    }
    this.#stack.length = frame.base
  }

  #branch(code: number): void {
    if (code !== OP.br) this.#stack.pop()
    const labels = code === OP.brTable ? new Set(this.#cursor.labels) : [this.#cursor.index]
    let arity = 0
    for (const label of labels) {
      const frame = this.#frames[this.#frames.length - 1 - label]!
      const loop = frame.opcode === OP.loop
      arity = (loop ? frame.type.params : frame.type.results).length
      ;(loop ? frame.head!.preds : frame.leaving).push(this.#block!)
    }
    if (code !== OP.brIf) return this.#leave(arity)
    for (let i = 0; i < arity; i++) this.#flow.demand(this.#stack[this.#stack.length - 1 - i]!, EXACT)
    this.#block = newBlock([this.#block!])
  }

  /** Control does not go on from here; so many operands are looked at by whoever gets them. */
  #leave(operands: number): void {
    for (let i = 0; i < operands; i++) this.#consume(EXACT)
    this.#block = undefined
  }

  #isFloat(local: number): boolean {
    let low = 0
    let high = this.#locals.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#locals[middle]!.end > local) high = middle
      else low = middle + 1
    }
    const { type } = this.#locals[low]!
    return type === F32 || type === F64 || type === V128
  }
}

/** Operands taken and results given by an instruction that is no control, call or access to a local. */
function effect({ group, type }: Instruction): readonly [number, number] {
  switch (group) {
    case 'control': return [0, 0]
    case 'select': return [3, 1]
    case 'globalGet': return [0, 1]
    case 'globalSet': return [1, 0]
    case 'refIsNull': case 'tableGet': return [1, 1]
    case 'tableSet': return [2, 0]
    case 'tableGrow': return [2, 1]
    case 'tableFill': return [3, 0]
    case 'const': return [0, 1]
    default: return [type.params.length, type.results.length]
  }
}

/** Shapes whose NaNs an instruction takes without looking at their bits, by the name in front of its operation. */
const TAKES: Readonly<Record<string, NanShape>> = { f32: 'f32', f64: 'f64', f32x4: 'f32x4', f64x2: 'f64x2' }
const CROSSING: Readonly<Record<string, NanShape>> = {
  'f32.demote_f64': 'f64', 'f64.promote_f32': 'f32', 'f32x4.demote_f64x2_zero': 'f64x2', 'f64x2.promote_low_f32x4': 'f32x4',
}
const COMPARES = /^(f32|f64|f32x4|f64x2)\.(eq|ne|lt|gt|le|ge)$/
const TRUNCATES = /\.trunc(?:_sat)?_(f32x4|f64x2|f32|f64)_/

function demandOf({ name, nan }: Instruction): number {
  const known = DEMANDS.get(name)
  if (known !== undefined) return known
  const compared = COMPARES.exec(name)?.[1] ?? TRUNCATES.exec(name)?.[1]
  const shape = nan !== undefined ? CROSSING[name] ?? TAKES[name.split('.')[0]!] : TAKES[compared ?? '']
  const demand = shape === undefined ? EXACT : SHAPE[shape]
  DEMANDS.set(name, demand)
  return demand
}

const DEMANDS = new Map<string, number>()
