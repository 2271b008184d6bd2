/**
 * The answers of an executor. An answer is a receipt under the limits of the call, and the store has all of its blocks.
 */
import type { CID } from 'multiformats/cid'
import { isBytes } from '../base/realms.ts'
import { holdsBytes } from '../base/value.ts'
import { raceAbort } from '../content/abort.ts'
import { hasBlocks, putBlock } from '../content/block.ts'
import { putInOrder } from '../content/put-all.ts'
import type { Abortable, Block, BlockStore, Receipt, RunLimits } from '../interface.ts'
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
    const answer = made === undefined ? undefined : underLimitsOf(made, limits)
    const isUnexplained = answer !== undefined && explain && hasDetails(answer.receipt)
    if (answer === undefined || isUnexplained || !(await this.#isWhole(made!.linked, answer, task, block, signal))) {
      stats.count('misses')
      return undefined
    }
    stats.count('hits')
    stats.tell('hit', { task, receipt: answer.block.cid })
    return executionOf(answer, 'memo')
  }

  /** Makes the answer to a call from a run. The receipt of the run covers the limits of the call. */
  async answer(
    ran: Ran,
    limits: RunLimits,
    origin: Origin,
    { explain, signal }: Abortable & { readonly explain: boolean },
  ): Promise<Execution> {
    const answer = underLimitsOf(ran, limits)
    // The run has put its own receipt into the store.
    if (answer.block !== ran.block) await putBlock(this.#options.store, answer.block, { signal })
    const details = explain ? await raceAbort(() => detailsOf(ran), signal) : undefined
    const execution = executionOf(answer, origin)
    return details === undefined ? execution : { ...execution, details }
  }

  /** Looks a receipt up in the memo. An error of the memo store counts as no receipt. */
  async #find(memo: Memo, task: CID, limits: RunLimits, signal: AbortSignal | undefined): Promise<Made | undefined> {
    try {
      const found = memo.find(task, limits)
      return found instanceof Promise ? await raceAbort(() => found, signal) : found
    } catch (error) {
      if (signal?.aborted === true) throw error
      this.#options.stats.count('errors')
      return undefined
    }
  }

  /**
   * Returns true if the store has the blocks that a receipt links to. Then it puts the blocks of the profile, the task
   * and the receipt into the store if they are missing.
   */
  async #isWhole(
    linked: readonly CID[],
    answer: Answer,
    task: CID,
    block: Block | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { store, profile } = this.#options
    const cids = [...linked, profile.cid, task, answer.block.cid]
    const has: boolean[] = []
    while (has.length < cids.length) {
      has.push(...(await hasBlocks(store, cids.slice(has.length, has.length + AT_ONCE), { signal })))
      const missing = has.indexOf(false)
      if (missing >= 0 && missing < linked.length) return false
    }
    const [hasProfile, hasTask, hasReceipt] = has.slice(linked.length)
    if (!hasTask && block === undefined) return false
    // The receipt is put last. So a store that has the receipt also has the blocks that it links to.
    const missing = [
      ...(hasProfile ? [] : [profile]),
      ...(hasTask ? [] : [block!]),
      ...(hasReceipt ? [] : [answer.block]),
    ]
    if (missing.length > 0) await putInOrder(store, missing, { signal })
    return true
  }
}

/** A receipt under the limits of a call, with its block. */
interface Answer {
  readonly receipt: Receipt
  readonly block: Block
}

/** The receipt under other limits, which it must cover. If its own limits are the same, the block is the same object. */
function underLimitsOf({ receipt, block }: Made, limits: RunLimits): Answer {
  const own = underLimits(receipt, limits)
  return { receipt: own, block: own === receipt ? block : encodeReceipt(own) }
}

/** The answer as a copy that the caller may change. */
function executionOf({ receipt, block: { cid, bytes: kept } }: Answer, origin: Origin): Execution {
  const bytes = kept.slice()
  return { cid, bytes, receipt: hasBytes(receipt) ? decodeReceipt(bytes) : receipt, task: receipt.ran, origin }
}

/**
 * Returns true if `explain` can find the place of a trap. A trap for lack of gas has no such place, since gas may run
 * out anywhere.
 */
function hasDetails({ out }: Receipt): boolean {
  return 'error' in out && out.error.kind === 'trap' && !ranOutOfGas(out)
}

/** Returns true if a receipt contains byte strings. JavaScript cannot freeze them. */
function hasBytes({ out, meta }: Receipt): boolean {
  return isBytes(meta.logs) || ('ok' in out && holdsBytes(out.ok))
}
