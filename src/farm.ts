/**
 * Farms: many machines run tasks for one judge, which accepts receipts by a policy, and names who has lied. Queues on
 * Redis or Valkey need the packages `bullmq` and `ioredis`, which this package does not install.
 */
export { createFarm, type Farm, type FarmReceipt, type SubmitOptions } from './farm/farm.ts'
export type { FarmOptions } from './farm/options.ts'
export type { ToQueue } from './farm/connect.ts'
export type { FarmCounts, FarmJobs, FarmStatus, WorkerStatus } from './farm/status.ts'
export { createFarmWorker, type FarmWorker, type FarmWorkerOptions, type FarmWorkerStats } from './farm/worker.ts'
export type {
  AnswerDetail,
  FarmEventMap,
  FarmEvents,
  LieDetail,
  RefusedDetail,
  ReplicaDetail,
  SettledDetail,
} from './farm/events.ts'
export { createMemoryTransport, type MemoryTransport } from './farm/memory-transport.ts'
export { createBullTransport, type BullConnection, type BullOptions } from './farm/bull-transport.ts'
export {
  MAX_DEATHS,
  type FarmTransport,
  type LaneService,
  type LaneState,
  type LaneWorker,
  type Replica,
  type ReplicaEnd,
  type TakenReplica,
} from './farm/transport.ts'
export {
  afterRuling,
  checkProbability,
  confirmationsFor,
  DEFAULT_POLICY,
  firstLanes,
  isTrusted,
  nextLane,
  NO_HISTORY,
  type History,
  type LaneView,
  type Policy,
  type Ruling,
  type Toss,
} from './farm/policy.ts'
export { createMemoryLedger, type FarmLedger, type LedgerEntry } from './farm/ledger.ts'
export { createFsLedger } from './farm/fs-ledger.ts'
export { classOf, jobId, replicaId, type FarmJob } from './farm/job.ts'
export {
  decodeTranscript,
  encodeTranscript,
  type DeathsEvidence,
  type Evidence,
  type FarmSettlement,
  type FaultEvidence,
  type ReceiptEvidence,
  type RefusedEvidence,
  type StatedFault,
  type Transcript,
  type TranscriptLiar,
} from './farm/transcript.ts'
export { checkTranscript, type TranscriptCheck, type TranscriptFinding } from './farm/check.ts'
