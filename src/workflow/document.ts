/**
 * Workflows as documents (docs/spec/workflow.md). A workflow is a dag-cbor block whose CID has version 1 and sha2-256:
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
 * Makes a workflow of tasks. A call without a nonce gets an empty one. A CID of version 0 becomes the CID of version 1
 * of the same block. The labels of `after` are sorted.
 *
 * @throws Fault bad-workflow for an input in another form, a label that no task has, tasks that wait for themselves or
 *   one another, or a task that can never run. The detail has the path of the field, such as
 *   `tasks.resize.run.args.params[0]`.
 */
export function createWorkflow(input: WorkflowInput): Workflow {
  fields(input, 'the input')
  return orFault('bad-workflow', 'a workflow', () => readWorkflow(input, 'as-1').workflow)
}

/**
 * Encodes a workflow as a block.
 *
 * @throws Fault bad-workflow if the object is not a workflow, or if its block would have more than 2 MiB
 */
export function encodeWorkflow(workflow: Workflow): Block {
  return sealWorkflow(workflow).block
}

/**
 * Decodes the block of a workflow. A workflow has only one encoding.
 *
 * @throws Fault bad-workflow if the bytes are not what `encodeWorkflow` makes of the workflow in them
 */
export function decodeWorkflow(block: Uint8Array): Workflow {
  const bytes = givenBytes(block, 'the workflow')
  return orFault('bad-workflow', 'a workflow', () => readWorkflow(decodeStrict(bytes), '1').workflow)
}

/** A workflow, and everything that follows from its document alone. */
export interface SealedWorkflow {
  readonly workflow: Workflow
  readonly block: Block
  readonly graph: Graph
  /** The calls, by the labels of their tasks. Tasks with other work are absent. */
  readonly runs: ReadonlyMap<string, WasmRun>
}

/**
 * Copies a workflow that a caller has passed, and makes its block.
 *
 * @throws Fault bad-workflow as `encodeWorkflow` does
 */
export function sealWorkflow(workflow: Workflow): SealedWorkflow {
  fields(workflow, 'the workflow')
  return orFault('bad-workflow', 'a workflow', () => {
    const read = readWorkflow(workflow, '1')
    const bytes = encodeStrict(read.workflow)
    return { ...read, block: { cid: linkOf(bytes), bytes } }
  })
}

function readWorkflow(input: unknown, versions: Versions): Omit<SealedWorkflow, 'block'> {
  // Each part of the input is read once. All code below reads the frozen copy.
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

/** Returns the path of the work of a task in the document. */
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

/** Returns true if work is a call (WF-3). A UCAN task also has the `cmd` of a call, but it has a subject, `sub`. */
function isCall(run: Value): run is ValueMap {
  return isMap<CID>(run) && run['cmd'] === '/wasm/run' && !Object.hasOwn(run, 'sub')
}

function withNonce(run: Value): Value {
  return isCall(run) && !Object.hasOwn(run, 'nonce') ? Object.freeze({ ...run, nonce: new Uint8Array() }) : run
}

/**
 * The module that stands for an awaited one while a call is checked, since the check needs a module. It is the CID of a
 * raw block without bytes.
 */
export const SOME_MODULE = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')

/** Reads a call. It must have the form of a task, except that awaits may stand in it (WF-3). */
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

/** Replaces each await in a value by null. */
function withoutAwaits(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(withoutAwaits)
  if (!isMap<CID>(value)) return value
  if (awaitOf(value, '') !== undefined) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutAwaits(item)]))
}

/**
 * Refuses a parameter that can never have a type which its ABI takes (WF-5). The ABIs `core` and `assemblyscript` take
 * no list and no map. An error and an outcome are maps, and a result of the ABI `core` is a list. A task that awaits
 * all of one would be rejected in every run. A part of it may be awaited, such as `{ 'await/ok': ['sum', 0] }`.
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
