/** Which instructions of the table occur in modules where control can reach them, by their number: `select` has two. */
import { Cursor } from '../../src/wasm/code.ts'
import { INSTRUCTIONS, OP, type Instruction } from '../../src/wasm/instructions.ts'
import type { Body, Module } from '../../src/wasm/module.ts'

const ALL = INSTRUCTIONS.filter((known): known is Instruction => known !== undefined)

export interface Counted {
  readonly modules: number
  readonly counts: readonly (readonly [code: number, count: number])[]
}

export class Coverage {
  readonly #counts = new Map<number, number>()
  #modules = 0

  add(module: Module): void {
    this.#modules++
    for (const body of module.bodies) {
      for (const { code } of liveInstructions(module, body)) this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
    }
  }

  /** What was counted, as plain data. */
  get counted(): Counted {
    return { modules: this.#modules, counts: [...this.#counts] }
  }

  /** Adds what was counted elsewhere. */
  merge({ modules, counts }: Counted): void {
    this.#modules += modules
    for (const [code, count] of counts) this.#counts.set(code, (this.#counts.get(code) ?? 0) + count)
  }

  /** Names of the instructions that have not occurred. */
  get missing(): string[] {
    return ALL.filter(({ code }) => !this.#counts.has(code)).map(({ name }) => name)
  }

  /** `instruction coverage 445 of 445 (100.0 %) over 500 modules, rarest f64x2.ne (12)`. */
  get line(): string {
    const rarest = ALL.reduce((least, next) => (this.#of(next) < this.#of(least) ? next : least))
    const share = ((100 * this.#counts.size) / ALL.length).toFixed(1)
    return (
      `instruction coverage ${this.#counts.size} of ${ALL.length} (${share} %) over ${this.#modules} modules, ` +
      `rarest ${rarest.name} (${this.#of(rarest)})`
    )
  }

  #of({ code }: Instruction): number {
    return this.#counts.get(code) ?? 0
  }
}

/**
 * Instructions of a body that do not follow an unconditional transfer in their block, or in a block around it.
 */
function liveInstructions({ bytes }: Module, { code }: Body): Instruction[] {
  const cursor = new Cursor(bytes, code)
  const live: Instruction[] = []
  /** For each open block, whether control has left the ones around it and itself. */
  const blocks = [{ outer: true, inner: true }]
  while (blocks.length > 0) {
    const instruction = cursor.next()
    const block = blocks[blocks.length - 1]!
    if (block.outer && block.inner) live.push(instruction)
    switch (instruction.code) {
      case OP.block:
      case OP.loop:
      case OP.if:
        blocks.push({ outer: block.outer && block.inner, inner: true })
        break
      case OP.else:
        block.inner = true
        if (block.outer) live.push(instruction)
        break
      case OP.end:
        blocks.pop()
        if (block.outer && !block.inner) live.push(instruction)
        break
      case OP.br:
      case OP.brTable:
      case OP.return:
      case OP.unreachable:
      case OP.returnCall:
      case OP.returnCallIndirect:
        block.inner = false
    }
  }
  return live
}
