/**
 * Makes the gas plan of a function: how much it charges, and between which of its instructions. The plan is made from the
 * bytes of the original code alone, so no tool that changes the code later can change the gas (docs/spec/gas.md, GAS-1).
 *
 * The planner cuts reachable code into metered blocks. A metered block ends with an instruction that may trap, call or
 * transfer control, or at a place where control can arrive from elsewhere. So if its first instruction runs, all of them run,
 * and a charge at its beginning is the same as a charge before each instruction.
 *
 *     local.get 0          ┐
 *     i32.load             ┘ block 0: 1 + 10, ends with an instruction that may trap
 *     i32.const 1          ┐
 *     i32.add              │ block 1: 1 + 8 + 8
 *     if                   ┘
 *
 * These are the blocks of the precise mode. The fast modes need not be exact at a trap, since the precise mode then runs the
 * module again. So only calls and control end their blocks. The entry of a function is charged with its first block, and
 * blocks charge for one another (`optimise/charge-graph`).
 */
import type { Schedule } from '../../../interface-profile.ts'
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import type { Body, Module } from '../../../wasm/module.ts'
import { ChargeGraph, EXACT_NODE } from '../../optimise/charge-graph/charge-graph.ts'
import { findTripCounts } from '../../optimise/counted-loops/find.ts'
import { branchProbability, LOOP_WEIGHT, newFrame, type ControlFrame, type InnermostLoop } from './control.ts'
import { entryPrice, NO_ENDINGS, type EndingCalls, type GasPlan } from './gas-plan.ts'
import { placeCharges, uniteExits, type Candidate } from './place-charges.ts'
import type { Mode } from '../../modes.ts'
import { endsBlock, isAnchor, passesGas, PRICED_BY_OPERAND, STEP, stepKinds, type StepKinds } from './steps.ts'

