/** The questions that an engine on seats is asked, from the call to the answer. */
import type { Callable } from '../abi/guest.ts'
import { Fault } from '../base/fault.ts'
import { isLink } from '../base/value.ts'
import type { Link, Outcome, Rejection } from '../interface.ts'
import type { WantedLinks } from './job.ts'
import type { OnStage } from './on-stage.ts'
import { faultMessage, faultOf, type BlockGiven, type FaultMessage, type Given, type Question } from './protocol.ts'

/** A question that waits for a seat or that a seat is answering, with the callbacks of its caller. */
export interface Waiting {
  readonly key: string
  readonly question: Exclude<Question, { readonly given: Given }>
  /** Loads the data that the seat has requested. */
  readonly load: (wanted: 'source' | WantedLinks) => Promise<Given>
  /** Loads a block of the job's files. */
  readonly loadBlock?: (link: Link) => Promise<Uint8Array>
  readonly onStage: OnStage
  readonly resolve: (answer: Outcome | Callable | Rejection) => void
  readonly reject: (fault: unknown) => void
  /** True while the seat waits for requested data. No guest runs during this time. */
  loading: boolean
  /**
   * The last fault of loading a block. If the seat reports it, the caller gets this object, with its details and its
   * cause.
   */
  blockFault: Fault | undefined
}

/** Loads the block that the guest of a question waits for. If that fails, returns the fault. */
export async function blockFor(waiting: Waiting, link: Link): Promise<BlockGiven> {
  try {
    if (waiting.loadBlock === undefined) throw new Fault('engine-failed', 'the job has no files')
    return { block: await waiting.loadBlock(link) }
  } catch (error) {
    waiting.blockFault = error instanceof Fault ? error : notHandedOver(error)
    return { blockFault: faultMessage(waiting.blockFault) }
  }
}

/**
 * Returns the fault for the message that a seat has sent. If the message is about the last fault of loading a block, it
 * is that one. Otherwise it is a new one, in which the links of the message are CIDs.
 */
export async function faultFor({ blockFault }: Waiting, message: FaultMessage): Promise<Fault> {
  if (blockFault?.code === message.code && blockFault.message === message.message) return blockFault
  const { detail } = message
  if (!Object.values(detail).some(isLink)) return faultOf(message)
  // The library for CIDs is loaded only here, since an engine can start without it.
  const { CID } = await import('multiformats/cid')
  const asCid = (fact: unknown): unknown => {
    try {
      return isLink(fact) ? CID.parse(fact['/']) : fact
    } catch {
      // The host functions of an embedder may give details of any form.
      return fact
    }
  }
  const facts = Object.entries(detail).map(([name, fact]) => [name, asCid(fact)])
  return faultOf({ ...message, detail: Object.fromEntries(facts) })
}

export function notHandedOver(error: unknown): Fault {
  return new Fault('engine-failed', 'what the job takes could not be loaded and handed over', {}, error)
}
