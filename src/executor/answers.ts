/**
 * The answers of an executor. An answer is a receipt under the limits of the call, and the store has all of its blocks.
 */
import type { CID } from 'multiformats/cid'
import { isBytes } from '../base/realms.ts'
import { isMap } from '../base/value.ts'
import { raceAbort } from '../content/abort.ts'
import { hasBlock, putBlock } from '../content/block.ts'
import type { Abortable, Block, BlockStore, Receipt, RunLimits, Value } from '../interface.ts'
import { underLimits } from '../receipt/memo.ts'
import { decodeReceipt, encodeReceipt, ranOutOfGas } from '../receipt/receipt.ts'
import type { Execution, Origin } from './execution.ts'
import type { Made, Memo } from './memo.ts'
import { detailsOf, type Ran } from './run.ts'
import type { Stats } from './stats.ts'

/** The parts of an executor that answers need. */
export interface AnswersOptions {
  readonly store: BlockStore
  /** The block of the profile. */
  readonly profile: Block
  readonly memo: Memo | undefined
  readonly stats: Stats
}

/** The number of blocks that are looked up in the store at once. */
const AT_ONCE = 32

export class Answers {
  readonly #options: AnswersOptions

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /**
   * Answers a call from the memo. This requires that the store has all blocks that the receipt links to. The blocks of
   * the receipt, the task and the profile are put into the store if they are missing. `block` is the block of the task,
   * if the caller has it. Returns undefined if the memo has no such receipt.
   *
   * @throws Fault store-failed, aborted, timeout
   */
  async recall(
    task: CID,
    block: Block | undefined,
    limits: RunLimits,
    explain: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Execution | undefined> {
    const { memo, stats } = this.#options
    if (memo === undefined) return undefined
    const made = await this.#find(memo, task, limits, signal)
    if (
      made === undefined ||
      (explain && hasDetails(underLimits(made.receipt, limits))) ||
      !(await this.#isWhole(made, task, block, signal))
    ) {
      stats.count('misses')
      return undefined
    }
    const answer = await this.#under(made, limits, 'memo', signal)
    stats.count('hits')
    stats.tell('hit', { task, receipt: answer.cid })
    return answer
  }

  /** Makes the answer to a call from a run. The receipt of the run covers the limits of the call. */
  async answer(
    ran: Ran,
    limits: RunLimits,
    origin: Origin,
    { explain, signal }: Abortable & { readonly explain: boolean },
  ): Promise<Execution> {
    const answer = await this.#under(ran, limits, origin, signal)
    const details = explain ? await raceAbort(() => detailsOf(ran), signal) : undefined
    return details === undefined ? answer : { ...answer, details }
  }

  /** Looks a receipt up in the memo. An error of the memo store counts as no receipt. */
  async #find(memo: Memo, task: CID, limits: RunLimits, signal: AbortSignal | undefined): Promise<Made | undefined> {
    try {
      return await raceAbort(() => memo.find(task, limits), signal)
    } catch (error) {
      if (signal?.aborted === true) throw error
      this.#options.stats.count('errors')
      return undefined
    }
  }

  /**
   * Returns true if the store has the blocks that a receipt links to. Puts the blocks of the task and the profile into
   * the store if they are missing.
   */
  async #isWhole(
    { linked }: Made,
    task: CID,
    block: Block | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { store, profile } = this.#options
    const has = (cid: CID): Promise<boolean> => hasBlock(store, cid, { signal })
    for (let at = 0; at < linked.length; at += AT_ONCE) {
      const found = await Promise.all(linked.slice(at, at + AT_ONCE).map(has))
      if (found.includes(false)) return false
    }
    const [hasTask, hasProfile] = await Promise.all([has(task), has(profile.cid)])
    if (!hasTask && block === undefined) return false
    if (!hasProfile) await putBlock(store, profile, { signal })
    if (!hasTask) await putBlock(store, block!, { signal })
    return true
  }

  /**
   * Makes the answer: the receipt under the limits of the call, as a copy that the caller may change. Puts its block
   * into the store.
   */
  async #under(
    { receipt, block }: Made,
    limits: RunLimits,
    origin: Origin,
    signal: AbortSignal | undefined,
  ): Promise<Execution> {
    const { store } = this.#options
    const own = underLimits(receipt, limits)
    const { cid, bytes } = own === receipt ? { cid: block.cid, bytes: block.bytes.slice() } : encodeReceipt(own)
    const isStored = own === receipt && (origin !== 'memo' || (await hasBlock(store, cid, { signal })))
    if (!isStored) await putBlock(store, { cid, bytes }, { signal })
    return { cid, bytes, receipt: holdsBytes(own) ? decodeReceipt(bytes) : own, task: own.ran, origin }
  }
}

/**
 * Returns true if `explain` can find the place of a trap. A trap for lack of gas has no such place, since gas may run
 * out anywhere.
 */
function hasDetails({ out }: Receipt): boolean {
  return 'error' in out && out.error.kind === 'trap' && !ranOutOfGas(out)
}

/** Returns true if a receipt contains byte strings. JavaScript cannot freeze them. */
function holdsBytes({ out, meta }: Receipt): boolean {
  return isBytes(meta.logs) || ('ok' in out && valueHoldsBytes(out.ok))
}

function valueHoldsBytes(value: Value): boolean {
  if (isBytes(value)) return true
  if (Array.isArray(value)) return value.some(valueHoldsBytes)
  return isMap<CID>(value) && Object.values(value).some(valueHoldsBytes)
}
