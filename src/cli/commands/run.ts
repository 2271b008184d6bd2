import type { CID } from 'multiformats/cid'
import type { Callable } from '../../abi/guest.ts'
import { isRejection } from '../../abi/lookup.ts'
import { deadline } from '../../base/deadline.ts'
import type { PreparingEngine } from '../../engine/engine.ts'
import { createExecutor, type Execution } from '../../executor/executor.ts'
import { jobKey } from '../../executor/resolve.ts'
import type { Profile, RunLimits, Task } from '../../interface.ts'
import { encodeProfile } from '../../profile/document.ts'
import { formatAbi } from '../../task/abi-name.ts'
import { createTask } from '../../task/task.ts'
import { chooseAbi } from '../abi.ts'
import { toParams } from '../arguments.ts'
import { chooseProfile } from '../choices.ts'
import { MOST_BYTES, type Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { readTarget } from '../inputs.ts'
import { trapLines } from '../explain.ts'
import { harmless, writeOutput } from '../output.ts'
import { saysStages, withProgress } from '../progress.ts'
import { adviseOn, printExecution, type Ran } from '../report.ts'
import { EXIT } from '../usage.ts'
import { readWords } from '../words.ts'

export interface RunOptions {
  readonly gas: bigint
  readonly pages: number
  readonly timeout: number
  readonly profile?: string
  readonly abi?: string
  readonly out?: string
}

/** Makes a task of a call, runs it, and tells what came out. */
export async function run(
  context: Context,
  target: string,
  fun: string,
  typed: readonly string[],
  options: RunOptions,
): Promise<number> {
  const profile = chooseProfile(options.profile)
  const words = await readWords(typed)
  const { cid, bytes, file } = await readTarget(context, target, { keep: true })
  const engine = takeEngine()
  const { signal, clear } = deadline(context.signal, 1000 * options.timeout)
  try {
    const module = await judge(engine, cid, bytes, profile, signal)
    const abi = chooseAbi(options.abi, module, fun, words)
    const params = await toParams(context, abi, module, fun, words)
    // What is given by CID has to be in the store by now.
    for (const word of words)
      if (word.kind === 'link' && params.some(param => param === word.cid)) await context.loadFile(word.cid, MOST_BYTES)
    const task = createTask({ mod: cid, fun, params, abi: formatAbi(abi) })
    const execution = await execute(context, engine, task, options, profile, signal)
    if (options.out !== undefined) await writeArchive(context, execution.cid, options.out)
    await report(context, execution, { task, module, bytes, file, out: options.out })
    return 'ok' in execution.receipt.out ? EXIT.done : EXIT.negative
  } finally {
    clear()
    await engine.close()
  }
}

/** What the module shows to its callers; undefined if it is rejected. */
async function judge(
  engine: PreparingEngine,
  cid: CID,
  module: Uint8Array,
  profile: Profile,
  signal: AbortSignal,
): Promise<Callable | undefined> {
  const job = { key: jobKey(cid, encodeProfile(profile).cid), module, profile }
  const judged = await withProgress('checking the module', () => engine.judge(job, { signal }))
  return isRejection(judged) ? undefined : judged
}

function execute(
  context: Context,
  engine: PreparingEngine,
  task: Task,
  { gas, pages }: RunLimits,
  profile: Profile,
  signal: AbortSignal,
): Promise<Execution> {
  const bounds = { maxModuleBytes: MOST_BYTES, maxParamBytes: MOST_BYTES }
  const executor = createExecutor({ store: context.store, engine, profile, ...bounds })
  const running = `running ${task.args.fun}`
  return withProgress(running, say =>
    executor.execute(task, { gas, pages }, { signal, onStage: saysStages(say, running), explain: true }),
  )
}

async function writeArchive(context: Context, receipt: CID, path: string): Promise<void> {
  const { exportCar } = await import('../../content/car.ts')
  await writeOutput(path, await exportCar(context.store, [receipt], { signal: context.signal }))
}

async function report(context: Context, execution: Execution, ran: Ran): Promise<void> {
  const { receipt, cid, task } = execution
  if (!context.json) await printExecution(context, execution, ran)
  else await context.answer({ receipt: cid, task, out: receipt.out, meta: receipt.meta }, () => {})
  if (execution.details !== undefined) for (const line of trapLines(execution.details)) context.output.note(harmless(line))
  adviseOn(context, receipt.out, ran)
}
