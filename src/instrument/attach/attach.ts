/**
 * Attaches a gas plan to binaryen's tree of the same function.
 *
 * A walk visits the tree in order of evaluation and meets the plan's steps one by one (`walk.ts`). For each metered block it
 * records where a pass can insert statements that run when the block begins (`plan-cursor.ts`).
 *
 * binaryen adds local moves, blocks, tuples and unreachable code of its own. These have no step in the plan and cost
 * nothing. An anchor is an instruction that plan and tree must agree on. If the tree has an anchor that the plan lacks, or one
 * of another kind, then binaryen has parsed other code than we have, which is a fault.
 */
import type { GasPlan } from '../gas/analysis/gas-plan.ts'
import type { Mode } from '../modes.ts'
import type { Binaryen, Pointer } from '../binaryen/port.ts'
import type { Tree } from '../binaryen/tree.ts'
import { Anchors } from './anchors.ts'
import type { Attachment } from './attachment.ts'
import { PlanCursor } from './plan-cursor.ts'
import { Walk, type WalkedModule } from './walk.ts'

/** Attaches plans to the functions of one module. */
export class Attacher {
  readonly #module: WalkedModule

  /** `chainName` is the name for blocks that the walk names without adding a branch to them. */
  constructor(binaryen: Binaryen, tree: Tree, module: Pointer, mode: Mode, chainName: Pointer) {
    this.#module = { binaryen, tree, pointer: module, anchors: new Anchors(binaryen.ids, mode), chainName }
  }

  /** Attaches a plan to the body of a function. `locals` counts parameters and declared locals; `name` is for messages. */
  attach(body: Pointer, plan: GasPlan, params: number, locals: number, name: string): Attachment {
    const cursor = new PlanCursor(plan, this.#module.anchors, name)
    return new Walk(this.#module, cursor, params, locals).run(body)
  }
}
