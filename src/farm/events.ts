/** The events of a farm. */
import type { CID } from 'multiformats/cid'
import type { TaskDetail, TypedEvents } from '../executor/events.ts'
import type { FarmSettlement } from './transcript.ts'

/** The detail of an event of a replica. */
export interface ReplicaDetail {
  /** The CID of the task. */
  readonly task: CID
  /** The lane of the replica. */
  readonly lane: string
}

/** The detail of an event of an answer. */
export interface AnswerDetail extends ReplicaDetail {
  /** The worker, as the answer states it. */
  readonly by: string
}

/** The detail of an event of a refused answer. */
export interface RefusedDetail extends ReplicaDetail {
  /** The reason. */
  readonly why: string
}

/** The detail of an event of a job that was settled. */
export interface SettledDetail {
  /** The CID of the task. */
  readonly task: CID
  /** How it was settled. */
  readonly settled: FarmSettlement
  /** The CID of the transcript. */
  readonly transcript: CID
}

/** The detail of an event of a lie. */
export interface LieDetail {
  /** The CID of the task. */
  readonly task: CID
  /** The worker. */
  readonly by: string
  /** The CID of the false receipt. */
  readonly receipt: CID
}

/** The events of a farm, by their types. */
export interface FarmEventMap {
  /** A replica was put on a lane. */
  readonly asked: CustomEvent<ReplicaDetail>
  /** The queue has lost a replica, and it was put there again. */
  readonly lost: CustomEvent<ReplicaDetail>
  /** A worker has answered with a signed receipt. */
  readonly answered: CustomEvent<AnswerDetail>
  /** A worker has answered with a fault. */
  readonly faulted: CustomEvent<AnswerDetail>
  /** An answer was refused. */
  readonly refused: CustomEvent<RefusedDetail>
  /** Workers contradict one another. */
  readonly split: CustomEvent<TaskDetail>
  /** A worker has lied. */
  readonly lie: CustomEvent<LieDetail>
  /** A task is set aside, because workers have died with it. */
  readonly poison: CustomEvent<ReplicaDetail>
  /** A job has ended. */
  readonly settled: CustomEvent<SettledDetail>
}

/** The `EventTarget` of a farm. */
export type FarmEvents = TypedEvents<FarmEventMap>
