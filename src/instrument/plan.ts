/**
 * The gas plan of a function, made from the bytes of the original code alone: what is charged, and between which of its
 * instructions. Nothing that a tool makes of the code later can change it (docs/spec/gas.md, G1).
 *
 * Reachable code is cut into metered blocks. A metered block ends with an instruction that may trap, call or transfer
 * control, or at a place where control can arrive from elsewhere. All its instructions run, or none does, until the last
 * one; so charging it where it begins is the same as charging each instruction before it runs.
 *
 *     local.get 0          ┐
 *     i32.load             ┘ block 0: 1 + 10, ends with what may trap
 *     i32.const 1          ┐
 *     i32.add              │ block 1: 1 + 8 + 8
 *     if                   ┘
 *
 * That is the plan for the precise mode. In the fast mode, whose traps are judged again by the precise one, a block goes on
 * past what may trap, and only calls and control end it; a function's entry is paid with its first block.
 */
import type { Schedule } from '../interface.ts'
import { Cursor } from '../wasm/code.ts'
import { INSTRUCTIONS, CODES, OP, type Instruction } from '../wasm/instructions.ts'
import type { Body, Module } from '../wasm/module.ts'

/** Steps that are no instructions of the code: where control meets. Numbered behind the codes of the instruction table. */
export const STEP = {
  /** A loop that takes parameters. */
  loopWithParams: CODES,
  /** The end of an `if` whose arms meet, and of a block that some reachable branch leaves to. */
  endIf: CODES + 1,
  join: CODES + 2,
  /** The end of a body that control can reach. */
  end: CODES + 3,
} as const

export interface GasPlan {
  /**
   * Reachable anchors in order: instructions that binaryen's tree must hold one by one, and the steps above.
   * Not among them: local moves, constants, and what is free and leaves no trace.
   */
  readonly steps: Uint16Array
  /** Price of each metered block, and the code of the step that it ends with. */
  readonly prices: readonly number[]
  readonly ends: readonly number[]
  /** Whether the code calls anything that runs guest code, tail calls included; whether it loops. */
  readonly calls: boolean
  readonly loops: boolean
}

/** How a module is metered: `precise` is exact at every trap, `fast` at the end of a run that succeeds. */
export type Mode = 'fast' | 'precise'

const ANCHOR = 1
const BOUNDARY = 2

/** For each step, whether it is an anchor and whether it ends a metered block. */
const KINDS: Readonly<Record<Mode, Uint8Array>> = /* @__PURE__ */ { fast: classify('fast'), precise: classify('precise') }

function classify(mode: Mode): Uint8Array {
  const kinds = new Uint8Array(CODES + 4)
  const silent = new Set(['block', 'control', 'drop', 'localGet', 'localSet', 'const'])
  const ends = new Set(['loop', 'if', 'branch', 'branchTable', 'return', 'call', 'callIndirect', 'unreachable'])
  for (const instruction of INSTRUCTIONS) {
    if (instruction === undefined || silent.has(instruction.group)) continue
    const boundary = ends.has(instruction.group) || (mode === 'precise' && instruction.traps !== undefined)
    kinds[instruction.code] = ANCHOR | (boundary ? BOUNDARY : 0)
  }
  kinds[OP.else] = ANCHOR | BOUNDARY
  kinds.fill(ANCHOR | BOUNDARY, CODES)
  return kinds
}

/** Whether a metered block ends with this step. */
export function endsBlock(step: number, mode: Mode): boolean {
  return (KINDS[mode][step]! & BOUNDARY) !== 0
}

interface Frame {
  readonly opcode: number
  /** Whether control can reach its beginning, the end of its first arm, and its end by a branch. */
  readonly live: boolean
  thenLive: boolean
  hasElse: boolean
  targeted: boolean
}

/** Plans one body. Linear in its bytes. */
export function planGas(module: Module, body: Body, schedule: Schedule, mode: Mode): GasPlan {
  return new Planner(module, body, schedule, mode).plan()
}

