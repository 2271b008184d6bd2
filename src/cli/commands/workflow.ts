import type { CID } from 'multiformats/cid'
import type { PreparingEngine } from '../../engine/engine.ts'
import { createExecutor } from '../../executor/executor.ts'
import type { Profile } from '../../interface-profile.ts'
import { describe } from '../../receipt/describe.ts'
import type { ModuleEvidence } from '../../task/classify.ts'
import type { WorkflowLimits } from '../../workflow/budget.ts'
import type { TaskEnd, WorkflowRun } from '../../workflow/ends.ts'
import type { Workflow } from '../../workflow/form.ts'
import { plan, workflowModules, type WorkflowPlan } from '../../workflow/plan.ts'
import { runWorkflow } from '../../workflow/run.ts'
import { chooseProfile } from '../choices.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import { commandMemo } from '../memo.ts'
import { takeEngine } from '../engine.ts'
import { evidenceOf } from '../evidence.ts'
import { faultObject } from '../json.ts'
import { counted, expectDistinct, expectWritable, grouped, Output, requireOutput, STDOUT } from '../output.ts'
import { withProgress } from '../progress.ts'
import { printValue } from '../report.ts'
import { bold, dim, green, red, stderr, yellow, type Styled } from '../terminal.ts'
import { EXIT } from '../usage.ts'
import { loadWorkflow, readWorkflow, type ReadWorkflow } from '../workflow-file.ts'

export interface WorkflowOptions {
  readonly gas: bigint
  readonly pages: number
  /** The greatest amount of gas of all tasks together. */
  readonly totalGas?: bigint
  /** The seconds after which the whole run is given up. `taskTimeout` applies to each task. */
  readonly timeout: number
  readonly taskTimeout?: number
  readonly memory: number
  /** The number of tasks that run at the same time, each in a process of its own. */
  readonly jobs: number
  readonly profile?: string
  readonly abi?: string
  /** True to print the plan and run nothing. */
  readonly plan?: boolean
  /** The path of the CAR file for all receipts. */
  readonly out?: string
  readonly memo: boolean
}

/** Plans or runs a workflow, and prints the plan or the end of each task. */
export async function workflow(context: Context, file: string, options: WorkflowOptions): Promise<number> {
  const profile = chooseProfile(options.profile)
  if (options.out !== undefined) requireOutput(options.out, 'a receipt', context.json)
  await expectDistinct([file], [options.out])
  if (options.plan === true) return printPlan(context, (await readWorkflow(context, file, options.abi)).workflow)
  if (options.out !== undefined) await expectWritable(options.out)
  const read = await readWorkflow(context, file, options.abi)
  // A workflow that cannot run is refused before anything is loaded for it.
  const found = plan(read.workflow)
  if (found.pure) await loadWorkflow(context, read.workflow)
  const engine = takeEngine(options.memory, options.jobs)
  try {
    const ended = await run(context, engine, profile, read, options)
    const receipts = Object.values(ended.tasks).flatMap(end => ('receipt' in end ? [end.receipt] : []))
    if (options.out !== undefined) await writeReceipts(context, receipts, options.out)
    await report(context, ended, found, options)
    return { ok: EXIT.done, error: EXIT.negative, fault: EXIT.fault }[ended.state]
  } finally {
    await engine.close()
  }
}

async function run(
  context: Context,
  engine: PreparingEngine,
  profile: Profile,
  read: ReadWorkflow,
  options: WorkflowOptions,
): Promise<WorkflowRun> {
  const memo = commandMemo(options.memo)
  const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
  // The blocks of files that the gateway has are loaded, and stored, when a program reads them.
  const store = await context.source()
  const executor = createExecutor({ store, engine, profile, ...bounds, ...(memo && { memo }) })
  const running = new Set<string>()
  return withProgress('running the workflow', say =>
    runWorkflow(executor, read.workflow, limitsOf(read, options), {
      signal: context.signal,
      timeoutMs: 1000 * options.timeout,
      taskTimeoutMs: timesOf(read, options),
      concurrency: options.jobs,
      onProgress: ({ label, state, ended, total }) => {
        if (state === 'running') running.add(label)
        else running.delete(label)
        say(`${ended} of ${counted(total, 'task')}; running ${[...running].join(', ') || 'none'}`)
      },
    }),
  )
}

/** Returns the limits of each task: the smaller one of the limit on the command line and the limit in the document. */
function limitsOf({ limits }: ReadWorkflow, { gas, pages, totalGas }: WorkflowOptions): WorkflowLimits {
  const own = Object.entries(limits).map(([label, asked]) => [
    label,
    { gas: asked.gas !== undefined && asked.gas < gas ? asked.gas : gas, pages: Math.min(pages, asked.pages ?? pages) },
  ])
  return { gas, pages, tasks: Object.fromEntries(own), ...(totalGas !== undefined && { totalGas }) }
}

