/** A question that an engine on seats is asked, from its call to its answer. */
import type { Callable } from '../abi/guest.ts'
import { Fault } from '../base/fault.ts'
import { isLink } from '../base/value.ts'
import type { Link, Outcome, Rejection } from '../interface.ts'
import type { WantedLinks } from './job.ts'
import type { OnStage } from './on-stage.ts'
import { faultMessage, faultOf, type BlockGiven, type FaultMessage, type Given, type Question } from './protocol.ts'

/** A question that waits for a seat or is being answered by one, and the caller that waits for the answer. */
export interface Waiting {
  readonly key: string
  readonly question: Exclude<Question, { readonly given: Given }>
  /** Loads the answer to a request of the seat. */
  readonly load: (wanted: 'source' | WantedLinks) => Promise<Given>
  /** Loads a block of its files. */
  readonly loadBlock?: (link: Link) => Promise<Uint8Array>
  readonly onStage: OnStage
  readonly resolve: (answer: Outcome | Callable | Rejection) => void
  readonly reject: (fault: unknown) => void
  /** True while its seat waits for the answer to a request, and no guest runs. */
  loading: boolean
  /** The last fault of loading a block. If the seat reports it, the caller gets it with its facts and its cause. */
  blockFault: Fault | undefined
}

/** The block that the guest of a question waits for, or the fault of loading it. */
export async function blockFor(waiting: Waiting, link: Link): Promise<BlockGiven> {
  try {
    if (waiting.loadBlock === undefined) throw new Fault('engine-failed', 'the job has no files')
    return { block: await waiting.loadBlock(link) }
  } catch (error) {
    waiting.blockFault = error instanceof Fault ? error : notHandedOver(error)
    return { blockFault: faultMessage(waiting.blockFault) }
  }
}

/** The fault that a seat reports: the fault of loading a block, if it is that one, or else one with CIDs where the message has links. */
export async function faultFor({ blockFault }: Waiting, message: FaultMessage): Promise<Fault> {
  if (blockFault?.code === message.code && blockFault.message === message.message) return blockFault
  const { detail } = message
  if (!Object.values(detail).some(isLink)) return faultOf(message)
  // The library for CIDs is loaded only here, since starting an engine does not need it.
  const { CID } = await import('multiformats/cid')
  const asCid = (fact: unknown): unknown => {
    try {
      return isLink(fact) ? CID.parse(fact['/']) : fact
    } catch {
      // Host functions of an embedder may give facts of any form.
      return fact
    }
  }
  const facts = Object.entries(detail).map(([name, fact]) => [name, asCid(fact)])
  return faultOf({ ...message, detail: Object.fromEntries(facts) })
}

export function notHandedOver(error: unknown): Fault {
  return new Fault('engine-failed', 'what the job takes could not be loaded and handed over', {}, error)
}
