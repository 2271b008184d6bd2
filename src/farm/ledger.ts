/**
 * The ledger of a judge: the histories of workers, and the transcripts of tasks. It belongs to the judge. A worker that
 * could write to it would give itself trust, so it is no part of the queue (docs/spec/farm.md, FARM-11).
 */
import type { CID } from 'multiformats/cid'
import { afterRuling, NO_HISTORY, type History, type Ruling } from './policy.ts'

/** What one judgement says of its task and of the workers that answered. */
export interface LedgerEntry {
  /** The task. */
  readonly task: CID
  /** The CID of the transcript. */
  readonly transcript: CID
  /** What the judgement says of workers, by their DIDs. */
  readonly rulings: readonly (readonly [worker: string, ruling: Ruling])[]
}

/** The ledger of a judge. */
export interface FarmLedger {
  /** Adds a judgement. */
  add(entry: LedgerEntry): Promise<void>
  /** The histories of all workers that were judged, by their DIDs. */
  histories(): Promise<ReadonlyMap<string, History>>
  /** The transcript of the last judgement on a task. */
  transcript(task: CID): Promise<CID | undefined>
}

/** The sums of the entries of a ledger. */
export class LedgerSums {
  readonly histories = new Map<string, History>()
  readonly transcripts = new Map<string, CID>()

  add({ task, transcript, rulings }: LedgerEntry): void {
    this.transcripts.set(task.toString(), transcript)
    for (const [worker, ruling] of rulings)
      this.histories.set(worker, afterRuling(this.histories.get(worker) ?? NO_HISTORY, ruling))
  }
}

/** A ledger in the memory of this process. */
export function createMemoryLedger(): FarmLedger {
  const sums = new LedgerSums()
  return {
    add: async entry => sums.add(entry),
    histories: async () => sums.histories,
    transcript: async task => sums.transcripts.get(task.toString()),
  }
}
