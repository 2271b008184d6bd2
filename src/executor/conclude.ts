/** Makes receipts of outcomes. Large results and logs become linked blocks (docs/spec/receipt.md, RECEIPT-12). */
import { CID } from 'multiformats/cid'
import { encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { fromPlain } from '../base/links.ts'
import { isNumbers } from '../base/measure.ts'
import { Misfit } from '../base/misfit.ts'
import { isBytes } from '../base/realms.ts'
import { isMap } from '../base/value.ts'
import { putBlock, type BlockSink } from '../content/block.ts'
import { addFile } from '../content/unixfs.ts'
import type { Profile } from '../interface-profile.ts'
import type { Abortable, Out, Outcome, PlainValue, Receipt, Result, RunLimits, Value } from '../interface.ts'

/** The subject of a receipt: the task, and the profile and limits of its run. */
export interface Subject {
  readonly task: CID
  readonly profile: Profile
  readonly profileCid: CID
  readonly limits: RunLimits
}

/**
 * Makes the receipt of an outcome, and puts the blocks that it links to into the store. The receipt depends on the
 * arguments only. So all executors that compute the same outcome make the same receipt.
 *
 * @throws Fault host-memory, aborted, timeout, and the faults of the store
 */
export async function conclude(
  outcome: Outcome,
  subject: Subject,
  store: BlockSink,
  options: Abortable = {},
): Promise<Receipt> {
  const { profile, limits } = subject
  const keeper = new Keeper(profile.limits, store, options)
  try {
    const { gasUsed, peakPages, growRefused } = outcome
    const meta = { profile: subject.profileCid, limits, gasUsed, peakPages, growRefused }
    for (const { link, bytes } of outcome.blocks ?? [])
      await putBlock(store, { cid: CID.parse(link['/']), bytes }, options)
    const logs = outcome.logs.length === 0 ? {} : { logs: await keeper.bytes(outcome.logs) }
    const out = Object.freeze(await concludeOut(outcome.out, keeper))
    return Object.freeze({ ran: subject.task, out, meta: Object.freeze({ ...meta, ...logs }) })
  } catch (error) {
    throw hostFault(error)
  }
}

async function concludeOut(out: Out<PlainValue>, keeper: Keeper): Promise<Out> {
  return 'error' in out ? out : { ok: await keeper.result(given(out.ok)) }
}

/**
 * Converts the links in the result of an engine to CIDs. A link that is not a CID can only come from a host function of
 * an embedder.
 */
function given(result: PlainValue): Value {
  try {
    return fromPlain(result, 'the result')
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new Fault('host-function-failed', `the run ended with no value: ${error.message}`, {}, error)
  }
}

/** Stores results and logs as blocks if they are longer than the profile allows in a receipt. */
class Keeper {
  readonly #limits: Profile['limits']
  readonly #store: BlockSink
  readonly #options: Abortable

  constructor(limits: Profile['limits'], store: BlockSink, options: Abortable) {
    this.#limits = limits
    this.#store = store
    this.#options = options
  }

  /** Returns the bytes if they are short enough for a receipt. Otherwise stores them as a file, and returns its CID. */
  async bytes(bytes: Uint8Array): Promise<Uint8Array | CID> {
    return bytes.length > this.#limits.inlineBytes ? addFile(this.#store, bytes, this.#options) : bytes
  }

  /**
   * Returns the form that a result has in a receipt. It stores the long byte strings and texts within the result first.
   * Then it stores the list or map that contains them, if that is still too long.
   */
  async result(result: Value): Promise<Result> {
    if (isNumbers(result, this.#limits)) return result
    const value = await this.#value(result)
    if (!Array.isArray(value) && !isMap<CID>(value)) return value
    const bytes = encodeStrict(value)
    if (bytes.length <= this.#limits.inlineBytes) return value
    const cid = linkOf(bytes)
    await putBlock(this.#store, { cid, bytes }, this.#options)
    return cid
  }

  async #value(value: Value): Promise<Value> {
    if (isBytes(value)) return this.bytes(value)
    if (typeof value === 'string') {
      const kept = await this.bytes(new TextEncoder().encode(value))
      return isBytes(kept) ? value : kept
    }
    if (Array.isArray(value)) {
      const items: Value[] = []
      for (const item of value as readonly Value[]) items.push(await this.#value(item))
      return items
    }
    if (!isMap<CID>(value)) return value
    const entries: [string, Value][] = []
    for (const [key, item] of Object.entries(value)) entries.push([key, await this.#value(item)])
    return Object.fromEntries(entries)
  }
}
