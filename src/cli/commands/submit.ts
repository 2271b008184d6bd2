import { createFarm } from '../../farm/farm.ts'
import { MAX_GAS, MAX_PAGES } from '../../receipt/limits.ts'
import { createVerifier } from '../../verifier/verifier.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import type { ExecuteTask } from '../execute.ts'
import { commandMemo } from '../memo.ts'
import { withProgress } from '../progress.ts'
import { ledgerOf, queueOf, type QueueChoice } from '../queue.ts'
import { run, type RunOptions } from './run.ts'

export interface SubmitCommandOptions extends RunOptions, QueueChoice {
  readonly ledger?: string
  readonly replicas: number
  readonly priority: number
}

/** Makes a task of a call, runs it on a farm, and prints the outcome. */
export async function submit(
  context: Context,
  target: string | undefined,
  fun: string | undefined,
  typed: readonly string[],
  options: SubmitCommandOptions,
): Promise<number> {
  const transport = queueOf(options)
  const { replicas, priority } = options
  const onFarm: ExecuteTask = async (_, { engine, profile }, task, { gas, pages }, signal) => {
    const store = await context.source()
    const memo = commandMemo(options.memo)
    const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
    const farm = createFarm({
      transport,
      store,
      profile,
      policy: { replicas, maxReplicas: Math.max(5, replicas + 2) },
      ledger: ledgerOf(context, options.ledger),
      // The limits are those that this command asks for.
      referee: createVerifier({ store, engine, profiles: [profile], maxGas: MAX_GAS, maxPages: MAX_PAGES, ...bounds }),
      ...(memo && { memo }),
    })
    const answer = await withProgress(`waiting for the farm to run ${task.args.fun}`, () =>
      farm.submit(task, { gas, pages }, { signal, priority }),
    )
    const { settled, by, transcript } = answer
    const farmed = settled === undefined ? {} : { farm: { settled, by: by!, transcript: transcript! } }
    const remembered = 'The farm has answered this task before, and its receipt answers it. --no-memo asks it again.'
    return { ...answer, origin: answer.origin === 'memo' ? 'memo' : 'run', remembered, ...farmed }
  }
  try {
    return await run(context, target, fun, typed, { ...options, memo: false }, onFarm)
  } finally {
    await transport.close()
  }
}
