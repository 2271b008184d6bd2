/** Clocks, randomness and polling, which are pure functions of the task; and sockets, which are refused. */
import { CLOCK, CLOCK_ABSOLUTE, ERRNO, EVENT, EVENT_HANGUP } from '../constants.ts'
import { STEP } from '../clock.ts'
import type { GuestAccess } from '../guest-access.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
/** The greatest number of subscriptions of one call. */
const MAX_SUBSCRIPTIONS = 1024

export function clockResGet(guest: GuestAccess, _: WasiState, id: number, result: number): void {
  if (!isClock(id)) refuse('badf')
  guest.writeU64(result, STEP)
}

export function clockTimeGet(
  guest: GuestAccess,
  { clock }: WasiState,
  id: number,
  _precision: bigint,
  result: number,
): void {
  if (!isClock(id)) refuse('badf')
  guest.writeU64(result, clock.read())
}

function isClock(id: number): boolean {
  return id === CLOCK.realtime || id === CLOCK.monotonic
}

export function randomGet(guest: GuestAccess, { randomness }: WasiState, buffer: number, length: number): void {
  guest.charge(length >>> 0)
  randomness.fill(guest.range(buffer, length >>> 0))
}

// ── Polling ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A subscription to an event. */
interface Subscription {
  readonly userdata: bigint
  readonly type: number
  /** The time of the event, in nanoseconds; undefined if it has already happened. */
  readonly deadline: bigint | undefined
  readonly flags: number
}

/**
 * Waits for events. Files and streams are always ready. If all subscriptions are to clocks, the clock jumps to the
 * earliest deadline. The result has all events that have happened by then, in the order of their subscriptions.
 */
export function pollOneoff(
  guest: GuestAccess,
  state: WasiState,
  subscriptions: number,
  events: number,
  count: number,
  result: number,
): void {
  if (count === 0 || count >>> 0 > MAX_SUBSCRIPTIONS) refuse('inval')
  guest.charge((SUBSCRIPTION_BYTES + EVENT_BYTES) * count)
  const all = Array.from({ length: count }, (_, i) =>
    readSubscription(guest, state, (subscriptions >>> 0) + SUBSCRIPTION_BYTES * i),
  )
  if (all.every(({ deadline }) => deadline !== undefined))
    state.clock.jumpTo(all.map(({ deadline }) => deadline!).reduce((a, b) => (a < b ? a : b)))
  const happened = all.filter(({ deadline }) => deadline === undefined || deadline <= state.clock.now)
  happened.forEach((subscription, i) => writeEvent(guest, (events >>> 0) + EVENT_BYTES * i, subscription))
  guest.writeU32(result, happened.length)
}

function readSubscription(guest: GuestAccess, state: WasiState, at: number): Subscription {
  const userdata = guest.readU64(at)
  const type = guest.memory[at + 8]!
  switch (type) {
    case EVENT.clock: {
      if (!isClock(guest.readU32(at + 16))) refuse('inval')
      const timeout = guest.readU64(at + 24)
      const flags = guest.readU16(at + 40)
      if ((flags & ~CLOCK_ABSOLUTE) !== 0) refuse('inval')
      return {
        userdata,
        type,
        deadline: flags === CLOCK_ABSOLUTE ? timeout : laterBy(state.clock.now, timeout),
        flags: 0,
      }
    }
    case EVENT.read: {
      const found = state.descriptors.get(guest.readU32(at + 16))
      if (found.kind === 'input') return { userdata, type, deadline: undefined, flags: 0 }
      if (found.kind !== 'file') return refuse('badf')
      const flags = found.position >= found.node.content.size ? EVENT_HANGUP : 0
      return { userdata, type, deadline: undefined, flags }
    }
    case EVENT.write: {
      const found = state.descriptors.get(guest.readU32(at + 16))
      if (found.kind !== 'output' && found.kind !== 'file') refuse('badf')
      return { userdata, type, deadline: undefined, flags: 0 }
    }
    default:
      return refuse('inval')
  }
}

/** The instant `timeout` nanoseconds later, but at most 2⁶⁴ − 1. */
function laterBy(instant: bigint, timeout: bigint): bigint {
  const later = instant + timeout
  return later < 2n ** 64n ? later : 2n ** 64n - 1n
}

function writeEvent(guest: GuestAccess, at: number, { userdata, type, deadline, flags }: Subscription): void {
  guest.writeU64(at, userdata)
  guest.writeU16(at + 8, ERRNO.success)
  guest.writeU8(at + 10, type)
  guest.writeU64(at + 16, deadline === undefined ? 1 : 0)
  guest.writeU16(at + 24, flags)
}

// ── Sockets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function noSocket(): void {
  refuse('notsup')
}
