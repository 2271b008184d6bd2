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
import { covers, kept, memoKey } from '../receipt/memo.ts'
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

  /** Returns a kept receipt of a task that covers the limits. Throws the errors of the memo store. */
  async find(task: CID, limits: RunLimits): Promise<Made | undefined> {
    const entry = await this.#read(memoKey(task, this.#profile), task)
    return entry.find(({ receipt }) => covers(receipt, limits))
  }

  /**
   * Keeps a receipt. If the kept receipts already serve all limits that it serves, nothing changes. Throws the errors
   * of the memo store.
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
    if (now !== old) await this.#store.put(key, encodeEntry(now))
  }

  async #read(key: string, task: CID): Promise<readonly Made[]> {
    const bytes: unknown = await this.#store.get(key)
    if (!isBytes(bytes)) return []
    const known = this.#decoded.get(key)
    if (known !== undefined && (known.bytes === bytes || sameBytes(known.bytes, bytes))) return known.entry
    const entry = decodeEntry(plain(bytes), task, this.#profile)
    this.#decoded.set(key, { bytes, entry }, bytes.length + ENTRY_BYTES)
    return entry
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
    return list(decodeStrict(bytes), '').map(item => {
      const { receipt, linked } = record(item, '', ['receipt', 'linked'])
      const block = readBytes(receipt, 'receipt').slice()
      const made = decodeReceipt(block)
      if (!made.ran.equals(task) || !made.meta.profile.equals(profile)) throw new Error('of another task')
      const links = list(linked, 'linked').map(cid => link(cid, 'linked'))
      return { receipt: made, block: { cid: linkOf(block), bytes: block }, linked: links }
    })
  } catch {
    return []
  }
}
