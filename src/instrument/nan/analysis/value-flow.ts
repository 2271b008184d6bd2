/**
 * The value flow of a function: an SSA graph of the values that may be NaNs, with the demands of their uses.
 *
 * Nodes are definitions, values that an instruction passes through, and phis. Phis of locals are created when a local is read,
 * instead of where control joins (Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", 2013).
 * A demand says what a use observes of a value. A demand on a phi is a demand on all of its operands.
 */

/** A value of which nothing is known, and a value that is a NaN in no lane shape. */
export const UNKNOWN = 0
export const NUMBER = 1

/**
 * The demand for the exact bits of a value. The other demands are the bits of `SHAPE`: a use that has one of these demands
 * observes whether a lane of this shape is a NaN, but not which NaN it is.
 */
export const EXACT_BITS = 16

/** A basic block. `values` has the values of locals at its end, as far as they are written in it or were asked for. */
export interface BasicBlock {
  readonly preds: BasicBlock[]
  readonly values: Map<number, number>
  /** Of a block that is not sealed: the phis whose operands are not known yet, by local. Undefined once it is sealed. */
  incomplete: Map<number, number> | undefined
}

/** A sealed block: all of its predecessors are known. */
export function newBlock(preds: BasicBlock[]): BasicBlock {
  return { preds, values: new Map(), incomplete: undefined }
}

/** The head of a loop, which is not sealed: its back edges are not known yet. */
export function newLoop(before: BasicBlock): BasicBlock {
  return { preds: [before], values: new Map(), incomplete: new Map() }
}

/** How an instruction makes its result from the bits of its first operand: `abs` and `neg`, `splat` and `extract_lane`. */
export interface PassThrough {
  /** If a use of the result has this demand, the operand has the demand `operand`. Any other demand asks for exact bits. */
  readonly result: number
  readonly operand: number
  /** True if a canonical NaN as operand gives a canonical NaN as result. */
  readonly keepsCanonical: boolean
}

interface Definition {
  /** The lane shape of the fresh NaNs that the definition can produce, as a bit. */
  readonly shape: number
  /** The number of loops around it. */
  readonly depth: number
}

/** The origins of a value that can be nothing but a number or a fresh NaN. */
export interface FreshDefinitions {
  /** The lane shape of the value, as a bit. */
  readonly shape: number
  /** The definitions that the value may come from, directly or passed through. */
  readonly definitions: readonly number[]
}

export class ValueFlow {
  readonly #demands: number[] = [0, 0]
  readonly #operands: (number[] | undefined)[] = [undefined, undefined]
  readonly #passThroughs: (PassThrough | undefined)[] = [undefined, undefined]
  readonly #definitions: (Definition | undefined)[] = [undefined, undefined]
  /** Phis of sealed blocks that still lack their operands. */
  readonly #pendingPhis: { readonly phi: number; readonly local: number; readonly block: BasicBlock }[] = []
  readonly #params: number
  #budget: number

  /**
   * The first `params` locals hold arguments, all others begin as zero. After `budget` steps the analysis gives up: then its
   * answers must not be used.
   */
  constructor(params: number, budget: number) {
    this.#params = params
    this.#budget = budget
  }

  get gaveUp(): boolean {
    return this.#budget < 0
  }

  /** Adds the result of an instruction that can produce a NaN. */
  define(shape: number, depth: number): number {
    const node = this.#node(undefined)
    this.#definitions[node] = { shape, depth }
    return node
  }

  /** Adds a phi without operands. */
  phi(): number {
    return this.#node([])
  }

