/**
 * Whether a value is a profile (docs/spec/profile.md, PROFILE-22). What follows goes by its numbers without another look: a
 * negative price would let gas grow, and one that is missing would make it NaN.
 */
import { encodeStrict } from '../base/dag-cbor.ts'
import { list, Misfit, oneOf, orFault, record, text } from '../base/shape.ts'
import type { Feature, Grant, Limits, Profile, ScaledPrice, Schedule } from '../interface.ts'
import { PROFILE_1 } from './v1.ts'

/** Features that a profile may accept. */
export const FEATURES = [
  'mutable-globals',
  'sign-extension',
  'saturating-conversions',
  'multi-value',
  'bulk-memory',
  'reference-types',
  'simd',
  'tail-calls',
] as const satisfies readonly Feature[]

type None<T extends never> = T

/** Does not compile as long as the list lacks a feature. */
export type NoFeatureIsMissing = None<Exclude<Feature, (typeof FEATURES)[number]>>

/** Greatest price of what a run does, and of preparing it (GAS-7). */
const MOST_PRICE = 2 ** 20
const MOST_PREPARING = 2 ** 27

/** Greatest count of what is priced: times the greatest price of preparing it is a number that is exact. */
const MOST_COUNT = 2 ** 26

/**
 * What each limit may be at most. Beyond it some supported host gives out, whatever the module: most are limits that the
 * JavaScript API of WebAssembly sets (its appendix "Implementation-defined Limits"), or V8's where these are lower.
 */
const MOST: Readonly<Record<keyof Limits, number>> = {
  moduleBytes: MOST_COUNT,
  totalBytes: MOST_COUNT,
  types: 1_000_000,
  params: 1_000,
  results: 1_000,
  imports: 100_000,
  functions: 1_000_000,
  tables: 100_000,
  tableSlots: 10_000_000,
  globals: 1_000_000,
  exports: 100_000,
  exportedWords: 7_654_321, // each takes some bytes of code, in as many functions
  nameBytes: 100_000,
  elementSegments: 10_000_000,
  elements: 10_000_000,
  dataSegments: 100_000,
  bodyBytes: 7_654_321,
  locals: 50_000,
  totalLocalWords: MOST_COUNT,
  treeDepth: 150_000, // binaryen recurses as the tree does, on stacks of megabytes at most: a level takes 150 bytes
  operandHeight: 50_000, // each may become a local
  branchTargets: 65_520,
  totalBranchTargets: MOST_COUNT,
  keptValues: 2 ** 28, // 24 bytes of memory for each are more than any host has by then
  parameterLoops: 10_000, // binaryen searches for a label, two seconds for so many
  carriedValues: 7_654_321, // each takes a byte at least where it is moved
  stackWords: 131_072, // 1 MiB: all that the smallest supported engine gives
  logBytes: 2 ** 28,
  valueBytes: 2 ** 28, // V8's strings end below 2 ** 29 code units
  inlineBytes: 1_000_000, // a result and logs of that size stand in one document of 2 MiB
}

/** Profiles that were checked and cannot change: to be asked again costs nothing. */
const known = new WeakSet<object>()

/**
 * The profile itself if it cannot change any more, else a frozen copy. Throws Fault('bad-profile'), with the field's path in its
 * detail, unless the value has every field of `Profile` and no others, each in its range:
 *
 * - features: known ones, each once
 * - grants: each module and name once; what `log` does needs the type `ii:`
 * - limits: integers from 0 to what every supported host carries
 * - prices: integers from 0 to 2²⁰, those of `instantiation` to 2²⁷; the class `free` costs nothing
 * - text that has a UTF-8 form, and no control characters where people read it; in all no more than a document may have
 */
export function checkProfile(profile: Profile): Profile {
  if (known.has(profile)) return profile
  const copy = orFault('bad-profile', 'a profile', () => readProfile(profile))
  const own = isFixed(profile) ? profile : copy
  known.add(own)
  return own
}

function readProfile(value: unknown): Profile {
  const { id, features, grants, denied, limits, schedule } = record(value, '', [
    'id',
    'features',
    'grants',
    'denied',
    'limits',
    'schedule',
  ])
  const profile = Object.freeze({
    id: readable(id, 'id'),
    features: unique(
      list(features, 'features').map((feature, i) => oneOf(feature, `features[${i}]`, FEATURES)),
      'features',
      String,
    ),
    grants: unique(
      list(grants, 'grants').map((grant, i) => readGrant(grant, `grants[${i}]`)),
      'grants',
      grant => JSON.stringify([grant.module, grant.name]),
    ),
    denied: oneOf(denied, 'denied', ['reject', 'trap-on-call'] as const),
    limits: readLimits(limits),
    schedule: readSchedule(schedule),
  })
  // The name of a profile is that of its document: it must have one.
  encodeStrict(profile)
  return profile
}

