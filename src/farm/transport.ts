/**
 * The port to a queue. A farm and its workers know a queue by this alone (docs/spec/farm.md, FARM-3 and FARM-4).
 *
 * A queue has lanes. A replica waits on one lane, and a worker serves one lane. So two replicas of a job on two lanes
 * never go to the same worker.
 */
import type { CloseOptions } from '../executor/execution.ts'
import type { Abortable } from '../interface.ts'

/** One replica of a job. */
export interface Replica {
  /** The lane on which it waits. */
  readonly lane: string
  /** Its id, which no other replica on the lane has. */
  readonly id: string
  /** The job, for the worker that takes the replica. */
  readonly payload: Uint8Array
  /** A whole number from -10 to 10. Replicas with a higher priority are taken first, equal ones in their order. */
  readonly priority: number
}

/** The end of a replica. */
export type ReplicaEnd =
  | {
      /** The answer of a worker. It is untrusted, like everything that comes out of the queue. */
      readonly answer: Uint8Array
    }
  | {
      /** The number of workers that died with the replica. It is set aside, and no worker gets it again. */
      readonly deaths: number
    }
  | {
      /** The queue does not know the replica: it was removed, or the queue has lost it in a crash. */
      readonly lost: true
    }

/** A replica that a worker has taken. */
export interface TakenReplica {
  /** The id of the replica. */
  readonly id: string
  /** The job. */
  readonly payload: Uint8Array
  /** Fires when the worker gives the replica back, or has lost it to another worker. */
  readonly signal: AbortSignal
}

/** What a lane looks like now. */
export interface LaneState {
  /** The name of the lane. */
  readonly lane: string
  /** The number of replicas that wait. */
  readonly waiting: number
  /** The number of replicas that workers have taken. */
  readonly active: number
  /** The number of replicas that are set aside, because workers died with them. */
  readonly setAside: number
  /** The number of replicas that were answered in the last whole minute. */
  readonly perMinute: number
  /** The names of the workers that serve the lane, as they state them. */
  readonly workers: readonly string[]
}

/** A worker that serves a lane. */
export interface LaneWorker {
  /**
   * Takes no more replicas, and resolves when those that were taken are answered. With `abort`, they are given back and
   * wait for another worker.
   */
  close(options?: CloseOptions): Promise<void>
}

/** How a worker serves a lane. */
export interface LaneService {
  /** The lane. */
  readonly lane: string
  /** The name of the worker, such as its DID. */
  readonly worker: string
  /** The number of replicas that it takes at once. */
  readonly concurrency: number
  /**
   * Computes the answer to a replica. If it rejects, the replica counts as one with which a worker has died, and waits
   * for the next one.
   */
  readonly handle: (replica: TakenReplica) => Promise<Uint8Array>
}

/**
 * A queue. It gives a replica to one worker at a time. If that worker dies, the replica waits for another one, until
 * `MAX_DEATHS` workers have died with it.
 *
 * The methods throw Fault queue-failed if the queue does not answer; aborted and timeout.
 */
export interface FarmTransport {
  /**
   * Adds a replica, unless the lane has one with this id, which may also be answered or set aside. Returns true if it
   * was added.
   */
  add(replica: Replica): Promise<boolean>
  /** Waits for the end of a replica. If it has ended before, returns its end. */
  wait(lane: string, id: string, options?: Abortable): Promise<ReplicaEnd>
  /** Removes a replica with its answer, so that one with the same id can be added. One that a worker has taken stays. */
  remove(lane: string, id: string): Promise<void>
  /** Begins to serve a lane. */
  work(service: LaneService): Promise<LaneWorker>
  /** The lanes that have workers or replicas. */
  lanes(): Promise<readonly LaneState[]>
  /** Ends the use of the queue. Workers have to be closed before. */
  close(): Promise<void>
}

/** The number of workers that may die with one replica before it is set aside. */
export const MAX_DEATHS = 3

/** The form of the name of a lane: a letter or digit, then up to 31 letters, digits, `-` and `_`. */
const LANE = /^[A-Za-z0-9][\w-]{0,31}$/

/** Returns true if a text can be the name of a lane. */
export function isLane(name: unknown): name is string {
  return typeof name === 'string' && LANE.test(name)
}
