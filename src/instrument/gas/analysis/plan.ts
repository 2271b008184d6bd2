/**
 * The gas plan of a function, made from the bytes of the original code alone: what is charged, and between which of its
 * instructions. Nothing that a tool makes of the code later can change it (docs/spec/gas.md, GAS-1).
 *
 * Reachable code is cut into metered blocks. A metered block ends with an instruction that may trap, call or transfer
 * control, or at a place where control can arrive from elsewhere. All its instructions run, or none does, until the last
 * one; so charging it where it begins is the same as charging each instruction before it runs.
 *
 *     local.get 0          ┐
 *     i32.load             ┘ block 0: 1 + 10, ends with what may trap
 *     i32.const 1          ┐
 *     i32.add              │ block 1: 1 + 8 + 8
 *     if                   ┘
 *
 * That is the plan for the precise mode. The fast modes need not be exact at a trap, since the precise mode runs the module again.
 * So their blocks go on past an instruction that may trap, and only calls and control end them. A function's entry is paid with its
 * first block, and blocks charge for one another (charge-graph.ts).
 */
import type { Schedule } from '../../../interface-profile.ts'
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import type { Body, Module } from '../../../wasm/module.ts'
import { ChargeGraph, EXACT_NODE } from '../../optimise/charge-graph/charge-graph.ts'
import { findTripCounts } from '../../optimise/counted-loops/find.ts'
import { LOOP_WEIGHT, NEW_FRAME, probabilityOf, type Frame, type Innermost } from './control.ts'
import { entryPrice, NO_ENDINGS, type EndingCalls, type GasPlan } from './gas-plan.ts'
import { payEachRound, placeCharges, type Candidate } from './place-charges.ts'
import type { Mode } from '../../modes.ts'
import { endsBlock, isAnchor, passesGas, PAY_BY_OPERAND, STEP, stepKinds, type StepKinds } from './steps.ts'

/** Plans one body. Linear in its bytes. */
export function planGas(
  module: Module,
  body: Body,
  schedule: Schedule,
  mode: Mode,
  endings: EndingCalls = NO_ENDINGS,
): GasPlan {
  return new Planner(module, body, schedule, mode, endings).plan()
}

class Planner {
  readonly #module: Module
  readonly #code: number
  readonly #cursor: Cursor
  readonly #schedule: Schedule
  readonly #frames: Frame[] = []
  readonly #steps: number[] = []
  readonly #prices: number[] = []
  readonly #graph: ChargeGraph | undefined
  readonly #ends: number[] = []
  readonly #offsets: number[] = []
  readonly #handsOn: boolean[] = []
  readonly #mode: Mode
  readonly #kinds: StepKinds
  readonly #endings: EndingCalls
  #price: number
  #live = true
  #calls = false
  #waits = false
  /** Where the block at hand begins, in the graph, and how often it probably runs. */
  #from = EXACT_NODE
  #weight = 1
  #depth = 0
  /** Whether the block at hand has an instruction that pays for its operand. */
  #pays = false
  #innermost: Innermost | undefined
  readonly #candidates: Candidate[] = []
  /** The block after whose end control has only gone straight on. */
  #passed: Frame | undefined

  constructor(module: Module, body: Body, schedule: Schedule, mode: Mode, endings: EndingCalls) {
    this.#module = module
    this.#endings = endings
    this.#mode = mode
    this.#kinds = stepKinds(mode)
    this.#price = mode.counters === 'globals' ? 0 : entryPrice(body, schedule)
    if (mode.optimisations.chargeGraph) this.#graph = new ChargeGraph()
    this.#code = body.code
    this.#cursor = new Cursor(module.bytes, body.code)
    this.#schedule = schedule
  }