function timesOf({ limits, workflow: { tasks } }: ReadWorkflow, { taskTimeout }: WorkflowOptions) {
  const times = Object.keys(tasks).flatMap(label => {
    const given = [taskTimeout === undefined ? undefined : 1000 * taskTimeout, limits[label]?.timeoutMs]
    const known = given.filter(time => time !== undefined)
    return known.length === 0 ? [] : [[label, Math.min(...known)] as const]
  })
  return Object.fromEntries(times)
}

async function writeReceipts(context: Context, receipts: readonly CID[], path: string): Promise<void> {
  if (receipts.length === 0) return context.output.note(`${path} is not written, because there is no receipt.`)
  await (await import('./export.ts')).writeCar(context, receipts, path)
}

// ── Printing ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function report(context: Context, ended: WorkflowRun, found: WorkflowPlan, options: WorkflowOptions) {
  if (context.json) {
    const { workflow: cid, state, gasUsed, counts, hits } = ended
    const tasks = Object.fromEntries(Object.entries(ended.tasks).map(([label, end]) => [label, plainEnd(end)]))
    return context.answer({ workflow: cid, state, gasUsed, counts, hits, tasks }, () => {})
  }
  const output = options.out === STDOUT ? new Output(stderr) : context.output
  const rows = Object.entries(ended.tasks).map(([label, end]) => rowOf(label, end))
  printTable(output, [['task', 'state', 'gas', 'receipt'].map(dim), ...rows])
  const awaited = new Set(Object.values(found.tasks).flatMap(({ waitsFor }) => waitsFor.map(({ label }) => label)))
  for (const [label, end] of Object.entries(ended.tasks)) {
    if (end.state === 'error' && 'error' in end.out) output.line(red(`${label}:`), ` ${describe(end.out.error)}`)
    else if (end.state === 'fault') output.line(red(`${label}:`), ` ${describe(end.fault)}`)
    else if (end.state === 'ok' && 'ok' in end.out && !awaited.has(label)) printValue(output, label, end.out.ok)
  }
  output.field('workflow', bold(ended.workflow.toString()))
  output.field('gas', grouped(ended.gasUsed))
  if (ended.hits > 0)
    output.note(
      `${counted(ended.hits, 'task')} had run here before, and the receipts answer. --no-memo runs all again.`,
    )
  if (options.out !== undefined && options.out !== STDOUT && rows.some(row => row[3]!.text !== ''))
    output.note(`${options.out}: the receipts, and all that is needed to verify them`)
}

function plainEnd(end: TaskEnd): object {
  return end.state === 'fault' ? { state: end.state, ...faultObject(end.fault) } : end
}

const COLORS: Readonly<Record<TaskEnd['state'], (text: string) => Styled>> = {
  ok: green,
  error: red,
  waiting: yellow,
  fault: red,
}

function rowOf(label: string, end: TaskEnd): readonly Styled[] {
  const plain = (text: string): Styled => ({ style: 'bold', text })
  const color = COLORS[end.state]
  if (end.state === 'waiting') return [plain(label), color(`waiting on ${end.waitingOn.join(', ')}`), dim(''), dim('')]
  if (end.state === 'fault') return [plain(label), color(`fault (${end.fault.code})`), dim(''), dim('')]
  const state = 'error' in end.out ? `error (${end.out.error.code})` : 'ok'
  return [
    plain(label),
    color(end.origin === 'memo' ? `${state}, memo` : state),
    dim(grouped(end.meta.gasUsed)),
    plain(end.receipt.toString()),
  ]
}

/** Prints rows as a table. The cells of a column have equal width, and are aligned at the left. */
function printTable(output: Output, rows: readonly (readonly Styled[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.text.length)))
  for (const row of rows) {
    const last = row.findLastIndex(({ text }) => text !== '')
    output.line(
      ...row
        .slice(0, last + 1)
        .map(({ style, text }, i) => ({ style, text: i === last ? text : `${text.padEnd(widths[i]!)}  ` })),
    )
  }
}

async function printPlan(context: Context, own: Workflow): Promise<number> {
  const evidence = new Map<string, ModuleEvidence>()
  for (const module of workflowModules(own)) {
    const found = await evidenceOf(context, module)
    if (found !== undefined) evidence.set(module.toString(), found)
  }
  const planned = plan(own, { evidence })
  await context.answer(planned, output => {
    for (const [i, labels] of planned.stages.entries()) {
      output.line(bold(`stage ${i}`), `: ${labels.join(', ')}`)
      for (const label of labels) {
        const { class: safety, kind, proved, reasons, guarantees } = planned.tasks[label]!
        const lock = guarantees.lock === 'none' ? [] : [yellow(`, lock ${guarantees.lock}`)]
        output.line(`  ${label}: `, bold(safety), ` (${kind})`, ...(proved ? [] : [yellow(', not proved')]), ...lock)
        for (const reason of reasons) output.line(`    ${reason}`)
      }
    }
    output.field('workflow', bold(planned.workflow.toString()))
    output.note(
      planned.pure ? 'Each task can be run here.' : 'Not each task can be run here: some are no pure functions.',
    )
  })
  return EXIT.done
}
