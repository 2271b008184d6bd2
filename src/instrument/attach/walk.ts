/** Walks over binaryen's tree of one function, in order of evaluation, in step with the function's gas plan. */
import { INSTRUCTIONS, OP } from '../../wasm/instructions.ts'
import type { Binaryen, ExpressionIds, Pointer, Raw } from '../binaryen/port.ts'
import type { Tree } from '../binaryen/tree.ts'
import { endsBlock, STEP } from '../gas/analysis/steps.ts'
import type { Anchors } from './anchors.ts'
import type { Attachment, Site, Slot } from './attachment.ts'
import { loweringOf } from './loop-parameters.ts'
import type { PlanCursor } from './plan-cursor.ts'
import { ScratchLocals } from './scratch.ts'
import { Visits, type Visit } from './visits.ts'

/** The module whose functions are walked. */
export interface WalkedModule {
  readonly binaryen: Binaryen
  readonly tree: Tree
  readonly pointer: Pointer
  readonly anchors: Anchors
  readonly chainName: Pointer
}

/** A chain of nested blocks may have this many blocks without a name: they are shorter, and the native stack has room for them. */
const MAX_UNNAMED = 200

export class Walk {
  readonly #module: WalkedModule
  readonly #raw: Raw
  readonly #ids: ExpressionIds
  readonly #plan: PlanCursor
  readonly #params: number
  readonly #locals: number
  readonly #visits = new Visits()
  readonly #sites: Site[] = []
  readonly #loops = new Map<number, Site>()
  readonly #dead: Slot[] = []
  readonly #scratch = new ScratchLocals()
  readonly #gets: Pointer[] = []
  readonly #sets: Pointer[] = []
  /** Labels that are targets of reachable branches. */
  readonly #targeted = new Set<Pointer>()
  /** Labels and branches that binaryen has added to lower loops with parameters. */
  readonly #addedLabels = new Set<Pointer>()
  readonly #addedBranches = new Set<Pointer>()
  /** True if control can reach the current position. */
  #live = true
  /** Counts the visits: a clock for the live ranges of scratch locals. */
  #time = 0

  constructor(module: WalkedModule, plan: PlanCursor, params: number, locals: number) {
    this.#module = module
    this.#raw = module.binaryen.raw
    this.#ids = module.binaryen.ids
    this.#plan = plan
    this.#params = params
    this.#locals = locals
  }

