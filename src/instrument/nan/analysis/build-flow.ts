/** Reads the code of a function and builds its value flow: an abstract run with an operand stack and control frames. */
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import type { Body, Module } from '../../../wasm/module.ts'
import { F64, type FunctionType } from '../../../wasm/types.ts'
import { SHAPE, TREATMENTS } from './demands.ts'
import { constantValue, stackEffect } from './effects.ts'
import { FloatLocals } from './float-locals.ts'
import { EXACT_BITS, newBlock, newLoop, NUMBER, UNKNOWN, ValueFlow, type BasicBlock } from './value-flow.ts'

/** A sink by its number among the sinks of the reachable code; the end of the body is one of its own. */
export type SinkId = number | 'end'

/** The use of a value at a sink. */
export interface SinkUse {
  readonly sink: SinkId
  readonly node: number
  /** The number of loops around the sink. */
  readonly depth: number
}

export interface FunctionFlow {
  readonly flow: ValueFlow
  /** The definitions of fresh NaNs as nodes of the flow, in code order. */
  readonly producers: readonly number[]
  readonly sinkUses: readonly SinkUse[]
}

/** Builds the value flow of one body. The flow gives up if it takes more steps than a multiple of the body's size. */
export function buildFlow(module: Module, body: Body, type: FunctionType): FunctionFlow {
  return new FlowBuilder(module, body, type).build()
}

interface ControlFrame {
  readonly opcode: number
  readonly type: FunctionType
  /** The height of the operand stack where the frame begins. */
  readonly base: number
  /** True if control can reach the beginning. */
  readonly live: boolean
  /** Of a loop, its head; of an `if`, the block that ends with the condition. */
  readonly head: BasicBlock | undefined
  /** The predecessors of the block after the frame's end. */
  readonly preds: BasicBlock[]
  hasElse: boolean
  /** The results of the frame, as phis. */
  readonly results: readonly number[]
}

class FlowBuilder {
  readonly #module: Module
  readonly #cursor: Cursor
  readonly #type: FunctionType
  readonly #locals: FloatLocals
  readonly #flow: ValueFlow
  readonly #frames: ControlFrame[] = []
  /** The operand stack, as nodes of the flow. */
  readonly #stack: number[] = []
  readonly #producers: number[] = []
  readonly #sinkUses: SinkUse[] = []
  #sinkCount = 0
  /** The number of loops around the current instruction. */
  #depth = 0
  /** The current basic block; undefined in unreachable code. */
  #block: BasicBlock | undefined = newBlock([])

  constructor(module: Module, body: Body, type: FunctionType) {
    this.#module = module
    this.#type = type
    this.#cursor = new Cursor(module.bytes, body.code)
    this.#flow = new ValueFlow(type.params.length, 1000 + 32 * (body.end - body.start))
    this.#locals = new FloatLocals(type, body)
  }

  build(): FunctionFlow {
    this.#open(OP.block, { params: [], results: this.#type.results })
    while (this.#frames.length > 0) this.#instruction(this.#cursor.next())
    return { flow: this.#flow, producers: this.#producers, sinkUses: this.#sinkUses }
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #instruction(instruction: Instruction): void {
    const { code, group } = instruction
    if (group === 'block' || group === 'loop' || group === 'if') return this.#enter(code)
    if (code === OP.else) return this.#else()
    if (code === OP.end) return this.#end()
    if (this.#block === undefined) return
    const { index } = this.#cursor
    switch (group) {
      case 'localGet':
        this.#stack.push(this.#locals.has(index) ? this.#flow.read(index, this.#block) : UNKNOWN)
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
        this.#stack.push(constantValue(code, this.#module.bytes, this.#cursor.pos))
        break
      case 'call':
      case 'callIndirect':
        return this.#call(code)
      default:
        this.#plain(instruction)
    }
  }

  /** An instruction that is not control, a call, or an access to a local. */
  #plain(instruction: Instruction): void {
    const { type, nan, code } = instruction
    const [popped, pushed] = stackEffect(instruction)
    const { demand, passThrough, selectsOperand, neverNan, sinkOperand } = TREATMENTS[code]!
    const operands = this.#stack.splice(this.#stack.length - popped, popped)
    if (passThrough !== undefined) {
      // Only `copysign` has a second operand here. It observes the sign of that operand.
      for (const operand of operands.slice(1)) this.#flow.demand(operand, EXACT_BITS)
      this.#stack.push(this.#flow.passThrough(operands[0]!, passThrough))
      return
    }
    const sink = sinkOperand < 0 ? -1 : this.#sinkCount++
    operands.forEach((operand, i) =>
      i === sinkOperand ? this.#useAtSink(sink, operand) : this.#flow.demand(operand, demand),
    )
    if (nan !== undefined) {
      const node = this.#flow.define(SHAPE[nan], this.#depth)
      this.#producers.push(node)
      this.#stack.push(type.results.length === 1 ? node : UNKNOWN)
    } else if (selectsOperand) this.#stack.push(this.#phiOf(operands))
    else for (let i = 0; i < pushed; i++) this.#stack.push(neverNan ? NUMBER : UNKNOWN)
  }

  #useAtSink(sink: SinkId, node: number): void {
    this.#sinkUses.push({ sink, node, depth: this.#depth })
  }

  #phiOf(values: readonly number[]): number {
    const phi = this.#flow.phi()
    for (const value of values) this.#flow.addIncoming(phi, value)
    return phi
  }

