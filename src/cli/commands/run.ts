import { CID } from 'multiformats/cid'
import type { Callable } from '../../abi/guest.ts'
import { isRejection } from '../../abi/lookup.ts'
import { deadline } from '../../base/deadline.ts'
import { Fault } from '../../base/fault.ts'
import type { PreparingEngine } from '../../engine/engine.ts'
import { createExecutor, type Execution } from '../../executor/executor.ts'
import { jobKey } from '../../executor/resolve.ts'
import type { Profile } from '../../interface-profile.ts'
import type { RunLimits, Task } from '../../interface.ts'
import { encodeProfile } from '../../profile/document.ts'
import { formatAbi } from '../../task/abi-name.ts'
import { createTask } from '../../task/task.ts'
import { adviseOn, type Ran } from '../advice.ts'
import { chooseProfile } from '../choices.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { readTarget } from '../inputs.ts'
import { trapLines } from '../explain.ts'
import { expectDistinct, expectWritable, Output, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { saysStages, withProgress } from '../progress.ts'
import { loadResult, printExecution } from '../report.ts'
import { stderr, stdout } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { resultBytes } from '../values.ts'
import { paramsFile, readCall } from '../params.ts'

export interface RunOptions {
  readonly gas: bigint
  readonly pages: number
  readonly timeout: number
  readonly memory: number
  readonly profile?: string
  readonly abi?: string
  /** The parameters as a list of dag-json, in place of words. */
  readonly params?: string
  /** The file for the bytes of the result. */
  readonly output?: string
  /** The file for the receipt, as a CAR. */
  readonly out?: string
}

/** Makes a task of a call, runs it, and prints the outcome. */
export async function run(
  context: Context,
  target: string,
  fun: string,
  typed: readonly string[],
  options: RunOptions,
): Promise<number> {
  const profile = chooseProfile(options.profile)
  if (options.output !== undefined) requireOutput(options.output, 'a result', context.json)
  if (options.out !== undefined) requireOutput(options.out, 'a receipt', context.json)
  const written = [options.output, options.out]
  if (written.every(path => path === STDOUT))
    throw new UsageError('-o and --out cannot both write to standard output: name a file for one of them')
  const files = typed.filter(word => word.startsWith('@')).map(word => word.slice(1))
  await expectDistinct([target, ...files, paramsFile(options.params)], written)
  for (const path of written) if (path !== undefined) await expectWritable(path)
  const asked = await readCall(context, typed, options)
  const { cid, bytes, file } = await readTarget(context, target, { keep: true })
  const engine = takeEngine(options.memory)
  const { signal, clear } = deadline(context.signal, 1000 * options.timeout)
  try {
    const module = await exportsOf(engine, cid, bytes, profile, signal)
    const { abi, params } = await asked(module, fun, context)
    // Content that is given by CID must be in the store before the task runs.
    for (const param of params) {
      const link = CID.asCID(param)
      if (link !== null) await context.loadFile(link, MAX_FILE_BYTES)
    }
    const task = createTask({ mod: cid, fun, params, abi: formatAbi(abi) })
    const execution = await execute(context, engine, task, options, profile, signal)
    await orKept(execution, async () => {
      if (options.out !== undefined) await (await import('./export.ts')).writeCar(context, execution.cid, options.out)
      if (options.output !== undefined) await writeResult(context, execution, options.output)
    })
    const limits = { gas: options.gas, pages: options.pages }
    await report(context, execution, task, options)
    for (const line of execution.details === undefined ? [] : trapLines(execution.details)) context.output.note(line)
    await adviseOn(context, execution.receipt.out, { task, limits, profile, module, bytes, file } satisfies Ran)
    return 'ok' in execution.receipt.out ? EXIT.done : EXIT.negative
  } finally {
    clear()
    await engine.close()
  }
}

/** The exports of a module; undefined if it is rejected. */
async function exportsOf(
  engine: PreparingEngine,
  cid: CID,
  module: Uint8Array,
  profile: Profile,
  signal: AbortSignal,
): Promise<Callable | undefined> {
  const job = { key: jobKey(cid, encodeProfile(profile).cid), module, profile }
  const found = await withProgress('checking the module', () => engine.inspect(job, { signal }))
  return isRejection(found) ? undefined : found
}

function execute(
  context: Context,
  engine: PreparingEngine,
  task: Task,
  { gas, pages }: RunLimits,
  profile: Profile,
  signal: AbortSignal,
): Promise<Execution> {
  const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
  const executor = createExecutor({ store: context.store, engine, profile, ...bounds })
  const running = `running ${task.args.fun}`
  return withProgress(running, say =>
    executor.execute(task, { gas, pages }, { signal, onStage: saysStages(say, running), explain: true }),
  )
}

/** Writes the files that the user asked for. If that fails, the fault names the receipt, so that the work is not lost. */
async function orKept({ cid, task }: Execution, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const message = `${error.message}. The run is done, and its receipt is in the store (ipvm-wasm show ${cid})`
    throw new Fault(error.code, message, { ...error.detail, receipt: cid, task }, error)
  }
}

/** Writes the bytes of a result. If the run had no result, the file is not changed. */
async function writeResult(context: Context, { receipt: { out } }: Execution, path: string): Promise<void> {
  if ('ok' in out) {
    const bytes = await resultBytes(out.ok, cid => loadResult(context, cid))
    await writeOutput(path, bytes)
    // Begins a new line, so that later text on the terminal does not follow the result in the same one.
    if (path === STDOUT && stdout.isTerminal && bytes.at(-1) !== 0x0a) stdout.line()
  } else if (path !== STDOUT) context.output.note(`${path} is not written, because there is no result.`)
}

async function report(
  context: Context,
  execution: Execution,
  task: Task,
  { output: path, out }: RunOptions,
): Promise<void> {
  const { receipt, cid } = execution
  if (context.json) {
    await context.answer({ receipt: cid, task: execution.task, out: receipt.out, meta: receipt.meta }, () => {})
    return
  }
  const output = path === STDOUT || out === STDOUT ? new Output(stderr) : context.output
  await printExecution(context, output, execution, task, path !== undefined)
  if (path !== undefined && path !== STDOUT && 'ok' in receipt.out) output.note(`${path}: the result`)
  if (out !== undefined && out !== STDOUT) output.note(`${out}: the receipt, and all that is needed to verify it`)
}
