/** Asks one lane for the answer to a job, and checks the answer. */
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { raceAbort } from '../content/abort.ts'
import { dagBlocks, linksOf } from '../content/dag.ts'
import type { BlockStore } from '../interface.ts'
import { readAnswer, type ReceiptAnswer } from './answer.ts'
import { encodeJob, replicaId, type FarmJob } from './job.ts'
import { short } from './short.ts'
import type { FarmTransport } from './transport.ts'

/** A signed receipt, all of whose blocks are in the store of the farm. */
export interface ReceiptReply extends ReceiptAnswer {
  readonly kind: 'receipt'
  readonly lane: string
  /** The blocks of the result and of the logs. */
  readonly linked: readonly CID[]
  /** False if the queue had the replica already. Then another call has its answer, too. */
  readonly added: boolean
}

/** What came out of a lane. */
export type Reply =
  | ReceiptReply
  | {
      readonly kind: 'fault'
      readonly lane: string
      readonly by: string
      readonly fault: { readonly code: string; readonly message: string }
    }
  | { readonly kind: 'refused'; readonly lane: string; readonly why: string }
  | { readonly kind: 'poison'; readonly lane: string; readonly deaths: number }

/** The parts that asking needs. */
export interface AskOptions {
  readonly transport: FarmTransport
  readonly store: Pick<BlockStore, 'get'>
  readonly priority: number
  readonly signal: AbortSignal
  /** Called when the queue has lost the replica. */
  readonly onLost: () => void
}

/**
 * Puts a replica on a lane and waits for its end. If the queue loses the replica, it is put there again. A replica that
 * ended without a receipt is removed from the queue, since its id would block the next try (FARM-4). One that is set
 * aside stays there.
 *
 * @throws Fault queue-failed, store-failed, aborted, timeout
 */
export async function ask(job: FarmJob, lane: string, options: AskOptions): Promise<Reply> {
  const { transport, store, priority, signal, onLost } = options
  const id = replicaId(job, lane)
  const payload = encodeJob(job)
  for (;;) {
    throwIfAborted(signal)
    const added = await raceAbort(() => transport.add({ lane, id, payload, priority }), signal)
    const end = await transport.wait(lane, id, { signal })
    if ('deaths' in end) return { kind: 'poison', lane, deaths: end.deaths }
    if ('lost' in end) {
      onLost()
      continue
    }
    const reply = await read(end.answer, job, lane, added, { store, signal })
    if (reply.kind !== 'receipt') await raceAbort(() => transport.remove(lane, id), signal)
    return reply
  }
}

async function read(
  bytes: Uint8Array,
  job: FarmJob,
  lane: string,
  added: boolean,
  { store, signal }: Pick<AskOptions, 'store' | 'signal'>,
): Promise<Reply> {
  try {
    const answer = await readAnswer(bytes, job)
    if ('fault' in answer) return { kind: 'fault', lane, ...answer }
    try {
      return { kind: 'receipt', lane, ...answer, linked: await linkedBlocks(answer, store, signal), added }
    } catch (error) {
      throwIfAborted(signal)
      if (!(error instanceof Fault) || error.code === 'store-failed') throw error
      const { code, message } = error
      return {
        kind: 'fault',
        lane,
        by: answer.by,
        fault: { code, message: short(`its result is incomplete: ${message}`) },
      }
    }
  } catch (error) {
    throwIfAborted(signal)
    if (!(error instanceof Fault) || error.code === 'store-failed') throw error
    return { kind: 'refused', lane, why: short(error.message) }
  }
}

/**
 * The blocks of the result and of the logs of a receipt, all of which must be in the store. Of results with more than
 * `MAX_TOTAL_BYTES` only the first ones are looked for.
 *
 * @throws Fault block-missing, hash-mismatch, bad-dag and others
 */
async function linkedBlocks(
  { receipt, block }: ReceiptAnswer,
  store: Pick<BlockStore, 'get'>,
  signal: AbortSignal,
): Promise<CID[]> {
  const { ran, meta } = receipt
  const roots = linksOf(block).filter(cid => !cid.equals(ran) && !cid.equals(meta.profile))
  const linked: CID[] = []
  try {
    for await (const { cid } of dagBlocks(store, roots, { signal })) linked.push(cid)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'too-large') throw error
  }
  return linked
}
