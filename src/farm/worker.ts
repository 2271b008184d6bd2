/** Workers of a farm: they take jobs from a lane, run them with an executor, and answer with signed receipts. */
import { checkTime } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { badUsage, count, fields, withMethods } from '../base/usage.ts'
import { givenDid } from '../envelope/did-key.ts'
import type { Signer } from '../envelope/key.ts'
import type { CloseOptions } from '../executor/execution.ts'
import type { Executor } from '../executor/execution.ts'
import { ProfileSet } from '../executor/profiles.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { faultAnswer, receiptAnswer } from './answer.ts'
import { givenTransport, type ToQueue } from './connect.ts'
import { deliver } from './deliver.ts'
import { decodeJob } from './job.ts'
import { isLane, type TakenReplica } from './transport.ts'

/** The options of a worker. Either `transport` or `connection` must be given. */
export interface FarmWorkerOptions extends ToQueue {
  /**
   * The store in which the judge finds the blocks of results. It may be that of the executor. Otherwise, results are
   * copied there: for example, to a gateway of `createGatewayStore` with a token.
   */
  readonly store: Pick<BlockStore, 'has' | 'put'>
  /**
   * The executor, which the worker does not close. Its engine must not run guests on the thread of this event loop: if
   * the loop stands still, the queue takes the worker for dead, and gives the job to another one.
   */
  readonly executor: Executor
  /** The lane: a letter or digit, then up to 31 letters, digits, `-` and `_`. */
  readonly lane: string
  /** The key that signs the answers. A worker keeps the trust that it has earned as long as it keeps the key. */
  readonly key: Signer
  /** The profile of the executor. Jobs of other profiles end with the fault `unknown-profile`. Default: profile 1. */
  readonly profile?: Profile
  /** The number of jobs at the same time, at least 1. Default: 1. */
  readonly concurrency?: number
  /** The time for one job, in milliseconds. Longer ones end with the fault `timeout`. Default: none. */
  readonly timeoutMs?: number
}

/** The numbers of a worker. */
export interface FarmWorkerStats {
  /** The jobs that it now runs. */
  readonly running: number
  /** The jobs that it has answered with a receipt. */
  readonly answered: number
  /** The jobs that it has answered with a fault. */
  readonly faulted: number
}

/** A worker of a farm. */
export interface FarmWorker {
  /** The `did:key` of its key. */
  readonly did: string
  /** The lane that it serves. */
  readonly lane: string
  /** The numbers of the worker now. */
  stats(): FarmWorkerStats
  /**
   * Takes no more jobs, and resolves when those that it has are answered. With `abort`, they are given back to the
   * queue. A transport that was given stays open.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Starts a worker. It takes jobs until it is closed.
 *
 * @throws Fault bad-usage for wrong options, and without the packages of the queue; queue-failed
 */
export async function createFarmWorker(options: FarmWorkerOptions): Promise<FarmWorker> {
  const { store, executor, lane, key, profile = PROFILE_1, concurrency = 1, timeoutMs } = fields(options, 'options')
  withMethods(store, 'store', ['has', 'put'])
  withMethods(executor, 'executor', ['execute'])
  withMethods(key, 'key', ['sign'])
  const did = givenDid(key.did, 'key.did')
  if (!isLane(lane)) throw badUsage('lane', 'a letter or digit, then up to 31 letters, digits, - and _', lane)
  count(concurrency, 'concurrency', 1)
  checkTime(timeoutMs)
  const known = new ProfileSet([profile]).get(profile.id)
  const numbers = { running: 0, answered: 0, faulted: 0 }

  const run = async ({ payload, signal }: TakenReplica): Promise<Uint8Array> => {
    const job = decodeJob(payload)
    if (!job.profile.equals(known.cid)) throw unknownProfile(String(job.profile), known.profile.id)
    const { receipt } = await executor.execute(job.task, job.limits, {
      signal,
      ...(timeoutMs !== undefined && { timeoutMs }),
    })
    if (!receipt.meta.profile.equals(job.profile))
      throw unknownProfile(String(job.profile), String(receipt.meta.profile))
    // With the store of the executor, the blocks are where they have to be.
    if (store !== executor.store) await deliver(receipt, executor.store, store, { signal })
    return receiptAnswer(receipt, key)
  }
  const handle = async (replica: TakenReplica): Promise<Uint8Array> => {
    numbers.running++
    try {
      const answer = await run(replica)
      numbers.answered++
      return answer
    } catch (error) {
      // A replica that was given back is answered by another worker.
      if (replica.signal.aborted) throw error
      numbers.faulted++
      return faultAnswer(error instanceof Fault ? error : hostFault(error), did)
    } finally {
      numbers.running--
    }
  }

  const { transport, isOwn } = givenTransport(options)
  const serving = await transport.work({ lane, worker: did, concurrency, handle })
  return {
    did,
    lane,
    stats: () => ({ ...numbers }),
    async close({ abort = false } = {}) {
      await serving.close({ abort })
      if (isOwn) await transport.close()
    },
  }
}

function unknownProfile(asked: string, own: string): Fault {
  return new Fault('unknown-profile', `the job is for the profile ${asked}, and this worker runs ${own}`, {
    profile: asked,
  })
}
