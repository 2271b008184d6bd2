/**
 * Checks that a value is a profile (docs/spec/profile.md, PROFILE-22). Later stages rely on its numbers: a
 * negative price would let gas grow, and one that is missing would make it NaN.
 */
import { encodeStrict } from '../base/dag-cbor.ts'
import { list, Misfit, oneOf, orFault, record, text } from '../base/shape.ts'
import type {
  Ability,
  Feature,
  Grant,
  GrantPrice,
  Limits,
  Profile,
  ScaledPrice,
  Schedule,
} from '../interface-profile.ts'
import { MAX_VALUE_DEPTH } from '../base/value.ts'
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

/** What a grant may allow beyond results, traps and charges. */
const ABILITIES = ['end-run', 'call-guest'] as const satisfies readonly Ability[]

/** Greatest price of what a run does, and of preparing it (GAS-7). */
const MAX_PRICE = 2 ** 20
const MAX_PREPARING = 2 ** 27

/** Greatest count of what is priced: times the greatest price of preparing it is a number that is exact. */
const MAX_COUNT = 2 ** 26

/**
 * What each limit may be at most. Beyond it some supported host gives out, whatever the module: most are limits that the
 * JavaScript API of WebAssembly sets (its appendix "Implementation-defined Limits"), or V8's where these are lower.
 */
const MOST: Readonly<Record<keyof Limits, number>> = {
  moduleBytes: MAX_COUNT,
  totalBytes: MAX_COUNT,
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
  totalLocalWords: MAX_COUNT,
  treeDepth: 150_000, // binaryen recurses as the tree does, on stacks of megabytes at most: a level takes 150 bytes
  operandHeight: 50_000, // each may become a local
  branchTargets: 65_520,
  totalBranchTargets: MAX_COUNT,
  keptValues: 2 ** 28, // 24 bytes of memory for each are more than any host has by then
  parameterLoops: 10_000, // binaryen searches for a label, two seconds for so many
  carriedValues: 7_654_321, // each takes a byte at least where it is moved
  stackWords: 131_072, // 1 MiB: all that the smallest supported engine gives
  reentryWords: 131_072, // no call is possible then
  logBytes: 2 ** 28,
  fileBytes: 2 ** 30, // pages of files that have been written are held in the host's memory
  valueBytes: 2 ** 28, // V8's strings end below 2 ** 29 code units
  valueDepth: MAX_VALUE_DEPTH, // a document has three levels more
  inlineBytes: 1_000_000, // a result and logs of that size stand in one document of 2 MiB
}

/** What native frames take at least when a host function calls the guest, in 8-byte words: `npm run measure:reentry` prints it. */
const LEAST_REENTRY = 256

/** Words of the parameters and results of a grant, at most: they stand several times in native frames. */
const MAX_GRANT_WORDS = 64

/** Most grants: each takes over 64 bytes, and a document has at most 2 MiB. */
const MAX_GRANTS = 32_768

/** Profiles that were checked and cannot change: to be asked again costs nothing. */
const known = new WeakSet<object>()

/**
 * The profile itself if it cannot change any more, else a frozen copy. Throws Fault('bad-profile'), with the field's path in its
 * detail, unless the value has every field of `Profile` and no others, each in its range:
 *
 * - features: known ones, each once
 * - grants: each module and name once, and for each what it does, may do and costs (PROFILE-25)
 * - limits: integers from 0 to what every supported host carries; `reentryWords` from what native frames take
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
      items(features, 'features', FEATURES.length).map((feature, i) => oneOf(feature, `features[${i}]`, FEATURES)),
      'features',
      String,
    ),
    grants: unique(
      items(grants, 'grants', MAX_GRANTS).map((grant, i) => readGrant(grant, `grants[${i}]`)),
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

/** A grant. What its semantics mean is not asked here: the list of them is open. */
function readGrant(value: unknown, field: string): Grant {
  const given = record(value, field, ['module', 'name', 'type', 'semantics', 'may', 'price'])
  const type = wellFormed(given['type'], `${field}.type`)
  if (!/^[iIfFv]*:[iIfFv]*$/.test(type))
    throw new Misfit(`${field}.type`, 'types of numbers and vectors, a colon and such types, as in ii:')
  if (type.replaceAll('v', 'vv').length - 1 > MAX_GRANT_WORDS)
    throw new Misfit(`${field}.type`, `one of at most ${MAX_GRANT_WORDS} words, of which a vector takes two`)
  const semantics = wellFormed(given['semantics'], `${field}.semantics`)
  if (!SEMANTICS.test(semantics))
    throw new Misfit(`${field}.semantics`, 'an id and a version of at most 100 characters, such as ipvm/log@1')
  return Object.freeze({
    module: readable(given['module'], `${field}.module`),
    name: readable(given['name'], `${field}.name`),
    type,
    semantics,
    may: unique(
      items(given['may'], `${field}.may`, ABILITIES.length).map((ability, i) =>
        oneOf(ability, `${field}.may[${i}]`, ABILITIES),
      ),
      `${field}.may`,
      String,
    ),
    price: readGrantPrice(given['price'], `${field}.price`, type),
  })
}

