/** From an outcome to a receipt: large results and logs become linked blocks. */
import type { CID } from 'multiformats/cid'
import { hostFault } from '../base/host-fault.ts'
import { isBytes } from '../base/realms.ts'
import type { BlockSink } from '../content/block.ts'
import { addFile } from '../content/unixfs.ts'
import type { Profile } from '../interface-profile.ts'
import type { Abortable, Out, Outcome, Receipt, Result, RunLimits } from '../interface.ts'

/** What a receipt is about. */
export interface Subject {
  readonly task: CID
  readonly profile: Profile
  readonly profileCid: CID
  readonly limits: RunLimits
}

/** Puts what is longer than the profile keeps in a receipt into the store. */
type Keep = (bytes: Uint8Array) => Promise<Uint8Array | CID>

/**
 * The receipt of an outcome. Blocks that it links to go into the store. A function of its arguments: whoever computes the
 * same outcome concludes with the same receipt. Throws faults of the store, `aborted`, `timeout` and `host-memory`.
 */
export async function conclude(
  outcome: Outcome,
  subject: Subject,
  store: BlockSink,
  { signal }: Abortable = {},
): Promise<Receipt> {
  const { gasUsed, peakPages, growRefused } = outcome
  const { profile, limits } = subject
  const keep: Keep = async bytes =>
    bytes.length > profile.limits.inlineBytes ? addFile(store, bytes, { signal }) : bytes
  const meta = { profile: subject.profileCid, limits, gasUsed, peakPages, growRefused }
  try {
    const logs = outcome.logs.length === 0 ? {} : { logs: await keep(outcome.logs) }
    return { ran: subject.task, out: await concludeOut(outcome.out, keep), meta: { ...meta, ...logs } }
  } catch (error) {
    throw hostFault(error)
  }
}

async function concludeOut(out: Out, keep: Keep): Promise<Out> {
  return 'error' in out ? out : { ok: await concludeResult(out.ok, keep) }
}

async function concludeResult(result: Result, keep: Keep): Promise<Result> {
  if (isBytes(result)) return keep(result)
  if (typeof result !== 'string') return result
  const kept = await keep(new TextEncoder().encode(result))
  return isBytes(kept) ? result : kept
}
