/** Plans a workflow: when a scheduler may run each task, and how (docs/spec/workflow.md, WF-11, WF-12). */
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { isRecord } from '../base/shape.ts'
import { badUsage, fields } from '../base/usage.ts'
import type { Guarantees, SafetyClass, WorkKind } from '../task/classes.ts'
import { classify, moduleToProve, type Classification, type ModuleEvidence, type Tuple } from '../task/classify.ts'
import { runField, sealWorkflow, SOME_MODULE, type SealedWorkflow } from './document.ts'
import type { Workflow, WorkflowTask } from './form.ts'
import { taskField } from './graph.ts'

/** Options of `plan`. */
export interface PlanOptions {
  /**
   * The results of admission by modules. A key is the text of the CID in version 1, for each CID that `workflowModules`
   * returns. If a module is missing, the classes of its tasks are not proved.
   */
  readonly evidence?: ReadonlyMap<string, ModuleEvidence>
}

/** The plan of a workflow. Plain data. */
export interface WorkflowPlan {
  /** The CID of the workflow. */
  readonly workflow: CID
  /**
   * The labels of each stage. Tasks of one stage do not wait for one another. After the first stage, each task waits
   * for one of the stage before.
   */
  readonly stages: readonly (readonly string[])[]
  /** The tasks by their labels. */
  readonly tasks: Readonly<Record<string, PlannedTask>>
  /**
   * True if each task is a call of a pure function in the form of our tasks. Such a workflow can be run by
   * `runWorkflow`.
   */
  readonly pure: boolean
}

/** The plan of one task. */
export interface PlannedTask {
  /** The number of its stage, from 0. */
  readonly stage: number
  /**
   * The class that a scheduler has to respect. It is the computed class, or the declared one if that demands more care.
   */
  readonly class: SafetyClass
  /** The kind of the work. */
  readonly kind: WorkKind
  /** The type of the work, and its class. */
  readonly tuple: Tuple
  /** False if the class depends on an admission that has not been made. */
  readonly proved: boolean
  /** The properties that a scheduler may rely on. Its `lock` must be held while the task runs. */
  readonly guarantees: Guarantees
  /** The dependencies of the task. */
  readonly waitsFor: readonly PlannedWait[]
  /** Sentences for people: the evidence for the class, and the reasons for which the task waits. */
  readonly reasons: readonly string[]
}

/** A dependency of a task on another one. */
export interface PlannedWait {
  /** The label of the other task. */
  readonly label: string
  /** The awaited part: the result, the error, or the outcome. `after` if only the end of the other task is awaited. */
  readonly for: 'ok' | 'error' | '*' | 'after'
  /**
   * The evidence that makes the awaited part believable. A `receipt` can be reproduced by running the task again. A
   * `hash` proves content. An attestation comes from an oracle or from the executor. An `end` needs no evidence, since
   * nothing of the other task is used.
   */
  readonly until: 'receipt' | 'hash' | 'oracle-attestation' | 'executor-attestation' | 'end'
}

/**
 * Returns the modules that have to be admitted to prove the classes of tasks. Each module is listed once.
 *
 * @throws Fault bad-workflow if the object is not a workflow
 */
export function workflowModules(workflow: Workflow): readonly CID[] {
  const { workflow: own, runs } = sealWorkflow(workflow)
  const modules = new Map<string, CID>()
  for (const [label, { run }] of Object.entries(own.tasks)) {
    const call = runs.get(label)
    const cid = call === undefined ? inTask(label, () => moduleToProve(run)) : CID.asCID(call.mod)
    if (cid !== null) modules.set(cid.toV1().toString(), cid.toV1())
  }
  return [...modules.values()]
}

/**
 * Plans a workflow: the tasks that may run at the same time, and those that each task waits for. The plan depends on
 * the arguments only. Nothing is loaded or run.
 *
 * @throws Fault bad-workflow, with the path of the field, if the object is not a workflow or if work has no known form
 * @throws Fault bad-workflow, with the path of the field, if two destructive tasks have no order
 * @throws Fault class-mismatch if the evidence does not support a declared class
 */
export function plan(workflow: Workflow, options: PlanOptions = {}): WorkflowPlan {
  const { evidence = new Map<string, ModuleEvidence>() } = fields(options, 'options')
  if (typeof evidence?.get !== 'function')
    throw badUsage('evidence', 'a Map from the texts of CIDs to what admission says', evidence)
  const sealed = sealWorkflow(workflow)
  const { graph, block, runs } = sealed
  const classes = new Map(
    graph.order.map(label => [label, inTask(label, () => classOf(sealed, label, evidence))] as const),
  )
  requireOrder(sealed, classes)
  const stages: string[][] = []
  for (const label of graph.order) (stages[graph.stages.get(label)!] ??= []).push(label)
  const planned = graph.order.map((label): [string, PlannedTask] => [label, plannedTask(sealed, classes, label)])
  return {
    workflow: block.cid,
    stages,
    tasks: Object.fromEntries(planned),
    pure: planned.every(([label, task]) => task.kind === 'pure-function' && runs.has(label)),
  }
}

