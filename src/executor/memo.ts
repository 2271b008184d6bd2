/**
 * The memo of an executor. It has the receipts that this host has made, by task and profile (docs/spec/receipt.md,
 * RECEIPT-17, -27, -28).
 */
import type { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf, sameBytes } from '../base/dag-cbor.ts'
import { isBytes, plain } from '../base/realms.ts'
import { bytes as readBytes, link, list, record } from '../base/shape.ts'
import { Recent } from '../base/recent.ts'
import type { Block, Receipt, RunLimits } from '../interface.ts'
import { covers, kept, MAX_KEPT, memoKey } from '../receipt/memo.ts'
import { decodeReceipt } from '../receipt/receipt.ts'
import type { MemoStore } from './memo-store.ts'

/** A receipt that this host has made, and the blocks that the run has needed or stored. */
export interface Made {
  readonly receipt: Receipt
  readonly block: Block
  /** The root block of the module, and the blocks of results, logs and kept files. */
  readonly linked: readonly CID[]
}

/**
 * The greatest number of linked blocks of a receipt that is kept. For example, a result of 256 MiB has 1 030 blocks.
 */
const MAX_LINKED = 2048

/**
 * The greatest number of bytes of the entries that are kept in their decoded form. Each entry counts `ENTRY_BYTES` more
 * than its own bytes.
 */
const DECODED_BYTES = 16 * 1024 * 1024
const ENTRY_BYTES = 1024

/**
 * The time that a memo store has for an answer, in milliseconds. It only saves work, so a call does not wait for it any
 * longer than that.
 */
const ANSWER_MS = 5000

/** A decoded entry, and the bytes from which it was decoded. */
interface Decoded {
  readonly bytes: Uint8Array
  readonly entry: readonly Made[]
}

export class Memo {
  readonly #store: MemoStore
  readonly #profile: CID
  readonly #decoded = new Recent<Decoded>(DECODED_BYTES)
  /**
   * The changes of entries that have not ended yet, by key. A change of an entry waits for the previous change of the
   * same entry.
   */
  readonly #changing = new Map<string, Promise<void>>()

  constructor(store: MemoStore, profile: CID) {
    this.#store = store
    this.#profile = profile
  }

  /**
   * Returns a kept receipt of a task that covers the limits. If the memo store answers at once, so does this. Throws the
   * errors of the memo store, and an error if it does not answer in time.
   */
  find(task: CID, limits: RunLimits): Made | undefined | Promise<Made | undefined> {
    const serving = (entry: readonly Made[]): Made | undefined => entry.find(({ receipt }) => covers(receipt, limits))
    const entry = this.#read(memoKey(task, this.#profile), task)
    return entry instanceof Promise ? entry.then(serving) : serving(entry)
  }

  /**
   * Keeps a receipt. If the kept receipts already serve all limits that it serves, nothing changes. Throws the errors
   * of the memo store, and an error if it does not answer in time.
   */
  async keep(made: Made): Promise<void> {
    if (made.linked.length > MAX_LINKED) return
    const key = memoKey(made.receipt.ran, this.#profile)
    const change = (this.#changing.get(key) ?? Promise.resolve()).catch(() => {}).then(() => this.#change(key, made))
    this.#changing.set(key, change)
    try {
      await change
    } finally {
      if (this.#changing.get(key) === change) this.#changing.delete(key)
    }
  }

  async #change(key: string, made: Made): Promise<void> {
    const old = await this.#read(key, made.receipt.ran)
    const now = kept(old, made)
    if (now !== old) await inTime(this.#store.put(key, encodeEntry(now)))
  }

  #read(key: string, task: CID): readonly Made[] | Promise<readonly Made[]> {
    const bytes: unknown = this.#store.get(key)
    return isThenable(bytes)
      ? inTime(bytes).then(given => this.#entry(key, given, task))
      : this.#entry(key, bytes, task)
  }

  /** The receipts in the bytes of an entry. The bytes are decoded only if they differ from those of the last time. */
  #entry(key: string, bytes: unknown, task: CID): readonly Made[] {
    if (!isBytes(bytes)) return []
    const known = this.#decoded.get(key)
    if (known !== undefined && (known.bytes === bytes || sameBytes(known.bytes, bytes))) return known.entry
    const entry = decodeEntry(plain(bytes), task, this.#profile)
    this.#decoded.set(key, { bytes, entry }, bytes.length + ENTRY_BYTES)
    return entry
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** The result of a memo store. Throws an error if it is not there in time. */
async function inTime(result: unknown): Promise<unknown> {
  if (!isThenable(result)) return result
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the memo store did not answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Encodes an entry as strict dag-cbor: a list of `{ receipt: Bytes, linked: [&Block] }`. */
function encodeEntry(entry: readonly Made[]): Uint8Array {
  return encodeStrict(entry.map(({ block, linked }) => ({ receipt: block.bytes, linked })))
}

/**
 * Decodes an entry. If it is not an entry for the task and the profile, returns no receipts, since nothing in it can be
 * believed.
 */
export function decodeEntry(bytes: Uint8Array, task: CID, profile: CID): readonly Made[] {
  try {
    const items = list(decodeStrict(bytes), '')
    if (items.length > MAX_KEPT) throw new Error('more receipts than are kept')
    return items.map(item => {
      const { receipt, linked } = record(item, '', ['receipt', 'linked'])
      const block = readBytes(receipt, 'receipt').slice()
      const made = decodeReceipt(block)
      if (!made.ran.equals(task) || !made.meta.profile.equals(profile)) throw new Error('of another task')
      const links = list(linked, 'linked').map(cid => link(cid, 'linked'))
      if (links.length > MAX_LINKED) throw new Error('more links than are kept')
      return { receipt: made, block: { cid: linkOf(block), bytes: block }, linked: links }
    })
  } catch {
    return []
  }
}
