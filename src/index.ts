/** Deterministic execution of WebAssembly, with receipts that anyone can re-check. */
export type * from './interface.ts'
export type * from './interface-profile.ts'
export { Fault, isRetryable, type FaultCode, type Whose } from './base/fault.ts'
export type { Deadline } from './base/deadline.ts'

export {
  createExecutor,
  type CloseOptions,
  type ExecuteOptions,
  type Execution,
  type Executor,
  type ExecutorOptions,
  type Origin,
} from './executor/executor.ts'
export type {
  AttemptDetail,
  CallDetail,
  DeathsDetail,
  ExecutorEventMap,
  ExecutorEvents,
  ExecutorListener,
  FaultDetail,
  ReceiptDetail,
  RetryDetail,
  TaskDetail,
  TypedEvents,
} from './executor/events.ts'
export { createMemoryMemo, type MemoryMemoOptions } from './executor/memory-memo.ts'
export { memoRoots } from './executor/memo-roots.ts'
export { loadResult, programResult, type ProgramResult } from './executor/results.ts'
export type { MemoEntries, MemoStore } from './executor/memo-store.ts'
export type { QueueOptions } from './executor/queue.ts'
export { backoff, type RetryOptions, type RetryPolicy } from './executor/retry.ts'
export type { ExecutorStats } from './executor/stats.ts'
export { estimate, type Estimate, type EstimateOptions } from './executor/estimate.ts'
export { createVerifier, type Verifier } from './verifier/verifier.ts'
export type { Expectation, VerifierOptions, VerifyOptions } from './verifier/options.ts'
export { readClaim, type Claim, type ReadClaim, type Signed } from './verifier/claim.ts'
export type {
  ClaimInput,
  Counts,
  ClaimResult,
  NamedClaim,
  Verification,
  VerifyManyOptions,
} from './verifier/verify-many.ts'
export { claimsInCar, type CarClaim } from './verifier/car-claims.ts'
export {
  decide,
  type Asked,
  type DecideOptions,
  type Decision,
  type SetAside,
  type UnaskedClaim,
} from './verifier/decide.ts'
export {
  optimistic,
  type Doubt,
  type Liar,
  type Optimistic,
  type OptimisticOptions,
  type Settlement,
} from './verifier/optimistic.ts'
export {
  createInlineEngine,
  type ComputeOptions,
  type Engine,
  type EngineStats,
  type HostOptions,
  type InlineOptions,
  type PreparingEngine,
} from './engine/engine.ts'
export { createWorkerEngine, type WorkerEngineOptions } from './engine/web-workers.ts'
export type { WebWorker, WebWorkerEvent } from './engine/web-seat.ts'
export { createIndexedDbIndex, type IndexedDbIndexOptions } from './engine/indexed-db-index.ts'
export type { Bits, HostCall, Sink } from './host/host-call.ts'
export type { HostFunction, HostInputs, HostLimits, HostModule, HostResults } from './host/host-module.ts'
export type { Job, JobFiles, LoadLinks, Loadable, WantedLinks } from './engine/job.ts'
export { jobKey } from './executor/resolve.ts'
export type { PreparedIndex } from './engine/prepared-index.ts'
export type { PreparerOptions, Stage } from './engine/preparer.ts'
export { describeStage } from './engine/stage-words.ts'
export type { Argument, Callable } from './abi/guest.ts'
export type { LinkContent } from './abi/links.ts'

export { admit, rejectionOf, type Admission, type AdmittedModule, type ImportVerdict } from './admission/admit.ts'
export { adviceOn } from './admission/advice.ts'
export { instrument, type InstrumentedModule } from './instrument/instrument.ts'
export type { ModeName } from './instrument/modes.ts'
export type {
  Body,
  Bounds,
  Export,
  ExternKind,
  Global,
  Import,
  LocalRun,
  Module,
  Section,
  Segment,
  TableType,
} from './wasm/module.ts'
export type { FunctionType, ValueType } from './wasm/types.ts'
export { PROFILE_1 } from './profile/v1.ts'
export { PROFILE_1_VIRTUAL } from './profile/virtual.ts'
export { checkProfile } from './profile/check.ts'
export { decodeProfile, encodeProfile, profileOf, PROFILES } from './profile/document.ts'

