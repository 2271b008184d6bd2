/** The ends of tasks and of a workflow (docs/spec/workflow.md, WF-15). */
import type { CID } from 'multiformats/cid'
import type { Fault } from '../base/fault.ts'
import type { Origin } from '../executor/execution.ts'
import type { Out, Receipt } from '../interface.ts'
import type { SealedWorkflow } from './document.ts'

/** The end of a task that has a receipt, from a run or from the memo. */
export interface TaskRan {
  /** `ok` if it has a result, `error` if it has a rejection or a trap. */
  readonly state: 'ok' | 'error'
  /** The CID of the task that has run. In this task, the awaits of the call are replaced by their values. */
  readonly task: CID
  /** The CID of the receipt, which is in the executor's store. */
  readonly receipt: CID
  /** The result or the error in the receipt. */
  readonly out: Out
  /** The data of the receipt about the run, such as its gas. */
  readonly meta: Receipt['meta']
  /**
   * The origin of the receipt: a run for this workflow, the memo, or a run of an equal task that had already started.
   */
  readonly origin: Origin
}

/**
 * The end of a task that was not run, because an awaited task ended without the part that it awaits. For example, the
 * task awaits a result, and the other task has an error. It has no receipt.
 */
export interface TaskWaiting {
  /** Marks a task that was not run. */
  readonly state: 'waiting'
  /** The labels of the awaited tasks that ended without the awaited part. */
  readonly waitingOn: readonly string[]
}

/** The end of a task whose outcome this host could not determine. The task has no receipt, and may be run again. */
export interface TaskFault {
  /** Marks a task that has ended with a fault. */
  readonly state: 'fault'
  /** The fault. It says what went wrong, and who has to act. */
  readonly fault: Fault
}

/** The end of a task of a workflow. */
export type TaskEnd = TaskRan | TaskWaiting | TaskFault

/** A change of one task: it has started, or it has ended. */
export type TaskNews = {
  /** The label of the task. */
  readonly label: string
} & ({ readonly state: 'running'; readonly task: CID } | TaskEnd)

/** The argument of `onProgress`: a change of one task, and the number of tasks that have ended. */
export type WorkflowProgress = TaskNews & {
  /** The number of tasks that have ended so far. */
  readonly ended: number
  /** The number of all tasks. */
  readonly total: number
}

/** The end of a workflow. */
export interface WorkflowRun {
  /** The CID of the workflow, which is in the executor's store. */
  readonly workflow: CID
  /**
   * `fault` if a task has a fault. Otherwise `error` if a task has an error that no other task with a receipt has
   * awaited by `await/error` or `await/*`. Otherwise `ok`.
   */
  readonly state: 'ok' | 'error' | 'fault'
  /** The end of each task, by labels. */
  readonly tasks: Readonly<Record<string, TaskEnd>>
  /** The sum of the gas that the receipts of all tasks state. */
  readonly gasUsed: bigint
  /** The number of tasks in each state. */
  readonly counts: Readonly<Record<TaskEnd['state'], number>>
  /** The number of tasks that the memo has answered. */
  readonly hits: number
}

/** Makes the end of a workflow from the ends of all its tasks. */
export function summary({ graph, block }: SealedWorkflow, ends: ReadonlyMap<string, TaskEnd>): WorkflowRun {
  const counts = { ok: 0, error: 0, waiting: 0, fault: 0 }
  let gasUsed = 0n
  let hits = 0
  const taken = new Set<string>()
  for (const label of graph.order) {
    const end = ends.get(label)!
    counts[end.state]++
    if (!('meta' in end)) continue
    gasUsed += end.meta.gasUsed
    if (end.origin === 'memo') hits++
    for (const need of graph.needs.get(label)!)
      if (need.branch === 'error' || need.branch === '*') taken.add(need.label)
  }
  const isLeft = [...ends].some(([label, { state }]) => state === 'error' && !taken.has(label))
  return {
    workflow: block.cid,
    state: counts.fault > 0 ? 'fault' : isLeft ? 'error' : 'ok',
    tasks: Object.fromEntries(graph.order.map(label => [label, ends.get(label)!])),
    gasUsed,
    counts,
    hits,
  }
}
