/** Loops in the forms in which compilers write those that count: rounds that can be told before the first one begins. */
import { OP } from '../../src/wasm/instructions.ts'
import { I32, I64, type FunctionType } from '../../src/wasm/types.ts'
import { encodeConstant } from './constants.ts'
import { Control } from './control.ts'

const NOTHING: FunctionType = { params: [], results: [] }

/** Where counters begin: in the middle, and so close to the ends that some go over them. */
const STARTS = [0n, 100n, -1n, -7n, 0x7fff_fff9n, -0x8000_0000n, 0x7fff_ffff_ffff_fffan, -0x8000_0000_0000_0000n]

/** A loop that is being written. */
interface Counting {
  readonly wide: boolean
  readonly counter: number
  readonly step: number
  /** Puts the limit on the stack. */
  readonly limit: () => void
  readonly relation: string
}

export abstract class Counters extends Control {
  /** A counted loop; now and then one that can be left early, to where everything ends. */
  protected counting(depth: number): void {
    const early = this.choices.once(3)
    const blocks = early ? 2 : 0
    for (let i = 0; i < blocks; i++) this.open(OP.block, NOTHING)
    const loop = this.#prepare()
    switch (this.choices.below(3)) {
      case 0:
        this.#testedLast(loop, early, depth)
        break
      case 1:
        this.#testedFirst(loop, early, depth)
        break
      default:
        this.#testedByIf(loop, early, depth)
    }
    if (!early) return
    this.emit(OP.br, 0, [], 1)
    this.close([])
    if (this.choices.once(2)) this.callSome(depth)
    this.opcode(OP.unreachable)
    this.close([])
  }

  #prepare(): Counting {
    const wide = this.choices.once(4)
    const type = wide ? I64 : I32
    const counter = this.addLocal(type)
    const step = this.choices.pick([1, -1, 2, 4, -4, 8, -16, 3])
    const start = this.choices.pick(STARTS)
    const rounds = this.choices.pick([0, 1, 2, 8, 9, 30])
    const beside = this.choices.once(30) ? 1 : 0
    const end = start + BigInt(step * rounds + beside)
    this.#constant(wide, start)
    this.emit(OP.localSet, 1, [], counter)
    const below = step > 0 ? ['lt_s', 'lt_u', 'le_s', 'le_u'] : ['gt_s', 'gt_u', 'ge_s', 'ge_u']
    const relation = this.choices.once(30)
      ? this.choices.pick(['eq', 'gt_u', 'lt_s'])
      : this.choices.pick(['ne', 'ne', ...below])
    if (this.choices.once(2)) return { wide, counter, step, relation, limit: () => this.#constant(wide, end) }
    const bound = this.addLocal(type)
    this.#constant(wide, end)
    this.emit(OP.localSet, 1, [], bound)
    return { wide, counter, step, relation, limit: () => this.emit(OP.localGet, 0, [type], bound) }
  }

  /** `loop … i += step … br_if 0 (i < n)` */
  #testedLast(loop: Counting, early: boolean, depth: number): void {
    this.open(OP.loop, NOTHING)
    if (this.choices.once(2)) {
      this.#inside(early, 1, depth)
      this.#test(loop, OP.localTee)
    } else {
      this.#add(loop, OP.localSet)
      this.#inside(early, 1, depth)
      this.#test(loop, undefined)
    }
    this.emit(OP.brIf, 1, [], 0)
    this.close([])
  }

  /** `block loop br_if 1 (!(i < n)) … i += step br 0` */
  #testedFirst(loop: Counting, early: boolean, depth: number): void {
    this.open(OP.block, NOTHING)
    this.open(OP.loop, NOTHING)
    this.#test(loop, undefined)
    this.named('i32.eqz')
    this.emit(OP.brIf, 1, [], 1)
    this.#inside(early, 2, depth)
    this.#add(loop, OP.localSet)
    this.emit(OP.br, 0, [], 0)
    this.close([])
    this.close([])
  }

  /** `loop if (i < n) … i += step br 1` */
  #testedByIf(loop: Counting, early: boolean, depth: number): void {
    this.open(OP.loop, NOTHING)
    this.#test(loop, undefined)
    this.settle(1, [])
    this.open(OP.if, NOTHING)
    this.#inside(early, 2, depth)
    this.#add(loop, OP.localSet)
    this.emit(OP.br, 0, [], 1)
    this.close([])
    this.close([])
  }

  /** A few statements, mostly plain ones, and an early exit. */
  #inside(early: boolean, label: number, depth: number): void {
    for (let left = this.choices.below(3); left > 0; left--) this.quietly(this.choices.once(8) ? depth : 0)
    if (!early) return
    this.want(I32, 0)
    if (!this.choices.once(4)) {
      this.i32(7)
      this.named('i32.and')
      this.named('i32.eqz')
    }
    this.emit(OP.brIf, 1, [], label)
  }

  #add({ wide, counter, step }: Counting, write: number): void {
    const type = wide ? I64 : I32
    this.emit(OP.localGet, 0, [type], counter)
    this.#constant(wide, BigInt(Math.abs(step)))
    this.named(`${wide ? 'i64' : 'i32'}.${step > 0 ? 'add' : 'sub'}`)
    this.emit(write, 1, write === OP.localTee ? [type] : [], counter)
  }

  #test(loop: Counting, add: number | undefined): void {
    const { wide, counter, relation, limit } = loop
    if (add === undefined) this.emit(OP.localGet, 0, [wide ? I64 : I32], counter)
    else this.#add(loop, add)
    limit()
    this.named(`${wide ? 'i64' : 'i32'}.${relation}`)
  }

  #constant(wide: boolean, value: bigint): void {
    const type = wide ? I64 : I32
    this.opcode(wide ? OP.i64Const : OP.i32Const)
    this.raw(...encodeConstant(type, wide ? BigInt.asUintN(64, value) : Number(BigInt.asUintN(32, value))))
    this.settle(0, [type])
  }
}
