/**
 * When a receipt answers a request under other limits than its own. What a run does depends on its limits
 * in two ways only: gas runs out, or the limit on pages refuses memory. A receipt tells whether either happened.
 */
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import type { Receipt, RunLimits } from '../interface.ts'
import { checkLimits, givenReceipt, ranOutOfGas } from './receipt.ts'

/** The key under which a receipt is remembered: task and profile, without limits. */
export function memoKey(task: CID, profile: CID): string {
  return `${givenCid(task, 'task')}/${givenCid(profile, 'profile')}`
}

/**
 * Whether running the receipt's task under `limits` would come to the same outcome:
 *
 * - a rejection serves all limits, for nothing ran; if the limit on pages was its reason, the same pages only
 * - out of gas serves the same pages and as much gas or less
 * - a success or trap serves gas from `gasUsed` and pages from `peakPages` on; after a refused grow, the same pages
 *
 * Throws Fault('bad-limits') for limits out of range, and Fault('bad-receipt') for a field that no receipt has.
 */
export function serves(receipt: Receipt, limits: RunLimits): boolean {
  return covers(givenReceipt(receipt, 'receipt'), checkLimits(limits))
}

function covers({ out, meta }: Receipt, { gas, pages }: RunLimits): boolean {
  const samePages = pages === meta.limits.pages
  if ('error' in out && out.error.kind === 'rejection') return samePages || !meta.growRefused
  if (ranOutOfGas(out)) return samePages && gas <= meta.limits.gas
  return gas >= meta.gasUsed && (meta.growRefused ? samePages : pages >= meta.peakPages)
}

/**
 * The receipt that running the same task under `limits` would give, or `undefined` if this one does not tell. Throws
 * Fault('bad-limits') for limits out of range, and Fault('bad-receipt') for a field that no receipt has.
 */
export function serve(receipt: Receipt, limits: RunLimits): Receipt | undefined {
  const [known, asked] = [givenReceipt(receipt, 'receipt'), checkLimits(limits)]
  if (!covers(known, asked)) return undefined
  const gasUsed = ranOutOfGas(known.out) ? asked.gas : known.meta.gasUsed
  return { ...known, meta: { ...known.meta, limits: asked, gasUsed } }
}
