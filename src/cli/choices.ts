/** Parses the values of options. */
import { availableParallelism } from 'node:os'
import type { CID } from 'multiformats/cid'
import type { Profile } from '../interface-profile.ts'
import { encodeProfile, PROFILES } from '../profile/document.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../profile/virtual.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import { wholeNumber } from '../words/literals.ts'
import { asCid } from './inputs.ts'
import { UsageError } from './usage.ts'

/** The longest time that the platform's timers support, in seconds: 24 days. */
const MAX_SECONDS = 2_147_483

/** The greatest amount of memory that is accepted, in MiB: a tebibyte. */
const MAX_MEMORY_MB = 2 ** 20

/** Short names of profiles. */
const NAMES: Readonly<Record<string, string>> = { pure: PROFILE_1.id, virtual: PROFILE_1_VIRTUAL.id }

/** The profile with a name, id or CID; profile 1 by default. Throws UsageError, which names the known profiles. */
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

/** The CID of the expected profile, which is given by id or CID. A profile that is given by CID need not be known. */
export function expectedProfile(name: string | undefined): CID | undefined {
  if (name === undefined) return undefined
  return asCid(name) ?? encodeProfile(chooseProfile(name)).cid
}

/** Parses gas: 0 to 2⁶², written like `1000000`, `1_000_000` or `1e6`. Throws UsageError. */
export function parseGas(word: string): bigint {
  const gas = wholeNumber(word) ?? -1n
  if (gas < 0n || gas > MAX_GAS)
    throw new UsageError(`gas is a whole number from 0 to ${MAX_GAS}, such as 1_000_000 or 1e12, not "${word}"`)
  return gas
}

/** Parses a number of pages: 0 to 65 536, written like gas. Throws UsageError. */
export function parsePages(word: string): number {
  const pages = wholeNumber(word) ?? -1n
  if (pages < 0n || pages > MAX_PAGES)
    throw new UsageError(`--pages is a whole number from 0 to ${MAX_PAGES} (a page has 64 KiB), not "${word}"`)
  return Number(pages)
}

/** Parses a whole number from 1 to 2⁵³ − 1. `what` says for people what it is a number of. Throws UsageError. */
export function parseCount(word: string, what = 'a number of blocks'): number {
  const count = /^\d(?:_?\d)*$/.test(word) ? Number(word.replaceAll('_', '')) : NaN
  if (!(count >= 1 && count <= Number.MAX_SAFE_INTEGER))
    throw new UsageError(`${what} is a whole number from 1, such as 1_000_000, not "${word}"`)
  return count
}

/** Parses a port, from 0 to 65 535. Throws UsageError. */
export function parsePort(word: string): number {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : NaN
  if (!(port <= 65_535)) throw new UsageError(`--port is a number from 0 to 65535, such as 8080, not "${word}"`)
  return port
}

/** The greatest number of processes that is accepted. */
const MAX_JOBS = 1024

/** Parses a number of processes, from 1 to 1 024. Throws UsageError. */
export function parseJobs(word: string): number {
  const jobs = /^\d{1,4}$/.test(word) ? Number(word) : NaN
  if (!(jobs >= 1 && jobs <= MAX_JOBS))
    throw new UsageError(`--jobs is a whole number of processes from 1 to ${MAX_JOBS}, such as 4, not "${word}"`)
  return jobs
}

/** The greatest number of replicas that is accepted. */
const MAX_REPLICAS = 100

/** Parses a number of workers that must agree, from 1 to 100. Throws UsageError. */
export function parseReplicas(word: string): number {
  const replicas = /^\d{1,3}$/.test(word) ? Number(word) : NaN
  if (!(replicas >= 1 && replicas <= MAX_REPLICAS))
    throw new UsageError(`--replicas is a whole number of workers from 1 to ${MAX_REPLICAS}, such as 2, not "${word}"`)
  return replicas
}

/** Parses a priority, from -10 to 10. Throws UsageError. */
export function parsePriority(word: string): number {
  const priority = /^-?\d{1,2}$/.test(word) ? Number(word) : NaN
  if (!(priority >= -10 && priority <= 10))
    throw new UsageError(`--priority is a whole number from -10 to 10, not "${word}"`)
  return priority
}

/** The number of processes if none is asked for: one for each processor, up to 8. */
export function defaultJobs(): number {
  return Math.min(availableParallelism(), 8)
}

/** Parses a number of seconds, which may have a fraction. `option` is the name of the option. Throws UsageError. */
export function parseSeconds(word: string, option = '--timeout'): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(word) ? Number(word) : NaN
  if (!(seconds > 0 && seconds <= MAX_SECONDS))
    throw new UsageError(`${option} is a number of seconds up to ${MAX_SECONDS}, such as 60 or 0.5, not "${word}"`)
  return seconds
}

/** Parses the seconds for which a collection keeps what nothing reaches: from 0, with or without a fraction. Throws UsageError. */
export function parseGrace(word: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(word) ? Number(word) : NaN
  if (!(seconds >= 0 && seconds <= MAX_SECONDS))
    throw new UsageError(`--grace is a number of seconds from 0 to ${MAX_SECONDS}, such as 3600, not "${word}"`)
  return seconds
}

/** Parses a number of MiB, a whole number of at least 1. Throws UsageError. */
export function parseMemory(word: string): number {
  const memory = /^\d(?:_?\d)*$/.test(word) ? Number(word.replaceAll('_', '')) : NaN
  if (!(memory >= 1 && memory <= MAX_MEMORY_MB))
    throw new UsageError(`memory is a whole number of MiB from 1 to ${MAX_MEMORY_MB}, such as 2048, not "${word}"`)
  return memory
}
