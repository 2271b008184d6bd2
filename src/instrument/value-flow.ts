/**
 * Where values of locals flow to, and what is demanded of them there. Values are nodes: definitions, and the phis in which
 * definitions meet. Phis are made when a local is read, not where control joins (Braun et al., "Simple and Efficient
 * Construction of Static Single Assignment Form", 2013); a demand on a phi is a demand on all that meets in it.
 */

/** A value about which nobody wants to know anything. */
export const NOBODY = 0

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

export class ValueFlow {
  readonly #demands: number[] = [0]
  readonly #operands: (number[] | undefined)[] = [undefined]
  readonly #unread: { readonly phi: number; readonly local: number; readonly block: Basic }[] = []
  #budget: number

  /** Gives up, and knows nothing more, after so many steps. */
  constructor(budget: number) {
    this.#budget = budget
  }

  get gaveUp(): boolean {
    return this.#budget < 0
  }

  /** A new definition. */
  define(): number {
    return this.#node(undefined)
  }

  demandOn(node: number): number {
    return this.#demands[node]!
  }

  /** Demands something, as bits, of a value and of all that it may come from. */
  demand(node: number, demand: number): void {
    const waiting = [node]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === NOBODY || (demand & ~this.#demands[next]!) === 0) continue
      this.#demands[next]! |= demand
      for (const operand of this.#operands[next] ?? []) waiting.push(operand)
    }
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
      if (--this.#budget < 0) return NOBODY
      if (block.open === undefined && block.preds.length === 1) {
        path.push(block)
        block = block.preds[0]!
        value = block.values.get(local)
        continue
      }
      // Before the first block there are parameters and zeros.
      value = block.open === undefined && block.preds.length === 0 ? NOBODY : this.#node([])
      block.values.set(local, value)
      if (block.open !== undefined) block.open.set(local, value)
      else if (value !== NOBODY) this.#unread.push({ phi: value, local, block })
    }
    for (const passed of path) passed.values.set(local, value)
    return value
  }

  #fillAll(): void {
    for (let next = this.#unread.pop(); next !== undefined; next = this.#unread.pop()) this.#fill(next.phi, next.local, next.block)
  }

  #fill(phi: number, local: number, block: Basic): void {
    this.#budget -= block.preds.length
    if (this.#budget < 0) return
    for (const pred of block.preds) {
      const operand = this.#find(local, pred)
      this.#operands[phi]!.push(operand)
      this.demand(operand, this.#demands[phi]!)
    }
  }

  #node(operands: number[] | undefined): number {
    this.#operands.push(operands)
    return this.#demands.push(0) - 1
  }
}
