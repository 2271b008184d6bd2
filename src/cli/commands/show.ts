import { existsSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import { decodeStrict, linkOf } from '../../base/dag-cbor.ts'
import { Fault } from '../../base/fault.ts'
import { isRecord } from '../../base/shape.ts'
import { getBlock } from '../../content/block.ts'
import { codecName, DAG_CBOR } from '../../content/cids.ts'
import { isEnvelope, readEnvelope } from '../../envelope/read.ts'
import { decodeProfile } from '../../profile/document.ts'
import { decodeReceipt } from '../../receipt/receipt.ts'
import type { TaskDocument } from '../../task/forms/form.ts'
import { isText, readTask } from '../../task/forms/read.ts'
import { translateTask } from '../../task/forms/translate.ts'
import { decodeTask, encodeTask } from '../../task/task.ts'
import { decodeWorkflow } from '../../workflow/document.ts'
import type { Workflow } from '../../workflow/form.ts'
import type { Context } from '../context.ts'
import { contentCid, isContent, readInput } from '../inputs.ts'
import { bold } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { outline, shownFloats } from '../../words/values.ts'

/** A document as it is shown. */
interface Shown {
  readonly kind: string
  readonly cid: CID
  readonly value: object
  /** Lines for people about what the document asks for. */
  readonly notes?: readonly string[]
}

/** Prints a task in any form, a workflow, a receipt, an envelope, a profile or any other dag-cbor document, and says which it is. */
export async function show(context: Context, word: string): Promise<number> {
  const { kind, cid, value, notes = [] } = await shownOf(context, word)
  await context.answer(value, output => {
    output.line(bold(kind), ` ${cid}`)
    for (const line of outline(value, '  ')) output.line(line)
    for (const note of notes) output.note(note)
  })
  return EXIT.done
}

async function shownOf(context: Context, word: string): Promise<Shown> {
  if (!isContent(word) && existsSync(word)) {
    const bytes = await readInput(word)
    if (looksLikeCar(bytes))
      throw new UsageError(
        `${word} is a CAR, and show takes a single document`,
        `ipvm-wasm import ${word} prints the CIDs of its roots, which show takes. ipvm-wasm verify ${word} checks receipts in it.`,
      )
    return document(linkOf(bytes), bytes)
  }
  const cid = await contentCid(context, word)
  if (cid.code !== DAG_CBOR) throw notDocument(cid)
  return document(cid, await getBlock(await context.source(), cid, { signal: context.signal }))
}

/** True if bytes begin with the header of a CAR of version 1: its length, and a map of `roots` and `version`. */
function looksLikeCar(bytes: Uint8Array): boolean {
  return /^[^]{1,3}\xa2\x65roots/.test(String.fromCharCode(...bytes.subarray(0, 12)))
}

async function document(cid: CID, bytes: Uint8Array): Promise<Shown> {
  const workflow = workflowIn(bytes)
  if (workflow !== undefined) return { kind: 'workflow', cid, value: workflow }
  const task = taskIn(bytes)
  if (task !== undefined) return showTask(task)
  if (isEnvelope(bytes)) return showEnvelope(bytes)
  const value = decodeStrictly(cid, bytes)
  if (isRecord(value)) {
    if ('cmd' in value && 'args' in value) return { kind: 'task', cid, value: decodeTask(bytes) }
    if ('ran' in value && 'out' in value && 'prf' in value) return showEnvelope(bytes)
    if ('ran' in value && 'out' in value) return { kind: 'receipt', cid, value: decodeReceipt(bytes) }
    if ('schedule' in value && 'limits' in value) return { kind: 'profile', cid, value: decodeProfile(bytes) }
  }
  return { kind: 'document', cid, value: typeof value === 'object' && value !== null ? value : { value } }
}

/** The task that bytes are in one of its forms; undefined if they are none. A text can be nothing else, so its fault is told. */
function taskIn(bytes: Uint8Array): TaskDocument | undefined {
  try {
    return readTask(bytes)
  } catch (error) {
    if (error instanceof Fault && error.code === 'bad-task' && !isText(bytes)) return undefined
    throw error
  }
}

/** The workflow in a block, in the form of ours; undefined if the bytes are none. */
function workflowIn(bytes: Uint8Array): Workflow | undefined {
  try {
    return decodeWorkflow(bytes)
  } catch (error) {
    if (error instanceof Fault && error.code === 'bad-workflow') return undefined
    throw error
  }
}

function showTask(task: TaskDocument): Shown {
  const { form, cid, value } = task
  if (form === 'ipvm-wasm') return { kind: 'task', cid, value: decodeTask(task.bytes) }
  return { kind: `task in the form ${form}`, cid, value: shownFloats(value) as object, notes: notesOn(task) }
}

/** What each call of a document is here: a task of ours, or why it is none. */
function notesOn(task: TaskDocument): string[] {
  return task.calls.map(({ cid, field }, call) => {
    const name = `${field === '' ? 'the call' : field} (${cid})`
    try {
      return `${name} is the task ${encodeTask(translateTask(task, { call }).task).cid}`
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return `${name}: ${error.message}`
    }
  })
}

async function showEnvelope(bytes: Uint8Array): Promise<Shown> {
  const { form, cid, signer, ran, out, receipt, vouchers } = await readEnvelope(bytes)
  const kind = signer === null ? `receipt in the form ${form}` : `envelope in the form ${form}, whose signature holds`
  const more = { ...(receipt && { receipt }), ...(vouchers.length > 0 && { vouchers }) }
  return { kind, cid, value: { signer, ran, out: shownFloats(out), ...more } }
}

function decodeStrictly(cid: CID, bytes: Uint8Array): unknown {
  try {
    return decodeStrict(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('bad-dag', `no strict dag-cbor: ${cid}: ${reason}`, { cid }, error)
  }
}

function notDocument(cid: CID): Fault {
  const codec = codecName(cid.code)
  return new Fault(
    'unsupported-codec',
    `no task, receipt or profile: ${cid} is ${codec}. To read a file, type ipvm-wasm get ${cid}`,
    { cid, codec: cid.code },
  )
}
