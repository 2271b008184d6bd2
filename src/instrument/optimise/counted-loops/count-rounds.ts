import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import type { CountedLoop } from '../../gas/analysis/place-charges.ts'

/**
 * Pays for all rounds of a counted loop before the first one begins: nothing is charged or looked at inside.
 *
 *     (loop …)   →   (block
 *                      (local.set $gas (i64.sub (local.get $gas) ‹rounds × price + charge›))
 *                      (if ‹$gas < 0› (unreachable))
 *                      (loop …))
 *
 * The loop may trap before it has used what was paid for it, and then its traps come first. So nothing is noted where the gas
 * does not suffice: the precise mode says what it is. The same goes for loops that would never end. No run that passes by here
 * and would be paid for is stopped.
 *
 * A loop can also be left early, to where nothing but a trap awaits the run. On the way there functions may be called, which
 * note that the gas is used up if it is; so the counter must not be ahead there. It gets back all that was paid in advance,
 * and is behind then, by no more than was paid before.
 */
export const countRounds: Pass = {
  name: 'count-rounds',
  function(edit) {
    const {
      plan,
      gas,
      unit: { build },
    } = edit
    for (const loop of plan.counted) {
      if (loop.count.known === undefined) new Rounds(edit, loop).pay()
      else payKnown(edit, loop, loop.count.known)
    }
    for (const [block, more] of plan.refunds) {
      const { raw, i64 } = build
      const back = build.binary(raw.AddInt64(), build.get(edit.paid, i64), build.int64(BigInt(more)))
      edit.say(block, build.set(gas, build.binary(raw.AddInt64(), build.get(gas, i64), back)))
    }
  },
}

/** Pays for rounds whose number the code says: there is a fixed price, and a look at what is left only if it is much. */
function payKnown(edit: FunctionEdit, loop: CountedLoop, rounds: number): void {
  const {
    unit: { build },
    gas,
    attached,
  } = edit
  const { head, price, slack, charge, leavesEarly } = loop
  const site = attached.loops.get(head)!
  const due = rounds * price
  const left = build.binary(build.raw.SubInt64(), build.get(gas, build.i64), build.int64(BigInt(due + charge)))
  const isShort = build.binary(
    build.raw.LtSInt64(),
    build.get(gas, build.i64),
    build.int64(BigInt(-charge - rounds * slack)),
  )
  edit.write(
    site,
    build.block(
      [
        ...(due + charge === 0 ? [] : [build.set(gas, left)]),
        ...(leavesEarly ? [build.set(edit.paid, build.int64(BigInt(due)))] : []),
        ...(due > MOST_UNSEEN ? [build.if(isShort, build.unreachable())] : []),
        site.expression,
      ],
      build.raw.ExpressionGetType(site.expression),
    ),
  )
}

/** A loop of so much gas may run before anybody looks whether there was as much: some ten microseconds. */
const MOST_UNSEEN = 1_000_000

/** More gas than any run has (docs/spec/gas.md, GAS-7). */
const MOST_GAS = 2n ** 62n

class Rounds {
  readonly #edit: FunctionEdit
  readonly #loop: CountedLoop
  readonly #wide: boolean
  readonly #width: number
  /** How often two goes into the width. */
  readonly #shift: number

  constructor(edit: FunctionEdit, loop: CountedLoop) {
    this.#edit = edit
    this.#loop = loop
    this.#wide = loop.count.wide
    this.#width = Math.abs(loop.count.step)
    this.#shift = Math.log2(this.#width & -this.#width)
  }

