/** The state of a farm, for people and dashboards. */
import type { FarmLedger } from './ledger.ts'
import { isTrusted, NO_HISTORY, type History, type Policy } from './policy.ts'
import type { FarmSettlement } from './transcript.ts'
import type { FarmTransport, LaneState } from './transport.ts'

/** The numbers of one farm object since it was made. */
export type FarmCounts = Record<FarmSettlement | 'memo' | 'joined' | 'lies', number>

/** The jobs of one farm object that have not ended. */
export interface FarmJobs {
  /** The jobs that wait. */
  readonly queued: number
  /** The jobs that are being settled. */
  readonly running: number
}

/** A worker, as the judge knows it. */
export interface WorkerStatus extends History {
  /** The `did:key` of the worker. */
  readonly worker: string
  /** The lanes that it serves now. Empty for a worker that is gone. */
  readonly lanes: readonly string[]
  /** True if its answers are checked now and then only. */
  readonly trusted: boolean
}

/** The state of a farm. */
export interface FarmStatus {
  /** The lanes, in the order of their names. */
  readonly lanes: readonly LaneState[]
  /** The workers that serve a lane or were judged before, in the order of their DIDs. */
  readonly workers: readonly WorkerStatus[]
  /** The number of replicas that were answered in the last whole minute. */
  readonly perMinute: number
  /** The numbers of this farm object: jobs that wait, that are being settled, and that have ended, by how. */
  readonly jobs: FarmJobs & Readonly<FarmCounts>
}

/** Reads the state of lanes and workers. Throws Fault queue-failed, store-failed. */
export async function statusOf({
  transport,
  ledger,
  policy,
}: {
  readonly transport: Pick<FarmTransport, 'lanes'>
  readonly ledger: Pick<FarmLedger, 'histories'>
  readonly policy: Policy
}): Promise<Omit<FarmStatus, 'jobs'>> {
  const [states, histories] = await Promise.all([transport.lanes(), ledger.histories()])
  const lanes = [...states].sort((a, b) => (a.lane < b.lane ? -1 : 1))
  const names = new Set([...histories.keys(), ...lanes.flatMap(({ workers }) => workers)])
  return {
    lanes,
    workers: [...names].sort().map(worker => {
      const history = histories.get(worker) ?? NO_HISTORY
      const serves = lanes.filter(({ workers }) => workers.includes(worker)).map(({ lane }) => lane)
      return { worker, lanes: serves, trusted: isTrusted(history, policy), ...history }
    }),
    perMinute: lanes.reduce((sum, { perMinute }) => sum + perMinute, 0),
  }
}