  plan(): GasPlan {
    this.#open(OP.block)
    while (this.#frames.length > 0) {
      const instruction = this.#cursor.next()
      switch (instruction.group) {
        case 'block':
          this.#open(instruction.code)
          break
        case 'loop':
          this.#loop()
          break
        case 'if':
          this.#if(instruction)
          break
        case 'control':
          if (instruction.code === OP.else) this.#else()
          else if (instruction.code === OP.end) this.#end()
          break
        case 'branch':
        case 'branchTable':
        case 'return':
        case 'unreachable':
          this.#transfer(instruction)
          break
        case 'call':
        case 'callIndirect':
          this.#call(instruction)
          break
        default:
          this.#step(instruction)
      }
    }
    const placed =
      this.#graph === undefined
        ? { charges: this.#prices, counted: [], refunds: new Map<number, number>() }
        : placeCharges(this.#graph, this.#candidates, loops => findTripCounts(this.#module.bytes, this.#code, loops))
    return {
      steps: Uint16Array.from(this.#steps),
      ends: this.#ends,
      offsets: this.#offsets,
      handsOn: this.#handsOn,
      calls: this.#calls,
      waits: this.#waits,
      ...placed,
    }
  }

  /**
   * Adds an instruction to the block at hand, and ends the block with it if it is a boundary: then `to` is the node that
   * control goes to from here, and from which the next block begins.
   */
  #step({ code, price, group }: Instruction, to: number = EXACT_NODE): void {
    if (!this.#live) return
    this.#price += this.#schedule.instructions[price]
    if (PAY_BY_OPERAND.has(group)) {
      this.#pays = true
      this.#looksInside()
    }
    this.#mark(code, to)
  }

  #mark(step: number, to: number): void {
    if (isAnchor(step, this.#kinds)) this.#steps.push(step)
    if (!endsBlock(step, this.#kinds)) return
    this.#prices.push(this.#price)
    this.#ends.push(step)
    if (this.#mode.traps === 'exact') this.#offsets.push(this.#cursor.at)
    this.#handsOn.push(!this.#pays && passesGas(step, this.#kinds))
    if (this.#live) this.#graph?.block(this.#from, to, this.#price, this.#weight)
    else this.#graph?.deadBlock()
    // The counter must not be ahead of what the block comes to where one of its instructions is checked to be payable.
    if (this.#pays) this.#graph?.unite(to, EXACT_NODE)
    this.#pays = false
    this.#price = 0
    this.#from = to
  }

  #open(opcode: number): void {
    const at = { live: this.#live, from: this.#from, depth: this.#depth, head: this.#prices.length }
    this.#frames.push({ ...NEW_FRAME, ...at, opcode, to: this.#node(), weight: this.#weight })
    this.#passed = undefined
  }

  #node(): number {
    return this.#graph?.node() ?? EXACT_NODE
  }

  /** There is something that looks at the counter, or leaves for good: the loop around it pays for each of its rounds. */
  #looksInside(): void {
    if (this.#innermost !== undefined) payEachRound(this.#graph!, this.#innermost.ways)
    this.#innermost = undefined
  }

  #loop(): void {
    const { at, blockType } = this.#cursor
    const takes = blockType >= 0 && this.#module.types[blockType]!.params.length > 0
    this.#looksInside()
    if (this.#live) this.#mark(takes ? STEP.loopWithParams : OP.loop, this.#checkedNode())
    this.#depth++
    this.#open(OP.loop)
    this.#weight *= LOOP_WEIGHT
    if (!this.#live || takes || this.#graph === undefined || !this.#mode.optimisations.countedLoops) return
    this.#innermost = { at, frames: this.#frames.length, ways: [] }
  }

  /** A node where the counter is looked at. */
  #checkedNode(): number {
    return this.#graph?.checkedNode() ?? EXACT_NODE
  }

  #if(instruction: Instruction): void {
    this.#step(instruction, this.#node())
    this.#open(OP.if)
    this.#weight /= 2
  }

  #else(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    frame.hasElse = true
    this.#passed = undefined
    if (!frame.live) return
    frame.thenLive = this.#live
    if (this.#live) frame.arriving += this.#weight
    this.#mark(OP.else, frame.to)
    this.#live = true
    this.#from = frame.from
    this.#weight = frame.weight / 2
  }

  #end(): void {
    const frame = this.#frames.pop()!
    if (frame.opcode === OP.loop) this.#endLoop(frame)
    if (this.#live) frame.arriving += this.#weight
    if (frame.opcode === OP.if && frame.live) {
      this.#mark(STEP.endIf, frame.to)
      this.#live = frame.hasElse ? frame.thenLive || this.#live : true
      // Without an `else`, control gets from the condition to the end and to the first arm alike.
      if (!frame.hasElse) {
        this.#graph?.unite(frame.from, frame.to)
        frame.arriving += frame.weight / 2
      }
    }
    if (frame.targeted) {
      this.#mark(STEP.join, frame.to)
      this.#live = true
      this.#passed = frame
      frame.behind = this.#prices.length
    }
    this.#weight = Math.min(frame.arriving, frame.weight)
    if (this.#frames.length === 0 && this.#live) this.#mark(STEP.end, EXACT_NODE)
  }

  #endLoop(frame: Frame): void {
    this.#depth--
    const innermost = this.#innermost
    this.#innermost = undefined
    if (innermost === undefined) return void this.#graph?.unite(frame.to, frame.from)
    const { at, ways } = innermost
    if (this.#live) {
      const to = this.#node()
      ways.push({ from: this.#from, to, weight: this.#weight, landing: undefined })
      this.#from = to
    }
    this.#candidates.push({
      at,
      ways,
      head: frame.head,
      behind: this.#prices.length,
      first: frame.from,
      again: frame.to,
    })
  }

  #transfer(instruction: Instruction): void {
    if (!this.#live) return
    const { code } = instruction
    if (code === OP.unreachable && this.#passed !== undefined) this.#passed.fatal = true
    this.#passed = undefined
    const labels =
      code === OP.brTable ? this.#cursor.labels : code === OP.br || code === OP.brIf ? [this.#cursor.index] : []
    // A trap has no sum that anybody would look at.
    const to = code === OP.return ? EXACT_NODE : this.#node()
    this.#step(instruction, to)
    if (code === OP.return || code === OP.brTable) this.#looksInside()
    for (const label of labels) this.#target(label, to, this.#weight / labels.length, code === OP.brIf)
    if (code !== OP.brIf) this.#live = false
  }

  /** Control may get from the block that has just ended, at node `from`, to a label. */
  #target(label: number, from: number, weight: number, conditionally: boolean): void {
    const frame = this.#frames[this.#frames.length - 1 - label]!
    const loops = frame.opcode === OP.loop
    const leaves = this.#innermost !== undefined && this.#frames.length - label < this.#innermost.frames
    if (leaves) this.#innermost!.ways.push({ from, to: frame.to, weight: weight / 2, landing: frame })
    else this.#graph?.unite(from, frame.to)
    if (!loops) frame.targeted = true
    const taken = conditionally ? probabilityOf(frame, this.#depth) : 1
    frame.arriving += weight * taken
    if (conditionally) this.#weight = weight * (1 - taken)
  }

  #call(instruction: Instruction): void {
    if (!this.#live) return
    const tail = instruction.code === OP.returnCall || instruction.code === OP.returnCallIndirect
    this.#calls = true
    if (!tail) this.#waits = true
    this.#looksInside()
    const indirect = instruction.group === 'callIndirect'
    const ends = indirect ? this.#endings.throughTables : this.#endings.reaches(this.#cursor.index)
    // Where the run may end meanwhile, no way may lead here on which the counter lags.
    if (ends) this.#passed = undefined
    // A callee looks at the counter; what a tail call leaves undone nobody does.
    this.#step(instruction, tail || ends ? EXACT_NODE : this.#checkedNode())
    if (tail) this.#live = false
  }
}
