/**
 * Where values flow to, and what is demanded of them there. Values are nodes: definitions, values passed on, and phis in
 * which several meet. Phis of locals are made when a local is read, not where control joins (Braun et al., "Simple and
 * Efficient Construction of Static Single Assignment Form", 2013); a demand on a phi is a demand on all that meets in it.
 */

/** A value about which nothing is known, and one that is no NaN, whatever the shape of its lanes. */
export const UNKNOWN = 0
export const NUMBER = 1

/** Demands on a value, as bits: to be a NaN or not in a lane shape, or to have exactly its bits. */
export const EXACT = 16

/** Code without branches: the values that locals have at its end, as far as they were asked for. */
export interface Basic {
  readonly preds: Basic[]
  readonly values: Map<number, number>
  /** Phis whose operands are not known yet, by local; undefined once all predecessors are. */
  open: Map<number, number> | undefined
}

/** Code that follows on what is known. */
export function newBlock(preds: Basic[]): Basic {
  return { preds, values: new Map(), open: undefined }
}

/** The head of a loop: branches back to it are still to come. */
export function newLoop(before: Basic): Basic {
  return { preds: [before], values: new Map(), open: new Map() }
}

/** What a value is made of that is passed on: lanes of another shape, a NaN's sign changed or not. */
export interface Passing {
  /** Demands on the result for which the operand need not have its exact bits, and what is demanded of the operand then. */
  readonly result: number
  readonly operand: number
  /** Whether the canonical NaN becomes the canonical NaN. */
  readonly keepsCanonical: boolean
}

interface Definition {
  /** The lane shape in which fresh NaNs can be there, and how many loops are around. */
  readonly shape: number
  readonly depth: number
}

/** All that a value may be, if it is made of nothing but numbers and results of arithmetic of one shape. */
export interface Fresh {
  readonly shape: number
  /** Definitions of its own shape or of one that passes over to it. */
  readonly definitions: readonly number[]
}

export class ValueFlow {
  readonly #demands: number[] = [0, 0]
  readonly #operands: (number[] | undefined)[] = [undefined, undefined]
  readonly #passings: (Passing | undefined)[] = [undefined, undefined]
  readonly #definitions: (Definition | undefined)[] = [undefined, undefined]
  readonly #unread: { readonly phi: number; readonly local: number; readonly block: Basic }[] = []
  readonly #params: number
  #budget: number

  /** `params` locals come from outside, all others begin as zero. Gives up, and knows nothing more, after so many steps. */
  constructor(params: number, budget: number) {
    this.#params = params
    this.#budget = budget
  }

  get gaveUp(): boolean {
    return this.#budget < 0
  }

  /** A new result of arithmetic. */
  define(shape: number, depth: number): number {
    const node = this.#node(undefined)
    this.#definitions[node] = { shape, depth }
    return node
  }

  /** A value that has still to be told what it may be. */
  phi(): number {
    return this.#node([])
  }

  /** A phi may also be this value. */
  meet(phi: number, operand: number): void {
    this.#budget--
    this.#operands[phi]!.push(operand)
    this.demand(operand, this.#demands[phi]!)
  }

  /** A value that is made of another one. */
  pass(operand: number, passing: Passing): number {
    const node = this.#node([operand])
    this.#passings[node] = passing
    return node
  }

  /** Whether a definition's NaNs are looked at by somebody to whom their bits matter. */
  isSeen(definition: number): boolean {
    return (this.#demands[definition]! & ~this.#definitions[definition]!.shape) !== 0
  }

  depthOf(definition: number): number {
    return this.#definitions[definition]!.depth
  }

  /** Demands something, as bits, of a value and of all that it may come from. */
  demand(node: number, demand: number): void {
    if (demand === 0) return
    const waiting = [node, demand]
    while (waiting.length > 0) {
      const wanted = waiting.pop()!
      const next = waiting.pop()!
      if (next <= NUMBER || (wanted & ~this.#demands[next]!) === 0) continue
      this.#demands[next]! |= wanted
      const passing = this.#passings[next]
      const passed = passing === undefined ? wanted : (wanted & ~passing.result) === 0 ? passing.operand : EXACT
      for (const operand of this.#operands[next] ?? []) waiting.push(operand, passed)
    }
  }

  /** What a value is made of, if its NaNs can be told to be fresh ones where it is used. */
  fresh(node: number): Fresh | undefined {
    const definitions: number[] = []
    const shapes = new Map<number, number>([[node, 0]])
    let own = 0
    for (const waiting = [node]; waiting.length > 0;) {
      const next = waiting.pop()!
      if (next === NUMBER) continue
      if (next === UNKNOWN || --this.#budget < 0) return undefined
      // Zero stands for the shape of the value that was asked about.
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
      const passing = this.#passings[next]
      if (passing !== undefined) {
        if (!passing.keepsCanonical || (shape !== 0 && shape !== passing.result)) return undefined
        if (shape === 0) {
          if (own !== 0 && own !== passing.result) return undefined
          own = passing.result
        }
      }
      const expected = passing === undefined ? shape : passing.operand
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

  /** The value that a local has at the end of a block. */
  read(local: number, block: Basic): number {
    const value = this.#find(local, block)
    this.#fillAll()
    return value
  }

  /** All branches back to the head of a loop are known. */
  seal(head: Basic): void {
    const open = head.open!
    head.open = undefined
    for (const [local, phi] of open) this.#unread.push({ phi, local, block: head })
    this.#fillAll()
  }

  #find(local: number, from: Basic): number {
    const path: Basic[] = []
    let block = from
    let value = block.values.get(local)
    while (value === undefined) {
      if (--this.#budget < 0) return UNKNOWN
      if (block.open === undefined && block.preds.length === 1) {
        path.push(block)
        block = block.preds[0]!
        value = block.values.get(local)
        continue
      }
      const first = block.open === undefined && block.preds.length === 0
      value = first ? (local < this.#params ? UNKNOWN : NUMBER) : this.#node([])
      block.values.set(local, value)
      if (block.open !== undefined) block.open.set(local, value)
      else if (!first) this.#unread.push({ phi: value, local, block })
    }
    for (const passed of path) passed.values.set(local, value)
    return value
  }

  #fillAll(): void {
    for (let next = this.#unread.pop(); next !== undefined; next = this.#unread.pop())
      this.#fill(next.phi, next.local, next.block)
  }

  #fill(phi: number, local: number, block: Basic): void {
    this.#budget -= block.preds.length
    if (this.#budget < 0) return
    for (const pred of block.preds) this.meet(phi, this.#find(local, pred))
  }

  #node(operands: number[] | undefined): number {
    this.#operands.push(operands)
    this.#passings.push(undefined)
    this.#definitions.push(undefined)
    return this.#demands.push(0) - 1
  }
}
