/** Workflows of homestar 0.2 as workflows of ours (docs/spec/workflow.md, WF-17). */
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { isFloat, type Float } from '../base/float.ts'
import type { MarkedValue } from '../base/marked-value.ts'
import { fields } from '../base/usage.ts'
import { isMap } from '../base/value.ts'
import type { Block, Param } from '../interface.ts'
import type { TaskDocument } from '../task/forms/form.ts'
import type { AskedLimits } from '../task/forms/limits.ts'
import { readAgain, readTask } from '../task/forms/read.ts'
import { translateTask, type TranslateOptions } from '../task/forms/translate.ts'
import type { ParamInput } from '../task/task.ts'
import { createWorkflow } from './document.ts'
import type { Workflow, WorkflowTaskInput } from './form.ts'

/** A workflow of ours, and what the document asks for besides. */
export interface WorkflowTranslation {
  /** The workflow. The n-th task of the document has the label `t` and n, from `t0` on. */
  readonly workflow: Workflow
  /** By labels, the CIDs that name the calls in the form of the document. */
  readonly asked: Readonly<Record<string, CID>>
  /** By labels, the limits that the document asks for. */
  readonly limits: Readonly<Record<string, AskedLimits>>
  /** The blocks of modules that stand in the document itself. */
  readonly blocks: readonly Block[]
}

/**
 * The workflow of ours that a workflow of homestar asks for. `abi` is the ABI of all of its calls, which the form cannot state. In the
 * ABI `core`, an awaited result is the first number of the list.
 *
 * Throws Fault('unsupported-task') for a document in another form, and for a task that cannot be run here; Fault('bad-task') for a
 * limit that cannot be read; Fault('bad-workflow') for a task that awaits a call which is not in the document. Each has the path of
 * the field in its detail.
 */
export function translateWorkflow(
  document: TaskDocument,
  options: Pick<TranslateOptions, 'abi'> = {},
): WorkflowTranslation {
  const { calls, form, value } = readAgain(document)
  const { abi } = fields(options, 'options')
  if (form !== 'homestar-workflow')
    throw new Fault('unsupported-task', `a document in the form ${form} asks for one task: translateTask reads it`, {
      field: '',
    })
  const items = (value as unknown as { readonly tasks: readonly MarkedValue[] }).tasks
  const labels = new Map<string, string>()
  for (const [i, { cid }] of calls.entries()) if (!labels.has(cid.toString())) labels.set(cid.toString(), `t${i}`)
  const tasks: [string, WorkflowTaskInput][] = []
  const limits: [string, AskedLimits][] = []
  const blocks: Block[] = []
  for (const [i, item] of items.entries()) {
    const field = fieldIn('tasks', i)
    const translated = within(field, () =>
      translateTask(
        readTask(withoutAwaits(item) as object, { form: 'homestar-task' }),
        abi === undefined ? {} : { abi },
      ),
    )
    const { args } = translated.task
    const { instruction } = calls[i]!
    const params = instruction!.params.map((param, n) =>
      withLabels(param, { labels, abi: args.abi, field: fieldIn(instruction!.fields.params, n) }),
    )
    tasks.push([`t${i}`, { run: { cmd: '/wasm/run', args: { ...args, params } } }])
    limits.push([`t${i}`, translated.limits])
    blocks.push(...translated.blocks)
  }
  return {
    workflow: createWorkflow({ tasks: Object.fromEntries(tasks) }),
    asked: Object.fromEntries(calls.map(({ cid }, i) => [`t${i}`, cid])),
    limits: Object.fromEntries(limits),
    blocks,
  }
}

/** The key and the call of an await; undefined if a value is none. The document has been read, so that it has the form of one. */
function awaitedIn(value: MarkedValue): readonly [key: string, cid: CID] | undefined {
  if (isFloat(value) || !isMap<CID | Float>(value)) return undefined
  const key = ['await/ok', 'await/error', 'await/*'].find(name => Object.hasOwn(value, name))
  const cid = key === undefined ? null : CID.asCID(value[key])
  return cid === null ? undefined : [key!, cid]
}

/** A value with null in the place of each await, which a task has to have replaced before it is translated (TASK-6). */
function withoutAwaits(value: MarkedValue): MarkedValue {
  return awaitedIn(value) !== undefined ? null : mapped(value, part => withoutAwaits(part))
}

interface Naming {
  readonly labels: ReadonlyMap<string, string>
  readonly abi: string
  readonly field: string
}

/** A parameter with labels in the place of the CIDs of awaited calls. */
function withLabels(value: MarkedValue, naming: Naming): ParamInput {
  const { labels, abi, field } = naming
  const awaited = awaitedIn(value)
  if (awaited === undefined)
    return mapped(value, (part, key) => withLabels(part, { ...naming, field: fieldIn(field, key) }) as Param) as Param
  const [key, cid] = awaited
  const label = labels.get(cid.toString())
  if (label === undefined)
    throw new Fault('bad-workflow', `${field} awaits the call ${cid}, and the workflow has no such call`, { field })
  return { [key]: abi === 'core' && key === 'await/ok' ? [label, 0] : label }
}

/** A list or map with other parts; any other value as it is. */
function mapped(value: MarkedValue, part: (value: MarkedValue, key: string | number) => MarkedValue): MarkedValue {
  if (Array.isArray(value)) return (value as readonly MarkedValue[]).map(part)
  if (isFloat(value) || !isMap<CID | Float>(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, part(item, key)]))
}

/** What `read` returns. The fields of its faults are below `field`. */
function within<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault) || typeof error.detail['field'] !== 'string') throw error
    const inner = error.detail['field']
    const detail = { ...error.detail, field: inner === '' ? field : `${field}.${inner}` }
    throw new Fault(error.code, `${field}: ${error.message}`, detail, error)
  }
}
