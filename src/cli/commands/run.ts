import type { CID } from 'multiformats/cid'
import type { Callable } from '../../abi/guest.ts'
import { isRejection } from '../../abi/lookup.ts'
import { deadline } from '../../base/deadline.ts'
import { Fault } from '../../base/fault.ts'
import { isRecord } from '../../base/shape.ts'
import type { PreparingEngine } from '../../engine/engine.ts'
import { putBlock } from '../../content/block.ts'
import type { SigningKey } from '../../envelope/key.ts'
import type { Envelope } from '../../envelope/envelope.ts'
import type { Execution } from '../../executor/executor.ts'
import { jobKey } from '../../executor/resolve.ts'
import type { Profile } from '../../interface-profile.ts'
import type { Out, Task } from '../../interface.ts'
import { encodeProfile } from '../../profile/document.ts'
import type { Translation } from '../../task/forms/translate.ts'
import { createTask } from '../../task/task.ts'
import { adviseOn, type Ran } from '../advice.ts'
import { callOf } from '../call.ts'
import { chooseProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { commandMemo } from '../memo.ts'
import { takeEngine } from '../engine.ts'
import { executeHere, type Executed, type ExecuteTask } from '../execute.ts'
import { readTarget } from '../inputs.ts'
import { trapLines } from '../../words/trap-lines.ts'
import { loadResult } from '../load-result.ts'
import { expectDistinct, expectWritable, Output, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { withProgress } from '../progress.ts'
import { printExecution } from '../report.ts'
import { bold, stderr, stdout } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { resultBytes } from '../../words/values.ts'
import { loadParams, paramsFile } from '../params.ts'
import { requireNoProgramOptions, type ProgramOptions } from '../program-call.ts'
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
  /** A document that asks for the task, in place of a module and a call: a file, or a CID. */
  readonly task?: string
  /** Which task of a workflow is meant, with `task`. */
  readonly step?: string
  /** The file of the key that signs the receipt. */
  readonly sign?: string
  /** Whether receipts of earlier runs answer the task. */
  readonly memo: boolean
}

/** Makes a task of a call, runs it on this host or as `execute` does, and prints the outcome. */
export async function run(
  context: Context,
  target: string | undefined,
  fun: string | undefined,
  typed: readonly string[],
  given: RunOptions,
  execute: ExecuteTask = executeHere,
): Promise<number> {
  requireCallOrTask(target, fun, given)
  const profile = chooseProfile(given.profile)
  if (given.output !== undefined) requireOutput(given.output, 'a result', context.json)
  if (given.out !== undefined) requireOutput(given.out, 'a receipt', context.json)
  const written = [given.output, given.out]
  if (written.every(path => path === STDOUT))
    throw new UsageError('-o and --out cannot both write to standard output: name a file for one of them')
  if (given.raw === true && context.json)
    throw new UsageError('--json takes standard output for its answer, and --raw for that of the program')
  if (given.raw === true && written.includes(STDOUT))
    throw new UsageError('--raw takes standard output for that of the program: name a file for what else is written')
  const files = typed.filter(word => word.startsWith('@')).map(word => word.slice(1))
  await expectDistinct([target, ...files, paramsFile(given.params), given.stdin, given.task, given.sign], written)
  for (const path of written) if (path !== undefined) await expectWritable(path)
  const { asked, options } = await withTask(context, given)
  const key = options.sign === undefined ? undefined : await keyIn(options.sign)
  const { cid, bytes, file } = await readTarget(context, target ?? asked!.task.args.mod.toString(), { keep: true })
  const engine = takeEngine(options.memory)
  // Naming the code of this package takes a while, in which the process of the engine starts.
  const memo = commandMemo(options.memo)
  const { signal, clear } = deadline(context.signal, 1000 * options.timeout)
  try {
    const module = await exportsOf(engine, cid, bytes, profile, signal)
    if (asked !== undefined) await loadParams(context, asked.task.args.params)
    const task =
      asked?.task ??
      createTask({ mod: cid, ...(await callOf(context, { module, bytes, profile }, fun, typed, options)) })
    const execution = await execute(context, { engine, profile, memo }, task, options, signal)
    if (execution.origin === 'memo')
      context.output.note(
        execution.remembered ?? 'This task has run here before, and its receipt answers it. --no-memo runs it again.',
      )
    const envelope = key === undefined ? undefined : await sign(context, execution, key, asked)
    await orKept(execution, async () => {
      const root = (envelope ?? execution).cid
      if (options.out !== undefined) await (await import('./export.ts')).writeCar(context, [root], options.out)
      if (options.output !== undefined) await writeResult(context, execution, options.output)
    })
    const limits = { gas: options.gas, pages: options.pages }
    const exit = options.raw === true || options.exitCode === true ? await endOf(context, execution) : undefined
    if (options.raw === true && exit !== undefined) await writeStreams(exit)
    await report(context, execution, task, options, envelope)
    if (given.keep !== undefined && isWithoutFiles(execution.receipt.out))
      context.output.note('The program has left nothing at a place that --keep names, so the result has no files.')
    for (const line of execution.details === undefined ? [] : trapLines(execution.details)) context.output.note(line)
    await adviseOn(context, execution.receipt.out, { task, limits, profile, module, bytes, file } satisfies Ran)
    if (options.exitCode === true && exit !== undefined) return Math.min(exit.exit, 255)
    return 'ok' in execution.receipt.out ? EXIT.done : EXIT.negative
  } finally {
    clear()
    await engine.close()
  }
}

/** True for the result of a program that has kept no files. */
function isWithoutFiles(out: Out): boolean {
  return 'ok' in out && isRecord(out.ok) && 'exit' in out.ok && !('files' in out.ok)
}

/** A call is given by its words, or by a document. Throws UsageError. */
function requireCallOrTask(target: string | undefined, fun: string | undefined, options: RunOptions): void {
  if (options.task === undefined) {
    if (target === undefined)
      throw new UsageError("missing required argument 'cid|file'", 'Or name a document: --task FILE')
    if (options.step !== undefined) throw new UsageError('--step chooses a task of the workflow that --task names')
    return
  }
  if (target !== undefined || fun !== undefined || options.params !== undefined)
    throw new UsageError('--task names module, function and parameters: give no others')
  requireNoProgramOptions(options)
}

/** The task that a document asks for, if one is named, and the options with the limits that it states. */
async function withTask(
  context: Context,
  options: RunOptions,
): Promise<{ readonly asked?: Translation; readonly options: RunOptions }> {
  if (options.task === undefined) return { options }
  const { askedTask, withLimits } = await import('../documents.ts')
  const asked = await askedTask(context, options.task, options)
  return { asked, options: withLimits(options, asked.limits) }
}

async function keyIn(file: string): Promise<SigningKey> {
  return (await import('../../envelope/key-file.ts')).readKeyFile(file)
}

/** Signs a receipt, and stores the envelope. */
async function sign(
  context: Context,
  execution: Execution,
  key: SigningKey,
  asked: Translation | undefined,
): Promise<Envelope> {
  const named = asked === undefined ? {} : { asked: asked.asked }
  const { signReceipt } = await import('../../envelope/sign.ts')
  const envelope = await signReceipt(execution.receipt, key, named)
  await putBlock(context.store, envelope, { signal: context.signal })
  return envelope
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
  execution: Executed,
  task: Task,
  { output: path, out, raw }: RunOptions,
  envelope: Envelope | undefined,
): Promise<void> {
  const { receipt, cid, farm } = execution
  const signed = envelope === undefined ? {} : { envelope: envelope.cid, signer: envelope.signer }
  if (context.json) {
    await context.answer(
      { receipt: cid, task: execution.task, out: receipt.out, meta: receipt.meta, ...signed, ...(farm && { farm }) },
      () => {},
    )
    return
  }
  const output = path === STDOUT || out === STDOUT || raw === true ? new Output(stderr) : context.output
  await printExecution(context, output, execution, task, path !== undefined || raw === true)
  if (farm !== undefined) {
    output.field('settled', `${farm.settled}, by ${farm.by.join(' and ')}`)
    output.field('transcript', farm.transcript.toString())
  }
  if (envelope !== undefined) {
    output.field('envelope', bold(envelope.cid.toString()))
    output.field('signer', envelope.signer!)
  }
  if (path !== undefined && path !== STDOUT && 'ok' in receipt.out) output.note(`${path}: the result`)
  if (out !== undefined && out !== STDOUT) output.note(`${out}: the receipt, and all that is needed to verify it`)
}
