/** Opens envelopes: loads the receipt in an envelope, and checks that the two agree. */
import type { CID } from 'multiformats/cid'
import { encodeStrict, sameBytes } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { givenCid } from '../base/given-cid.ts'
import { encodeMarked } from '../base/marked-cbor.ts'
import { isBytes } from '../base/realms.ts'
import { fields as givenFields } from '../base/usage.ts'
import { getBlock, type BlockSource } from '../content/block.ts'
import type { Abortable, Receipt } from '../interface.ts'
import { decodeReceipt } from '../receipt/receipt.ts'
import { readTask } from '../task/forms/read.ts'
import { translateTask } from '../task/forms/translate.ts'
import { decodeTask, encodeTask } from '../task/task.ts'
import { META_RECEIPT, type Envelope, type EnvelopeFields } from './envelope.ts'
import { readWithFields } from './read.ts'

/** An envelope and the receipt that it carries. */
export interface OpenedEnvelope {
  /** The envelope. */
  readonly envelope: Envelope
  /** The receipt. */
  readonly receipt: Receipt
  /** The CID of the receipt. */
  readonly cid: CID
}

/**
 * Reads an envelope, checks its signature, and loads its receipt. Checks that the envelope and the receipt have the
 * same outcome and the same task. If the envelope names a call in another form, the call must translate to the task of
 * the receipt.
 *
 * This does not show that the receipt is true. A verifier checks that.
 *
 * @throws Fault bad-envelope, with the path of the field, if a check fails, or if the envelope carries no receipt of
 *   ours; bad-receipt, bad-task or unsupported-task for the documents that it links to; and faults of loading blocks
 */
export async function openEnvelope(
  store: BlockSource,
  envelope: CID | Uint8Array,
  options: Abortable = {},
): Promise<OpenedEnvelope> {
  const { signal } = givenFields(options, 'options')
  const bytes = isBytes(envelope) ? envelope : await getBlock(store, givenCid(envelope, 'the envelope'), { signal })
  const { envelope: read, fields } = await readWithFields(bytes)
  const { receipt: cid } = read
  if (fields === undefined) throw refused('', 'signed: receipts of homestar are not, and carry no receipt of ours')
  if (cid === undefined)
    throw refused(fieldIn(fields.meta, META_RECEIPT), 'there: the envelope carries no receipt of ours')
  const receipt = decodeReceipt(await getBlock(store, cid, { signal }))
  if (!sameBytes(encodeMarked(read.out), encodeStrict(receipt.out)))
    throw refused(fields.out, `the outcome of the receipt ${cid}`)
  if (!read.ran.equals(receipt.ran)) await expectTranslation(store, read, receipt, fields, { signal })
  return { envelope: read, receipt, cid }
}

/** Checks that the call in the envelope translates to the task of the receipt, under the ABI of that task (ENV-7). */
async function expectTranslation(
  store: BlockSource,
  { ran }: Envelope,
  receipt: Receipt,
  fields: EnvelopeFields,
  { signal }: Abortable,
): Promise<void> {
  const asked = readTask(await getBlock(store, ran, { signal }))
  const { abi } = decodeTask(await getBlock(store, receipt.ran, { signal })).args
  const [call] = asked.calls
  if (asked.calls.length !== 1 || !(call!.cid.equals(ran) || asked.cid.equals(ran)))
    throw refused(fields.ran, 'the CID of one call, in its canonical form')
  const stated = call!.instruction?.abi
  const { task } = translateTask(asked, stated === undefined ? { abi } : {})
  const { cid } = encodeTask(task)
  if (!cid.equals(receipt.ran)) throw refused(fields.ran, `the task of the receipt, ${receipt.ran}, and not ${cid}`)
}

function refused(field: string, expected: string): Fault {
  const what = field === '' ? 'it' : field
  return new Fault('bad-envelope', `not an envelope: ${what} must be ${expected}`, { field })
}
