import { admit } from '../../admission/admit.ts'
import { exportCar } from '../../content/car.ts'
import { createThreadEngine } from '../../engine/threads.ts'
import { createExecutor, type Execution } from '../../executor/executor.ts'
import type { Profile, RunLimits, Task } from '../../interface.ts'
import { formatAbi } from '../../task/abi-name.ts'
import { createTask } from '../../task/task.ts'
import { chooseAbi } from '../abi.ts'
import { toParams } from '../arguments.ts'
import { chooseProfile } from '../choices.ts'
import { MOST_BYTES, type Context } from '../context.ts'
import { deadline } from '../deadline.ts'
import { readTarget } from '../inputs.ts'
import { writeOutput } from '../output.ts'
import { withProgress } from '../progress.ts'
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
  const module = admit(bytes, profile).admitted?.module
  const abi = chooseAbi(options.abi, module, fun, words)
  const params = await toParams(context, abi, module, fun, words)
  // What is given by CID has to be in the store by now.
  for (const word of words)
    if (word.kind === 'link' && params.some(param => param === word.cid)) await context.loadFile(word.cid, MOST_BYTES)
  const task = createTask({ mod: cid, fun, params, abi: formatAbi(abi) })
  const execution = await execute(context, task, { gas: options.gas, pages: options.pages }, profile, options.timeout)
  if (options.out !== undefined)
    await writeOutput(options.out, await exportCar(context.store, [execution.cid], { signal: context.signal }))
  await report(context, execution, { task, module, bytes, file, out: options.out })
  return 'ok' in execution.receipt.out ? EXIT.done : EXIT.negative
}

async function execute(
  context: Context,
  task: Task,
  limits: RunLimits,
  profile: Profile,
  seconds: number,
): Promise<Execution> {
  const engine = createThreadEngine()
  const { signal, clear } = deadline(context.signal, seconds)
  try {
    const executor = createExecutor({
      store: context.store,
      engine,
      profile,
      maxModuleBytes: MOST_BYTES,
      maxParamBytes: MOST_BYTES,
    })
    return await withProgress(`running ${task.args.fun}`, () => executor.execute(task, limits, { signal }))
  } finally {
    clear()
    await engine.close()
  }
}

async function report(context: Context, execution: Execution, ran: Ran): Promise<void> {
  const { receipt, cid, task } = execution
  if (!context.json) await printExecution(context, execution, ran)
  else await context.answer({ receipt: cid, task, out: receipt.out, meta: receipt.meta }, () => {})
  adviseOn(context, receipt.out, ran)
}