function plannedTask(
  { graph, runs }: SealedWorkflow,
  classes: ReadonlyMap<string, Classification>,
  label: string,
): PlannedTask {
  const { class: safety, kind, tuple, proved, guarantees, evidence } = classes.get(label)!
  const waits = new Map(
    graph.needs
      .get(label)!
      .map(({ label: of, branch }): [string, PlannedWait] => [
        `${of} ${branch}`,
        { label: of, for: branch, until: branch === 'after' ? 'end' : untilOf(classes.get(of)!.guarantees) },
      ]),
  )
  const call = runs.get(label)
  const made = call !== undefined && CID.asCID(call.mod) === null
  return {
    stage: graph.stages.get(label)!,
    class: safety,
    kind,
    tuple,
    proved,
    guarantees,
    waitsFor: [...waits.values()],
    reasons: [
      ...evidence.map(({ what, says }) => `${what}: ${says}`),
      ...(made ? ['its module is the result of another task, which is admitted when it is there'] : []),
      ...(guarantees.lock === 'none' ? [] : ['it has to run exactly once: hold a lock for it']),
      ...[...waits.values()].map(reasonOf),
    ],
  }
}

function untilOf({ voucher }: Guarantees): PlannedWait['until'] {
  return voucher === 're-execution' ? 'receipt' : voucher
}

const FOR: Readonly<Record<PlannedWait['for'], string>> = {
  ok: 'the result',
  error: 'the error',
  '*': 'the result or the error',
  after: 'the end',
}

const UNTIL: Readonly<Record<PlannedWait['until'], string>> = {
  receipt: 'in a receipt, which anyone can check by running the task again',
  hash: 'which its hash proves',
  'oracle-attestation': 'which an oracle has to attest',
  'executor-attestation': 'which its executor has to attest',
  end: 'since it comes after it',
}

function reasonOf({ label, for: what, until }: PlannedWait): string {
  return `it waits for ${FOR[what]} of "${label}", ${UNTIL[until]}`
}

// ── Classes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function classOf(
  { workflow, runs }: SealedWorkflow,
  label: string,
  evidence: ReadonlyMap<string, ModuleEvidence>,
): Classification {
  const task = workflow.tasks[label]!
  const call = runs.get(label)
  if (call === undefined) {
    const work = declared(task.run, task, label)
    const module = moduleToProve(work)
    return classify(work, module === null ? undefined : evidence.get(textOf(module)))
  }
  const module = CID.asCID(call.mod)
  const work = { cmd: '/wasm/run', args: { mod: module ?? SOME_MODULE } }
  return classify(declared(work, task, label), module === null ? undefined : evidence.get(textOf(module)))
}

function textOf(module: CID): string {
  return module.toV1().toString()
}

/** Adds the declared class of a task to its work. */
function declared(work: unknown, { safety }: WorkflowTask, label: string): unknown {
  if (safety === undefined) return work
  if (!isRecord(work)) return { with: work, safety }
  const inner = work['safety']
  if (inner !== undefined && inner !== safety) {
    const field = `${taskField(label)}.safety`
    throw new Fault('bad-workflow', `${field} and ${runField(label)}.safety declare two classes`, { field })
  }
  return { ...work, safety }
}

/** Calls `read`, and makes its faults name the field of the task. */
function inTask<T>(label: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'bad-work' && error.code !== 'class-mismatch')) throw error
    const isClass = error.code === 'class-mismatch'
    const inner = error.detail['field']
    const deeper = typeof inner === 'string' && inner !== '' ? `.${inner}` : ''
    const field = isClass ? `${taskField(label)}.safety` : runField(label) + deeper
    const message = `${isClass ? field : runField(label)}: ${error.message}`
    throw new Fault(isClass ? 'class-mismatch' : 'bad-workflow', message, { ...error.detail, field }, error)
  }
}

/**
 * Refuses a workflow in which two destructive tasks could run at the same time (WF-12). The workflow itself must show
 * which of them comes first.
 */
function requireOrder({ graph }: SealedWorkflow, classes: ReadonlyMap<string, Classification>): void {
  const commands = graph.order.filter(label => classes.get(label)!.class === 'destructive')
  for (const [i, a] of commands.entries())
    for (const b of commands.slice(i + 1)) {
      if (graph.isOrdered(a, b) || graph.isExclusive(a, b)) continue
      const message = `"${a}" and "${b}" both change something, and neither comes after the other: name one in the other's "after"`
      throw new Fault('bad-workflow', message, { field: taskField(b), tasks: [a, b] })
    }
}