  pay(): void {
    const {
      unit: { build },
      gas,
      attached,
    } = this.#edit
    const { raw } = build
    const { head, price, slack, charge, leavesEarly } = this.#loop
    const site = attached.loops.get(head)!
    const { guards, rounds } = this.#loop.count.relation === 'ne' ? this.#untilEqual() : this.#whileBeyond()
    const times = (count: Pointer, by: number): Pointer => build.binary(raw.MulInt64(), count, build.int64(BigInt(by)))
    const wide = this.#wide ? rounds : build.unary(raw.ExtendUInt32(), rounds)
    const held = slack === 0 ? undefined : this.#edit.temporary(build.i64)
    const due = times(held === undefined ? wide : build.tee(held, wide, build.i64), price)
    // Once all rounds are over, no more is charged that was not executed than the charge on the way out, and what rounds that
    // cost less than others have given back.
    const left = build.get(gas, build.i64)
    const least =
      held === undefined ? left : build.binary(raw.AddInt64(), left, times(build.get(held, build.i64), slack))
    const isShort = build.binary(raw.LtSInt64(), least, build.int64(BigInt(-charge)))
    const kept = leavesEarly ? build.tee(this.#edit.paid, due, build.i64) : due
    const paid = build.binary(raw.SubInt64(), build.get(gas, build.i64), kept)
    this.#edit.write(
      site,
      build.block(
        [
          ...guards.map(guard => build.if(guard, build.unreachable())),
          build.set(gas, charge === 0 ? paid : build.binary(raw.SubInt64(), paid, build.int64(BigInt(charge)))),
          build.if(isShort, build.unreachable()),
          site.expression,
        ],
        raw.ExpressionGetType(site.expression),
      ),
    )
  }

  /**
   * Going on until the counter equals the limit: so many steps as lie between them, all the way round if need be. Steps are
   * undone one factor after the other: the odd one by its inverse, of which there is one for any number of bits.
   */
  #untilEqual(): { guards: Pointer[]; rounds: Pointer } {
    const {
      unit: { build },
    } = this.#edit
    const distance = this.#distance(this.#limit(), this.#first())
    const bits = (this.#wide ? 64 : 32) - this.#shift
    const odd = this.#width >> this.#shift
    const undone = (halved: Pointer): Pointer =>
      odd === 1 ? halved : this.#binary('Mul', halved, this.#constant(BigInt.asUintN(bits, inverseOf(BigInt(odd)))))
    if (this.#shift === 0) return this.#bounded(undone(distance), [])
    // A counter that jumps over its limit never ends.
    const held = this.#edit.temporary(this.#type)
    const get = (): Pointer => build.get(held, this.#type)
    const misses = this.#binary('And', build.tee(held, distance, this.#type), this.#constant(2 ** this.#shift - 1))
    const guard = this.#wide ? this.#compare('GtU', misses, this.#constant(0)) : misses
    const steps = undone(this.#binary('ShrU', get(), this.#constant(this.#shift)))
    return this.#bounded(odd === 1 ? steps : this.#binary('And', steps, this.#constant((1n << BigInt(bits)) - 1n)), [
      guard,
    ])
  }

  /** Going on while the counter is below the limit, or above it: the steps that begin there, if the first one does. */
  #whileBeyond(): { guards: Pointer[]; rounds: Pointer } {
    const {
      unit: { build },
    } = this.#edit
    const guards = this.#mayWrap() ? [this.#wraps()] : []
    const last = this.#binary('Sub', this.#distance(this.#limit(), this.#first()), this.#constant(1))
    const steps = this.#shift === 0 ? last : this.#binary('ShrU', last, this.#constant(this.#shift))
    const rounds = build.select(
      this.#compare(this.#comparison, this.#first(), this.#limit()),
      this.#binary('Add', steps, this.#constant(1)),
      this.#constant(0),
    )
    return this.#bounded(rounds, guards)
  }

