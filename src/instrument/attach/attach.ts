/**
 * Attaches a gas plan to binaryen's tree of the same function: a walk in order of evaluation that meets the plan's anchors
 * one by one and notes, for each metered block, where statements can stand that run when it begins.
 *
 * binaryen adds local moves, blocks, tuples and unreachable code of its own; those have no partner in the plan and cost
 * nothing. An anchor without partner, or with one of another kind, is a fault: then binaryen has read other code than we.
 *
 * Statements may stand anywhere between the end of the block before and the instruction that ends this one, since what lies
 * between can neither trap, nor call, nor leave. So they go in front of the next operand or statement that begins, and only
 * where none does, behind the last operand:
 *
 *     (i32.load (i32.load (local.get 0)))   →   (i32.load (block (local.set t (i32.load …)) ‹charge› (local.get t)))
 */
import { Fault } from '../../base/fault.ts'
import { INSTRUCTIONS, OP } from '../../wasm/instructions.ts'
import { Anchors } from './anchors.ts'
import type { Binaryen, ExpressionIds, Pointer } from '../binaryen/port.ts'
import { ownOfLoop } from './loop-parameters.ts'
import type { GasPlan } from '../gas/analysis/plan.ts'
import { ScratchLocals, type Scratch } from './scratch.ts'
import { endsBlock, STEP } from '../gas/analysis/steps.ts'
import type { Mode } from '../modes.ts'
import type { Tree } from '../binaryen/tree.ts'
import { Visits, type Visit } from './visits.ts'

/** A place in the tree: operand `index` of `parent`; parent 0 stands for the function, whose one operand is its body. */
export interface Slot {
  readonly parent: Pointer
  readonly index: number
}

/** Where the statements of a metered block go: before or behind what stands in the slot. */
export interface Place extends Slot {
  readonly after: boolean
}

/** An instruction that some pass edits: where it stands, its expression and its code. */
export interface Site extends Slot {
  readonly expression: Pointer
  readonly code: number
  /** The metered block that it is in. */
  readonly block: number
}

export interface Attachment {
  /** By metered block; absent where nothing is to be said. */
  readonly places: ReadonlyMap<number, Place>
  readonly sites: readonly Site[]
  /** Of counted loops, by the block at their head. */
  readonly loops: ReadonlyMap<number, Site>
  /** Operands that never give their value, of instructions that take it all the same. */
  readonly dead: readonly Slot[]
  /** Those that are needed, by index. */
  readonly scratch: ReadonlyMap<number, Scratch>
  /** Where the meter is in parameters: accesses to locals behind the guest's own. */
  readonly gets: readonly Pointer[]
  readonly sets: readonly Pointer[]
}

/** Attaches plans to functions of one module. */
export class Attacher {
  readonly #binaryen: Binaryen
  readonly #tree: Tree
  readonly #module: Pointer
  readonly #anchors: Anchors
  readonly #rowName: Pointer

  /** `rowName` is for blocks that get a name and no branch. */
  constructor(binaryen: Binaryen, tree: Tree, module: Pointer, mode: Mode, rowName: Pointer) {
    this.#binaryen = binaryen
    this.#tree = tree
    this.#module = module
    this.#anchors = new Anchors(binaryen.ids, mode)
    this.#rowName = rowName
  }

  /** Attaches the plan to a function's body. `locals` counts its parameters and declared locals. */
  attach(body: Pointer, plan: GasPlan, params: number, locals: number, name: string): Attachment {
    return new Walk(
      this.#binaryen,
      this.#tree,
      this.#module,
      this.#anchors,
      plan,
      params,
      locals,
      name,
      this.#rowName,
    ).run(body)
  }
}

/** So many are left without a name: they are shorter so, and the stack has room for them. */
const MOST_UNNAMED = 200