/** Words with `-`, `_` or `.` between slashes, and a version that begins with no 0. */
const SEMANTICS = /^(?=.{3,100}$)[a-z0-9]+(?:[-_./][a-z0-9]+)*@[1-9][0-9]*$/

function readGrantPrice(value: unknown, field: string, type: string): GrantPrice {
  const { flat, perUnit, unit } = record(value, field, ['flat', 'perUnit'], ['unit'])
  const price = {
    flat: whole(flat, `${field}.flat`, MAX_PRICE),
    perUnit: whole(perUnit, `${field}.perUnit`, MAX_PRICE),
  }
  if (unit === undefined) return Object.freeze(price)
  const index = whole(unit, `${field}.unit`, type.length)
  if (type.split(':')[0]![index] !== 'i') throw new Misfit(`${field}.unit`, 'the index of a parameter of type i32')
  return Object.freeze({ ...price, unit: index })
}

function readLimits(value: unknown): Limits {
  const names = Object.keys(MOST) as (keyof Limits)[]
  const given = record(value, 'limits', names)
  const limits = copyOf(names, name => whole(given[name], `limits.${name}`, MOST[name]))
  if (limits.tables * limits.tableSlots > MAX_COUNT)
    throw new Misfit('limits.tableSlots', `such that tables × tableSlots is at most ${MAX_COUNT}`)
  if (limits.reentryWords < LEAST_REENTRY)
    throw new Misfit('limits.reentryWords', `at least ${LEAST_REENTRY}, which native frames take`)
  return limits
}

/** Profile 1 has every price that there is: the compiler sees to it. */
function readSchedule(value: unknown): Schedule {
  const { instructions, bulk, entry, instantiation, host } = PROFILE_1.schedule
  const given = record(value, 'schedule', ['instructions', 'bulk', 'entry', 'instantiation', 'host'])
  const schedule = Object.freeze({
    instructions: readPrices(given['instructions'], 'schedule.instructions', instructions, MAX_PRICE),
    bulk: readPrices(given['bulk'], 'schedule.bulk', bulk, MAX_PRICE),
    entry: readPrices<ScaledPrice>(given['entry'], 'schedule.entry', entry, MAX_PRICE),
    instantiation: readPrices(given['instantiation'], 'schedule.instantiation', instantiation, MAX_PREPARING),
    host: readPrices<ScaledPrice>(given['host'], 'schedule.host', host, MAX_PRICE),
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

/** The items of a list, holes as `undefined`. Their number is checked before any of them is read. */
function items(value: unknown, field: string, most: number): unknown[] {
  const given = list(value, field)
  if (given.length > most) throw new Misfit(field, `a list of at most ${most}`)
  return Array.from(given)
}

function unique<T>(values: readonly T[], field: string, keyOf: (value: T) => string): readonly T[] {
  const seen = new Set<string>()
  for (const [i, value] of values.entries()) {
    const key = keyOf(value)
    if (seen.has(key)) throw new Misfit(`${field}[${i}]`, 'another than those before it')
    seen.add(key)
  }
  return Object.freeze(values)
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

/** True if a value cannot change any more: plain data through and through, and frozen. */
function isFixed(value: unknown): boolean {
  // A function among the data could stand in front of a method, such as a list's `includes`.
  if (typeof value === 'function') return false
  if (typeof value !== 'object' || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const plain = prototype === (Array.isArray(value) ? Array.prototype : Object.prototype) || prototype === null
  return (
    plain &&
    Object.isFrozen(value) &&
    Object.values(Object.getOwnPropertyDescriptors(value)).every(part => 'value' in part && isFixed(part.value))
  )
}
