/** Opens a claim: everything about it that can be known without running anything. */
import {
  decodeTask,
  Fault,
  getBlock,
  load,
  profileOf,
  PROFILES,
  readClaim,
  type Profile,
  type ReadClaim,
  type Task,
} from 'ipvm-wasm'
import { CID } from 'multiformats/cid'
import { MAX_MODULE_BYTES, MAX_SHOWN_BYTES } from './bounds.ts'
import { inspect, type Inspected } from './inspect.ts'
import { problemOf, type Problem } from './problem.ts'
import { shownOf, type Shown } from './shown.ts'
import type { Chosen } from './sources.ts'

/** A claim that has been read. A part that could not be had is a problem in its place, and the others are shown. */
export interface Opened extends ReadClaim {
  readonly chosen: Chosen
  /** The profile, if this page knows it. */
  readonly profile: Profile | undefined
  readonly task: Task | Problem
  readonly shown: Shown
  readonly logs: Uint8Array | Problem | undefined
  /** The size of the module in bytes; undefined if it could not be loaded. */
  readonly moduleBytes: number | undefined
  readonly module: Inspected | Problem
}

/**
 * Opens a claim.
 *
 * @throws Fault if its receipt cannot be read: bad-receipt, bad-envelope, block-missing, gateway-failed, and others
 */
export async function openClaim(chosen: Chosen, signal: AbortSignal): Promise<Opened> {
  const { claim, store } = chosen
  const read = await readClaim(store, claim, { signal })
  const { ran, out, meta } = read.receipt
  const profile = profileOf(meta.profile)
  const task = await orProblem(async () => decodeTask(await getBlock(store, ran, { signal })))
  const abi = isProblem(task) ? undefined : task.args.abi
  const shown = await shownOf(out, abi, store, signal)
  const link = CID.asCID(meta.logs)
  const logs =
    link === null
      ? (meta.logs as Uint8Array | undefined)
      : await orProblem(() => load(store, link, { signal, maxBytes: MAX_SHOWN_BYTES }))
  const bytes = isProblem(task)
    ? task
    : await orProblem(() => load(store, task.args.mod, { signal, maxBytes: MAX_MODULE_BYTES }))
  const moduleBytes = isProblem(bytes) ? undefined : bytes.length
  // Under a profile that is not known, the module is judged by the one that this library defines first.
  const judged = profile ?? Object.values(PROFILES)[0]!
  const module = isProblem(bytes) ? bytes : await orProblem(() => inspect(bytes, judged, signal))
  return { ...read, chosen, profile, task, shown, logs, moduleBytes, module }
}

/** True if a part of a claim could not be had. */
export function isProblem(part: object): part is Problem {
  return 'message' in part && 'code' in part
}

async function orProblem<T extends object>(work: () => Promise<T>): Promise<T | Problem> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault && (error.code === 'aborted' || error.code === 'internal')) throw error
    return problemOf(error)
  }
}