class Walk {
  readonly #binaryen: Binaryen
  readonly #raw: Binaryen['raw']
  readonly #ids: ExpressionIds
  readonly #tree: Tree
  readonly #module: Pointer
  readonly #anchors: Anchors
  readonly #plan: GasPlan
  readonly #params: number
  readonly #locals: number
  readonly #name: string
  readonly #rowName: Pointer
  readonly #visits = new Visits()
  readonly #places = new Map<number, Place>()
  readonly #sites: Site[] = []
  readonly #loops = new Map<number, Site>()
  readonly #heads: ReadonlySet<number>
  readonly #dead: Slot[] = []
  readonly #scratch = new ScratchLocals()
  readonly #gets: Pointer[] = []
  readonly #sets: Pointer[] = []
  /** Labels that a reachable branch leaves to; labels and branches that binaryen made for a loop with parameters. */
  readonly #targeted = new Set<Pointer>()
  readonly #ownLabels = new Set<Pointer>()
  readonly #ownBranches = new Set<Pointer>()
  #step = 0
  #block = 0
  /** Whether the block at hand still waits for its place. */
  #waiting = false
  #live = true
  #position = 0

  constructor(
    binaryen: Binaryen,
    tree: Tree,
    module: Pointer,
    anchors: Anchors,
    plan: GasPlan,
    params: number,
    locals: number,
    name: string,
    rowName: Pointer,
  ) {
    this.#binaryen = binaryen
    this.#raw = binaryen.raw
    this.#ids = binaryen.ids
    this.#tree = tree
    this.#module = module
    this.#anchors = anchors
    this.#plan = plan
    this.#heads = new Set(plan.counted.map(({ head }) => head))
    this.#params = params
    this.#locals = locals
    this.#name = name
    this.#rowName = rowName
  }

