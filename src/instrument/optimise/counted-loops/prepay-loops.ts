/**
 * Pays for all iterations of a counted loop before the first one, so that the loop itself contains no charges and no checks.
 *
 * Switch: `countedLoops` in modes.ts. Tests: test/instrument/counted-loops.long.test.ts and, against the plain form,
 * test/instrument/optimisations.long.test.ts. Ablation: `npm run bench -- ablate`.
 *
 *     (loop …)   →   (block
 *                      (local.set $gas (i64.sub (local.get $gas) ‹trip count × price of an iteration + charge at the exit›))
 *                      (if ‹$gas < 0› (unreachable))
 *                      (loop …))
 *
 * Why this is right:
 *
 * - A loop that ends at its test has run as many iterations as its trip count says (`find.ts`), and was charged for them.
 * - A run that can pay is never stopped here. The comparison uses the least that the loop can cost, since an iteration may
 *   cost less than its price.
 * - If the gas does not suffice, the loop may still trap before it has used the gas up. So the code traps without noting
 *   out-of-gas, and the engine runs the module again in the precise mode, which decides which trap comes first. The same goes
 *   for loops that would never end, and for trip counts whose price would overflow: guards find them.
 * - An early exit is allowed only if it leads to nothing but a trap. Functions may be called on the way there; they report
 *   out-of-gas if the counter is below zero, so the counter must not be ahead. It gets back all that was paid for the loop in
 *   advance, and then lags by at most the price of the iterations that ran.
 * - Each counted loop ends, since its trip count is finite. So a run still ends without a check in the loop.
 */
import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import type { CountedLoop } from '../../gas/analysis/place-charges.ts'
import { tripCountCode } from './trip-count-code.ts'

export const prepayLoops: Pass = {
  name: 'prepay-loops',
  function(edit) {
    const {
      plan,
      gas,
      unit: { build },
    } = edit
    for (const loop of plan.counted) {
      if (loop.count.knownTrips === undefined) payComputed(edit, loop)
      else payKnown(edit, loop, loop.count.knownTrips)
    }
    for (const [block, lead] of plan.refunds) {
      const { raw, i64 } = build
      const refund = build.binary(raw.AddInt64(), build.get(edit.prepaid, i64), build.int64(BigInt(lead)))
      edit.addStatement(block, build.set(gas, build.binary(raw.AddInt64(), build.get(gas, i64), refund)))
    }
  },
}

/** A loop that costs no more than this may run before the counter is checked: it takes some ten microseconds. */
const MAX_UNCHECKED = 1_000_000

/** Pays for a loop whose trip count is known statically. Its price is a constant, which is checked only if it is high. */
function payKnown(edit: FunctionEdit, loop: CountedLoop, trips: number): void {
  const {
    unit: { build },
    gas,
    attached,
  } = edit
  const { head, price, slack, exitCharge, hasEarlyExits } = loop
  const site = attached.loops.get(head)!
  const due = trips * price
  const left = build.binary(build.raw.SubInt64(), build.get(gas, build.i64), build.int64(BigInt(due + exitCharge)))
  const isShort = build.binary(
    build.raw.LtSInt64(),
    build.get(gas, build.i64),
    build.int64(BigInt(-exitCharge - trips * slack)),
  )
  edit.write(
    site,
    build.block(
      [
        ...(due + exitCharge === 0 ? [] : [build.set(gas, left)]),
        ...(hasEarlyExits ? [build.set(edit.prepaid, build.int64(BigInt(due)))] : []),
        ...(due > MAX_UNCHECKED ? [build.if(isShort, build.unreachable())] : []),
        site.expression,
      ],
      build.raw.ExpressionGetType(site.expression),
    ),
  )
}

/** Pays for a loop whose trip count must be computed before it is entered. */
function payComputed(edit: FunctionEdit, loop: CountedLoop): void {
  const {
    unit: { build },
    gas,
    attached,
  } = edit
  const { raw } = build
  const { count, head, price, slack, exitCharge, hasEarlyExits } = loop
  const site = attached.loops.get(head)!
  const { guards, trips } = tripCountCode(edit, loop)
  const times = (amount: Pointer, by: number): Pointer => build.binary(raw.MulInt64(), amount, build.int64(BigInt(by)))
  const trips64 = count.wide ? trips : build.unary(raw.ExtendUInt32(), trips)
  const held = slack === 0 ? undefined : edit.temporary(build.i64)
  const due = times(held === undefined ? trips64 : build.tee(held, trips64, build.i64), price)
  // When the loop has ended, the counter may still be ahead by the charge at the exit, and cheaper iterations have given back
  // up to `slack` each.
  const left = build.get(gas, build.i64)
  const least = held === undefined ? left : build.binary(raw.AddInt64(), left, times(build.get(held, build.i64), slack))
  const isShort = build.binary(raw.LtSInt64(), least, build.int64(BigInt(-exitCharge)))
  const keptDue = hasEarlyExits ? build.tee(edit.prepaid, due, build.i64) : due
  const paid = build.binary(raw.SubInt64(), build.get(gas, build.i64), keptDue)
  edit.write(
    site,
    build.block(
      [
        ...guards.map(guard => build.if(guard, build.unreachable())),
        build.set(gas, exitCharge === 0 ? paid : build.binary(raw.SubInt64(), paid, build.int64(BigInt(exitCharge)))),
        build.if(isShort, build.unreachable()),
        site.expression,
      ],
      raw.ExpressionGetType(site.expression),
    ),
  )
}
