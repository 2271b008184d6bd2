/** Which task of a workflow waits for which, and in what order they can run (docs/spec/workflow.md, WF-6, WF-7). */
import { fieldIn } from '../base/field.ts'
import { Misfit } from '../base/shape.ts'
import { Bits } from './bits.ts'
import type { Await, Branch } from './form.ts'

/** The greatest number of tasks that wait for one another in a row. */
export const MAX_CHAIN = 256

/** That a task waits for another one: for its result, its error, either of them, or for nothing but its end. */
export interface Need {
  readonly label: string
  readonly branch: Branch | 'after'
  /** The path of the await, or of the label in `after`. */
  readonly field: string
}

/** A task as its place among others is found. */
export interface Node {
  readonly label: string
  readonly awaits: readonly Await[]
  readonly after: readonly string[]
}

/** The order of the tasks of a workflow. */
export interface Graph {
  /** All labels: by stages, and within a stage in the order of the document. A task comes after all that it waits for. */
  readonly order: readonly string[]
  /** The stage of each task: 0 if it waits for none, and else one more than the greatest stage that it waits for. */
  readonly stages: ReadonlyMap<string, number>
  readonly needs: ReadonlyMap<string, readonly Need[]>
  /** Whether one of two tasks waits for the other, perhaps through others. */
  isOrdered(a: string, b: string): boolean
  /** Whether no run has both tasks: one needs a result, and the other the error of the same task. */
  isExclusive(a: string, b: string): boolean
}

/** Throws a `Misfit` for a label that is unknown or a task's own, for a cycle, a chain that is too long, and a task that never runs. */
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

/** The path of a task in the document. */
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

/** The error for the tasks that have no stage: one cycle among them, with the field that closes it. */
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

/** What has to be so before a task runs. */
interface Facts {
  /** Tasks that have ended. */
  readonly ended: Bits
  /** Tasks that have a result, and tasks that have an error. */
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
      // What comes after a task that is not run may still run.
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
