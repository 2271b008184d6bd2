/**
 * Finds out whose NaNs anybody can see, and where to make them canonical. An instruction's fresh NaN needs its canonical form
 * only if its value reaches a consumer that looks at bits. Blind to them are arithmetic and comparisons of the same lane shape
 * and truncations: their results depend on whether an operand is a NaN, not on which.
 *
 * Each operand has one consumer; a local has those of every `local.get` that its value reaches, and so has the result of a
 * block. Which that is, is found per definition, since compilers give one local to many values (value-flow.ts).
 *
 * A NaN that is seen is made canonical where it comes from, or where it is seen: a sum that a loop carries and that is stored
 * behind the loop is made canonical at the store, if it can be nothing there but results of arithmetic and numbers. A NaN
 * that is loaded, passed in or constant has bits of its own to keep, so that a value which may be one is left to its sources.
 *
 * Why this is sound: canonicalising changes no number, and a NaN that stays as the processor made it is seen by blind
 * consumers alone; their results are the same numbers, or NaNs to which the same applies. By induction every value that
 * anybody can look at has the bits of the deterministic profile.
 */
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import type { Body, Module } from '../../../wasm/module.ts'
import { F32, F64, V128, type FunctionType, type ValueType } from '../../../wasm/types.ts'
import { SHAPE, TREATMENTS } from './demands.ts'
import { EXACT, newBlock, newLoop, NUMBER, UNKNOWN, ValueFlow, type Basic } from './value-flow.ts'

export interface NanPlan {
  /** For each instruction of the reachable code that produces NaNs, in order, whether it makes them canonical. */
  readonly producers: readonly boolean[]
  /**
   * For instructions of the reachable code that `takesCanonical`, by their number: the shape, as bits, in which they make an
   * operand canonical that they take. The end of the body stands for itself.
   */
  readonly takers: ReadonlyMap<number | 'end', number>
  /** Whether any of them is in a loop. */
  readonly inLoop: boolean
}

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
  /** Its results, as phis. */
  readonly results: readonly number[]
}

/** A value whose bits are looked at by a consumer that could make them canonical. */
interface Look {
  readonly taker: number | 'end'
  readonly node: number
  readonly depth: number
}

/**
 * Time is bounded by a multiple of the body's size; a body that would take more has all NaNs made canonical where they are
 * produced.
 */
