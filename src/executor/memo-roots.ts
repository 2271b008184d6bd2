import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { messageOf } from '../base/realms.ts'
import { withMethods } from '../base/usage.ts'
import { decodeEntry } from './memo.ts'
import type { MemoStore } from './memo-store.ts'

/**
 * Yields the CIDs of the blocks that a block store has to keep so that a memo can answer. For each receipt, these are
 * the receipt, its task and profile, and the blocks that the run needed or stored. A garbage collection of the store
 * uses them as roots. A CID may be yielded several times.
 *
 * @throws Fault bad-usage for a memo that does not list its entries; store-failed if listing them fails
 */
export async function* memoRoots(memo: Required<Pick<MemoStore, 'entries'>>): AsyncGenerator<CID> {
  withMethods(memo, 'memo', ['entries'])
  try {
    for await (const [key, bytes] of memo.entries()) yield* rootsOf(key, bytes)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('store-failed', `the memo cannot list its entries: ${messageOf(error)}`, {}, error)
  }
}

function* rootsOf(key: string, bytes: Uint8Array): Generator<CID> {
  const subject = subjectOf(key)
  if (subject === undefined) return
  for (const { receipt, block, linked } of decodeEntry(bytes, ...subject)) {
    yield receipt.ran
    yield receipt.meta.profile
    yield* linked
    yield block.cid
  }
}

/** Returns the task and the profile that a key names. Returns undefined for a key that no executor has made. */
function subjectOf(key: string): [task: CID, profile: CID] | undefined {
  try {
    const [task, profile] = key.split('/')
    return [CID.parse(task!), CID.parse(profile!)]
  } catch {
    return undefined
  }
}
