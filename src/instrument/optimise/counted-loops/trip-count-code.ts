/** Expressions that compute the trip count of a loop before it is entered, from the counter and its limit. */
import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import type { CountedLoop } from '../../gas/analysis/place-charges.ts'

export interface TripCountCode {
  /** Conditions under which the loop does not end, or its price overflows. They are evaluated before the trip count. */
  readonly guards: readonly Pointer[]
  /** The trip count as an unsigned number of the counter's type. It is right if no guard holds. */
  readonly trips: Pointer
}

export function tripCountCode(edit: FunctionEdit, loop: CountedLoop): TripCountCode {
  const builder = new Builder(edit, loop)
  return loop.count.relation === 'ne' ? builder.untilEqual() : builder.whileBeyond()
}

/** More gas than any run has (docs/spec/gas.md, GAS-7). */
const MAX_GAS = 2n ** 62n

class Builder {
  readonly #edit: FunctionEdit
  readonly #loop: CountedLoop
  readonly #wide: boolean
  /** The absolute value of the step. */
  readonly #width: number
  /** The number of trailing zero bits of the width. */
  readonly #shift: number

  constructor(edit: FunctionEdit, loop: CountedLoop) {
    this.#edit = edit
    this.#loop = loop
    this.#wide = loop.count.wide
    this.#width = Math.abs(loop.count.step)
    this.#shift = Math.log2(this.#width & -this.#width)
  }

  /**
   * The loop goes on until the counter equals the limit. The trip count is the distance divided by the width, modulo the size
   * of the type, since the counter may wrap around. The width is 2^shift times an odd number. A shift divides by the power of
   * two, and a product with the modular inverse divides by the odd number: every odd number has one.
   */
  untilEqual(): TripCountCode {
    const {
      unit: { build },
    } = this.#edit
    const distance = this.#distance(this.#limit(), this.#first())
    const bits = (this.#wide ? 64 : 32) - this.#shift
    const odd = this.#width >> this.#shift
    const dividedByOdd = (shifted: Pointer): Pointer =>
      odd === 1 ? shifted : this.#binary('Mul', shifted, this.#constant(BigInt.asUintN(bits, inverseOf(BigInt(odd)))))
    if (this.#shift === 0) return this.#bounded(dividedByOdd(distance), [])
    // If the power of two does not divide the distance, the counter jumps over its limit, and the loop does not end.
    const held = this.#edit.temporary(this.#type)
    const get = (): Pointer => build.get(held, this.#type)
    const misses = this.#binary('And', build.tee(held, distance, this.#type), this.#constant(2 ** this.#shift - 1))
    const guard = this.#wide ? this.#compare('GtU', misses, this.#constant(0)) : misses
    const steps = dividedByOdd(this.#binary('ShrU', get(), this.#constant(this.#shift)))
    return this.#bounded(odd === 1 ? steps : this.#binary('And', steps, this.#constant((1n << BigInt(bits)) - 1n)), [
      guard,
    ])
  }

  /**
   * The loop goes on while the counter is below the limit, or above it. The trip count is zero if the first test fails;
   * otherwise it is (distance − 1) / width + 1, rounded down. The width is a power of two here.
   */
  whileBeyond(): TripCountCode {
    const {
      unit: { build },
    } = this.#edit
    const guards = this.#mayWrap() ? [this.#wraps()] : []
    const last = this.#binary('Sub', this.#distance(this.#limit(), this.#first()), this.#constant(1))
    const steps = this.#shift === 0 ? last : this.#binary('ShrU', last, this.#constant(this.#shift))
    const trips = build.select(
      this.#compare(this.#comparison, this.#first(), this.#limit()),
      this.#binary('Add', steps, this.#constant(1)),
      this.#constant(0),
    )
    return this.#bounded(trips, guards)
  }

  /**
   * Determines the last value of the counter before it wraps around. Its remainder modulo the width stays the same, and
   * the last value is this number plus the remainder. For example, an unsigned i32 that counts up by 4 from 6 has the
   * remainder 2, and comes to 2³² − 4 + 2.
   */
  get #turn(): bigint {
    const { relation } = this.#loop.count
    const half = 1n << (this.#wide ? 63n : 31n)
    const [least, end] = relation.endsWith('_s') ? [-half, half] : [0n, 2n * half]
    return relation.startsWith('lt') ? end - BigInt(this.#width) : least
  }

  /** True if the counter could wrap around before it reaches the limit, whatever its initial value is. */
  #mayWrap(): boolean {
    const { limit, relation } = this.#loop.count
    if (this.#width === 1) return false
    if ('local' in limit) return true
    const value = relation.endsWith('_u')
      ? BigInt.asUintN(this.#wide ? 64 : 32, BigInt(limit.constant))
      : BigInt(limit.constant)
    return relation.startsWith('lt') ? value > this.#turn : value < this.#turn + BigInt(this.#width) - 1n
  }

  /**
   * The condition that the counter wraps around before it reaches the limit. The width divides the size of the type, so the
   * counter then takes the same values again and again, and the loop does not end.
   */
  #wraps(): Pointer {
    const remainder = this.#binary('And', this.#first(), this.#constant(this.#width - 1))
    return this.#compare(this.#comparison, this.#binary('Add', remainder, this.#constant(this.#turn)), this.#limit())
  }

  get #comparison(): 'LtS' | 'LtU' | 'GtS' | 'GtU' {
    const { relation } = this.#loop.count
    return relation === 'lt_s' ? 'LtS' : relation === 'lt_u' ? 'LtU' : relation === 'gt_s' ? 'GtS' : 'GtU'
  }

  /** Adds a guard for a 64-bit trip count whose price is more gas than any run has. The product could overflow. */
  #bounded(trips: Pointer, guards: Pointer[]): TripCountCode {
    if (!this.#wide) return { guards, trips }
    const {
      unit: { build },
    } = this.#edit
    const held = this.#edit.temporary(build.i64)
    const tooMany = build.binary(
      build.raw.GtUInt64(),
      build.tee(held, trips, build.i64),
      build.int64(MAX_GAS / BigInt(this.#loop.price)),
    )
    return { guards: [...guards, tooMany], trips: build.get(held, build.i64) }
  }

  /** The value of the counter at the first test. */
  #first(): Pointer {
    const {
      count: { local, addsBeforeTest, step },
    } = this.#loop
    const counter = this.#get(local)
    return addsBeforeTest ? this.#binary('Add', counter, this.#constant(step)) : counter
  }

  #limit(): Pointer {
    const { limit } = this.#loop.count
    return 'local' in limit ? this.#get(limit.local) : this.#constant(limit.constant)
  }

  /** The distance from a value to the limit, in the direction of the step. */
  #distance(limit: Pointer, from: Pointer): Pointer {
    if (this.#loop.count.step > 0) return this.#binary('Sub', limit, from)
    const { limit: end } = this.#loop.count
    return 'constant' in end && end.constant === 0 ? from : this.#binary('Sub', from, limit)
  }

  /** Reads a local of the guest. */
  #get(local: number): Pointer {
    return this.#edit.unit.build.get(local + (local < this.#edit.gas ? 0 : this.#edit.localShift), this.#type)
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

/** The inverse of an odd number modulo 2⁶⁴, by Newton's method: each step doubles the number of correct bits. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse))
  return inverse
}