  #select(): void {
    const [a, b] = this.#stack.splice(this.#stack.length - 3, 3) as [number, number, number]
    this.#stack.push(this.#phiOf([a, b]))
  }

  #return(): void {
    const sink = this.#sinkCount++
    if (this.#type.results.length === 1) this.#useAtSink(sink, this.#stack.pop()!)
    this.#leave(this.#type.results.length === 1 ? 0 : this.#type.results.length)
  }

  #write(code: number): void {
    const value = this.#stack.pop()!
    if (code === OP.localTee) this.#stack.push(value)
    if (this.#locals.has(this.#cursor.index)) this.#block!.values.set(this.#cursor.index, value)
  }

  #call(code: number): void {
    const indirect = code === OP.callIndirect || code === OP.returnCallIndirect
    const type = indirect ? this.#module.types[this.#cursor.index]! : this.#module.functions[this.#cursor.index]!
    const popped = type.params.length + (indirect ? 1 : 0)
    if (code === OP.returnCall || code === OP.returnCallIndirect) return this.#leave(popped)
    for (let i = 0; i < popped; i++) this.#consume(EXACT_BITS)
    for (let i = 0; i < type.results.length; i++) this.#stack.push(UNKNOWN)
  }

  #consume(demand: number): void {
    this.#flow.demand(this.#stack.pop()!, demand)
  }

  // ── Control ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #enter(code: number): void {
    const { blockType } = this.#cursor
    const live = this.#block !== undefined
    // Of a block with a value type, only the number of results matters; f64 stands for any type.
    const type =
      blockType >= 0
        ? this.#module.types[blockType]!
        : ({ params: [], results: this.#cursor.hasResult ? [F64] : [] } as FunctionType)
    if (live) {
      if (code === OP.if) this.#stack.pop()
      for (let i = 0; i < type.params.length; i++) this.#consume(EXACT_BITS)
    }
    this.#open(code, type)
    if (!live) return
    const frame = this.#frames[this.#frames.length - 1]!
    this.#block = code === OP.loop ? frame.head : newBlock([this.#block!])
    for (let i = 0; i < type.params.length; i++) this.#stack.push(UNKNOWN)
  }

  #open(opcode: number, type: FunctionType): void {
    const before = this.#block
    const isLoop = opcode === OP.loop
    const head = !isLoop || before === undefined ? before : newLoop(before)
    const results = before === undefined ? [] : type.results.map(() => this.#flow.phi())
    if (isLoop) this.#depth++
    this.#frames.push({
      opcode,
      type,
      base: this.#stack.length,
      live: before !== undefined,
      head,
      preds: [],
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
      frame.preds.push(frame.head!)
      // If the condition is false, the parameters of such an `if` are its results.
      for (const phi of frame.results) this.#flow.addIncoming(phi, UNKNOWN)
    }
    this.#block = frame.preds.length === 0 ? undefined : newBlock(frame.preds)
    this.#stack.push(...frame.results)
    if (this.#frames.length === 0 && this.#block !== undefined) this.#endBody()
  }

  #endBody(): void {
    if (this.#type.results.length === 1) this.#useAtSink('end', this.#stack.pop()!)
    else this.#leave(this.#type.results.length)
  }

  /** Control reaches the end of a frame or of its first arm: the operands on the stack are the results. */
  #fallThrough(frame: ControlFrame): void {
    if (this.#block !== undefined) {
      this.#giveResults(frame.results)
      frame.preds.push(this.#block)
    }
    this.#stack.length = frame.base
  }

  /** Adds the topmost operands to the phis of a frame's results. */
  #giveResults(results: readonly number[]): void {
    const from = this.#stack.length - results.length
    results.forEach((phi, i) => this.#flow.addIncoming(phi, this.#stack[from + i]!))
  }

  #branch(code: number): void {
    if (code !== OP.br) this.#stack.pop()
    const labels = code === OP.brTable ? new Set(this.#cursor.labels) : [this.#cursor.index]
    for (const label of labels) {
      const frame = this.#frames[this.#frames.length - 1 - label]!
      if (frame.opcode === OP.loop) {
        for (let i = 1; i <= frame.type.params.length; i++)
          this.#flow.demand(this.#stack[this.#stack.length - i]!, EXACT_BITS)
        frame.head!.preds.push(this.#block!)
      } else {
        this.#giveResults(frame.results)
        frame.preds.push(this.#block!)
      }
    }
    this.#block = code === OP.brIf ? newBlock([this.#block!]) : undefined
  }

  /** Control leaves the function or traps. The bits of this many operands escape. */
  #leave(operands: number): void {
    for (let i = 0; i < operands; i++) this.#consume(EXACT_BITS)
    this.#block = undefined
  }
}