export function planNan(module: Module, body: Body, type: FunctionType): NanPlan {
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
  readonly #producers: number[] = []
  readonly #looks: Look[] = []
  readonly #flow: ValueFlow
  #takers = 0
  /** How many loops are around. */
  #depth = 0
  #block: Basic | undefined = newBlock([])

  constructor(module: Module, body: Body, type: FunctionType) {
    this.#module = module
    this.#type = type
    this.#cursor = new Cursor(module.bytes, body.code)
    this.#flow = new ValueFlow(type.params.length, 1000 + 32 * (body.end - body.start))
    let end = 0
    this.#locals = [...type.params.map(param => ({ count: 1, type: param })), ...body.locals].map(run => ({
      end: (end += run.count),
      type: run.type,
    }))
  }

  plan(): NanPlan {
    this.#open(OP.block, { params: [], results: this.#type.results })
    while (this.#frames.length > 0) this.#instruction(this.#cursor.next())
    const takers = this.#decide()
    const isSeen = (node: number): boolean => this.#flow.gaveUp || this.#flow.isSeen(node)
    const looped = this.#producers.some(node => isSeen(node) && this.#flow.depthOf(node) > 0)
    if (this.#flow.gaveUp) return { producers: this.#producers.map(isSeen), takers: new Map(), inLoop: looped }
    return {
      producers: this.#producers.map(isSeen),
      takers,
      inLoop: looped || this.#looks.some(({ taker, depth }) => depth > 0 && takers.has(taker)),
    }
  }

  /** Each look is left to the taker if that is in fewer loops than a producer that nobody else has made canonical. */
  #decide(): Map<number | 'end', number> {
    const takers = new Map<number | 'end', number>()
    const open = this.#looks.flatMap(look => {
      const fresh = this.#flow.fresh(look.node)
      if (fresh === undefined) this.#flow.demand(look.node, EXACT)
      return fresh === undefined ? [] : [{ ...look, ...fresh }]
    })
    for (const { taker, node, depth, shape, definitions } of open) {
      const raw = definitions.filter(definition => !this.#flow.isSeen(definition))
      if (raw.length === 0) continue
      if (raw.some(definition => this.#flow.depthOf(definition) > depth)) takers.set(taker, shape)
      else this.#flow.demand(node, EXACT)
    }
    return takers
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #instruction(instruction: Instruction): void {
    const { code, group } = instruction
    if (group === 'block' || group === 'loop' || group === 'if') return this.#enter(code)
    if (code === OP.else) return this.#else()
    if (code === OP.end) return this.#end()
    if (this.#block === undefined) return
    switch (group) {
      case 'localGet':
        this.#stack.push(this.#isFloat(this.#cursor.index) ? this.#flow.read(this.#cursor.index, this.#block) : UNKNOWN)
        break
      case 'localSet':
        return this.#write(code)
      case 'drop':
        this.#stack.pop()
        break
      case 'branch':
      case 'branchTable':
        return this.#branch(code)
      case 'return':
        return this.#return()
      case 'unreachable':
        return this.#leave(0)
      case 'select':
        return this.#select()
      case 'const':
        this.#stack.push(this.#constant(code))
        break
      case 'call':
      case 'callIndirect':
        return this.#call(code)
      default:
        this.#plain(instruction)
    }
  }

  #plain(instruction: Instruction): void {
    const { type, nan, code } = instruction
    const [taken, given] = effect(instruction)
    const { demand, passing, chooses, givesNumber, canonicalOperand } = TREATMENTS[code]!
    const operands = this.#stack.splice(this.#stack.length - taken, taken)
    if (passing !== undefined) {
      // The sign of a NaN is all that `copysign` takes of its second operand.
      for (const operand of operands.slice(1)) this.#flow.demand(operand, EXACT)
      this.#stack.push(this.#flow.pass(operands[0]!, passing))
      return
    }
    const taker = canonicalOperand < 0 ? -1 : this.#takers++
    operands.forEach((operand, i) =>
      i === canonicalOperand ? this.#look(taker, operand) : this.#flow.demand(operand, demand),
    )
    if (nan !== undefined) {
      const node = this.#flow.define(SHAPE[nan], this.#depth)
      this.#producers.push(node)
      this.#stack.push(type.results.length === 1 ? node : UNKNOWN)
    } else if (chooses) this.#stack.push(this.#either(operands))
    else for (let i = 0; i < given; i++) this.#stack.push(givesNumber ? NUMBER : UNKNOWN)
  }

  #look(taker: number | 'end', node: number): void {
    this.#looks.push({ taker, node, depth: this.#depth })
  }

  #either(values: readonly number[]): number {
    const phi = this.#flow.phi()
    for (const value of values) this.#flow.meet(phi, value)
    return phi
  }

  #select(): void {
    const [a, b] = this.#stack.splice(this.#stack.length - 3, 3) as [number, number, number]
    this.#stack.push(this.#either([a, b]))
  }

  /** Constants are numbers, but for those of which some lane may be a NaN. */
  #constant(code: number): number {
    const { bytes } = this.#module
    const end = this.#cursor.pos
    const top = (at: number): number => (bytes[end - at]! << 8) | bytes[end - at - 1]!
    const mayBeNan = (size: number, words: number, mask: number): boolean =>
      Array.from({ length: words }, (_, i) => top(1 + i * size) & mask).includes(mask)
    switch (code) {
      case OP.f32Const:
        return mayBeNan(4, 1, 0x7f80) ? UNKNOWN : NUMBER
      case OP.f64Const:
        return mayBeNan(8, 1, 0x7ff0) ? UNKNOWN : NUMBER
      case OP.v128Const:
        return mayBeNan(4, 4, 0x7f80) || mayBeNan(8, 2, 0x7ff0) ? UNKNOWN : NUMBER
      default:
        return UNKNOWN
    }
  }

  #return(): void {
    const taker = this.#takers++
    if (this.#type.results.length === 1) this.#look(taker, this.#stack.pop()!)
    this.#leave(this.#type.results.length === 1 ? 0 : this.#type.results.length)
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
    for (let i = 0; i < type.results.length; i++) this.#stack.push(UNKNOWN)
  }

  #consume(demand: number): void {
    this.#flow.demand(this.#stack.pop()!, demand)
  }

  // ── Control ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #enter(code: number): void {
    const { blockType } = this.#cursor
    const live = this.#block !== undefined
    // Results of a block with a value type are counted: their types do not matter here.
    const type =
      blockType >= 0
        ? this.#module.types[blockType]!
        : ({ params: [], results: this.#cursor.hasResult ? [F64] : [] } as FunctionType)
    if (live) {
      if (code === OP.if) this.#stack.pop()
      for (let i = 0; i < type.params.length; i++) this.#consume(EXACT)
    }
    this.#open(code, type)
    if (!live) return
    const frame = this.#frames[this.#frames.length - 1]!
    this.#block = code === OP.loop ? frame.head : newBlock([this.#block!])
    for (let i = 0; i < type.params.length; i++) this.#stack.push(UNKNOWN)
  }

  #open(opcode: number, type: FunctionType): void {
    const before = this.#block
    const loops = opcode === OP.loop
    const head = !loops || before === undefined ? before : newLoop(before)
    const results = before === undefined ? [] : type.results.map(() => this.#flow.phi())
    if (loops) this.#depth++
    this.#frames.push({
      opcode,
      type,
      base: this.#stack.length,
      live: before !== undefined,
      head,
      leaving: [],
      hasElse: false,
      results,
    })
  }

  #else(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    if (!frame.live) return
    frame.hasElse = true
    this.#fallThrough(frame)
    this.#block = newBlock([frame.head!])
    for (let i = 0; i < frame.type.params.length; i++) this.#stack.push(UNKNOWN)
  }

  #end(): void {
    const frame = this.#frames.pop()!
    if (frame.opcode === OP.loop) this.#depth--
    if (!frame.live) return
    this.#fallThrough(frame)
    if (frame.opcode === OP.loop) this.#flow.seal(frame.head!)
    if (frame.opcode === OP.if && !frame.hasElse) {
      frame.leaving.push(frame.head!)
      // Its parameters are its results then.
      for (const phi of frame.results) this.#flow.meet(phi, UNKNOWN)
    }
    this.#block = frame.leaving.length === 0 ? undefined : newBlock(frame.leaving)
    this.#stack.push(...frame.results)
    if (this.#frames.length === 0 && this.#block !== undefined) this.#finish()
  }

  #finish(): void {
    if (this.#type.results.length === 1) this.#look('end', this.#stack.pop()!)
    else this.#leave(this.#type.results.length)
  }

  /** What stands on the stack at the end of a block is its result. */
  #fallThrough(frame: Frame): void {
    if (this.#block !== undefined) {
      this.#give(frame.results)
      frame.leaving.push(this.#block)
    }
    this.#stack.length = frame.base
  }

  /** The topmost operands are what a block gives. */
  #give(results: readonly number[]): void {
    const from = this.#stack.length - results.length
    results.forEach((phi, i) => this.#flow.meet(phi, this.#stack[from + i]!))
  }

  #branch(code: number): void {
    if (code !== OP.br) this.#stack.pop()
    const labels = code === OP.brTable ? new Set(this.#cursor.labels) : [this.#cursor.index]
    for (const label of labels) {
      const frame = this.#frames[this.#frames.length - 1 - label]!
      if (frame.opcode === OP.loop) {
        for (let i = 1; i <= frame.type.params.length; i++)
          this.#flow.demand(this.#stack[this.#stack.length - i]!, EXACT)
        frame.head!.preds.push(this.#block!)
      } else {
        this.#give(frame.results)
        frame.leaving.push(this.#block!)
      }
    }
    this.#block = code === OP.brIf ? newBlock([this.#block!]) : undefined
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
    case 'control':
      return [0, 0]
    case 'globalGet':
      return [0, 1]
    case 'globalSet':
      return [1, 0]
    case 'refIsNull':
    case 'tableGet':
      return [1, 1]
    case 'tableSet':
      return [2, 0]
    case 'tableGrow':
      return [2, 1]
    case 'tableFill':
      return [3, 0]
    default:
      return [type.params.length, type.results.length]
  }
}
