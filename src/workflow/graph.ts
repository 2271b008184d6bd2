/**
 * Finds the tasks that each task of a workflow waits for, and an order in which all can run (docs/spec/workflow.md,
 * WF-6, WF-7).
 */
import { fieldIn } from '../base/field.ts'
import { Misfit } from '../base/shape.ts'
import { Bits } from './bits.ts'
import type { Await, Branch } from './form.ts'

/** The greatest length of a chain of tasks, each of which waits for the one before. */
export const MAX_CHAIN = 256

/**
 * A dependency of one task on another. The task waits for the result, the error or the outcome of the other one, or
 * only for its end.
 */
export interface Need {
  readonly label: string
  readonly branch: Branch | 'after'
  /** The path of the await, or of the label in `after`. */
  readonly field: string
}

/** The data of a task that decide its place in the order. */
export interface Node {
  readonly label: string
  readonly awaits: readonly Await[]
  readonly after: readonly string[]
}

/** The order of the tasks of a workflow. */
export interface Graph {
  /**
   * All labels, sorted by stages. Within a stage they are in the order of the document. So each task comes after all
   * tasks that it waits for.
   */
  readonly order: readonly string[]
  /**
   * The stage of each task. It is 0 if the task waits for none. Otherwise it is one more than the greatest stage among
   * the tasks that it waits for.
   */
  readonly stages: ReadonlyMap<string, number>
  readonly needs: ReadonlyMap<string, readonly Need[]>
  /** Returns true if one of two tasks waits for the other, directly or through others. */
  isOrdered(a: string, b: string): boolean
  /**
   * Returns true if no run can contain both tasks. This is so if one needs the result, and the other the error, of the
   * same task.
   */
  isExclusive(a: string, b: string): boolean
}

/**
 * Makes the graph of tasks.
 *
 * @throws Misfit for a label that no task has, a cycle of tasks, a chain that is too long, or a task that can never run
 */
export function graphOf(nodes: readonly Node[]): Graph {
  const labels = new Set(nodes.map(({ label }) => label))
  const needs = new Map(nodes.map(node => [node.label, needsOf(node, labels)]))
  const stages = stagesOf(needs)
  const order = nodes.map(({ label }) => label).sort((a, b) => stages.get(a)! - stages.get(b)!)
  const facts = factsOf(order, needs)
  return {
    order,
    stages,
    needs,
    isOrdered: (a, b) => facts.before(a, b) || facts.before(b, a),
    isExclusive: (a, b) => facts.isExclusive(a, b),
  }
}

/** Returns the path of a task in the document. */
export function taskField(label: string): string {
  return fieldIn('tasks', label)
}

function needsOf({ label, awaits, after }: Node, labels: ReadonlySet<string>): readonly Need[] {
  const needs: Need[] = [
    ...awaits,
    ...after.map((of, i) => ({ label: of, branch: 'after' as const, field: fieldIn(`${taskField(label)}.after`, i) })),
  ]
  for (const need of needs) {
    if (need.label === label) throw new Misfit(need.field, 'about another task, for no task waits for itself')
    if (!labels.has(need.label)) throw new Misfit(need.field, `about a task, and there is no "${need.label}"`)
  }
  return needs
}

// ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function stagesOf(needs: ReadonlyMap<string, readonly Need[]>): ReadonlyMap<string, number> {
  const stages = new Map<string, number>()
  const waiting = new Map([...needs].map(([label, of]) => [label, new Set(of.map(need => need.label))]))
  const waiters = new Map<string, string[]>()
  for (const [label, of] of waiting)
    for (const target of of) waiters.set(target, [...(waiters.get(target) ?? []), label])
  let ready = [...waiting].filter(([, of]) => of.size === 0).map(([label]) => label)
  for (let stage = 0; ready.length > 0; stage++) {
    if (stage >= MAX_CHAIN)
      throw new Misfit('tasks', `in chains of at most ${MAX_CHAIN} tasks that wait for one another`)
    for (const label of ready) stages.set(label, stage)
    ready = ready.flatMap(label =>
      (waiters.get(label) ?? []).filter(waiter => {
        waiting.get(waiter)!.delete(label)
        return waiting.get(waiter)!.size === 0
      }),
    )
  }
  if (stages.size < needs.size) throw cycle(needs, stages)
  return stages
}

/**
 * Makes the error for tasks that have no stage. It names one cycle among them. Its field is that of the dependency that
 * closes the cycle.
 */
function cycle(needs: ReadonlyMap<string, readonly Need[]>, stages: ReadonlyMap<string, number>): Misfit {
  const trail: string[] = []
  let at = [...needs.keys()].find(label => !stages.has(label))!
  let closing: Need
  do {
    trail.push(at)
    closing = needs.get(at)!.find(({ label }) => !stages.has(label))!
    at = closing.label
  } while (!trail.includes(at))
  const members = trail.slice(trail.indexOf(at))
  const names = members.length > 6 ? [...members.slice(0, 5), '…'] : members
  return new Misfit(closing.field, `a task that does not wait for this one: ${[...names, at].join(' waits for ')}`)
}

// ── Facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The conditions that must hold before a task can run. */
interface Facts {
  /** The tasks that must have ended. */
  readonly ended: Bits
  /** The tasks that must have a result. Those in `error` must have an error. */
  readonly ok: Bits
  readonly error: Bits
}

function factsOf(order: readonly string[], needs: ReadonlyMap<string, readonly Need[]>) {
  const numbers = new Map(order.map((label, i) => [label, i]))
  const facts = new Map<string, Facts>()
  for (const label of order) {
    const own: Facts = { ended: new Bits(order.length), ok: new Bits(order.length), error: new Bits(order.length) }
    for (const { label: of, branch, field } of needs.get(label)!) {
      const [n, theirs] = [numbers.get(of)!, facts.get(of)!]
      own.ended.add(n)
      own.ended.addAll(theirs.ended)
      // A task that only comes after another may run even if the other was not run. So it has none of its conditions.
      if (branch === 'after') continue
      own.ok.addAll(theirs.ok)
      own.error.addAll(theirs.error)
      if (branch !== '*') own[branch].add(n)
      const both = own.ok.firstCommon(own.error)
      if (both !== undefined) {
        const which = order[both]!
        throw new Misfit(field, `such that the task can run: it would need both the result and the error of "${which}"`)
      }
    }
    facts.set(label, own)
  }
  return {
    before: (a: string, b: string) => facts.get(b)!.ended.has(numbers.get(a)!),
    isExclusive(a: string, b: string): boolean {
      const [x, y] = [facts.get(a)!, facts.get(b)!]
      return x.ok.firstCommon(y.error) !== undefined || x.error.firstCommon(y.ok) !== undefined
    },
  }
}
