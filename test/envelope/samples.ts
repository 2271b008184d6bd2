/** Keys, receipts and stores for the tests of envelopes. */
import { sha256 } from '@noble/hashes/sha2.js'
import { base64pad } from 'multiformats/bases/base64'
import type { CID } from 'multiformats/cid'
import { Fault } from '../../src/base/fault.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { keyFromPem, type SigningKey } from '../../src/envelope/key.ts'
import type { Out, Receipt } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { DATA, OK, receiptOf } from '../receipt/sample.ts'

const HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

/** The PEM of a secret key. */
export function pemOf(secret: Uint8Array): string {
  return `-----BEGIN PRIVATE KEY-----\n${base64pad.baseEncode(Uint8Array.of(...HEAD, ...secret))}\n-----END PRIVATE KEY-----\n`
}

/** A secret that a name gives, the same one each time. Good for tests alone. */
export function secretOf(name: string): Uint8Array {
  return sha256(new TextEncoder().encode(name))
}

export function keyOf(name: string): Promise<SigningKey> {
  return keyFromPem(pemOf(secretOf(name)))
}

/** The task of the sample receipts. */
export const OWN = createTask({ mod: DATA, fun: 'f', params: [1], abi: 'core' })

/** A receipt whose task and block are in a store. */
export async function stored(
  out: Out = OK,
  meta: Partial<Receipt['meta']> = {},
): Promise<{ store: MemoryStore; receipt: Receipt; cid: CID }> {
  const store = createMemoryStore()
  const task = encodeTask(OWN)
  const receipt = receiptOf(out, meta, task.cid)
  const block = encodeReceipt(receipt)
  await store.put(task.cid, task.bytes)
  await store.put(block.cid, block.bytes)
  return { store, receipt, cid: block.cid }
}

/** The fault that a promise ends in, as code and field. */
export async function faultIn(work: Promise<unknown>): Promise<{ code: string; field: unknown; message: string }> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { code: error.code, field: error.detail['field'], message: error.message }
  }
  throw new Error('no fault was thrown')
}
