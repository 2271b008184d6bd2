/** Translates workflows of homestar 0.2 to our workflows (docs/spec/workflow.md, WF-17). */
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

/** The result of a translation: our workflow, and the other requests of the document. */
export interface WorkflowTranslation {
  /** The workflow. Its labels are `t0`, `t1` and so on, in the order of the tasks in the document. */
  readonly workflow: Workflow
  /** The CID of each call in the form of the document, by labels. */
  readonly asked: Readonly<Record<string, CID>>
  /** The limits that the document asks for, by labels. */
  readonly limits: Readonly<Record<string, AskedLimits>>
  /** The blocks of modules that the document itself contains. */
  readonly blocks: readonly Block[]
}

/**
 * Translates a workflow of homestar to our workflow. `abi` is the ABI of all its calls, since the form of homestar
 * cannot state one. Under the ABI `core`, an awaited result is the first item of the list of results.
 *
 * @throws Fault unsupported-task for a document in another form, or a task that cannot be run here; bad-task for a
 *   limit that cannot be read; bad-workflow for an awaited call that is not in the document. The detail has the path of
 *   the field.
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

/**
 * Returns the key and the awaited call of an await, or undefined for another value. The document has been read, so each
 * map with such a key is an await.
 */
function awaitedIn(value: MarkedValue): readonly [key: string, cid: CID] | undefined {
  if (isFloat(value) || !isMap<CID | Float>(value)) return undefined
  const key = ['await/ok', 'await/error', 'await/*'].find(name => Object.hasOwn(value, name))
  const cid = key === undefined ? null : CID.asCID(value[key])
  return cid === null ? undefined : [key!, cid]
}

/** Replaces each await by null. Only a task without awaits can be translated (TASK-6). */
function withoutAwaits(value: MarkedValue): MarkedValue {
  return awaitedIn(value) !== undefined ? null : mapped(value, part => withoutAwaits(part))
}

interface Naming {
  readonly labels: ReadonlyMap<string, string>
  readonly abi: string
  readonly field: string
}

/** Replaces the CIDs of awaited calls in a parameter by the labels of their tasks. */
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

/** Applies `part` to each item of a list or map. Returns any other value as it is. */
function mapped(value: MarkedValue, part: (value: MarkedValue, key: string | number) => MarkedValue): MarkedValue {
  if (Array.isArray(value)) return (value as readonly MarkedValue[]).map(part)
  if (isFloat(value) || !isMap<CID | Float>(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, part(item, key)]))
}

/**
 * Calls `read`, and puts `field` in front of the paths in its faults. For example, `meta.time` becomes
 * `tasks[0].meta.time`.
 */
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
