/** Writes our task in other forms (TASK-11). */
import { Fault } from '../../base/fault.ts'
import type { MarkedMap, MarkedValue } from '../../base/marked-value.ts'
import { badUsage, fields, givenText } from '../../base/usage.ts'
import type { Task } from '../../interface.ts'
import { encodeTask } from '../task.ts'
import { SEED_TYPE, SEED_VERSION } from '../work.ts'
import type { TaskDocument, TaskForm } from './form.ts'
import type { AskedLimits } from './limits.ts'
import { readTask } from './read.ts'

/** The forms in which a task can be written. The other forms need a signature or an authorization. */
export const WRITABLE_FORMS = [
  'ipvm-wasm',
  'ipvm-task',
  'homestar-instruction',
  'homestar-task',
  'homestar-invocation',
  'homestar-workflow',
  'ucan-0.2-instruction',
  'ucan-0.2-task',
  'ucan-1.0-task',
] as const

/** A form in which a task can be written. */
export type WritableForm = (typeof WRITABLE_FORMS)[number]

/** Options of `writeTask`: values that a form needs in addition to the task. */
export interface WriteTaskOptions {
  /** The subject of a UCAN 1.0 task, as the text of a DID. The CID of that task depends on it. */
  readonly sub?: string
  /** Limits, for the forms with metadata: `homestar-task`, `-invocation`, `-workflow`, and `ucan-0.2-task`. */
  readonly limits?: AskedLimits
}

/** Forms with metadata, in which limits can be stated. */
const WITH_META: readonly TaskForm[] = ['homestar-task', 'homestar-invocation', 'homestar-workflow', 'ucan-0.2-task']

/**
 * Writes our task in another form. The forms of homestar and UCAN 0.2 cannot state an ABI, so the reader must know it
 * from elsewhere.
 *
 * @throws Fault bad-task if the task is invalid, or if it has a nonce, since a nonce has another meaning in other
 *   forms; bad-usage if the form cannot be written, or if the options do not fit the form
 */
export function writeTask(task: Task, form: WritableForm, options: WriteTaskOptions = {}): TaskDocument {
  const { sub, limits } = fields(options, 'options')
  if (!WRITABLE_FORMS.includes(form)) throw badUsage('form', `one of ${WRITABLE_FORMS.join(', ')}`, form)
  if (limits !== undefined && !WITH_META.includes(form))
    throw badUsage('limits', `absent: the form ${form} has no place for them`, limits)
  const { bytes } = encodeTask(task)
  if (form === 'ipvm-wasm') return readTask(bytes, { form })
  const own = readTask(bytes, { form: 'ipvm-wasm' })
  if (task.nonce.length > 0)
    throw new Fault('bad-task', 'a task with a nonce has no other form: make one without', { field: 'nonce' })
  return readTask(valueOf(own, form, sub, metaOf(limits ?? {})), { form })
}

function valueOf(own: TaskDocument, form: WritableForm, sub: string | undefined, meta: MarkedMap): MarkedMap {
  const { mod, fun, params, abi } = (own.value as MarkedMap)['args'] as MarkedMap
  const instruction = (key: 'args' | 'input'): MarkedMap => ({
    rsc: `ipfs://${String(mod)}`,
    op: 'wasm/run',
    input: { func: fun!, [key]: params! },
    nnc: '',
  })
  const homestarTask: MarkedMap = { run: instruction('args'), cause: null, meta, prf: [] }
  switch (form) {
    case 'ipvm-task':
      return {
        type: SEED_TYPE,
        version: SEED_VERSION,
        safety: 'deterministic',
        on: 'ipvm/wasm',
        using: mod!,
        run: { fun: fun!, abi: abi!, args: params! },
      }
    case 'homestar-instruction':
      return instruction('args')
    case 'homestar-task':
      return homestarTask
    case 'homestar-invocation':
      return { task: homestarTask }
    case 'homestar-workflow':
      return { tasks: [homestarTask] }
    case 'ucan-0.2-instruction':
      return instruction('input')
    case 'ucan-0.2-task':
      return { run: instruction('input'), meta, prf: [] }
    default:
      return {
        sub: givenText(sub!, 'sub'),
        cmd: '/wasm/run',
        args: { mod: mod!, fun: fun!, params: params!, abi: abi! },
        nonce: new Uint8Array(),
      }
  }
}

/** Returns limits in the form of homestar and UCAN: memory in bytes, and time in milliseconds. */
function metaOf({ gas, pages, timeoutMs }: AskedLimits): MarkedMap {
  const entries: [string, MarkedValue | undefined][] = [
    ['fuel', gas],
    ['memory', pages === undefined ? undefined : BigInt(pages) * 65_536n],
    ['time', timeoutMs === undefined ? undefined : BigInt(timeoutMs)],
  ]
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as MarkedMap
}
