/** Runs a workflow of pure tasks on an executor (docs/spec/workflow.md, WF-13 to WF-16). */
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

/** Options of `runWorkflow`. `signal` and `timeoutMs` are for the whole run. */
export interface RunWorkflowOptions extends Deadline {
  /**
   * The time in milliseconds after which a task is given up with the fault `timeout`. One number is for all tasks, a
   * record is by labels. Default: no such limit.
   *
   * The time includes waiting for the engine. So `concurrency` should not exceed the number of jobs that the engine
   * runs at once.
   */
  readonly taskTimeoutMs?: number | Readonly<Record<string, number>> | undefined
  /** The greatest number of tasks that the executor is asked for at the same time, at least 1. Default 32. */
  readonly concurrency?: number
  /** The name of the caller. The queue of the executor gives each caller a fair share. */
  readonly caller?: string
  /** The priority of all tasks in the executor's queue, from -10 to 10. Default 0. */
  readonly priority?: number
  /** Called when a task starts and when it ends. If it throws, the run ends with the fault `bad-usage`. */
  readonly onProgress?: ((progress: WorkflowProgress) => void) | undefined
}

const AT_ONCE = 32

/**
 * Runs a workflow of pure tasks. A task starts when all tasks that it waits for have ended. `limits` apply to each
 * task; see `WorkflowLimits`.
 *
 * Each task gets its own receipt in the executor's store. If the memo has the receipt of a task, the task is not run
 * again. So a workflow that was given up can be resumed by running it again.
 *
 * A task that ends with an error or a fault stops only tasks that need its result. The promise resolves when all ends
 * are known.
 *
 * Wrong arguments are refused before anything runs.
 *
 * @throws Fault bad-workflow if the object is not a workflow, if a task is not pure, or if its declared class is not
 *   `deterministic`; bad-limits if a limit is invalid; aborted or timeout if the run is given up
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

/**
 * Checks that each task is a pure function in the form of our tasks.
 *
 * @throws Fault bad-workflow for the first task that is not
 */
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

/** Describes work that is not a call, for people. */
function kindOf(run: unknown): string {
  try {
    const { kind, tuple } = classify(run)
    return kind === 'pure-function' ? 'a task in the form of another system' : `work of the type ${tuple[0]}, a ${kind}`
  } catch {
    return 'work in no known form'
  }
}

/** The options with their defaults. */
type Settings = Required<Omit<RunWorkflowOptions, keyof Deadline>>

class WorkflowRunner {
  readonly #executor: Executor
  readonly #sealed: SealedWorkflow
  readonly #bounds: Bounds
  readonly #options: Settings
  readonly #ends = new Map<string, TaskEnd>()
  /** The error that has ended the whole run. */
  #failure: { readonly error: unknown } | undefined
  /**
   * The tasks that run. Each promise resolves after the end of its task, or a failure of the run, has been recorded.
   */
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
      // After an error, the tasks that still run are given up. None of them outlives the call.
      stop.abort()
      await Promise.all(this.#running.values())
    }
  }

  /** Records the ends of tasks that can never run, and starts the tasks that can run now, in order. */
  #advance(): void {
    const { totalGas } = this.#bounds
    /**
     * The greatest amount of gas of the tasks before the current one. A task that has ended counts with its gas, any
     * other with its limit. `isKnown` is true if all of them have ended.
     */
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

  /**
   * Returns `ready` if the task can run now, and `later` if it waits for a task that has not ended. Otherwise it can
   * never run, and the result has the labels of the tasks whose ends prevent it.
   */
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

  /**
   * Returns the end of a task for a fault.
   *
   * @throws Fault aborted or timeout if the whole run is given up; the error itself if it is not a fault
   */
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

/**
 * Returns true if the end of a task meets the need of another one. A need of the kind `after` is met by any end, also
 * if the task was not run.
 */
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
