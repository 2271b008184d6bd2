/** Jobs: what a farm asks of its workers, and under which names (docs/spec/farm.md, FARM-1 to FARM-3). */
import type { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict } from '../base/dag-cbor.ts'
import { integer, link, orFault, record } from '../base/shape.ts'
import type { RunLimits } from '../interface.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import { checkLimits } from '../receipt/receipt.ts'

/** A job: a task that is to run under a profile and limits. */
export interface FarmJob {
  /** The CID of the task. */
  readonly task: CID
  /** The CID of the profile. */
  readonly profile: CID
  /** The limits of the run. */
  readonly limits: RunLimits
}

/**
 * Returns the class of limits: gas and pages, each rounded up to a power of two; 0 stays 0. Requests of one class are
 * one job. For example, 3 000 000 gas and 100 pages are of the class of 4 194 304 gas and 128 pages.
 *
 * @throws Fault bad-limits for limits out of range
 */
export function classOf(limits: RunLimits): RunLimits {
  const { gas, pages } = checkLimits(limits)
  const power = (amount: bigint): bigint => (amount <= 1n ? amount : 1n << BigInt((amount - 1n).toString(2).length))
  return Object.freeze({ gas: power(gas), pages: Number(power(BigInt(pages))) })
}

/** Returns the id of a job. Equal jobs have equal ids, whoever asks for them. */
export function jobId({ task, profile, limits }: FarmJob): string {
  return `${task}.${profile}.${limits.gas}.${limits.pages}`
}

/** Returns the id of the replica of a job on a lane. */
export function replicaId(job: FarmJob, lane: string): string {
  return `${jobId(job)}.${lane}`
}

/** Encodes a job for the queue, as strict dag-cbor: `{ task, profile, limits: { gas, pages } }`. */
export function encodeJob({ task, profile, limits: { gas, pages } }: FarmJob): Uint8Array {
  return encodeStrict({ task, profile, limits: { gas, pages } })
}

/**
 * Decodes a job.
 *
 * @throws Fault bad-task
 */
export function decodeJob(bytes: Uint8Array): FarmJob {
  return orFault('bad-task', 'a job of a farm', () => {
    const job = record(decodeStrict(bytes), '', ['task', 'profile', 'limits'])
    const limits = record(job['limits'], 'limits', ['gas', 'pages'])
    return {
      task: link(job['task'], 'task'),
      profile: link(job['profile'], 'profile'),
      limits: {
        gas: integer(limits['gas'], 'limits.gas', 0n, MAX_GAS),
        pages: Number(integer(limits['pages'], 'limits.pages', 0n, BigInt(MAX_PAGES))),
      },
    }
  })
}
