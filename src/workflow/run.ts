/** Running a workflow of pure tasks over an executor (docs/spec/workflow.md, WF-13 to WF-16). */
import { checkTime, withDeadline, type Deadline } from '../base/deadline.ts'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { messageOf } from '../base/realms.ts'
import { badUsage, count, fields, withMethods, optionalFunction } from '../base/usage.ts'
import { putBlock } from '../content/block.ts'
import type { Executor } from '../executor/execution.ts'
import { givenPriority } from '../executor/queue.ts'
import { classify } from '../task/classify.ts'
import { sealTask } from '../task/task.ts'
import { checkWorkflowLimits, type Bounds, type WorkflowLimits } from './budget.ts'
import { runField, sealWorkflow, type SealedWorkflow } from './document.ts'
import { summary, type TaskEnd, type TaskNews, type WorkflowProgress, type WorkflowRun } from './ends.ts'
import { fill } from './fill.ts'
import type { WasmRun, Workflow } from './form.ts'
import { taskField, type Need } from './graph.ts'

/** How the run of a workflow is watched, bounded and given up. `signal` and `timeoutMs` are those of the whole. */
export interface RunWorkflowOptions extends Deadline {
  /**
   * Milliseconds after which a single task is given up, which is the fault `timeout` of that task: for all tasks, or by labels. The
   * time that it waits for the engine counts, so `concurrency` should not exceed what the engine does at once. Default: no such limit.
   */
  readonly taskTimeoutMs?: number | Readonly<Record<string, number>> | undefined
  /** The greatest number of tasks that the executor is asked for at once, at least 1. Default 32. */
  readonly concurrency?: number
  /** Who asks, for fair shares of the executor's queue. */
  readonly caller?: string
  /** The priority of all tasks in the executor's queue, from -10 to 10. Default 0. */
  readonly priority?: number
  /** Called when a task starts, and when it is known how it ends. If it throws, the run ends with the fault `bad-usage`. */
  readonly onProgress?: ((progress: WorkflowProgress) => void) | undefined
}

const AT_ONCE = 32

/**
 * Runs a workflow of pure tasks: those that wait for nothing at once, and each other one when what it awaits is there. Each task
 * has its receipt, in the executor's store. A task whose receipt the executor's memo has is not run again, so a workflow that was
 * given up goes on where it was.
 *
 * A task that ends with an error or a fault ends only those that need its result. Resolves when it is known of each task how it
 * ends. `limits` are those of each task; see `WorkflowLimits` for more.
 *
 * Throws, before anything runs: Fault('bad-workflow') for what is no workflow, and for a task that is not pure, or whose class is
 * declared to be another; Fault('bad-limits'). Throws Fault('aborted') or Fault('timeout') if it is given up.
 */
export async function runWorkflow(
  executor: Executor,
  workflow: Workflow,
  limits: WorkflowLimits,
  options: RunWorkflowOptions = {},
): Promise<WorkflowRun> {
  withMethods(executor, 'executor', ['execute'])
  withMethods(executor.store, 'executor.store', ['get', 'put', 'has'])
  const { concurrency = AT_ONCE, taskTimeoutMs, caller = '', priority = 0, onProgress } = fields(options, 'options')
  count(concurrency, 'concurrency', 1)
  if (typeof taskTimeoutMs !== 'object') checkTime(taskTimeoutMs)
  else for (const time of Object.values(fields(taskTimeoutMs, 'taskTimeoutMs'))) checkTime(time)
  if (typeof caller !== 'string') throw badUsage('caller', 'text', caller)
  givenPriority(priority)
  optionalFunction(onProgress, 'onProgress')
  const sealed = sealWorkflow(workflow)
  requirePure(sealed)
  const bounds = checkWorkflowLimits(limits, new Set(sealed.graph.order))
  return withDeadline(options, signal =>
    new WorkflowRunner(executor, sealed, bounds, { concurrency, taskTimeoutMs, caller, priority, onProgress }).run(
      signal,
    ),
  )
}

/** Throws Fault('bad-workflow') for the first task that is no pure function in the form of our tasks. */
function requirePure({ graph, runs, workflow }: SealedWorkflow): void {
  for (const label of graph.order) {
    const { run, safety } = workflow.tasks[label]!
    if (safety !== undefined && safety !== 'deterministic') {
      const message = `"${label}" is declared ${safety}, and only deterministic tasks run here: leave safety out, or run it elsewhere`
      throw new Fault('bad-workflow', message, { field: `${taskField(label)}.safety` })
    }
    if (runs.has(label)) continue
    const message = `"${label}" is ${kindOf(run)}, and only calls of modules run here: {"cmd": "/wasm/run", "args": {…}}`
    throw new Fault('bad-workflow', message, { field: runField(label) })
  }
}

/** What work that is no call of ours is, for people. */
function kindOf(run: unknown): string {
  try {
    const { kind, tuple } = classify(run)
    return kind === 'pure-function' ? 'a task in the form of another system' : `work of the type ${tuple[0]}, a ${kind}`
  } catch {
    return 'work in no known form'
  }
}

/** Options with their defaults. */
type Settings = Required<Omit<RunWorkflowOptions, keyof Deadline>>

