import { CID } from 'multiformats/cid'
import type { Callable } from '../../abi/guest.ts'
import { START } from '../../abi/wasi.ts'
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
import { createTask, type TaskInput } from '../../task/task.ts'
import { adviseOn, type Ran } from '../advice.ts'
import { chooseProfile } from '../choices.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { readTarget } from '../inputs.ts'
import { trapLines } from '../explain.ts'
import { loadResult } from '../load-result.ts'
import { expectDistinct, expectWritable, Output, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { saysStages, withProgress } from '../progress.ts'
import { printExecution } from '../report.ts'
import { stderr, stdout } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { resultBytes } from '../values.ts'
import { paramsFile, readCall } from '../params.ts'
import {
  isProgram,
  programParams,
  requireNoParts,
  requireNoProgramOptions,
  type ProgramOptions,
} from '../program-call.ts'
import { endOf, writeStreams } from '../program-end.ts'

export interface RunOptions extends ProgramOptions {
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
  fun: string | undefined,
  typed: readonly string[],
  options: RunOptions,
): Promise<number> {
  const profile = chooseProfile(options.profile)
  if (options.output !== undefined) requireOutput(options.output, 'a result', context.json)
  if (options.out !== undefined) requireOutput(options.out, 'a receipt', context.json)
  const written = [options.output, options.out]
  if (written.every(path => path === STDOUT))
    throw new UsageError('-o and --out cannot both write to standard output: name a file for one of them')
  if (options.raw === true && context.json)
    throw new UsageError('--json takes standard output for its answer, and --raw for that of the program')
  if (options.raw === true && written.includes(STDOUT))
    throw new UsageError('--raw takes standard output for that of the program: name a file for what else is written')
  const files = typed.filter(word => word.startsWith('@')).map(word => word.slice(1))
  await expectDistinct([target, ...files, paramsFile(options.params), options.stdin], written)
  for (const path of written) if (path !== undefined) await expectWritable(path)
  const { cid, bytes, file } = await readTarget(context, target, { keep: true })
  const engine = takeEngine(options.memory)
  const { signal, clear } = deadline(context.signal, 1000 * options.timeout)
  try {
    const module = await exportsOf(engine, cid, bytes, profile, signal)
    const task = createTask({ mod: cid, ...(await callOf(context, module, fun, typed, options)) })
    const execution = await execute(context, engine, task, options, profile, signal)
    await orKept(execution, async () => {
      if (options.out !== undefined) await (await import('./export.ts')).writeCar(context, [execution.cid], options.out)
      if (options.output !== undefined) await writeResult(context, execution, options.output)
    })
    const limits = { gas: options.gas, pages: options.pages }
    const exit = options.raw === true || options.exitCode === true ? await endOf(context, execution) : undefined
    if (options.raw === true && exit !== undefined) await writeStreams(exit)
    await report(context, execution, task, options)
    for (const line of execution.details === undefined ? [] : trapLines(execution.details)) context.output.note(line)
    await adviseOn(context, execution.receipt.out, { task, limits, profile, module, bytes, file } satisfies Ran)
    if (options.exitCode === true && exit !== undefined) return Math.min(exit.code, 255)
    return 'ok' in execution.receipt.out ? EXIT.done : EXIT.negative
  } finally {
    clear()
    await engine.close()
  }
}

/** The call that a command line asks for. Throws UsageError. */
async function callOf(
  context: Context,
  module: Callable | undefined,
  fun: string | undefined,
  typed: readonly string[],
  options: RunOptions,
): Promise<Omit<TaskInput, 'mod'>> {
  const abi = options.abi?.trim()
  const whole = options.params !== undefined
  // A module that is rejected tells nothing of its functions. The call gives the rejection, as that of a program if it names none.
  const program = isProgram(module, options) || (module === undefined && fun === undefined)
  if (abi === 'wasi' || (abi === undefined && !whole && program)) {
    if (whole) requireNoParts(options)
    const params = whole
      ? (await (await readCall(context, typed, options))(module, START, context)).params
      : await programParams(context, fun === undefined ? [] : [fun, ...typed], options)
    return { fun: START, abi: 'wasi', params }
  }
  requireNoProgramOptions(options)
  if (fun === undefined) throw new UsageError(...missingFunction(module))
  const { abi: chosen, params } = await (await readCall(context, typed, options))(module, fun, context)
  // What is given by CID has to be in the store by now.
  for (const param of params) {
    const link = CID.asCID(param)
    if (link !== null) await context.loadFile(link, MAX_FILE_BYTES)
  }
  return { fun, params, abi: formatAbi(chosen) }
}

/** That no function was named, and which there are. */
function missingFunction(module: Callable | undefined): [string, ...string[]] {
  const names = (module?.exports ?? []).filter(({ kind }) => kind === 'function').map(({ name }) => name)
  const few = names.slice(0, 10).join(', ')
  return [
    'name a function of the module',
    ...(names.length === 0 ? [] : [`it exports ${few}${names.length > 10 ? ', …' : ''}`]),
  ]
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
  { output: path, out, raw }: RunOptions,
): Promise<void> {
  const { receipt, cid } = execution
  if (context.json) {
    await context.answer({ receipt: cid, task: execution.task, out: receipt.out, meta: receipt.meta }, () => {})
    return
  }
  const output = path === STDOUT || out === STDOUT || raw === true ? new Output(stderr) : context.output
  await printExecution(context, output, execution, task, path !== undefined || raw === true)
  if (path !== undefined && path !== STDOUT && 'ok' in receipt.out) output.note(`${path}: the result`)
  if (out !== undefined && out !== STDOUT) output.note(`${out}: the receipt, and all that is needed to verify it`)
}
