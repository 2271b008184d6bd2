/**
 * Checks that a value is a profile (docs/spec/profile.md, PROFILE-22). Later stages rely on its numbers. A negative
 * price would increase the remaining gas, and a missing one would make it NaN.
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

/** All features that a profile may accept. */
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

/** Does not compile if the list lacks a feature. */
export type NoFeatureIsMissing = None<Exclude<Feature, (typeof FEATURES)[number]>>

/** All abilities that a grant may give. */
const ABILITIES = ['end-run', 'call-guest'] as const satisfies readonly Ability[]

/** The greatest price of an operation during a run, and of one that prepares a module (GAS-7). */
const MAX_PRICE = 2 ** 20
const MAX_PREPARING = 2 ** 27

/** The greatest number of priced items. The product with the greatest price of preparing is a safe integer. */
const MAX_COUNT = 2 ** 26

/**
 * The greatest value of each limit. Beyond it, some supported host fails for every module. Most are limits of the
 * JavaScript API of WebAssembly (its appendix "Implementation-defined Limits"), or limits of V8 where these are lower.
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
  exportedWords: 7_654_321, // each takes a few bytes of generated code; this is the greatest size of one body
  nameBytes: 100_000,
  elementSegments: 10_000_000,
  elements: 10_000_000,
  dataSegments: 100_000,
  bodyBytes: 7_654_321,
  locals: 50_000,
  totalLocalWords: MAX_COUNT,
  treeDepth: 150_000, // binaryen recurses over the tree, and a level takes 150 bytes of a stack of megabytes
  operandHeight: 50_000, // each may become a local
  branchTargets: 65_520,
  totalBranchTargets: MAX_COUNT,
  keptValues: 2 ** 28, // each takes 24 bytes of memory: 6 GiB
  parameterLoops: 10_000, // binaryen's search for labels takes two seconds for this number
  carriedValues: 7_654_321, // the code that moves one takes at least a byte
  stackWords: 131_072, // 1 MiB: the stack of the smallest supported engine
  reentryWords: 131_072, // with the greatest value, host functions cannot call the guest
  logBytes: 2 ** 28,
  fileBytes: 2 ** 30, // pages that a program has written are in the host's memory
  valueBytes: 2 ** 28, // V8's strings end below 2 ** 29 code units
  valueDepth: MAX_VALUE_DEPTH, // a task adds three levels
  inlineBytes: 1_000_000, // a result and logs of that size fit into one document of 2 MiB
}

/**
 * The least value of `reentryWords`: the native frames of a host function's call take this much.
 * `npm run measure:reentry` prints it.
 */
const LEAST_REENTRY = 256

/** The greatest number of words in the type of a grant. Native frames contain several copies of them. */
const MAX_GRANT_WORDS = 64

/** The greatest number of grants. Each takes more than 64 bytes of a document, which has at most 2 MiB. */
const MAX_GRANTS = 32_768

/** Profiles that have been checked and cannot change. They are not checked again. */
const known = new WeakSet<object>()

/**
 * Checks a profile. Returns the profile itself if it is deeply frozen, else a frozen copy. The value must have all
 * fields of `Profile` and no others, and each must be in its range:
 *
 * - features: known ones, each once
 * - grants: each module and name once, with valid types, semantics, abilities and prices (PROFILE-25)
 * - limits: integers from 0 to the greatest value that all supported hosts can handle; `reentryWords` has a least value
 * - prices: integers from 0 to 2²⁰, or 2²⁷ in `instantiation`; the class `free` costs 0
 * - texts: without lone surrogates, and names also without control characters
 * - the whole profile must fit into a document
 *
 * @throws Fault bad-profile, with the path of the field in its detail
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
  // A profile must have a CID, so it must fit into a document.
  encodeStrict(profile)
  return profile
}

/** Reads a grant. It need not have semantics that this host knows, since the list of semantics is open. */
function readGrant(value: unknown, field: string): Grant {
  const given = record(value, field, ['module', 'name', 'type', 'semantics', 'may', 'price'])
  const type = wellFormed(given['type'], `${field}.type`)
  if (!/^[iIfFv]*:[iIfFv]*$/.test(type))
    throw new Misfit(
      `${field}.type`,
      'types of parameters (i, I, f, F or v), a colon and types of results, such as ii:',
    )
  if (type.replaceAll('v', 'vv').length - 1 > MAX_GRANT_WORDS)
    throw new Misfit(`${field}.type`, `a type of at most ${MAX_GRANT_WORDS} words, where a vector counts as two`)
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

/** Words separated by `-`, `_`, `.` or `/`, then `@` and a version without leading zeros, such as `ipvm/log@1`. */
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

/** Reads the schedule. The names of prices are taken from profile 1, which has all of them. */
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

/** Reads prices with the same names as those in `like`. */
function readPrices<T extends object>(value: unknown, field: string, like: T, most: number): T {
  const names = Object.keys(like) as (keyof T & string)[]
  const given = record(value, field, names)
  return copyOf(names, name => whole(given[name], `${field}.${name}`, most)) as T
}

function copyOf<K extends string>(names: readonly K[], read: (name: K) => number): Readonly<Record<K, number>> {
  return Object.freeze(Object.fromEntries(names.map(name => [name, read(name)])) as Record<K, number>)
}

/**
 * Reads an integer, which must be a number. A bigint would encode to the same document, but could not be multiplied
 * with numbers.
 */
function whole(value: unknown, field: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value <= most)
    return value
  throw new Misfit(field, `a number, an integer from 0 to ${most}`)
}

/** The items of a list, with holes as `undefined`. The length is checked before any item is read. */
function items(value: unknown, field: string, most: number): unknown[] {
  const given = list(value, field)
  if (given.length > most) throw new Misfit(field, `a list of at most ${most}`)
  return Array.from(given)
}

function unique<T>(values: readonly T[], field: string, keyOf: (value: T) => string): readonly T[] {
  const seen = new Set<string>()
  for (const [i, value] of values.entries()) {
    const key = keyOf(value)
    if (seen.has(key)) throw new Misfit(`${field}[${i}]`, 'different from the items before it')
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

/** True if a value is deeply frozen plain data, which cannot change. */
function isFixed(value: unknown): boolean {
  // An own property that is a function could replace a method, such as `includes` of a list.
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