class WorkflowRunner {
  readonly #executor: Executor
  readonly #sealed: SealedWorkflow
  readonly #bounds: Bounds
  readonly #options: Settings
  readonly #ends = new Map<string, TaskEnd>()
  /** What has ended the run itself. */
  #failure: { readonly error: unknown } | undefined
  /** The tasks that run. Each promise resolves when the end of its task is noted, or a failure is. */
  readonly #running = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(executor: Executor, sealed: SealedWorkflow, bounds: Bounds, options: Settings) {
    this.#executor = executor
    this.#sealed = sealed
    this.#bounds = bounds
    this.#options = options
  }

  async run(signal: AbortSignal | undefined): Promise<WorkflowRun> {
    const { block, graph } = this.#sealed
    const stop = this.#stop
    const giveUp = (): void => stop.abort(signal?.reason)
    if (signal?.aborted === true) giveUp()
    const leave = onAbort(signal, giveUp)
    try {
      await putBlock(this.#executor.store, block, { signal: stop.signal })
      while (this.#ends.size < graph.order.length) {
        this.#advance()
        if (this.#running.size > 0) await Promise.race(this.#running.values())
        else if (this.#ends.size < graph.order.length) throw new Fault('internal', 'no task of a workflow can run')
        if (this.#failure !== undefined) throw this.#failure.error
      }
      return summary(this.#sealed, this.#ends)
    } finally {
      leave()
      // If something has thrown, the tasks that still run are given up, and none outlives the call.
      stop.abort()
      await Promise.all(this.#running.values())
    }
  }

  /** Notes the ends of tasks that cannot run, and starts those that can, in order. */
  #advance(): void {
    const { totalGas } = this.#bounds
    /** The greatest amount of gas that the tasks before the one at hand use, and whether that is how much they do use. */
    let before = 0n
    let isKnown = true
    for (const label of this.#sealed.graph.order) {
      if (!this.#ends.has(label) && !this.#running.has(label)) {
        const state = this.#stateOf(label)
        const { gas } = this.#bounds.of(label)
        const fits = totalGas === undefined || before + gas <= totalGas
        if (Array.isArray(state)) this.#note(label, { state: 'waiting', waitingOn: state })
        else if (state === 'ready' && !fits && isKnown)
          this.#note(label, { state: 'fault', fault: overTotal(label, before, gas, totalGas!) })
        else if (state === 'ready' && fits && this.#running.size < this.#options.concurrency) this.#start(label)
      }
      const end = this.#ends.get(label)
      before += end === undefined ? this.#bounds.of(label).gas : gasOf(end)
      isKnown &&= end !== undefined
    }
  }

  /** Whether a task can run: `ready`, `later`, or the labels of those whose ends mean that it never will. */
  #stateOf(label: string): 'ready' | 'later' | readonly string[] {
    const needs = this.#sealed.graph.needs.get(label)!
    if (needs.some(need => !this.#ends.has(need.label))) return 'later'
    const unmet = needs.filter(need => !isMet(need, this.#ends.get(need.label)!)).map(need => need.label)
    return unmet.length === 0 ? 'ready' : [...new Set(unmet)]
  }

  #start(label: string): void {
    const running = this.#run(label, this.#sealed.runs.get(label)!)
      .then(end => this.#note(label, end))
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => this.#running.delete(label))
    this.#running.set(label, running)
  }

  async #run(label: string, run: WasmRun): Promise<TaskEnd> {
    const { caller, priority, taskTimeoutMs: times } = this.#options
    const timeoutMs = typeof times !== 'object' ? times : Object.hasOwn(times, label) ? times[label] : undefined
    const { store } = this.#executor
    const { signal } = this.#stop
    let sealed
    try {
      sealed = sealTask(await fill(run, runField(label), { store, signal, outOf: of => this.#outOf(of) }))
    } catch (error) {
      return this.#faultEnd(error)
    }
    this.#tell({ label, state: 'running', task: sealed.block.cid })
    try {
      const executed = await this.#executor.execute(sealed.task, this.#bounds.of(label), {
        signal,
        ...(timeoutMs !== undefined && { timeoutMs }),
        caller,
        priority,
      })
      const { receipt, cid, origin } = fields(executed, 'what executor.execute returns')
      const { out, ran, meta } = receipt
      return { state: 'ok' in out ? 'ok' : 'error', task: ran, receipt: cid, out, meta, origin }
    } catch (error) {
      return this.#faultEnd(error)
    }
  }

  /** The end of a task that a fault has ended. Throws if the whole run is given up, and what is no fault. */
  #faultEnd(error: unknown): TaskEnd {
    throwIfAborted(this.#stop.signal)
    if (!(error instanceof Fault)) throw error
    return { state: 'fault', fault: error }
  }

  #outOf(label: string) {
    const end = this.#ends.get(label)
    if (end === undefined || !('out' in end)) throw new Fault('internal', `"${label}" was awaited before its end`)
    return end.out
  }

  #note(label: string, end: TaskEnd): void {
    this.#ends.set(label, end)
    this.#tell({ label, ...end })
  }

  #tell(news: TaskNews): void {
    const { onProgress } = this.#options
    try {
      onProgress?.({ ...news, ended: this.#ends.size, total: this.#sealed.graph.order.length })
    } catch (error) {
      const detail = { argument: 'onProgress' }
      throw new Fault('bad-usage', `onProgress has thrown an error: ${messageOf(error)}`, detail, error)
    }
  }
}

/** Whether the end of a task is what another one needs. What only comes after it does not need it to have run. */
function isMet({ branch }: Need, { state }: TaskEnd): boolean {
  if (branch === 'after') return true
  return branch === '*' ? state === 'ok' || state === 'error' : state === branch
}

function gasOf(end: TaskEnd): bigint {
  return 'meta' in end ? end.meta.gasUsed : 0n
}

function overTotal(label: string, used: bigint, gas: bigint, totalGas: bigint): Fault {
  const message = `"${label}" may use ${gas} gas, and of the ${totalGas} for all tasks those before it have used ${used}: allow more in all, or less for this task`
  return new Fault('bad-limits', message, { field: 'limits.totalGas', label })
}
