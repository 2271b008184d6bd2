/**
 * The limits of single tasks, and the limit on the gas of all tasks of a workflow together (docs/spec/workflow.md,
 * WF-13).
 */
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { Misfit, orFault, record } from '../base/shape.ts'
import { fields } from '../base/usage.ts'
import type { RunLimits } from '../interface.ts'
import { checkLimits } from '../receipt/receipt.ts'

/** The limits of a workflow. */
export interface WorkflowLimits extends RunLimits {
  /** Limits of single tasks by their labels. They replace `gas` and `pages` for these tasks. */
  readonly tasks?: Readonly<Record<string, Partial<RunLimits>>>
  /**
   * The greatest amount of gas of all tasks together, as their receipts state it. Default: no such limit.
   *
   * A task starts only if its own limit is left of this amount. Earlier tasks that have not ended count with their full
   * limits. So the speed of tasks does not decide which of them run.
   */
  readonly totalGas?: bigint
}

/** Limits that have been read. */
export interface Bounds {
  readonly totalGas: bigint | undefined
  of(label: string): RunLimits
}

/**
 * Reads limits.
 *
 * @throws Fault bad-limits with the path of the field
 */
export function checkWorkflowLimits(limits: WorkflowLimits, labels: ReadonlySet<string>): Bounds {
  fields(limits, 'limits')
  const given: Readonly<Record<string, unknown>> = orFault('bad-limits', 'limits', () =>
    record(limits, 'limits', ['gas', 'pages'], ['tasks', 'totalGas']),
  )
  const { gas, pages, tasks = {}, totalGas } = given as unknown as WorkflowLimits
  const all = checkLimits({ gas, pages })
  const own = orFault('bad-limits', 'limits', () => ownLimits(tasks, all, labels))
  const total = totalGas === undefined ? undefined : checkLimits({ gas: totalGas, pages }).gas
  return { totalGas: total, of: label => own.get(label) ?? all }
}

function ownLimits(tasks: unknown, all: RunLimits, labels: ReadonlySet<string>): ReadonlyMap<string, RunLimits> {
  const own = new Map<string, RunLimits>()
  for (const [label, some] of Object.entries(record(tasks, 'limits.tasks', [], [...labels]))) {
    if (some === undefined) continue
    const field = fieldIn('limits.tasks', label)
    const { gas = all.gas, pages = all.pages } = record(some, field, [], ['gas', 'pages']) as Partial<RunLimits>
    try {
      own.set(label, checkLimits({ gas, pages }))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      throw new Misfit(field, 'limits: gas from 0 to 2⁶² and pages from 0 to 65 536')
    }
  }
  return own
}
