import { createGatewayStore } from '../../content/gateway.ts'
import { readKeyFile } from '../../envelope/key-file.ts'
import { generateKey } from '../../envelope/key.ts'
import { createExecutor } from '../../executor/executor.ts'
import { createFarmWorker } from '../../farm/worker.ts'
import { isLane } from '../../farm/transport.ts'
import type { BlockStore } from '../../interface.ts'
import { chooseProfile } from '../choices.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { commandMemo } from '../memo.ts'
import { queueOf, type QueueChoice } from '../queue.ts'
import { counted } from '../output.ts'
import { bold } from '../terminal.ts'
import { readToken } from '../token-file.ts'
import { EXIT, UsageError } from '../usage.ts'

export interface WorkerOptions extends QueueChoice {
  readonly lane: string
  /** The file of the key. */
  readonly key?: string
  /** The address of a gateway that takes blocks, and the file with the token for it. */
  readonly put?: string
  readonly tokenFile?: string
  readonly jobs: number
  /** The seconds for one task. */
  readonly timeout: number
  readonly memory: number
  readonly profile?: string
  readonly memo: boolean
}

/** Serves a lane of a farm until it is told to stop. */
export async function worker(context: Context, options: WorkerOptions): Promise<number> {
  const { lane, jobs, timeout, memory } = options
  if (!isLane(lane))
    throw new UsageError(`--lane is a letter or digit, then up to 31 letters, digits, - and _, not "${lane}"`)
  const profile = chooseProfile(options.profile)
  const transport = queueOf(options)
  const target = await targetOf(options)
  const key = options.key === undefined ? await generateKey() : await readKeyFile(options.key)
  const engine = takeEngine(memory, jobs)
  try {
    const store = await context.source()
    const memo = commandMemo(options.memo)
    const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
    const executor = createExecutor({ store, engine, profile, ...bounds, ...(memo && { memo }) })
    const serving = await createFarmWorker({
      transport,
      executor,
      store: target ?? store,
      lane,
      key,
      profile,
      concurrency: jobs,
      timeoutMs: 1000 * timeout,
    })
    await context.answer({ did: key.did, lane }, output => {
      output.line(bold(key.did), ` serves lane ${lane}`)
      if (options.key === undefined)
        output.note('This key is lost with the process, and the trust that it earns. --key FILE keeps both.')
    })
    const abort = await stopped(context.signal)
    await serving.close({ abort })
    const { answered, faulted } = serving.stats()
    if (!context.json)
      context.output.note(`${counted(answered, 'receipt')} and ${counted(faulted, 'fault')} were answered.`)
    return EXIT.done
  } finally {
    await transport.close()
    await engine.close()
  }
}

/** The gateway to which the blocks of results go. Throws UsageError. */
async function targetOf({ put, tokenFile }: WorkerOptions): Promise<BlockStore | undefined> {
  if ((put === undefined) !== (tokenFile === undefined))
    throw new UsageError('--put and --token-file belong together: the gateway takes blocks from whoever has the token')
  if (put === undefined) return undefined
  return createGatewayStore(put, { token: await readToken(tokenFile!) })
}

/** Waits for a signal to stop. True if the jobs are to be given back: at an interruption. */
function stopped(interruption: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    process.once('SIGTERM', () => resolve(false))
    if (interruption.aborted) resolve(true)
    interruption.addEventListener('abort', () => resolve(true), { once: true })
  })
}
