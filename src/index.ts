/** Deterministic execution of WebAssembly, with receipts that anyone can re-check. */
export type * from './interface.ts'
export { Fault, type FaultCode, type Whose } from './base/fault.ts'

export { createExecutor, type ExecuteOptions, type Execution, type Executor, type ExecutorOptions } from './executor/executor.ts'
export { createVerifier, type Expectation, type Verifier, type VerifierOptions, type VerifyOptions } from './verifier/verifier.ts'
export { createInlineEngine, type ComputeOptions, type Engine, type PreparingEngine } from './engine/engine.ts'
export type { Job } from './engine/compute.ts'
export type { PreparedIndex } from './engine/prepared-index.ts'
export type { PreparerOptions, Stage } from './engine/preparer.ts'
export type { Callable } from './abi/guest.ts'

export { admit, rejectionOf, type Admission, type AdmittedModule, type ImportVerdict } from './admission/admit.ts'
export { instrument, type InstrumentedModule } from './instrument/instrument.ts'
export { PROFILE_1 } from './profile/v1.ts'
export { encodeProfile } from './profile/document.ts'

export { createTask, decodeTask, encodeTask, type TaskInput } from './task/task.ts'
export { formatAbi, parseAbi, type Abi, type AsType } from './task/abi-name.ts'
export { classify, classifyWith, supports, type Classification, type ModuleEvidence, type Tuple } from './task/classify.ts'
export { toTask } from './task/seed.ts'
export { CLASS_TABLE, type Guarantees, type SafetyClass, type WorkKind } from './task/classes.ts'

export { decodeReceipt, encodeReceipt } from './receipt/receipt.ts'
export { compare, mismatches, type Agreement, type Comparison, type Contest } from './receipt/compare.ts'
export { memoKey, serve, serves } from './receipt/memo.ts'
export { describe, describeVerdict } from './receipt/describe.ts'

export { parseCid } from './content/cids.ts'
export { createMemoryStore, type MemoryStore } from './content/memory-store.ts'
export { addFile, load, type AddOptions } from './content/unixfs.ts'
export { exportCar, importCar } from './content/car.ts'
export { createGatewayStore, type GatewayOptions } from './content/gateway.ts'
export { createFallbackStore, fetchCar, loadThrough } from './content/through.ts'
