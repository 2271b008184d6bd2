/** A worker of a BullMQ transport. */
import type { Job, Worker } from 'bullmq'
import { base64pad } from 'multiformats/bases/base64'
import { raceAbort } from '../content/abort.ts'
import type { BullClient } from './bull-client.ts'
import { bytesOf, queueName, type BullData } from './bull-lane.ts'
import { MAX_DEATHS, type LaneService, type LaneWorker } from './transport.ts'

/** The number of minutes for which BullMQ counts answers. */
const METRICS = { maxDataPoints: 60 }

/** How a worker is served by Redis. */
export interface BullWorkerOptions {
  readonly prefix: string
  /** The time for which a replica belongs to a worker that does not renew its claim, in milliseconds. */
  readonly lockMs: number
}

/**
 * Begins to serve a lane. `beat` tells others every now and then that the worker is alive; `leave` that it is gone.
 */
export async function serveLane(
  service: LaneService,
  { bull, redis }: BullClient,
  { prefix, lockMs }: BullWorkerOptions,
  { beat, leave }: { readonly beat: () => Promise<unknown>; readonly leave: () => Promise<unknown> },
): Promise<LaneWorker> {
  let isGivingBack = false
  // The third parameter makes BullMQ pass a signal.
  const perform = async (job: Job<BullData, string>, token?: string, signal?: AbortSignal): Promise<string> => {
    const replica = { id: job.id!, payload: bytesOf(job.data?.payload), signal: signal! }
    try {
      return base64pad.baseEncode(await raceAbort(() => service.handle(replica), signal))
    } catch (error) {
      if (!isGivingBack) throw error
      await job.moveToWait(token)
      throw new bull.WaitingError()
    }
  }
  const worker: Worker<BullData, string> = new bull.Worker(queueName(service.lane), perform, {
    connection: redis,
    prefix,
    name: service.worker,
    concurrency: service.concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.max(1, lockMs / 2),
    maxStalledCount: MAX_DEATHS - 1,
    metrics: METRICS,
  })
  // BullMQ tries again by itself.
  worker.on('error', () => {})
  // A replica whose claim is lost belongs to another worker.
  worker.on('lockRenewalFailed', ids => {
    for (const id of ids) worker.cancelJob(id, 'the claim was lost')
  })
  try {
    await worker.waitUntilReady()
    await beat()
  } catch (error) {
    // Otherwise it would take replicas, although nobody knows that it serves the lane.
    await worker.close(true).catch(() => {})
    throw error
  }
  const beating = setInterval(() => void beat().catch(() => {}), lockMs / 6)
  return {
    async close({ abort = false } = {}) {
      clearInterval(beating)
      isGivingBack = abort
      const closing = worker.close()
      if (abort) worker.cancelAllJobs('the worker is closed')
      await leave().catch(() => {})
      await closing
    },
  }
}