  /** Adds an operand to a phi. */
  addIncoming(phi: number, operand: number): void {
    this.#budget--
    this.#operands[phi]!.push(operand)
    this.demand(operand, this.#demands[phi]!)
  }

  /** Adds the result of an instruction that passes its operand through. */
  passThrough(operand: number, passThrough: PassThrough): number {
    const node = this.#node([operand])
    this.#passThroughs[node] = passThrough
    return node
  }

  /** True if some use observes the bits of the NaNs of a definition. */
  isObserved(definition: number): boolean {
    return (this.#demands[definition]! & ~this.#definitions[definition]!.shape) !== 0
  }

  depthOf(definition: number): number {
    return this.#definitions[definition]!.depth
  }

  /** Adds a demand to a value and to all values that it may come from. */
  demand(node: number, demand: number): void {
    if (demand === 0) return
    const waiting = [node, demand]
    while (waiting.length > 0) {
      const added = waiting.pop()!
      const next = waiting.pop()!
      if (next <= NUMBER || (added & ~this.#demands[next]!) === 0) continue
      this.#demands[next]! |= added
      const through = this.#passThroughs[next]
      const passed = through === undefined ? added : (added & ~through.result) === 0 ? through.operand : EXACT_BITS
      for (const operand of this.#operands[next] ?? []) waiting.push(operand, passed)
    }
  }

  /**
   * The definitions of a value, if it can be nothing but a number or a fresh NaN of one lane shape. A use can then make it
   * canonical. Undefined if it may be a NaN that must keep its bits, or if a definition or an instruction on the way has
   * another lane shape, or if the analysis gives up.
   */
  freshDefinitions(node: number): FreshDefinitions | undefined {
    const definitions: number[] = []
    const shapes = new Map<number, number>([[node, 0]])
    let own = 0
    for (const waiting = [node]; waiting.length > 0;) {
      const next = waiting.pop()!
      if (next === NUMBER) continue
      if (next === UNKNOWN || --this.#budget < 0) return undefined
      // Zero stands for the shape of `node`, which is not known until a definition is found.
      const shape = shapes.get(next)!
      const definition = this.#definitions[next]
      if (definition !== undefined) {
        if (shape === 0) {
          if (own !== 0 && own !== definition.shape) return undefined
          own = definition.shape
        } else if (shape !== definition.shape) return undefined
        definitions.push(next)
        continue
      }
      const through = this.#passThroughs[next]
      if (through !== undefined) {
        if (!through.keepsCanonical || (shape !== 0 && shape !== through.result)) return undefined
        if (shape === 0) {
          if (own !== 0 && own !== through.result) return undefined
          own = through.result
        }
      }
      const expected = through === undefined ? shape : through.operand
      for (const operand of this.#operands[next]!) {
        const known = shapes.get(operand)
        if (known === expected) continue
        if (known !== undefined && operand > NUMBER) return undefined
        shapes.set(operand, expected)
        waiting.push(operand)
      }
    }
    return { shape: own, definitions }
  }

  /** The value of a local at the end of a block. */
  read(local: number, block: BasicBlock): number {
    const value = this.#find(local, block)
    this.#completePhis()
    return value
  }

  /** Seals the head of a loop: all of its back edges are known. */
  seal(head: BasicBlock): void {
    const incomplete = head.incomplete!
    head.incomplete = undefined
    for (const [local, phi] of incomplete) this.#pendingPhis.push({ phi, local, block: head })
    this.#completePhis()
  }

  /** The value of a local at the end of a block. Creates a phi, which is completed later, if several blocks may define it. */
  #find(local: number, from: BasicBlock): number {
    const path: BasicBlock[] = []
    let block = from
    let value = block.values.get(local)
    while (value === undefined) {
      if (--this.#budget < 0) return UNKNOWN
      if (block.incomplete === undefined && block.preds.length === 1) {
        path.push(block)
        block = block.preds[0]!
        value = block.values.get(local)
        continue
      }
      const isEntry = block.incomplete === undefined && block.preds.length === 0
      value = isEntry ? (local < this.#params ? UNKNOWN : NUMBER) : this.#node([])
      block.values.set(local, value)
      if (block.incomplete !== undefined) block.incomplete.set(local, value)
      else if (!isEntry) this.#pendingPhis.push({ phi: value, local, block })
    }
    for (const passed of path) passed.values.set(local, value)
    return value
  }

  /** Adds the operands of all pending phis. A loop instead of recursion, since chains of phis can be long. */
  #completePhis(): void {
    for (let next = this.#pendingPhis.pop(); next !== undefined; next = this.#pendingPhis.pop())
      this.#complete(next.phi, next.local, next.block)
  }

  #complete(phi: number, local: number, block: BasicBlock): void {
    this.#budget -= block.preds.length
    if (this.#budget < 0) return
    for (const pred of block.preds) this.addIncoming(phi, this.#find(local, pred))
  }

  #node(operands: number[] | undefined): number {
    this.#operands.push(operands)
    this.#passThroughs.push(undefined)
    this.#definitions.push(undefined)
    return this.#demands.push(0) - 1
  }
}