/** Plans one body. Takes time linear in its bytes. */
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
  readonly #frames: ControlFrame[] = []
  readonly #steps: number[] = []
  readonly #prices: number[] = []
  /** Undefined if the mode has no charge graph: then each block charges its own price. */
  readonly #graph: ChargeGraph | undefined
  readonly #ends: number[] = []
  readonly #offsets: number[] = []
  readonly #chargedAtEnd: boolean[] = []
  readonly #mode: Mode
  readonly #kinds: StepKinds
  readonly #endings: EndingCalls
  /** The price of the current metered block so far. */
  #price: number
  /** True if control can reach the current instruction. */
  #live = true
  #hasCalls = false
  #hasReturningCalls = false
  /** The node of the charge graph at which the current block begins, and the block's estimated executions. */
  #from = EXACT_NODE
  #weight = 1
  /** The number of loops around the current instruction. */
  #depth = 0
  /** True if the current block contains an instruction whose price depends on an operand. */
  #pricedByOperand = false
  #innermost: InnermostLoop | undefined
  readonly #candidates: Candidate[] = []
  /** The frame whose end was the last join, as long as control has run straight on from there. */
  #lastJoin: ControlFrame | undefined

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
    const placement =
      this.#graph === undefined
        ? { charges: this.#prices, counted: [], refunds: new Map<number, number>() }
        : placeCharges(this.#graph, this.#candidates, loops => findTripCounts(this.#module.bytes, this.#code, loops))
    return {
      steps: Uint16Array.from(this.#steps),
      ends: this.#ends,
      offsets: this.#offsets,
      chargedAtEnd: this.#chargedAtEnd,
      hasCalls: this.#hasCalls,
      hasReturningCalls: this.#hasReturningCalls,
      ...placement,
    }
  }

  /** Adds an instruction to the current block. If it ends the block, `to` is the node of the charge graph after it. */
  #step({ code, price, group }: Instruction, to: number = EXACT_NODE): void {
    if (!this.#live) return
    this.#price += this.#schedule.instructions[price]
    if (PRICED_BY_OPERAND.has(group)) {
      this.#pricedByOperand = true
      this.#ruleOutCounting()
    }
    this.#mark(code, to)
  }

  /** Adds a step. If it ends the current block, the next block begins at node `to`. */
  #mark(step: number, to: number): void {
    if (isAnchor(step, this.#kinds)) this.#steps.push(step)
    if (!endsBlock(step, this.#kinds)) return
    this.#prices.push(this.#price)
    this.#ends.push(step)
    if (this.#mode.traps === 'exact') this.#offsets.push(this.#cursor.at)
    this.#chargedAtEnd.push(!this.#pricedByOperand && passesGas(step, this.#kinds))
    if (this.#live) this.#graph?.block(this.#from, to, this.#price, this.#weight)
    else this.#graph?.deadBlock()
    // An instruction whose price depends on an operand checks the counter, which must not be ahead there.
    if (this.#pricedByOperand) this.#graph?.unite(to, EXACT_NODE)
    this.#pricedByOperand = false
    this.#price = 0
    this.#from = to
  }

  #open(opcode: number): void {
    const [live, startNode, labelNode] = [this.#live, this.#from, this.#node()]
    const [weight, depth, firstBlock] = [this.#weight, this.#depth, this.#prices.length]
    this.#frames.push(newFrame({ opcode, live, startNode, labelNode, weight, depth, firstBlock }))
    this.#lastJoin = undefined
  }

  #node(): number {
    return this.#graph?.node() ?? EXACT_NODE
  }

  #checkedNode(): number {
    return this.#graph?.checkedNode() ?? EXACT_NODE
  }

  /** Called where something checks the counter or leaves the function: the innermost loop then charges in each iteration. */
  #ruleOutCounting(): void {
    if (this.#innermost !== undefined) uniteExits(this.#graph!, this.#innermost.exits)
    this.#innermost = undefined
  }

  #loop(): void {
    const { at, blockType } = this.#cursor
    const hasParams = blockType >= 0 && this.#module.types[blockType]!.params.length > 0
    this.#ruleOutCounting()
    if (this.#live) this.#mark(hasParams ? STEP.loopWithParams : OP.loop, this.#checkedNode())
    this.#depth++
    this.#open(OP.loop)
    this.#weight *= LOOP_WEIGHT
    if (!this.#live || hasParams || this.#graph === undefined || !this.#mode.optimisations.countedLoops) return
    this.#innermost = { at, openFrames: this.#frames.length, exits: [] }
  }

  #if(instruction: Instruction): void {
    this.#step(instruction, this.#node())
    this.#open(OP.if)
    this.#weight /= 2
  }

  #else(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    frame.hasElse = true
    this.#lastJoin = undefined
    if (!frame.live) return
    frame.thenLive = this.#live
    if (this.#live) frame.weightAtEnd += this.#weight
    this.#mark(OP.else, frame.labelNode)
    this.#live = true
    this.#from = frame.startNode
    this.#weight = frame.weight / 2
  }

  #end(): void {
    const frame = this.#frames.pop()!
    if (frame.opcode === OP.loop) this.#endLoop(frame)
    if (this.#live) frame.weightAtEnd += this.#weight
    if (frame.opcode === OP.if && frame.live) {
      this.#mark(STEP.endIf, frame.labelNode)
      this.#live = frame.hasElse ? frame.thenLive || this.#live : true
      // Without an `else`, control can go from the condition straight to the end.
      if (!frame.hasElse) {
        this.#graph?.unite(frame.startNode, frame.labelNode)
        frame.weightAtEnd += frame.weight / 2
      }
    }
    if (frame.targeted) {
      this.#mark(STEP.join, frame.labelNode)
      this.#live = true
      this.#lastJoin = frame
      frame.blockAfter = this.#prices.length
    }
    this.#weight = Math.min(frame.weightAtEnd, frame.weight)
    if (this.#frames.length === 0 && this.#live) this.#mark(STEP.end, EXACT_NODE)
  }

  #endLoop(frame: ControlFrame): void {
    this.#depth--
    const innermost = this.#innermost
    this.#innermost = undefined
    if (innermost === undefined) return void this.#graph?.unite(frame.labelNode, frame.startNode)
    const { at, exits } = innermost
    if (this.#live) {
      const from = this.#from
      this.#from = this.#node()
      exits.push({ from, to: this.#from, weight: this.#weight, target: undefined })
    }
    this.#candidates.push({
      at,
      exits,
      head: frame.firstBlock,
      blockAfter: this.#prices.length,
      entryNode: frame.startNode,
      backEdgeNode: frame.labelNode,
    })
  }

  #transfer(instruction: Instruction): void {
    if (!this.#live) return
    const { code } = instruction
    if (code === OP.unreachable && this.#lastJoin !== undefined) this.#lastJoin.onlyTraps = true
    this.#lastJoin = undefined
    const labels =
      code === OP.brTable ? this.#cursor.labels : code === OP.br || code === OP.brIf ? [this.#cursor.index] : []
    // After an `unreachable` nobody reads the counter, so its node is related to no other.
    const to = code === OP.return ? EXACT_NODE : this.#node()
    this.#step(instruction, to)
    if (code === OP.return || code === OP.brTable) this.#ruleOutCounting()
    for (const label of labels) this.#target(label, to, this.#weight / labels.length, code === OP.brIf)
    if (code !== OP.brIf) this.#live = false
  }

  /** A branch to a label ends the current block at node `from`. `weight` is its estimated number of executions. */
  #target(label: number, from: number, weight: number, conditional: boolean): void {
    const frame = this.#frames[this.#frames.length - 1 - label]!
    const leavesLoop = this.#innermost !== undefined && this.#frames.length - label < this.#innermost.openFrames
    if (leavesLoop) this.#innermost!.exits.push({ from, to: frame.labelNode, weight: weight / 2, target: frame })
    else this.#graph?.unite(from, frame.labelNode)
    if (frame.opcode !== OP.loop) frame.targeted = true
    const probability = conditional ? branchProbability(frame, this.#depth) : 1
    frame.weightAtEnd += weight * probability
    if (conditional) this.#weight = weight * (1 - probability)
  }

  #call(instruction: Instruction): void {
    if (!this.#live) return
    const isTail = instruction.code === OP.returnCall || instruction.code === OP.returnCallIndirect
    this.#hasCalls = true
    if (!isTail) this.#hasReturningCalls = true
    this.#ruleOutCounting()
    const indirect = instruction.group === 'callIndirect'
    const mayEndRun = indirect ? this.#endings.throughTables : this.#endings.reaches(this.#cursor.index)
    // The run may end inside this call. No early exit of a counted loop may lead here, since the counter lags after one.
    if (mayEndRun) this.#lastJoin = undefined
    // A callee checks the counter. A tail call ends the function, so all that it owes must be charged.
    this.#step(instruction, isTail || mayEndRun ? EXACT_NODE : this.#checkedNode())
    if (isTail) this.#live = false
  }
}
