/** From an outcome to a receipt: large results and logs become linked blocks. */
import type { CID } from 'multiformats/cid'
import type { BlockSink } from '../content/block.ts'
import { addFile } from '../content/unixfs.ts'
import type { Out, Outcome, Profile, Receipt, Result, RunLimits } from '../interface.ts'

/** What a receipt is about. */
export interface Subject {
  readonly task: CID
  readonly profile: Profile
  readonly profileCid: CID
  readonly limits: RunLimits
}

/**
 * The receipt of an outcome. Blocks that it links to go into the store. A function of its arguments: whoever computes the
 * same outcome concludes with the same receipt.
 */
export async function conclude(outcome: Outcome, subject: Subject, store: BlockSink): Promise<Receipt> {
  const { gasUsed, peakPages, growRefused } = outcome
  const { profile, limits } = subject
  const meta = { profile: subject.profileCid, limits, gasUsed, peakPages, growRefused }
  const logs = outcome.logs.length === 0 ? {} : { logs: await inlineOrLink(outcome.logs, profile, store) }
  return { ran: subject.task, out: await concludeOut(outcome.out, profile, store), meta: { ...meta, ...logs } }
}

async function concludeOut(out: Out, profile: Profile, store: BlockSink): Promise<Out> {
  return 'error' in out ? out : { ok: await concludeResult(out.ok, profile, store) }
}

async function concludeResult(result: Result, profile: Profile, store: BlockSink): Promise<Result> {
  if (result instanceof Uint8Array) return inlineOrLink(result, profile, store)
  if (typeof result !== 'string') return result
  const bytes = new TextEncoder().encode(result)
  return bytes.length > profile.limits.inlineBytes ? addFile(store, bytes) : result
}

async function inlineOrLink(bytes: Uint8Array, profile: Profile, store: BlockSink): Promise<Uint8Array | CID> {
  return bytes.length > profile.limits.inlineBytes ? addFile(store, bytes) : bytes
}
