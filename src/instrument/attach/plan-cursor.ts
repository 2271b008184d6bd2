/**
 * Follows a gas plan step by step while a walk visits binaryen's tree, and finds a place for each metered block.
 *
 * The statements of a metered block may stand anywhere after the end of the block before it, and before the instruction that
 * ends it. The instructions in between cannot trap, call or branch, so no difference can be observed. The cursor takes the
 * first operand or statement that begins after the end of the block before. If none begins, the statements go after the last
 * operand of the instruction that ends the block, and a local holds its value:
 *
 *     (i32.load (i32.load (local.get 0)))   →   (i32.load (block (local.set t (i32.load …)) ‹charge› (local.get t)))
 */
import { Fault } from '../../base/fault.ts'
import { INSTRUCTIONS, OP } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen/port.ts'
import type { GasPlan } from '../gas/analysis/gas-plan.ts'
import { endsBlock, STEP } from '../gas/analysis/steps.ts'
import type { Anchors } from './anchors.ts'
import type { Place, Slot } from './attachment.ts'

export class PlanCursor {
  readonly #plan: GasPlan
  readonly #anchors: Anchors
  readonly #name: string
  readonly #places = new Map<number, Place>()
  readonly #countedHeads: ReadonlySet<number>
  #position = 0
  #block = 0
  #waiting: boolean

  constructor(plan: GasPlan, anchors: Anchors, name: string) {
    this.#plan = plan
    this.#anchors = anchors
    this.#name = name
    this.#countedHeads = new Set(plan.counted.map(({ head }) => head))
    this.#waiting = this.#needsPlace(0)
  }

  get places(): ReadonlyMap<number, Place> {
    return this.#places
  }

  /** The number of the current metered block. */
  get block(): number {
    return this.#block
  }

  /** True if the current metered block needs a place and has none yet. */
  get isWaiting(): boolean {
    return this.#waiting
  }

  /** True if the current metered block is the head of a counted loop. */
  get isCountedHead(): boolean {
    return this.#countedHeads.has(this.#block)
  }

  /** The next step of the plan; undefined at its end. */
  get step(): number | undefined {
    return this.#plan.steps[this.#position]
  }

  /** Passes the next step of the plan, which must be this one. If it ends a metered block, the next block begins. */
  take(step: number): void {
    if (this.step !== step) this.mismatch(`step ${step} where the code has ${this.step}`)
    this.#position++
    if (!endsBlock(step, this.#anchors.kinds)) return
    if (this.#waiting) this.mismatch('a metered block without place')
    this.#block++
    this.#waiting = this.#needsPlace(this.#block)
  }

  /** Places the current block before the expression in a slot. */
  placeBefore(parent: Pointer, index: number): void {
    this.#place({ parent, index, after: false })
  }

  /** Places the current block after the expression in a slot, unless it has a place: the block ends here. */
  placeAtEnd({ parent, index }: Slot): void {
    if (this.#waiting) this.#place({ parent, index, after: true })
  }

  /** Throws unless all steps of the plan have been met. */
  finish(): void {
    if (this.step !== undefined) this.mismatch('more code than was read')
  }

  mismatch(what: string): never {
    throw new Fault('internal', `function ${this.#name} was read differently by binaryen: ${what}`, {
      step: this.#position,
    })
  }

  #place(place: Place): void {
    this.#places.set(this.#block, place)
    this.#waiting = false
  }

  /** True if a pass may have a statement for the beginning of a block: a charge, a check of the counter, a note of a trap. */
  #needsPlace(block: number): boolean {
    const { ends, charges, chargedAtEnd, refunds } = this.#plan
    const end = ends[block]
    if (end === undefined) return false
    if ((charges[block]! !== 0 && !chargedAtEnd[block]) || refunds.has(block)) return true
    if (this.#anchors.mode.traps !== 'exact')
      return ends[block - 1] === OP.loop || ends[block - 1] === STEP.loopWithParams
    const instruction = INSTRUCTIONS[end]
    return instruction?.traps !== undefined || instruction?.group === 'call' || instruction?.group === 'callIndirect'
  }
}
