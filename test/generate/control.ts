/** Code that goes elsewhere: blocks, loops and branches. */
import { INSTRUCTIONS, OP, type Instruction } from '../../src/wasm/instructions.ts'
import { I32, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { Calls } from './calls.ts'
import { ALL_TYPES } from './shape.ts'
import { indices, sameTypes, type Frame } from './writer.ts'

/** What runs on an empty stack in code that nothing reaches: there, operands of any type are at hand. */
const ANYWHERE: readonly Instruction[] = INSTRUCTIONS.filter(
  (known): known is Instruction => known !== undefined && known.immediate === 'none' && known.type.results.length === 1,
)

export abstract class Control extends Calls {
  // ── Blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected override structured(results: readonly ValueType[], depth: number): void {
    const params = this.#parameters(depth)
    const type = { params, results }
    switch (this.choices.below(3)) {
      case 0:
        this.open(OP.block, type)
        this.#body(depth)
        break
      case 1:
        this.#if(type, depth)
        break
      default:
        this.#loop(type, depth)
    }
    this.close(results)
  }

  /** Pushes parameters for a block, or takes what lies there. */
  #parameters(depth: number): readonly ValueType[] {
    switch (this.choices.below(4)) {
      case 2: {
        const count = Math.min(this.free, 1 + this.choices.below(3))
        return this.stack.slice(this.stack.length - count)
      }
      case 3: {
        const types = this.choices.some(3, () => this.choices.pick(ALL_TYPES))
        this.wantAll(types, depth)
        return types
      }
      default:
        return []
    }
  }

  protected open(code: number, type: FunctionType): void {
    this.opcode(code)
    this.blockType(type)
    this.#enter(code === OP.loop, type)
  }

  #enter(isLoop: boolean, type: FunctionType): void {
    const base = this.stack.length - type.params.length
    const carries = isLoop ? type.params : type.results
    this.frames.push({ isLoop, type, carries, base, dead: false, floor: this.floor })
    this.floor = base
  }

  #body(depth: number): void {
    for (let left = this.choices.below(4); left > 0; left--) this.statement(depth)
    this.finish(depth)
  }

  /** Ends the innermost block, whose results are on the stack. */
  protected close(results: readonly ValueType[]): void {
    this.opcode(OP.end)
    const { base, floor } = this.frames.pop()!
    this.stack.length = base
    this.stack.push(...results)
    this.floor = floor
  }

  #if(type: FunctionType, depth: number): void {
    this.want(I32, depth)
    this.settle(1, [])
    this.open(OP.if, type)
    this.#body(depth)
    if (sameTypes(type.params, type.results) && this.choices.once(2)) return
    this.opcode(OP.else)
    const { base, floor } = this.frames.pop()!
    this.stack.length = base
    this.stack.push(...type.params)
    this.#enter(false, type)
    this.frames[this.frames.length - 1] = { ...this.frame, floor }
    this.#body(depth)
  }

  /**
   * A loop whose rounds a local of its own counts down: wherever it is continued from, it is left when none remain.
   * Once in a while that is left out, and gas has to end it.
   */
  #loop(type: FunctionType, depth: number): void {
    const rounds = this.addLocal(I32)
    this.i32(this.choices.pick([1, 2, 3, 6]))
    this.emit(OP.localSet, 1, [], rounds)
    this.open(OP.loop, type)
    const endless = this.choices.once(40)
    this.emit(OP.localGet, 0, [I32], rounds)
    this.i32(1)
    this.named('i32.sub')
    this.emit(OP.localTee, 1, [I32], rounds)
    this.i32(endless ? 0x80000000 : 0)
    this.named('i32.lt_s')
    this.#returnIf()
    for (let left = this.choices.below(4); left > 0; left--) this.statement(depth)
    this.wantAll(type.params, depth)
    this.emit(OP.localGet, 0, [I32], rounds)
    this.emit(OP.brIf, 1, [], 0)
    this.finish(depth)
  }

  /** Returns plain values if the i32 on the stack is not zero. */
  #returnIf(): void {
    this.opcode(OP.if)
    this.raw(0x40)
    this.settle(1, [])
    this.type.results.forEach(type => this.leaf(type))
    this.emit(OP.return, this.type.results.length, [])
    this.opcode(OP.end)
  }

  /** Returns at once if too many calls have been made already. */
  protected guard(credit: number): void {
    this.emit(OP.globalGet, 0, [I32], credit)
    this.i32(1)
    this.named('i32.sub')
    this.emit(OP.globalSet, 1, [], credit)
    this.emit(OP.globalGet, 0, [I32], credit)
    this.i32(0)
    this.named('i32.lt_s')
    this.#returnIf()
  }

  /** Makes the results of the innermost block out of what it has left on the stack. */
  protected finish(depth: number): void {
    const {
      type: { results },
      base,
      isLoop,
    } = this.frame
    const left = this.stack.slice(base)
    if (left.length <= results.length && sameTypes(left, results.slice(0, left.length))) {
      return this.wantAll(results.slice(left.length), depth)
    }
    if (this.choices.once(3)) return this.#leaveBehind(isLoop ? this.frames.length - 1 : 0, depth)
    while (this.stack.length > base) this.putAway()
    this.wantAll(results, depth)
  }

  /** Branches away over values that nobody wants. */
  #leaveBehind(label: number, depth: number): void {
    const { carries } = this.frames[this.frames.length - 1 - label]!
    this.floor = this.stack.length
    this.wantAll(carries, depth)
    this.emit(OP.br, carries.length, [], label)
    this.#killed()
  }

  /** Takes the topmost value off the stack, into a local or a global if there is one for it. */
  protected putAway(): void {
    const type = this.stack[this.stack.length - 1]!
    const locals = this.localsOf(type)
    const globals = indices(this.shape.globals, global => global.type === type && global.mutable).filter(i => i > 0)
    const kind = this.choices.below(3)
    if (kind === 1 && locals.length > 0) return this.emit(OP.localSet, 1, [], this.choices.pick(locals))
    if (kind === 2 && globals.length > 0) return this.emit(OP.globalSet, 1, [], this.choices.pick(globals))
    this.emit(OP.drop, 1, [])
  }

  /** Some statement in the innermost block. */
  protected abstract statement(depth: number): void

  // ── Branches ──────────────────────────────────────────────────────────────────────────────────────────────────────

  protected override branchThrough(types: readonly ValueType[], depth: number): boolean {
    const labels = this.labelsOf(types)
    if (labels.length === 0) return false
    this.wantAll(types, depth)
    this.want(I32, depth)
    this.emit(OP.brIf, 1, [], this.choices.pick(labels))
    return true
  }

  protected override transfer(depth: number): void {
    switch (this.choices.below(8)) {
      case 0:
      case 1:
        this.#return(depth)
        break
      case 2:
      case 3:
        this.#branch(depth)
        break
      case 4:
        this.#branchTable(depth)
        break
      case 5:
        if (!this.tailCall(depth)) this.#return(depth)
        break
      case 6:
        if (!this.indirectTailCall(depth)) this.#branch(depth)
        break
      default:
        if (this.shape.danger > 0 && this.choices.once(2)) this.emit(OP.unreachable, 0, [])
        else this.#return(depth)
    }
    this.#killed()
  }

  #return(depth: number): void {
    this.wantAll(this.type.results, depth)
    this.emit(OP.return, this.type.results.length, [])
  }

  #someLabel(): { label: number; frame: Frame } {
    const label = this.choices.below(this.frames.length)
    return { label, frame: this.frames[this.frames.length - 1 - label]! }
  }

  #branch(depth: number): void {
    const {
      label,
      frame: { carries },
    } = this.#someLabel()
    this.wantAll(carries, depth)
    this.emit(OP.br, carries.length, [], label)
  }

  #branchTable(depth: number): void {
    const {
      frame: { carries },
    } = this.#someLabel()
    const labels = this.labelsOf(carries)
    const targets = this.choices.some(6, () => this.choices.pick(labels))
    this.wantAll(carries, depth)
    if (this.choices.once(3)) this.want(I32, depth)
    else this.masked(7, depth)
    this.emit(OP.brTable, 1 + carries.length, [], targets.length, ...targets, this.choices.pick(labels))
  }

  /** After what never goes on: code that only the validator sees, some of it without operands. */
  #killed(): void {
    this.frame.dead = true
    if (!this.choices.once(3)) return
    const { code } = this.choices.pick(ANYWHERE)
    this.opcode(code)
    this.opcode(OP.drop)
    if (this.choices.once(3)) this.raw(OP.select, OP.drop)
    if (this.choices.once(3)) this.raw(OP.refIsNull, OP.drop)
  }
}
