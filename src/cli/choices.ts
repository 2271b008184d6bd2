/** Values of options. */
import type { CID } from 'multiformats/cid'
import type { Profile } from '../interface-profile.ts'
import { encodeProfile, PROFILES } from '../profile/document.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../profile/virtual.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import { asCid } from './inputs.ts'
import { wholeNumber } from './literals.ts'
import { UsageError } from './usage.ts'

/** Longest time that a timer of the platform can wait, in seconds: 24 days. */
const MOST_SECONDS = 2_147_483

/** A tebibyte: nobody has more, and nobody means it. */
const MOST_MEMORY_MB = 2 ** 20

/** Short names of profiles. */
const NAMES: Readonly<Record<string, string>> = { pure: PROFILE_1.id, virtual: PROFILE_1_VIRTUAL.id }

/** The profile of that name, id or CID, or profile 1. Throws UsageError, naming the known ones. */
export function chooseProfile(name: string | undefined): Profile {
  if (name === undefined) return PROFILE_1
  const all = Object.values(PROFILES)
  const id = NAMES[name] ?? name
  const found = all.find(profile => profile.id === id || encodeProfile(profile).cid.equals(asCid(name)))
  if (found === undefined)
    throw new UsageError(
      `the profile "${name}" is not known here. Known are: pure, virtual, ${all.map(profile => profile.id).join(', ')}`,
    )
  return found
}

/** The CID of the profile that is expected, by id or CID; it need not be known here. */
export function expectedProfile(name: string | undefined): CID | undefined {
  if (name === undefined) return undefined
  return asCid(name) ?? encodeProfile(chooseProfile(name)).cid
}

/** 0 to 2⁶², as `1000000`, `1_000_000` or `1e6`. Throws UsageError. */
export function parseGas(word: string): bigint {
  const gas = wholeNumber(word) ?? -1n
  if (gas < 0n || gas > MAX_GAS)
    throw new UsageError(`gas is a whole number from 0 to ${MAX_GAS}, such as 1_000_000 or 1e12, not "${word}"`)
  return gas
}

/** 0 to 65 536, as gas. Throws UsageError. */
export function parsePages(word: string): number {
  const pages = wholeNumber(word) ?? -1n
  if (pages < 0n || pages > MAX_PAGES)
    throw new UsageError(`--pages is a whole number from 0 to ${MAX_PAGES} (a page has 64 KiB), not "${word}"`)
  return Number(pages)
}

/** A whole number from 1 to 2⁵³ − 1. Throws UsageError. */
export function parseCount(word: string): number {
  const count = /^\d(?:_?\d)*$/.test(word) ? Number(word.replaceAll('_', '')) : NaN
  if (!(count >= 1 && count <= Number.MAX_SAFE_INTEGER))
    throw new UsageError(`a number of blocks is a whole number from 1, such as 1_000_000, not "${word}"`)
  return count
}

/** Seconds, also parts of one. Throws UsageError. */
export function parseSeconds(word: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(word) ? Number(word) : NaN
  if (!(seconds > 0 && seconds <= MOST_SECONDS))
    throw new UsageError(`--timeout is a number of seconds up to ${MOST_SECONDS}, such as 60 or 0.5, not "${word}"`)
  return seconds
}

/** MiB, a whole number from 1 on. Throws UsageError. */
export function parseMemory(word: string): number {
  const memory = /^\d(?:_?\d)*$/.test(word) ? Number(word.replaceAll('_', '')) : NaN
  if (!(memory >= 1 && memory <= MOST_MEMORY_MB))
    throw new UsageError(`memory is a whole number of MiB from 1 to ${MOST_MEMORY_MB}, such as 2048, not "${word}"`)
  return memory
}
