/** Reads the limits that a document asks for in its metadata (TASK-9). */
import { fieldIn } from '../../base/field.ts'
import type { MarkedMap } from '../../base/marked-value.ts'
import { integer, Misfit } from '../../base/shape.ts'
import type { AskedCall } from './form.ts'

/** The limits that a document asks for. A limit that it does not state is absent. */
export interface AskedLimits {
  /** The greatest amount of gas, 0 to 2⁶². */
  readonly gas?: bigint
  /** The greatest size of the memory, in pages of 64 KiB, 0 to 65 536. */
  readonly pages?: number
  /** The time in milliseconds after which the run is to be aborted, 1 to 2³¹ − 1. */
  readonly timeoutMs?: number
}

const MAX_U64 = 2n ** 64n - 1n
const MAX_GAS = 2n ** 62n
const PAGE_BYTES = 65_536n
const MAX_PAGES = 65_536n
const MAX_TIMEOUT = 2n ** 31n - 1n

/** The keys of metadata that state limits in forms that this library cannot read. */
const UNREAD = ['ipvm/config', 'bacalhau/config', 'disk', 'maxgas']

/**
 * Returns the limits of a call.
 *
 * @throws Misfit if a limit cannot be read, since a run without this limit would not be what the document asks for
 */
export function limitsOf({ meta }: AskedCall): AskedLimits {
  if (meta === undefined) return {}
  const { field, value } = meta
  const unread = UNREAD.find(key => Object.hasOwn(value, key))
  if (unread !== undefined) throw new Misfit(fieldIn(field, unread), 'absent: limits in this form cannot be read')
  const gas = least(numberIn(value, field, 'fuel'), numberIn(value, field, 'gas'), MAX_GAS)
  const memory = numberIn(value, field, 'memory')
  const time = numberIn(value, field, 'time', 1n)
  return {
    ...(gas === undefined ? {} : { gas }),
    ...(memory === undefined ? {} : { pages: Number(least(memory / PAGE_BYTES, undefined, MAX_PAGES)) }),
    ...(time === undefined ? {} : { timeoutMs: Number(least(time, undefined, MAX_TIMEOUT)) }),
  }
}

/** Reads a limit of 64 bits. Null or an absent key means no limit, and gives undefined. */
function numberIn(meta: MarkedMap, field: string, key: string, low = 0n): bigint | undefined {
  const value = meta[key]
  return value === undefined || value === null ? undefined : integer(value, fieldIn(field, key), low, MAX_U64)
}

/** Returns the least of two limits and a bound. Returns undefined if both limits are absent. */
function least(a: bigint | undefined, b: bigint | undefined, bound: bigint): bigint | undefined {
  const given = [a, b].filter(value => value !== undefined)
  return given.length === 0 ? undefined : given.reduce((low, value) => (value < low ? value : low), bound)
}