function readGrant(value: unknown, field: string): Grant {
  const { module, name, type, verdict, does, reason } = record(value, field, [
    'module',
    'name',
    'type',
    'verdict',
    'does',
    'reason',
  ])
  const grant = Object.freeze({
    module: wellFormed(module, `${field}.module`),
    name: wellFormed(name, `${field}.name`),
    type: wellFormed(type, `${field}.type`),
    verdict: oneOf(verdict, `${field}.verdict`, ['granted', 'sink'] as const),
    does: oneOf(does, `${field}.does`, ['abort', 'log'] as const),
    reason: readable(reason, `${field}.reason`),
  })
  if (!/^[iIfFvrx]*:[iIfFvrx]*$/.test(grant.type))
    throw new Misfit(`${field}.type`, 'value types, a colon and value types, such as ii:')
  if (grant.does === 'log' && grant.type !== 'ii:') throw new Misfit(`${field}.type`, 'ii: for what logs')
  return grant
}

function readLimits(value: unknown): Limits {
  const names = Object.keys(MOST) as (keyof Limits)[]
  const given = record(value, 'limits', names)
  const limits = copyOf(names, name => whole(given[name], `limits.${name}`, MOST[name]))
  if (limits.tables * limits.tableSlots > MOST_COUNT)
    throw new Misfit('limits.tableSlots', `such that tables × tableSlots is at most ${MOST_COUNT}`)
  return limits
}

/** Profile 1 has every price that there is: the compiler sees to it. */
function readSchedule(value: unknown): Schedule {
  const { instructions, bulk, entry, instantiation, host } = PROFILE_1.schedule
  const given = record(value, 'schedule', ['instructions', 'bulk', 'entry', 'instantiation', 'host'])
  const schedule = Object.freeze({
    instructions: readPrices(given['instructions'], 'schedule.instructions', instructions, MOST_PRICE),
    bulk: readPrices(given['bulk'], 'schedule.bulk', bulk, MOST_PRICE),
    entry: readPrices<ScaledPrice>(given['entry'], 'schedule.entry', entry, MOST_PRICE),
    instantiation: readPrices(given['instantiation'], 'schedule.instantiation', instantiation, MOST_PREPARING),
    host: readPrices<ScaledPrice>(given['host'], 'schedule.host', host, MOST_PRICE),
  })
  if (schedule.instructions.free !== 0) throw new Misfit('schedule.instructions.free', '0')
  return schedule
}

/** Prices under the names that the `like` have. */
function readPrices<T extends object>(value: unknown, field: string, like: T, most: number): T {
  const names = Object.keys(like) as (keyof T & string)[]
  const given = record(value, field, names)
  return copyOf(names, name => whole(given[name], `${field}.${name}`, most)) as T
}

function copyOf<K extends string>(names: readonly K[], read: (name: K) => number): Readonly<Record<K, number>> {
  return Object.freeze(Object.fromEntries(names.map(name => [name, read(name)])) as Record<K, number>)
}

/** A number, for prices and limits are multiplied as such: a bigint of the same value would be the same document. */
function whole(value: unknown, field: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value <= most)
    return value
  throw new Misfit(field, `a number, an integer from 0 to ${most}`)
}

function unique<T>(items: readonly T[], field: string, keyOf: (item: T) => string): readonly T[] {
  const keys = items.map(keyOf)
  const twice = keys.findIndex((key, i) => keys.indexOf(key) !== i)
  if (twice >= 0) throw new Misfit(`${field}[${twice}]`, 'another than those before it')
  return Object.freeze(items)
}

function wellFormed(value: unknown, field: string): string {
  if (/\p{Surrogate}/u.test(text(value, field))) throw new Misfit(field, 'text without a lone surrogate')
  return value as string
}

function readable(value: unknown, field: string): string {
  const words = wellFormed(value, field)
  if (words === '' || /\p{Cc}/u.test(words))
    throw new Misfit(field, 'text that is not empty and has no control characters')
  return words
}

/** Whether a value cannot change any more: plain data through and through, and frozen. */
function isFixed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = prototype === Object.prototype || prototype === null || Array.isArray(value)
  return (
    plain &&
    Object.isFrozen(value) &&
    Object.values(Object.getOwnPropertyDescriptors(value)).every(part => 'value' in part && isFixed(part.value))
  )
}