/** What entering a function costs (docs/spec/gas.md, G5). */
export function entryPrice(body: Body, { entry }: Schedule): number {
  return entry.flat + entry.perUnit * body.localWords
}

class Planner {
  readonly #module: Module
  readonly #cursor: Cursor
  readonly #schedule: Schedule
  readonly #frames: Frame[] = []
  readonly #steps: number[] = []
  readonly #prices: number[] = []
  readonly #ends: number[] = []
  readonly #kinds: Uint8Array
  #price: number
  #live = true
  #calls = false
  #loops = false

  constructor(module: Module, body: Body, schedule: Schedule, mode: Mode) {
    this.#module = module
    this.#kinds = KINDS[mode]
    this.#price = mode === 'fast' ? entryPrice(body, schedule) : 0
    this.#cursor = new Cursor(module.bytes, body.code)
    this.#schedule = schedule
  }

  plan(): GasPlan {
    this.#open(OP.block)
    while (this.#frames.length > 0) {
      const instruction = this.#cursor.next()
      switch (instruction.group) {
        case 'block': this.#open(instruction.code); break
        case 'loop': this.#loop(); break
        case 'if': this.#step(instruction); this.#open(instruction.code); break
        case 'control': this.#structure(instruction.code); break
        case 'branch': case 'branchTable': case 'return': case 'unreachable': this.#transfer(instruction); break
        case 'call': case 'callIndirect': this.#call(instruction); break
        default: this.#step(instruction)
      }
    }
    return { steps: Uint16Array.from(this.#steps), prices: this.#prices, ends: this.#ends, calls: this.#calls, loops: this.#loops }
  }

  /** Adds an instruction to the block at hand, and ends the block with it if it is a boundary. */
  #step({ code, price }: Instruction): void {
    if (!this.#live) return
    this.#price += this.#schedule.instructions[price]
    this.#mark(code)
  }

  #mark(step: number): void {
    const kind = this.#kinds[step]!
    if (kind !== 0) this.#steps.push(step)
    if ((kind & BOUNDARY) === 0) return
    this.#prices.push(this.#price)
    this.#ends.push(step)
    this.#price = 0
  }

  #open(opcode: number): void {
    this.#frames.push({ opcode, live: this.#live, thenLive: false, hasElse: false, targeted: false })
  }

  #loop(): void {
    const { blockType } = this.#cursor
    const takes = blockType >= 0 && this.#module.types[blockType]!.params.length > 0
    if (this.#live) {
      this.#loops = true
      this.#mark(takes ? STEP.loopWithParams : OP.loop)
    }
    this.#open(OP.loop)
  }

  #structure(code: number): void {
    if (code === OP.else) this.#else()
    else if (code === OP.end) this.#end()
  }

  #else(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    frame.hasElse = true
    if (!frame.live) return
    frame.thenLive = this.#live
    this.#mark(OP.else)
    this.#live = true
  }

  #end(): void {
    const frame = this.#frames.pop()!
    if (frame.opcode === OP.if && frame.live) {
      this.#mark(STEP.endIf)
      this.#live = frame.hasElse ? frame.thenLive || this.#live : true
    }
    if (frame.targeted) {
      this.#mark(STEP.join)
      this.#live = true
    }
    if (this.#frames.length === 0 && this.#live) this.#mark(STEP.end)
  }

  #transfer(instruction: Instruction): void {
    if (!this.#live) return
    this.#step(instruction)
    const { code } = instruction
    if (code === OP.br || code === OP.brIf) this.#target(this.#cursor.index)
    else if (code === OP.brTable) for (const label of this.#cursor.labels) this.#target(label)
    if (code !== OP.brIf) this.#live = false
  }

  #target(label: number): void {
    const frame = this.#frames[this.#frames.length - 1 - label]!
    if (frame.opcode !== OP.loop) frame.targeted = true
  }

  #call(instruction: Instruction): void {
    if (!this.#live) return
    this.#calls = true
    this.#step(instruction)
    if (instruction.code === OP.returnCall || instruction.code === OP.returnCallIndirect) this.#live = false
  }
}
