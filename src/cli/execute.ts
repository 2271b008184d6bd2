/** How the task of a call is run: on this host, or elsewhere. */
import type { CID } from 'multiformats/cid'
import type { PreparingEngine } from '../engine/engine.ts'
import { createExecutor, type Execution } from '../executor/executor.ts'
import type { MemoStore } from '../executor/memo-store.ts'
import type { Profile } from '../interface-profile.ts'
import type { RunLimits, Task } from '../interface.ts'
import { MAX_FILE_BYTES, type Context } from './context.ts'
import { saysStages, withProgress } from './progress.ts'

/** An answer, and how a farm has settled it. */
export interface Executed extends Execution {
  /** What to tell of an answer from the memo. */
  readonly remembered?: string
  readonly farm?: { readonly settled: string; readonly by: readonly string[]; readonly transcript: CID }
}

/** What a task runs with on this host. */
export interface Machinery {
  readonly engine: PreparingEngine
  readonly profile: Profile
  readonly memo: MemoStore | undefined
}

/** Runs the task of a call. */
export type ExecuteTask = (
  context: Context,
  machinery: Machinery,
  task: Task,
  limits: RunLimits,
  signal: AbortSignal,
) => Promise<Executed>

/** Runs the task of a call on this host. */
export async function executeHere(
  context: Context,
  { engine, profile, memo }: Machinery,
  task: Task,
  { gas, pages }: RunLimits,
  signal: AbortSignal,
): Promise<Executed> {
  const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
  // What the gateway has of a program's files is loaded, and stored, as far as the program reads it.
  const store = await context.source()
  const executor = createExecutor({ store, engine, profile, ...bounds, ...(memo && { memo }) })
  const running = `running ${task.args.fun}`
  return withProgress(running, say =>
    executor.execute(task, { gas, pages }, { signal, onStage: saysStages(say, running), explain: true }),
  )
}
