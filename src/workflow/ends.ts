/** What a workflow came to (docs/spec/workflow.md, WF-15). */
import type { CID } from 'multiformats/cid'
import type { Fault } from '../base/fault.ts'
import type { Origin } from '../executor/execution.ts'
import type { Out, Receipt } from '../interface.ts'
import type { SealedWorkflow } from './document.ts'

/** A task that has run, or that the memo has answered. */
export interface TaskRan {
  /** `ok` if it has a result, `error` if it has a rejection or a trap. */
  readonly state: 'ok' | 'error'
  /** The CID of the task in which everything that it awaited stands. */
  readonly task: CID
  /** The CID of the receipt, which is in the executor's store. */
  readonly receipt: CID
  /** What the receipt says came out. */
  readonly out: Out
  /** What the receipt says of the run. */
  readonly meta: Receipt['meta']
  /** Where the receipt comes from: a run for this workflow, the memo, or the run of an equal task that was under way. */
  readonly origin: Origin
}

/** A task that was not run, since what it awaits does not come. It has no receipt. */
export interface TaskWaiting {
  /** Tells it from a task that has run. */
  readonly state: 'waiting'
  /** Labels of the tasks that did not come to what it awaits. */
  readonly waitingOn: readonly string[]
}

/** A task of which this host could not tell what it comes to. It has no receipt, and may be run again. */
export interface TaskFault {
  /** Tells it from a task that has run. */
  readonly state: 'fault'
  /** What has gone wrong, and who has to act. */
  readonly fault: Fault
}

/** How a task of a workflow has ended. */
export type TaskEnd = TaskRan | TaskWaiting | TaskFault

/** News of a task: that it runs, or how it has ended. */
export type TaskNews = {
  /** The label of the task. */
  readonly label: string
} & ({ readonly state: 'running'; readonly task: CID } | TaskEnd)

/** What is told while a workflow runs. */
export type WorkflowProgress = TaskNews & {
  /** How many tasks have ended so far. */
  readonly ended: number
  /** How many tasks there are. */
  readonly total: number
}

/** What a workflow came to. */
export interface WorkflowRun {
  /** The CID of the workflow, which is in the executor's store. */
  readonly workflow: CID
  /**
   * `fault` if there is a fault; else `error` if a task has an error that no other task has taken up by awaiting it; else `ok`.
   */
  readonly state: 'ok' | 'error' | 'fault'
  /** How each task has ended, by labels. */
  readonly tasks: Readonly<Record<string, TaskEnd>>
  /** Gas that the receipts of all tasks state. */
  readonly gasUsed: bigint
  /** How many tasks have each state. */
  readonly counts: Readonly<Record<TaskEnd['state'], number>>
  /** How many tasks were answered from the memo. */
  readonly hits: number
}

/** The summary of the ends of all tasks. */
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