  run(body: Pointer): Attachment {
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
      this.#plan.placeAtEnd({ parent: 0, index: 0 })
      this.#plan.take(STEP.end)
    }
    this.#plan.finish()
    return {
      places: this.#plan.places,
      sites: this.#sites,
      loops: this.#loops,
      dead: this.#dead,
      scratch: this.#scratch.locals,
      gets: this.#gets,
      sets: this.#sets,
    }
  }

  // ── Entering expressions ──────────────────────────────────────────────────────────────────────────────────────────

  #enter(parent: Pointer, index: number, expression: Pointer): void {
    const kind = this.#raw.ExpressionGetId(expression)
    const operands = this.#module.tree[kind]
    if (operands === undefined) return this.#plan.mismatch(`expression of kind ${kind}`)
    const count = operands.count(expression)
    // A block's beginning is the same point in time as its first child's. The child's slot adds no nesting, which matters
    // since binaryen recurses into nested blocks.
    if (this.#plan.isWaiting && (kind !== this.#ids.Block || count === 0)) this.#plan.placeBefore(parent, index)
    this.#time++
    if (kind === this.#ids.Loop) this.#enterLoop(parent, index, expression)
    const around = this.#visits.innermost
    const visit = this.#visits.make(parent, index, expression, kind, count)
    visit.unnamed = around?.unnamed ?? 0
    if (kind === this.#ids.Block && around?.kind === kind && index === 0) this.#nameInChain(visit)
    if (count === 0) this.#leave(visit)
    else this.#visits.open()
  }

  /**
   * Gives a name to a block that is the first child of a block, if many blocks without a name are around it.
   *
   * A function can begin with thousands of blocks, each the first child of the one around it. The tree depth of PROFILE-10
   * does not count them. binaryen's writer handles named ones in a loop, but recurses into those without a name.
   */
  #nameInChain(visit: Visit): void {
    if (this.#raw.BlockGetName(visit.expression) !== 0) return
    if (visit.unnamed < MAX_UNNAMED) visit.unnamed++
    else this.#raw.BlockSetName(visit.expression, this.#module.chainName)
  }

  #enterLoop(parent: Pointer, index: number, expression: Pointer): void {
    const { step } = this.#plan
    if (step !== OP.loop && step !== STEP.loopWithParams) this.#plan.mismatch('a loop without partner')
    this.#plan.take(step)
    const { block } = this.#plan
    if (this.#plan.isCountedHead) this.#loops.set(block, { parent, index, expression, code: step, block })
    this.#scratch.enterLoop(this.#time)
    if (step === OP.loop || this.#raw.LoopGetName(expression) === 0) return
    const lowering = loweringOf(this.#module.binaryen, expression)
    if (lowering === undefined) return this.#plan.mismatch('a loop with parameters in an unknown form')
    for (const branch of lowering.branches) this.#addedBranches.add(branch)
    for (const label of lowering.labels) this.#addedLabels.add(label)
  }

  #operand(visit: Visit): void {
    const { expression, kind } = visit
    const { tree } = this.#module
    const index = visit.next++
    if (kind === this.#ids.If && index > 0) return this.#arm(visit, index)
    const child = tree[kind]!.get(expression, index)
    if (child === 0) return
    if (!this.#live) return this.#cut(visit, index)
    this.#enter(expression, tree[kind]!.stableIndex?.(expression, index) ?? index, child)
  }

  /** Enters arm 1 or 2 of an `if`, after its condition or after its first arm. */
  #arm(visit: Visit, index: number): void {
    const { expression } = visit
    if (index === 1) {
      if (!this.#live) {
        this.#cut(visit, 1)
        if (this.#raw.IfGetIfFalse(expression) !== 0) this.#cut(visit, 2)
        visit.next = visit.count
        visit.isDead = true
        return
      }
      this.#plan.placeAtEnd({ parent: expression, index: 0 })
      this.#plan.take(OP.if)
      return this.#enter(expression, 1, this.#raw.IfGetIfTrue(expression))
    }
    if (this.#live) this.#plan.placeAtEnd({ parent: expression, index: 1 })
    visit.thenLive = this.#live
    this.#live = true
    const hasElse = this.#plan.step === OP.else
    if (hasElse) this.#plan.take(OP.else)
    else visit.thenLive = true
    const otherwise = this.#raw.IfGetIfFalse(expression)
    if (otherwise !== 0) return this.#enter(expression, 2, otherwise)
    if (hasElse) this.#plan.mismatch('an else is missing')
  }

  /**
   * Replaces an unreachable operand by `unreachable`: it would extend the live ranges of scratch locals for nothing. binaryen
   * may take the parent for reachable and expect an operand of some type; `unreachable` is valid for every type.
   */
  #cut(visit: Visit, index: number): void {
    this.#module.tree[visit.kind]!.set(visit.expression, index, this.#raw.Unreachable(this.#module.pointer))
    if (visit.kind !== this.#ids.Block) return
    for (let i = visit.count - 1; i > index; i--) this.#raw.BlockRemoveChildAt(visit.expression, i)
    visit.next = visit.count
  }

  // ── Leaving expressions ───────────────────────────────────────────────────────────────────────────────────────────

  #leave(visit: Visit): void {
    this.#finish(visit)
    if (this.#live) return
    const { Block, Loop, If } = this.#ids
    const parentKind = this.#visits.innermost?.kind
    if (parentKind !== undefined && parentKind !== Block && parentKind !== Loop && parentKind !== If)
      this.#dead.push({ parent: visit.parent, index: visit.index })
  }

  #finish(visit: Visit): void {
    const { kind } = visit
    const { Block, Loop, If, LocalGet, LocalSet } = this.#ids
    this.#time++
    if (kind === Block) return this.#leaveBlock(visit)
    if (kind === Loop) return this.#scratch.leaveLoop(this.#time)
    if (kind === If) return this.#leaveIf(visit)
    if (kind === LocalGet) return this.#access(this.#raw.LocalGetGetIndex(visit.expression), visit.expression, false)
    if (kind === LocalSet) return this.#access(this.#raw.LocalSetGetIndex(visit.expression), visit.expression, true)
    if (!this.#live) return
    if (this.#addedBranches.has(visit.expression)) this.#leaveAddedBranch(visit)
    else if (this.#module.anchors.isAnchor(kind)) this.#anchor(visit)
  }

  #leaveBlock(visit: Visit): void {
    const name = this.#raw.BlockGetName(visit.expression)
    if (name === 0 || !this.#targeted.has(name)) return
    if (this.#live && this.#plan.isWaiting) this.#plan.placeAtEnd(this.#lastOperand(visit))
    this.#live = true
    if (!this.#addedLabels.has(name)) this.#plan.take(STEP.join)
  }

  #leaveIf(visit: Visit): void {
    if (visit.isDead) return
    if (this.#live)
      this.#plan.placeAtEnd({ parent: visit.expression, index: this.#raw.IfGetIfFalse(visit.expression) !== 0 ? 2 : 1 })
    this.#plan.take(STEP.endIf)
    this.#live = this.#live || visit.thenLive
  }

  #leaveAddedBranch(visit: Visit): void {
    if (this.#plan.isWaiting) this.#plan.placeAtEnd(this.#lastOperand(visit))
    this.#targeted.add(this.#raw.BreakGetName(visit.expression))
    this.#live = false
  }

  #access(index: number, expression: Pointer, isSet: boolean): void {
    if (index >= this.#params && this.#module.anchors.mode.counters === 'registers')
      (isSet ? this.#sets : this.#gets).push(expression)
    if (index >= this.#locals) this.#scratch.access(index, expression, isSet, this.#time)
  }

  #anchor({ parent, index, expression, kind }: Visit): void {
    const { anchors } = this.#module
    const step = this.#plan.step!
    if (!anchors.matches(step, kind))
      this.#plan.mismatch(`kind ${kind} where the code has ${INSTRUCTIONS[step]?.name ?? step}`)
    if (this.#plan.isWaiting && endsBlock(step, anchors.kinds))
      this.#plan.placeAtEnd(this.#lastOperand({ expression, kind }))
    if (anchors.isEdited(step)) this.#sites.push({ parent, index, expression, code: step, block: this.#plan.block })
    this.#plan.take(step)
    this.#transfer(step, expression)
  }

  /** Records where an instruction transfers control to, and whether control can go on after it. */
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

  #lastOperand({ expression, kind }: { readonly expression: Pointer; readonly kind: number }): Slot {
    const operands = this.#module.tree[kind]!
    let index = operands.count(expression) - 1
    while (index > 0 && operands.get(expression, index) === 0) index--
    return { parent: expression, index: operands.stableIndex?.(expression, index) ?? index }
  }
}
