import type { CID } from 'multiformats/cid'
import { decodeStrict } from '../../base/dag-cbor.ts'
import { Fault } from '../../base/fault.ts'
import { isRecord } from '../../base/shape.ts'
import { getBlock } from '../../content/block.ts'
import { codecName, DAG_CBOR } from '../../content/cids.ts'
import { decodeProfile } from '../../profile/document.ts'
import { decodeReceipt } from '../../receipt/receipt.ts'
import { decodeTask } from '../../task/task.ts'
import type { Context } from '../context.ts'
import { contentCid } from '../inputs.ts'
import { bold } from '../terminal.ts'
import { EXIT } from '../usage.ts'
import { outline } from '../values.ts'

/** Prints a task, receipt, profile or any other dag-cbor document. */
export async function show(context: Context, word: string): Promise<number> {
  const cid = await contentCid(context, word)
  if (cid.code !== DAG_CBOR) throw notDocument(cid)
  const bytes = await getBlock(await context.source(), cid, { signal: context.signal })
  const { kind, value } = decode(cid, bytes)
  await context.answer(value, output => {
    output.line(bold(kind), ` ${cid}`)
    for (const line of outline(value, '  ')) output.line(line)
  })
  return EXIT.done
}

function decode(cid: CID, bytes: Uint8Array): { readonly kind: string; readonly value: object } {
  const value = decodeStrictly(cid, bytes)
  if (isRecord(value)) {
    if ('cmd' in value && 'args' in value) return { kind: 'task', value: decodeTask(bytes) }
    if ('ran' in value && 'out' in value) return { kind: 'receipt', value: decodeReceipt(bytes) }
    if ('schedule' in value && 'limits' in value) return { kind: 'profile', value: decodeProfile(bytes) }
  }
  return { kind: 'document', value: typeof value === 'object' && value !== null ? value : { value } }
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
