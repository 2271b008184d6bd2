/**
 * Which functions need not look whether their frames fit on the stack, because whoever calls them has seen to it.
 *
 * Where calls go is plain for a function that calls others by their names alone, and that none of them leads back to: it needs
 * so much stack and no more. If that is little, its callers keep it free, and it does not look itself.
 *
 *     $f, 30 words, calls itself and $g    →   looks for 30 words, and for 52 beside them
 *     $g, 20 words, calls $h               →   needs 52, and does not look
 *     $h, 32 words                         →   nor does this one
 *
 * So a frame may be refused that would have fitted, never the other way round.
 */
import type { Body, Module } from '../../../wasm/module.ts'
import { wordsOf, type FunctionType } from '../../../wasm/types.ts'

/** What a function needs at most, in 8-byte words, if its callers are to keep it free: a sixty-fourth of the stack. */
const MOST_KEPT_FREE = 1024

/** Weight of a frame, in 8-byte words (docs/spec/profile.md, PROFILE-15). */
export function weightOf({ params }: FunctionType, { localWords, heightWords }: Body): number {
  return 10 + params.reduce((sum, type) => sum + wordsOf(type), 0) + localWords + 2 * heightWords
}

export class Frames {
  /** What functions need, the imported ones included; Infinity if nobody knows, or if it is much. */
  readonly #needs: Float64Array
  readonly #mostNeeded: number
  readonly #module: Module

  /** If it is switched off, every function checks for itself. */
  constructor(module: Module, on = true) {
    this.#module = module
    this.#needs = on ? needsOf(module) : new Float64Array(module.functions.length).fill(Infinity)
    this.#mostNeeded = this.#needs.reduce((most, need) => (need < Infinity ? Math.max(most, need) : most), 0)
  }

  /** Whether the callers of a function have seen to it that there is room for it and for whatever it calls. */
  isKeptFree(index: number): boolean {
    return this.#needs[index]! < Infinity
  }

  /** Words that a function has to keep free beside its own frame, for callees that do not look. */
  kept(index: number): number {
    const { bodies, importedFunctions } = this.#module
    const { callees, callsIndirectly } = bodies[index - importedFunctions]!
    if (callsIndirectly) return this.#mostNeeded
    return callees.reduce((most, callee) => (this.isKeptFree(callee) ? Math.max(most, this.#needs[callee]!) : most), 0)
  }
}

/** Linear in the calls: each function is done once, behind those that it calls. */
function needsOf({ functions, importedFunctions, bodies }: Module): Float64Array {
  // Imported functions have stand-ins of ours, which need nothing. −1 stands for those that were not looked at, −2 for begun ones.
  const needs = new Float64Array(functions.length).fill(-1, importedFunctions)
  const open: { readonly index: number; next: number; most: number }[] = []
  const enter = (index: number): void => {
    needs[index] = -2
    open.push({ index, next: 0, most: 0 })
  }
  for (let root = importedFunctions; root < functions.length; root++) {
    if (needs[root] === -1) enter(root)
    while (open.length > 0) {
      const visit = open[open.length - 1]!
      const body = bodies[visit.index - importedFunctions]!
      if (body.callsIndirectly) visit.most = Infinity
      if (visit.next < body.callees.length && visit.most < Infinity) {
        const callee = body.callees[visit.next]!
        if (needs[callee] === -1) {
          enter(callee)
          continue
        }
        // One that was begun leads back to itself.
        visit.most = needs[callee] === -2 ? Infinity : Math.max(visit.most, needs[callee]!)
        visit.next++
        continue
      }
      const need = weightOf(functions[visit.index]!, body) + visit.most
      needs[visit.index] = need <= MOST_KEPT_FREE ? need : Infinity
      open.pop()
    }
  }
  return needs
}