  /** The least that the greatest number can be which the counter comes by; where it counts down, the greatest of the least. */
  get #turn(): bigint {
    const { relation } = this.#loop.count
    const half = 1n << (this.#wide ? 63n : 31n)
    const [least, end] = relation.endsWith('_s') ? [-half, half] : [0n, 2n * half]
    return relation.startsWith('lt') ? end - BigInt(this.#width) : least
  }

  /** Whether the counter could go over the end of the numbers before it reaches the limit. */
  #mayWrap(): boolean {
    const { limit, relation } = this.#loop.count
    if (this.#width === 1) return false
    if ('local' in limit) return true
    const value = relation.endsWith('_u')
      ? BigInt.asUintN(this.#wide ? 64 : 32, BigInt(limit.constant))
      : BigInt(limit.constant)
    return relation.startsWith('lt') ? value > this.#turn : value < this.#turn + BigInt(this.#width) - 1n
  }

  /** Whether it does: then it goes round for ever, since the steps divide the numbers. */
  #wraps(): Pointer {
    const offset = this.#binary('And', this.#first(), this.#constant(this.#width - 1))
    return this.#compare(this.#comparison, this.#binary('Add', offset, this.#constant(this.#turn)), this.#limit())
  }

  get #comparison(): 'LtS' | 'LtU' | 'GtS' | 'GtU' {
    const { relation } = this.#loop.count
    return relation === 'lt_s' ? 'LtS' : relation === 'lt_u' ? 'LtU' : relation === 'gt_s' ? 'GtS' : 'GtU'
  }

  /** Rounds of a 64-bit counter could be too many to be multiplied, and to be paid. */
  #bounded(rounds: Pointer, guards: Pointer[]): { guards: Pointer[]; rounds: Pointer } {
    if (!this.#wide) return { guards, rounds }
    const {
      unit: { build },
    } = this.#edit
    const held = this.#edit.temporary(build.i64)
    const tooMany = build.binary(
      build.raw.GtUInt64(),
      build.tee(held, rounds, build.i64),
      build.int64(MOST_GAS / BigInt(this.#loop.price)),
    )
    return { guards: [...guards, tooMany], rounds: build.get(held, build.i64) }
  }

  /** What the counter is at the first test. */
  #first(): Pointer {
    const {
      count: { local, addsFirst, step },
    } = this.#loop
    const counter = this.#get(local)
    return addsFirst ? this.#binary('Add', counter, this.#constant(step)) : counter
  }

  #limit(): Pointer {
    const { limit } = this.#loop.count
    return 'local' in limit ? this.#get(limit.local) : this.#constant(limit.constant)
  }

  /** How far it is to the limit, in the direction in which the counter goes. */
  #distance(limit: Pointer, from: Pointer): Pointer {
    if (this.#loop.count.step > 0) return this.#binary('Sub', limit, from)
    const { limit: end } = this.#loop.count
    return 'constant' in end && end.constant === 0 ? from : this.#binary('Sub', from, limit)
  }

  #get(local: number): Pointer {
    return this.#edit.unit.build.get(local + (local < this.#edit.gas ? 0 : this.#edit.moved), this.#type)
  }

  #constant(value: number | bigint): Pointer {
    const { build } = this.#edit.unit
    if (this.#wide) return build.int64(BigInt.asIntN(64, BigInt(value)))
    return build.int32(typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value)))
  }

  #binary(name: 'Add' | 'Sub' | 'Mul' | 'And' | 'ShrU', left: Pointer, right: Pointer): Pointer {
    const { build } = this.#edit.unit
    return build.binary(build.raw[`${name}Int${this.#wide ? 64 : 32}`](), left, right)
  }

  #compare(name: 'LtS' | 'LtU' | 'GtS' | 'GtU', left: Pointer, right: Pointer): Pointer {
    const { build } = this.#edit.unit
    return build.binary(build.raw[`${name}Int${this.#wide ? 64 : 32}`](), left, right)
  }

  get #type(): number {
    const { build } = this.#edit.unit
    return this.#wide ? build.i64 : build.i32
  }
}

/** The number by which an odd one is 1, as far as 64 bits go. Each of Newton's steps makes twice as many bits right. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse))
  return inverse
}
