/**
 * Decides whether a receipt answers a request under other limits than its own. Limits affect a run in two ways only:
 * gas runs out, or the limit on pages refuses memory. A receipt shows whether one of these has happened.
 */
import { base32 } from 'multiformats/bases/base32'
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import type { Receipt, RunLimits } from '../interface.ts'
import { MAX_GAS, MAX_PAGES } from './limits.ts'
import { checkLimits, givenReceipt, ranOutOfGas } from './receipt.ts'

/** The greatest number of receipts that are kept for one task under one profile (docs/spec/receipt.md, RECEIPT-28). */
export const MAX_KEPT = 8

/** Returns the key under which a memo stores receipts. It names the task and the profile, and no limits. */
export function memoKey(task: CID, profile: CID): string {
  return `${textOf(givenCid(task, 'task'))}/${givenCid(profile, 'profile')}`
}

/**
 * The text of a CID, as `toString` gives it. `toString` also keeps the text in a `WeakMap`, which costs the garbage
 * collector more than the text costs here. A caller makes a new task and a new CID for each call.
 */
function textOf(cid: CID): string {
  return cid.version === 1 ? base32.encode(cid.bytes) : cid.toString()
}

/**
 * Returns true if the receipt determines what running its task under `limits` would give:
 *
 * - A rejection serves all limits, since nothing ran. If the limit on pages was the reason, it serves only the same
 *   pages.
 * - A receipt that ran out of gas serves the same pages, and the same gas or less.
 * - A success or another trap serves any gas, and pages from `peakPages` on. If a growth of memory was refused, it
 *   serves only the same pages. Under less gas than `gasUsed`, the run would be out of gas.
 *
 * @throws Fault bad-limits for limits out of range; bad-receipt for a field that receipts do not have
 */
export function serves(receipt: Receipt, limits: RunLimits): boolean {
  return covers(givenReceipt(receipt, 'receipt'), checkLimits(limits))
}

/**
 * Returns the receipt that running the same task under `limits` would give. Returns undefined if this receipt does not
 * determine it.
 *
 * @throws Fault bad-limits for limits out of range; bad-receipt for a field that receipts do not have
 */
export function serve(receipt: Receipt, limits: RunLimits): Receipt | undefined {
  const [known, asked] = [givenReceipt(receipt, 'receipt'), checkLimits(limits)]
  return covers(known, asked) ? underLimits(known, asked) : undefined
}

/** Does the same as `serves`, for a receipt and limits that have been checked. */
export function covers(receipt: Receipt, { gas, pages }: RunLimits): boolean {
  const served = servedBy(receipt)
  return gas <= served.maxGas && pages >= served.pages[0] && pages <= served.pages[1]
}

/**
 * Returns a receipt with other limits, which it must cover. Returns the given receipt if its own limits are the same.
 *
 * A run under less gas makes the same charges, in the same order, until one of them exceeds the limit. So it ends with
 * `out-of-gas`, and nothing that the guest did is visible (docs/spec/gas.md, GAS-3).
 */
export function underLimits(receipt: Receipt, limits: RunLimits): Receipt {
  const { ran, meta } = receipt
  if (meta.limits.gas === limits.gas && meta.limits.pages === limits.pages) return receipt
  if (meta.gasUsed <= limits.gas && !ranOutOfGas(receipt.out))
    return Object.freeze({ ...receipt, meta: Object.freeze({ ...meta, limits }) })
  const { profile } = meta
  const error = Object.freeze({ kind: 'trap', code: 'out-of-gas' } as const)
  const spent = Object.freeze({ profile, limits, gasUsed: limits.gas, peakPages: 0, growRefused: false })
  return Object.freeze({ ran, out: Object.freeze({ error }), meta: spent })
}

/**
 * Returns the receipts of one task under one profile that are kept after a new one was made (docs/spec/receipt.md,
 * RECEIPT-28).
 *
 * The new one comes first. Then come the old ones that serve limits which the new one does not serve. If there are more
 * than `MAX_KEPT`, receipts that ran out of gas are dropped before all others, and older ones before newer ones. If an
 * old receipt serves all limits that the new one serves, the list does not change.
 */
export function kept<R extends { readonly receipt: Receipt }>(old: readonly R[], made: R): readonly R[] {
  if (old.some(({ receipt }) => servesMore(receipt, made.receipt))) return old
  const all = [made, ...old.filter(({ receipt }) => !servesMore(made.receipt, receipt))]
  while (all.length > MAX_KEPT) {
    const outOfGas = all.findLastIndex(({ receipt }) => ranOutOfGas(receipt.out))
    all.splice(outOfGas < 0 ? all.length - 1 : outOfGas, 1)
  }
  return all
}

/** The limits that a receipt serves: gas from 0 on, and pages from the first to the last value of the pair. */
interface Served {
  readonly maxGas: bigint
  readonly pages: readonly [number, number]
}

function servedBy({ out, meta }: Receipt): Served {
  const { gas, pages } = meta.limits
  const samePages = [pages, pages] as const
  if (ranOutOfGas(out)) return { maxGas: gas, pages: samePages }
  // A rejection has no `peakPages`, since nothing ran.
  return { maxGas: MAX_GAS, pages: meta.growRefused ? samePages : [meta.peakPages, MAX_PAGES] }
}

/** Returns true if a receipt serves all limits that the other one serves. */
function servesMore(receipt: Receipt, other: Receipt): boolean {
  const [a, b] = [servedBy(receipt), servedBy(other)]
  return a.maxGas >= b.maxGas && a.pages[0] <= b.pages[0] && a.pages[1] >= b.pages[1]
}
