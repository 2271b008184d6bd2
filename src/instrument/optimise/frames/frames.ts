/**
 * Lets small functions skip the stack check in their prologue, because their callers have reserved stack for them.
 *
 * Switch: `frames` in modes.ts. Tests: test/instrument/frames.long.test.ts and, against the plain form,
 * test/instrument/optimisations.long.test.ts. Ablation: `npm run bench -- ablate`.
 *
 * The need of a function is the most stack that it and its callees use. It is known statically if the function makes no
 * indirect calls and is not recursive: the weight of its frame, plus the greatest need of its callees. A function with a small
 * need does not check. Every other function checks for its own frame, and for a reserve: the greatest need of the callees
 * that do not check. An indirect call may reach any of them, so it makes the reserve the greatest need in the module.
 *
 *     $f, 30 words, calls itself and $g    →   checks for 30 words and a reserve of 52
 *     $g, 20 words, calls $h               →   needs 52 words, and does not check
 *     $h, 32 words                         →   needs 32 words, and does not check
 *
 * Why this is right. A chain of frames without a check is called by a frame that has checked for all of them, or by the host.
 * The host calls it with the whole stack free, or its entry checks for the need of the chain (PROFILE-26). So no frame is
 * active that does not fit (PROFILE-15). The reverse is not true. A reserve may not be needed, and then a frame is refused
 * that would have fitted. The run traps, and the engine runs it again in the precise mode, which does not reserve.
 */
import type { Body, Module } from '../../../wasm/module.ts'
import { wordsOf, type FunctionType } from '../../../wasm/types.ts'

/** The greatest need that callers reserve, in 8-byte words: a sixty-fourth of the stack of profile 1. */
const MAX_RESERVE = 1024

/** Weight of a frame, in 8-byte words (docs/spec/profile.md, PROFILE-15). */
export function weightOf({ params }: FunctionType, { localWords, heightWords }: Body): number {
  return 10 + params.reduce((sum, type) => sum + wordsOf(type), 0) + localWords + 2 * heightWords
}

/** The stack that the functions of a module need and reserve. */
export class Frames {
  /** The need of each function, imported ones included. Infinity if it is unknown or large: the function checks. */
  readonly #needs: Float64Array
  /** The greatest need of a function that does not check. */
  readonly #greatestNeed: number
  readonly #module: Module

  /**
   * `stackWords` is the bound of the profile, all of which a call from outside may use. `callsGuest` says of each imported
   * function whether the host function in its place may call the guest. If `on` is false, every function checks, and nothing is
   * reserved.
   */
  constructor(module: Module, stackWords: number, callsGuest: readonly boolean[] = [], on = true) {
    this.#module = module
    const most = Math.min(MAX_RESERVE, stackWords)
    this.#needs = on ? needsOf(module, most, callsGuest) : new Float64Array(module.functions.length).fill(Infinity)
    this.#greatestNeed = this.#needs.reduce((most, need) => (need < Infinity ? Math.max(most, need) : most), 0)
  }

  /** True if the callers of a function reserve the stack that it and its callees need. */
  isReserved(index: number): boolean {
    return this.#needs[index]! < Infinity
  }

  /** The words that a function needs and does not check for: 0 if it checks. */
  uncheckedNeed(index: number): number {
    return this.isReserved(index) ? this.#needs[index]! : 0
  }

  /** The words that a function reserves beyond its own frame, for callees that do not check. */
  reserveOf(index: number): number {
    const { bodies, importedFunctions } = this.#module
    const { callees, callsIndirectly } = bodies[index - importedFunctions]!
    if (callsIndirectly) return this.#greatestNeed
    return callees.reduce((most, callee) => (this.isReserved(callee) ? Math.max(most, this.#needs[callee]!) : most), 0)
  }
}

/** Marks of functions during the search: not visited yet; on the current path. */
const UNVISITED = -1
const ACTIVE = -2

/** The need of each function, by a depth-first search of the call graph: linear in the number of calls. */
function needsOf(
  { functions, importedFunctions, bodies }: Module,
  most: number,
  callsGuest: readonly boolean[],
): Float64Array {
  // Imported functions have stubs of ours, which need nothing, unless the host function may call the guest. That call goes on with
  // what the stub's caller has left, so the caller has to know how much it is.
  const needs = new Float64Array(functions.length).fill(UNVISITED, importedFunctions)
  callsGuest.forEach((calls, index) => (needs[index] = calls ? Infinity : 0))
  const open: { readonly index: number; next: number; greatest: number }[] = []
  const enter = (index: number): void => {
    needs[index] = ACTIVE
    open.push({ index, next: 0, greatest: 0 })
  }
  for (let root = importedFunctions; root < functions.length; root++) {
    if (needs[root] === UNVISITED) enter(root)
    while (open.length > 0) {
      const visit = open[open.length - 1]!
      const body = bodies[visit.index - importedFunctions]!
      if (body.callsIndirectly) visit.greatest = Infinity
      if (visit.next < body.callees.length && visit.greatest < Infinity) {
        const callee = body.callees[visit.next]!
        if (needs[callee] === UNVISITED) {
          enter(callee)
          continue
        }
        // A call of an active function closes a cycle: it is recursive.
        visit.greatest = needs[callee] === ACTIVE ? Infinity : Math.max(visit.greatest, needs[callee]!)
        visit.next++
        continue
      }
      const need = weightOf(functions[visit.index]!, body) + visit.greatest
      needs[visit.index] = need <= most ? need : Infinity
      open.pop()
    }
  }
  return needs
}