export { readTask, formatTask, type ReadTaskOptions } from './task/forms/read.ts'
export { translateTask, type TranslateOptions, type Translation } from './task/forms/translate.ts'
export { writeTask, type WritableForm, type WriteTaskOptions } from './task/forms/write.ts'
export type { AskedCall, Await, Instruction, TaskDocument, TaskForm } from './task/forms/form.ts'
export type { AskedLimits } from './task/forms/limits.ts'
export { float, type Float } from './base/float.ts'
export type { MarkedMap, MarkedValue } from './base/marked-value.ts'
export { createTask, decodeTask, encodeTask, type ParamInput, type TaskInput } from './task/task.ts'
export { formatAbi, parseAbi, type Abi, type AsType } from './task/abi-name.ts'
export {
  classify,
  classifyWith,
  supports,
  type Classification,
  type ModuleEvidence,
  type Tuple,
} from './task/classify.ts'
export type { Evidence } from './task/finding.ts'
export { toTask, type SeedDefaults } from './task/seed.ts'
export { CLASS_TABLE, type ClassRow, type Guarantees, type SafetyClass, type WorkKind } from './task/classes.ts'

export { createWorkflow, decodeWorkflow, encodeWorkflow } from './workflow/document.ts'
export type { Workflow, WorkflowInput, WorkflowTask, WorkflowTaskInput } from './workflow/form.ts'
export {
  plan,
  workflowModules,
  type PlanOptions,
  type PlannedTask,
  type PlannedWait,
  type WorkflowPlan,
} from './workflow/plan.ts'
export { translateWorkflow, type WorkflowTranslation } from './workflow/homestar.ts'
export { runWorkflow, type RunWorkflowOptions } from './workflow/run.ts'
export type { WorkflowLimits } from './workflow/budget.ts'
export type {
  TaskEnd,
  TaskFault,
  TaskNews,
  TaskRan,
  TaskWaiting,
  WorkflowProgress,
  WorkflowRun,
} from './workflow/ends.ts'

export { generateKey, keyFromPem, type Signer, type SigningKey } from './envelope/key.ts'
export { signReceipt, type SignOptions, type WritableEnvelope } from './envelope/sign.ts'
export { readEnvelope } from './envelope/read.ts'
export { openEnvelope, type OpenedEnvelope } from './envelope/open.ts'
export type { Envelope, EnvelopeForm, EnvelopeOut, Voucher } from './envelope/envelope.ts'

export { decodeReceipt, encodeReceipt } from './receipt/receipt.ts'
export {
  compare,
  type Agreement,
  type CompareOptions,
  type Comparison,
  type Contest,
  type ExecutorClaim,
  type FaultClaim,
  type ReceiptClaim,
} from './receipt/compare.ts'
export { mismatches } from './receipt/mismatches.ts'
export { memoKey, serve, serves } from './receipt/memo.ts'
export { describe, describeValue, describeVerdict } from './receipt/describe.ts'
export { meaningOf, type VerdictName } from './receipt/meanings.ts'

export { fromDagJson, toDagJson } from './base/dag-json.ts'
export { getBlock, type BlockSink, type BlockSource, type SizeBound } from './content/block.ts'
export { parseCid } from './content/cids.ts'
export type { WalkOptions } from './content/dag.ts'
export { parsePath, resolvePath, type Path } from './content/path.ts'
export { createMemoryStore, type MemoryStore } from './content/memory-store.ts'
export { addFile, load, type AddOptions } from './content/unixfs.ts'
export { addTree, type NewTree } from './content/add-tree.ts'
export { listFiles, type ListedFile, type ListOptions } from './content/list-files.ts'
export {
  carPieces,
  exportCar,
  importCar,
  readCar,
  type Car,
  type CarSource,
  type ExportOptions,
} from './content/car.ts'
export type { CarBound } from './content/car-reader.ts'
export { createGatewayStore, type GatewayOptions, type GatewayStoreOptions } from './content/gateway.ts'
export { createFallbackStore, type FallbackOptions, type FallbackStore } from './content/fallback-store.ts'
export { fetchCar, loadThrough, type FetchThroughOptions } from './content/through.ts'