  run(body: Pointer): Attachment {
    this.#waiting = this.#needsPlace(0)
    this.#enter(0, 0, body)
    for (let visit = this.#visits.innermost; visit !== undefined; visit = this.#visits.innermost) {
      if (visit.next < visit.count) {
        this.#operand(visit)
      } else {
        this.#visits.close()
        this.#leave(visit)
      }
    }
    if (this.#live) {
      this.#settle({ parent: 0, index: 0 })
      this.#take(STEP.end)
    }
    if (this.#step !== this.#plan.steps.length) this.#mismatch('more code than was read')
    return {
      places: this.#places,
      sites: this.#sites,
      loops: this.#loops,
      dead: this.#dead,
      scratch: this.#scratch.locals,
      gets: this.#gets,
      sets: this.#sets,
    }
  }

  // ── The walk ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #enter(parent: Pointer, index: number, expression: Pointer): void {
    const kind = this.#raw.ExpressionGetId(expression)
    const operands = this.#tree[kind]
    if (operands === undefined) return this.#mismatch(`expression of kind ${kind}`)
    const count = operands.count(expression)
    // Inside a block is as good as in front of it, and does not add to the nesting that binaryen recurses into.
    if (this.#waiting && (kind !== this.#ids.Block || count === 0)) this.#place(parent, index, false)
    this.#position++
    if (kind === this.#ids.Loop) this.#enterLoop(parent, index, expression)
    const around = this.#visits.innermost
    const visit = this.#visits.make(parent, index, expression, kind, count)
    visit.unnamed = around?.unnamed ?? 0
    if (kind === this.#ids.Block && around?.kind === kind && index === 0) this.#nameInRow(visit)
    if (count === 0) this.#leave(visit)
    else this.#visits.open()
  }

  /**
   * Names blocks at the beginning of blocks, where there are many in each other that nobody branches to. binaryen writes named
   * ones in a loop, and recurses into others (PROFILE-10 counts neither).
   */
  #nameInRow(visit: Visit): void {
    if (this.#raw.BlockGetName(visit.expression) !== 0) return
    if (visit.unnamed < MOST_UNNAMED) visit.unnamed++
    else this.#raw.BlockSetName(visit.expression, this.#rowName)
  }

  #operand(visit: Visit): void {
    const { expression, kind } = visit
    const index = visit.next++
    if (kind === this.#ids.If && index > 0) return this.#arm(visit, index)
    const child = this.#tree[kind]!.get(expression, index)
    if (child === 0) return
    if (!this.#live) return this.#cut(visit, index)
    this.#enter(expression, this.#tree[kind]!.number?.(expression, index) ?? index, child)
  }

  /**
   * Puts `unreachable` in the place of what cannot be reached: it would keep scratch locals alive that nothing needs. What
   * binaryen takes for reachable may have a type to keep, which `unreachable` has whatever it is.
   */
  #cut(visit: Visit, index: number): void {
    this.#tree[visit.kind]!.set(visit.expression, index, this.#raw.Unreachable(this.#module))
    if (visit.kind !== this.#ids.Block) return
    for (let i = visit.count - 1; i > index; i--) this.#raw.BlockRemoveChildAt(visit.expression, i)
    visit.next = visit.count
  }

  #arm(visit: Visit, index: number): void {
    const { expression } = visit
    if (index === 1) {
      if (!this.#live) {
        this.#cut(visit, 1)
        if (this.#raw.IfGetIfFalse(expression) !== 0) this.#cut(visit, 2)
        visit.next = visit.count
        visit.skipped = true
        return
      }
      this.#settle({ parent: expression, index: 0 })
      this.#take(OP.if)
      return this.#enter(expression, 1, this.#raw.IfGetIfTrue(expression))
    }
    if (this.#live) this.#settle({ parent: expression, index: 1 })
    visit.thenLive = this.#live
    this.#live = true
    const written = this.#plan.steps[this.#step] === OP.else
    if (written) this.#take(OP.else)
    else visit.thenLive = true
    const otherwise = this.#raw.IfGetIfFalse(expression)
    if (otherwise !== 0) return this.#enter(expression, 2, otherwise)
    if (written) this.#mismatch('an else is missing')
  }

  #leave(visit: Visit): void {
    this.#finish(visit)
    if (this.#live) return
    const { Block, Loop, If } = this.#ids
    const taker = this.#visits.innermost?.kind
    if (taker !== undefined && taker !== Block && taker !== Loop && taker !== If)
      this.#dead.push({ parent: visit.parent, index: visit.index })
  }

  #finish(visit: Visit): void {
    const { kind } = visit
    const { Block, Loop, If, LocalGet, LocalSet } = this.#ids
    this.#position++
    if (kind === Block) return this.#leaveBlock(visit)
    if (kind === Loop) return this.#scratch.leaveLoop(this.#position)
    if (kind === If) return this.#leaveIf(visit)
    if (kind === LocalGet) return this.#access(this.#raw.LocalGetGetIndex(visit.expression), visit.expression, false)
    if (kind === LocalSet) return this.#access(this.#raw.LocalSetGetIndex(visit.expression), visit.expression, true)
    if (!this.#live) return
    if (this.#ownBranches.has(visit.expression)) this.#leaveOwnBranch(visit)
    else if (this.#anchors.isAnchor(kind)) this.#anchor(visit)
  }

  #leaveBlock(visit: Visit): void {
    const name = this.#raw.BlockGetName(visit.expression)
    if (name === 0 || !this.#targeted.has(name)) return
    if (this.#live && this.#waiting) this.#settle(this.#lastOperand(visit))
    this.#live = true
    if (!this.#ownLabels.has(name)) this.#take(STEP.join)
  }

  #leaveIf(visit: Visit): void {
    if (visit.skipped) return
    if (this.#live)
      this.#settle({ parent: visit.expression, index: this.#raw.IfGetIfFalse(visit.expression) !== 0 ? 2 : 1 })
    this.#take(STEP.endIf)
    this.#live = this.#live || visit.thenLive
  }

  #anchor(visit: Visit): void {
    const step = this.#plan.steps[this.#step]!
    if (!this.#anchors.matches(step, visit.kind))
      this.#mismatch(`kind ${visit.kind} where the code has ${INSTRUCTIONS[step]?.name ?? step}`)
    if (this.#waiting && endsBlock(step, this.#anchors.kinds)) this.#settle(this.#lastOperand(visit))
    if (this.#anchors.isEdited(step)) {
      this.#sites.push({
        parent: visit.parent,
        index: visit.index,
        expression: visit.expression,
        code: step,
        block: this.#block,
      })
    }
    this.#take(step)
    this.#transfer(step, visit.expression)
  }

  #transfer(step: number, expression: Pointer): void {
    switch (step) {
      case OP.br:
      case OP.brIf:
        this.#targeted.add(this.#raw.BreakGetName(expression))
        break
      case OP.brTable:
        for (let i = this.#raw.SwitchGetNumNames(expression) - 1; i >= 0; i--)
          this.#targeted.add(this.#raw.SwitchGetNameAt(expression, i))
        this.#targeted.add(this.#raw.SwitchGetDefaultName(expression))
        break
      case OP.return:
      case OP.unreachable:
      case OP.returnCall:
      case OP.returnCallIndirect:
        break
      default:
        return
    }
    if (step !== OP.brIf) this.#live = false
  }

  // ── Loops with parameters ─────────────────────────────────────────────────────────────────────────────────────────

  #enterLoop(parent: Pointer, index: number, expression: Pointer): void {
    const step = this.#plan.steps[this.#step]
    if (step !== OP.loop && step !== STEP.loopWithParams) this.#mismatch('a loop without partner')
    this.#take(step)
    if (this.#heads.has(this.#block))
      this.#loops.set(this.#block, { parent, index, expression, code: step, block: this.#block })
    this.#scratch.enterLoop(this.#position)
    if (step === OP.loop || this.#raw.LoopGetName(expression) === 0) return
    const own = ownOfLoop(this.#binaryen, expression)
    if (own === undefined) return this.#mismatch('a loop with parameters in an unknown form')
    for (const branch of own.branches) this.#ownBranches.add(branch)
    for (const label of own.labels) this.#ownLabels.add(label)
  }

  #leaveOwnBranch(visit: Visit): void {
    if (this.#waiting) this.#settle(this.#lastOperand(visit))
    this.#targeted.add(this.#raw.BreakGetName(visit.expression))
    this.#live = false
  }

  #access(index: number, expression: Pointer, isSet: boolean): void {
    if (index >= this.#params && this.#anchors.mode.counters === 'registers')
      (isSet ? this.#sets : this.#gets).push(expression)
    if (index >= this.#locals) this.#scratch.access(index, expression, isSet, this.#position)
  }

  // ── Metered blocks ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Meets the next step of the plan, and begins the next metered block if the step ends one. */
  #take(step: number): void {
    if (this.#plan.steps[this.#step] !== step)
      this.#mismatch(`step ${step} where the code has ${this.#plan.steps[this.#step]}`)
    this.#step++
    if (!endsBlock(step, this.#anchors.kinds)) return
    if (this.#waiting) this.#mismatch('a metered block without place')
    this.#block++
    this.#waiting = this.#needsPlace(this.#block)
  }

  /** Whether a pass may have something to say when the block begins: a charge, a trap to note, a check. */
  #needsPlace(block: number): boolean {
    const end = this.#plan.ends[block]
    if (end === undefined) return false
    if ((this.#plan.charges[block]! !== 0 && !this.#plan.handsOn[block]) || this.#plan.refunds.has(block)) return true
    if (this.#anchors.mode.traps !== 'exact')
      return this.#plan.ends[block - 1] === OP.loop || this.#plan.ends[block - 1] === STEP.loopWithParams
    const instruction = INSTRUCTIONS[end]
    return instruction?.traps !== undefined || instruction?.group === 'call' || instruction?.group === 'callIndirect'
  }

  /** The block at hand ends here: if it still waits for its place, that is behind the slot. */
  #settle(slot: Slot): void {
    if (this.#waiting) this.#place(slot.parent, slot.index, true)
  }

  #place(parent: Pointer, index: number, after: boolean): void {
    this.#places.set(this.#block, { parent, index, after })
    this.#waiting = false
  }

  #lastOperand(visit: Visit): Slot {
    const { expression, kind } = visit
    const operands = this.#tree[kind]!
    let index = operands.count(expression) - 1
    while (index > 0 && operands.get(expression, index) === 0) index--
    return { parent: expression, index: operands.number?.(expression, index) ?? index }
  }

  #mismatch(what: string): never {
    throw new Fault('internal', `function ${this.#name} was read differently by binaryen: ${what}`, {
      step: this.#step,
    })
  }
}
