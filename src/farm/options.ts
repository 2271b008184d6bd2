/** The options of a farm, with their checks. */
import { checkTime } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { badUsage, count, fields, givenBytes, givenList, withMethods } from '../base/usage.ts'
import { createInlineEngine } from '../engine/engine.ts'
import { newSecretKey } from '../envelope/ed25519.ts'
import type { Signer } from '../envelope/key.ts'
import { Events } from '../executor/events.ts'
import type { MemoStore } from '../executor/memo-store.ts'
import { ProfileSet, type KnownProfile } from '../executor/profiles.ts'
import type { QueueOptions } from '../executor/queue.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import { createVerifier, type Verifier } from '../verifier/verifier.ts'
import { givenTransport, type ToQueue } from './connect.ts'
import { SEED_BYTES } from './draw.ts'
import type { FarmEventMap } from './events.ts'
import type { JudgeParts } from './judge.ts'
import { LaneBoard } from './lane-board.ts'
import { createMemoryLedger, type FarmLedger } from './ledger.ts'
import { FarmMemory } from './memory.ts'
import { givenPolicy, type Policy } from './policy.ts'
import { isLane } from './transport.ts'

/** The options of a farm. Either `transport` or `connection` must be given. */
export interface FarmOptions extends ToQueue {
  /**
   * The block store. Workers must be able to read tasks, modules and parameters from it, and the blocks of their
   * results must come into it: it is shared with them, or a gateway serves it.
   */
  readonly store: BlockStore
  /** How many workers must agree, and how they earn trust. Default: `DEFAULT_POLICY`. */
  readonly policy?: Partial<Policy>
  /** The rules of all runs. Default: profile 1. */
  readonly profile?: Profile
  /**
   * The store of earlier receipts, which stands in front of the queue. It has what this farm accepted, under keys that
   * no executor reads. Default: none.
   */
  readonly memo?: MemoStore
  /** The histories of workers and the transcripts. Workers must not be able to write to it. Default: in memory. */
  readonly ledger?: FarmLedger
  /**
   * The referee, which runs tasks again. Default: a verifier over `store` with an inline engine, which blocks the event
   * loop while it runs. A farm that serves others should give one with an engine of processes.
   */
  readonly referee?: Pick<Verifier, 'verify'>
  /** The key of the judge. It signs the receipts that the referee has reproduced. Default: they are not signed. */
  readonly key?: Signer
  /** The lanes to use. Default: all that have a worker. */
  readonly lanes?: readonly string[]
  /**
   * 32 secret bytes, from which it follows which answers are checked. Default: from the randomness of the host. Workers
   * that know them can lie where it is not noticed.
   */
  readonly seed?: Uint8Array
  /** The number of jobs that are asked for at once, and of submissions that may wait. Default: 1 000 and 10 000. */
  readonly queue?: QueueOptions
  /** The greatest number of replicas on a lane. If all lanes have it, jobs end with the fault `busy`. Default: 10 000. */
  readonly maxWaiting?: number
  /**
   * The time after which a lane without workers is given up for another one, and for which a job waits for the first
   * worker, in milliseconds. Default: 30 000.
   */
  readonly patienceMs?: number
}

/** The parts of a farm. */
export interface FarmParts extends JudgeParts {
  /** True if the transport has to be closed with the farm. */
  readonly isOwn: boolean
  readonly profile: KnownProfile
  readonly memory: FarmMemory | undefined
  readonly queue: QueueOptions
}

const QUEUE: QueueOptions = { concurrency: 1000, maxQueued: 10_000 }
const MAX_WAITING = 10_000
const PATIENCE_MS = 30_000

/**
 * Checks the options of a farm, and makes its parts.
 *
 * @throws Fault bad-usage, bad-profile, bad-limits
 */
export function partsOf(options: FarmOptions): FarmParts {
  const { store, memo, key, lanes, queue = QUEUE, maxWaiting = MAX_WAITING } = fields(options, 'options')
  const { ledger = createMemoryLedger(), patienceMs = PATIENCE_MS, profile: given = PROFILE_1 } = options
  withMethods(store, 'store', ['get', 'put', 'has'])
  withMethods(ledger, 'ledger', ['add', 'histories', 'transcript'])
  if (memo !== undefined) withMethods(memo, 'memo', ['get', 'put'])
  if (key !== undefined) withMethods(key, 'key', ['sign'])
  if (options.referee !== undefined) withMethods(options.referee, 'referee', ['verify'])
  for (const lane of lanes === undefined ? [] : givenList(lanes, 'lanes'))
    if (!isLane(lane)) throw badUsage('lanes', 'a list of names of lanes', lane)
  count(maxWaiting, 'maxWaiting', 1)
  checkTime(patienceMs, 'patienceMs')
  const profile = new ProfileSet([given]).get(given.id)
  const { transport, isOwn } = givenTransport(options)
  return {
    transport,
    isOwn,
    store,
    profile,
    policy: givenPolicy(options.policy),
    memory: memo && new FarmMemory(memo, store, profile.cid),
    ledger,
    board: new LaneBoard({ transport, ledger, only: lanes, patienceMs, maxWaiting }),
    referee: options.referee ?? inlineReferee(store, given),
    key,
    seed: options.seed === undefined ? newSecretKey() : givenSeed(options.seed),
    events: new Events<FarmEventMap>(),
    queue,
    patienceMs,
  }
}

/** A verifier that is made when it is first needed. The limits of its jobs are those that the requestor asked for. */
function inlineReferee(store: BlockStore, profile: Profile): Pick<Verifier, 'verify'> {
  let verifier: Verifier | undefined
  const make = (): Verifier =>
    createVerifier({
      store,
      engine: createInlineEngine(),
      profiles: [profile],
      maxGas: MAX_GAS,
      maxPages: MAX_PAGES,
    })
  return { verify: (claim, options) => (verifier ??= make()).verify(claim, options) }
}

function givenSeed(seed: Uint8Array): Uint8Array {
  const bytes = givenBytes(seed, 'seed').slice()
  if (bytes.length !== SEED_BYTES)
    throw new Fault('bad-usage', `seed must have ${SEED_BYTES} bytes, and it has ${bytes.length}`, { argument: 'seed' })
  return bytes
}
