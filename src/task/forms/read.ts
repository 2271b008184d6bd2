/** Reads a task in any of the forms of docs/spec/task.md. */
import { isFloat } from '../../base/float.ts'
import { decodeMarked } from '../../base/marked-cbor.ts'
import { formatMarked, parseMarked } from '../../base/marked-json.ts'
import { readMarked, type MarkedMap, type MarkedValue } from '../../base/marked-value.ts'
import { isBytes } from '../../base/realms.ts'
import { isRecord, Misfit, orFault } from '../../base/shape.ts'
import { badUsage, fields, givenBytes } from '../../base/usage.ts'
import { SEED_TYPE } from '../work.ts'
import { TASK_FORMS, type FormReader, type TaskDocument, type TaskForm } from './form.ts'
import { readHomestar, readUcan02 } from './instruction.ts'
import { readIpvmTask, readOwn } from './own.ts'
import { readUcan10 } from './ucan.ts'

const READERS: Readonly<Record<TaskForm, FormReader>> = {
  'ipvm-wasm': readOwn,
  'ipvm-task': readIpvmTask,
  'homestar-instruction': readHomestar,
  'homestar-task': readHomestar,
  'homestar-invocation': readHomestar,
  'homestar-workflow': readHomestar,
  'ucan-0.2-instruction': readUcan02,
  'ucan-0.2-task': readUcan02,
  'ucan-0.2-invocation': readUcan02,
  'ucan-1.0-task': readUcan10,
  'ucan-1.0-invocation': readUcan10,
}

/** Options of `readTask`. */
export interface ReadTaskOptions {
  /**
   * The form that the document must have. Default: the form that follows from its fields (docs/spec/task.md, TASK-2).
   */
  readonly form?: TaskForm
}

/**
 * Reads a task in any known form. The input is bytes of dag-cbor, a text of dag-json or its bytes in UTF-8, or the
 * value of such a document.
 *
 * In a text, a number with a point or an exponent is a float. In a value, an integer may be a number, and a whole float
 * must be made with `float`, such as `float(1)`. Links and byte strings may stand in their dag-json form.
 *
 * Nothing is loaded. The limits in the metadata are not checked, so that a document with unreadable limits still has
 * its CID. `translateTask` checks them.
 *
 * @throws Fault bad-task, with the path of the field in its detail, such as `tasks[0].run.nnc`; bad-usage if the input
 *   is not a document, or if the form is unknown
 */
export function readTask(input: Uint8Array | string | object, options: ReadTaskOptions = {}): TaskDocument {
  const { form } = fields(options, 'options')
  if (form !== undefined && !TASK_FORMS.includes(form)) throw badUsage('form', `one of ${TASK_FORMS.join(', ')}`, form)
  if ((typeof input !== 'object' && typeof input !== 'string') || input === null)
    throw badUsage('the task', 'bytes, text or an object', input)
  return orFault('bad-task', 'a task', () => {
    const value = readMarked(decoded(input), '')
    const known = form ?? formOf(value)
    return frozen(READERS[known](value, known))
  })
}

/**
 * Writes a document as one line of dag-json. Floats keep a point or an exponent, so that reading the line gives the
 * same CID.
 */
export function formatTask(document: TaskDocument): string {
  return formatMarked(readAgain(document).value)
}

/** Reads a document again from its bytes. A caller may have passed any object, so its other fields are not trusted. */
export function readAgain(document: TaskDocument): TaskDocument {
  const { bytes, form } = fields(document, 'the document')
  if (!TASK_FORMS.includes(form)) throw badUsage("the document's form", 'what readTask gives', form)
  return readTask(givenBytes(bytes, "the document's bytes"), { form })
}

function decoded(input: Uint8Array | string | object): unknown {
  if (typeof input === 'string') return parseMarked(input)
  if (!isBytes(input)) return input
  return isText(input) ? parseMarked(textOf(input)) : decodeMarked(input)
}

/**
 * Returns true if bytes begin like a JSON map or list, or with white space. No task in dag-cbor begins with one of
 * these bytes.
 */
export function isText(bytes: Uint8Array): boolean {
  return [0x7b, 0x5b, 0x20, 0x09, 0x0a, 0x0d].includes(bytes[0] ?? 0)
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error('the text is not UTF-8')
  }
}

/** Returns the form that follows from the fields of a document (TASK-2). */
function formOf(value: MarkedValue): TaskForm {
  if (Array.isArray(value)) return 'ucan-1.0-invocation'
  if (!isMapValue(value)) throw unknownForm()
  const has = (key: string): boolean => Object.hasOwn(value, key)
  if (value['type'] === SEED_TYPE) return 'ipvm-task'
  if (has('cmd')) return has('sub') ? 'ucan-1.0-task' : 'ipvm-wasm'
  if (has('tasks')) return 'homestar-workflow'
  if (has('ucan/invoke@0.2.0')) return 'ucan-0.2-invocation'
  if (has('task')) return has('auth') ? 'ucan-0.2-invocation' : 'homestar-invocation'
  if (has('run')) return isUcan02(value['run']!) ? 'ucan-0.2-task' : 'homestar-task'
  if (has('op')) return isUcan02(value) ? 'ucan-0.2-instruction' : 'homestar-instruction'
  throw unknownForm()
}

/** Returns true if an instruction has its parameters under `input` and not under `args`. */
function isUcan02(instruction: MarkedValue): boolean {
  const input = isMapValue(instruction) ? instruction['input'] : undefined
  return isMapValue(input) && Object.hasOwn(input, 'input')
}

function isMapValue(value: unknown): value is MarkedMap {
  return isRecord(value) && !isFloat(value)
}

function unknownForm(): Misfit {
  return new Misfit('', `a task in one of the forms ${TASK_FORMS.join(', ')}`)
}

/** Freezes a document. A reader may have made a canonical value after reading, and such a value is not frozen yet. */
function frozen(document: TaskDocument): TaskDocument {
  return Object.freeze({
    ...document,
    value: readMarked(document.value, ''),
    calls: Object.freeze([...document.calls]),
  })
}
