/**
 * Workflows as documents (docs/spec/workflow.md). A dag-cbor block, CIDv1, sha2-256:
 *
 *   { tasks: { label: { run: task with awaits | other work, safety?: Text, after?: [Text] } } }
 */
import { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { readValue, type Versions } from '../base/links.ts'
import { isRecord, list, Misfit, oneOf, orFault, record } from '../base/shape.ts'
import { fields, givenBytes } from '../base/usage.ts'
import { isMap, sortedKeys } from '../base/value.ts'
import type { Block, Param, Value, ValueMap } from '../interface.ts'
import { SAFETY_CLASSES } from '../task/classes.ts'
import { encodeTask } from '../task/task.ts'
import { awaitOf, awaitsIn, readLabel } from './awaits.ts'
import type { WasmRun, Workflow, WorkflowInput, WorkflowTask } from './form.ts'
import { graphOf, taskField, type Graph } from './graph.ts'

/** The greatest number of tasks of a workflow. */
export const MAX_TASKS = 1_000

/**
 * The workflow of these tasks. A task that has no nonce gets an empty one, a CIDv0 is written as the CIDv1 of the same block, and
 * the labels of `after` are sorted.
 *
 * Throws Fault('bad-workflow') with the path of the field in its detail, such as `tasks.resize.run.args.params[0]`: for another
 * form, for labels that no task has, for tasks that wait for themselves or one another, and for tasks that can never run.
 */
export function createWorkflow(input: WorkflowInput): Workflow {
  fields(input, 'the input')
  return orFault('bad-workflow', 'a workflow', () => readWorkflow(input, 'as-1').workflow)
}

/** The block of a workflow. Throws Fault('bad-workflow') if it is none, or takes more than 2 MiB. */
export function encodeWorkflow(workflow: Workflow): Block {
  return sealWorkflow(workflow).block
}

/** The workflow in a block. Strict: Fault('bad-workflow') unless these bytes are what `encodeWorkflow` makes of it. */
export function decodeWorkflow(block: Uint8Array): Workflow {
  const bytes = givenBytes(block, 'the workflow')
  return orFault('bad-workflow', 'a workflow', () => readWorkflow(decodeStrict(bytes), '1').workflow)
}

/** A workflow with all that follows from its document alone. */
export interface SealedWorkflow {
  readonly workflow: Workflow
  readonly block: Block
  readonly graph: Graph
  /** Those of the tasks that are calls of ours, as they are read. */
  readonly runs: ReadonlyMap<string, WasmRun>
}

/** A copy of a workflow that is given to the library, with its block. Throws what `encodeWorkflow` throws. */
export function sealWorkflow(workflow: Workflow): SealedWorkflow {
  fields(workflow, 'the workflow')
  return orFault('bad-workflow', 'a workflow', () => {
    const read = readWorkflow(workflow, '1')
    const bytes = encodeStrict(read.workflow)
    return { ...read, block: { cid: linkOf(bytes), bytes } }
  })
}

function readWorkflow(input: unknown, versions: Versions): Omit<SealedWorkflow, 'block'> {
  // One look at each part of what was given. All that follows reads the frozen copy.
  const document = record(readValue(input, '', versions, true), '', ['tasks'])
  const tasks = document['tasks'] as Value
  if (!isMap<CID>(tasks)) throw new Misfit('tasks', 'a map of tasks by their labels')
  const labels = sortedKeys(tasks)
  if (labels.length === 0 || labels.length > MAX_TASKS)
    throw new Misfit('tasks', `1 to ${MAX_TASKS} tasks, and there are ${labels.length}`)
  const read = labels.map(label => ({
    label,
    task: readTask(tasks[readLabel(label, taskField(label))]!, taskField(label), versions),
  }))
  const awaits = new Map(read.map(({ label, task }) => [label, awaitsIn(task.run, runField(label))]))
  const runs = new Map<string, WasmRun>()
  for (const { label, task } of read) if (isCall(task.run)) runs.set(label, readCall(task.run, runField(label)))
  const graph = graphOf(read.map(({ label, task: { after = [] } }) => ({ label, awaits: awaits.get(label)!, after })))
  requireFitting(runs)
  const workflow: Workflow = Object.freeze({
    tasks: Object.freeze(Object.fromEntries(read.map(({ label, task }) => [label, task]))),
  })
  return { workflow, graph, runs }
}

/** The path of a task's work in the document. */
export function runField(label: string): string {
  return `${taskField(label)}.run`
}

function readTask(value: Value, field: string, versions: Versions): WorkflowTask {
  const { run, safety, after } = record(value, field, ['run'], ['safety', 'after'])
  const isMade = versions === 'as-1'
  return Object.freeze({
    run: isMade ? withNonce(run as Value) : (run as Value),
    ...(safety === undefined ? {} : { safety: oneOf(safety, `${field}.safety`, SAFETY_CLASSES) }),
    ...(after === undefined ? {} : { after: readAfter(after, `${field}.after`, isMade) }),
  })
}

function readAfter(value: unknown, field: string, isMade: boolean): readonly string[] {
  const labels = list(value, field).map((label, i) => readLabel(label, fieldIn(field, i)))
  if (labels.length === 0) throw new Misfit(field, 'absent if there is no label')
  const sorted = [...new Set(labels)].sort((a, b) => (a < b ? -1 : 1))
  if (!isMade && !(sorted.length === labels.length && sorted.every((label, i) => label === labels[i])))
    throw new Misfit(field, 'a sorted list that has each label once')
  return Object.freeze(sorted)
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether work is a call in the form of our tasks. A UCAN task has a subject, and is one of another form. */
function isCall(run: Value): run is ValueMap {
  return isMap<CID>(run) && run['cmd'] === '/wasm/run' && !Object.hasOwn(run, 'sub')
}

function withNonce(run: Value): Value {
  return isCall(run) && !Object.hasOwn(run, 'nonce') ? Object.freeze({ ...run, nonce: new Uint8Array() }) : run
}

/** What stands in the place of a module that is awaited, where a call is checked that needs one: a raw block of no bytes. */
export const SOME_MODULE = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')

/** A call with awaits. But for these it has the form of a task. */
function readCall(run: ValueMap, field: string): WasmRun {
  const args = isRecord(run['args']) ? (run['args'] as ValueMap) : {}
  const awaited = awaitOf(args['mod'] ?? null, `${field}.args.mod`)
  const given = args['params']
  const params: unknown = Array.isArray(given) ? given.map(withoutAwaits) : given
  const probe: unknown = {
    ...run,
    args: { ...args, ...(params === undefined ? {} : { params }), ...(awaited && { mod: SOME_MODULE }) },
  }
  try {
    encodeTask((isRecord(run['args']) ? probe : run) as never)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-task') throw error
    const at = typeof error.detail['field'] === 'string' ? error.detail['field'] : ''
    throw new Fault('bad-workflow', `not a workflow: ${field}: ${error.message}`, {
      field: at === '' ? field : `${field}.${at}`,
    })
  }
  return {
    mod: awaited ?? (args['mod'] as CID),
    fun: args['fun'] as string,
    params: args['params'] as readonly Param[],
    abi: args['abi'] as string,
    nonce: run['nonce'] as Uint8Array,
  }
}

/** A value with null in the place of each await. */
function withoutAwaits(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(withoutAwaits)
  if (!isMap<CID>(value)) return value
  if (awaitOf(value, '') !== undefined) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutAwaits(item)]))
}

/**
 * The ABIs of numbers and of AssemblyScript take no list and no map, which errors, outcomes and the results of the ABI `core` are: a
 * task that awaits all of one would be rejected whenever it runs (WF-5).
 */
function requireFitting(runs: ReadonlyMap<string, WasmRun>): void {
  for (const [label, { abi, params }] of runs) {
    if (abi === 'bytes' || abi === 'wasi') continue
    for (const [i, param] of params.entries()) {
      const field = fieldIn(`${runField(label)}.args.params`, i)
      const found = awaitOf(param, field)
      if (found === undefined || found.path.length > 0) continue
      const isList = found.branch === 'ok' && runs.get(found.label)?.abi === 'core'
      const key = `await/${found.branch}`
      const example = isList ? `{"${key}": ["${found.label}", 0]}` : `{"await/error": ["${found.label}", "code"]}`
      if (isList || found.branch !== 'ok')
        throw new Misfit(
          field,
          `a part of what is awaited, such as ${example}: all of it is a ${isList ? 'list' : 'map'}, which the ABI ${abi} does not take`,
        )
    }
  }
}
