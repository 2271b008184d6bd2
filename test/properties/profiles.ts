/** The profiles that generated modules run under: the product's, and one whose prices and limits are all different. */
import type { PriceClass, Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'

/** Primes, so that no mistaken charge adds up to another one. */
const PRICES: Readonly<Record<PriceClass, number>> = {
  free: 0,
  local: 2,
  constant: 3,
  plain: 5,
  global: 7,
  select: 11,
  load: 13,
  store: 17,
  multiply: 19,
  divide: 23,
  floatArithmetic: 29,
  floatDivide: 31,
  convert: 37,
  branch: 41,
  branchTable: 43,
  call: 47,
  callIndirect: 53,
  size: 59,
  table: 61,
  bulk: 67,
  grow: 71,
  vector: 73,
  vectorMultiply: 79,
  vectorFloat: 83,
  vectorFloatDivide: 89,
  reference: 97,
}

/** Each grant with a price of its own. */
const GRANTS = PROFILE_1.grants.map(grant =>
  grant.name === 'log'
    ? { ...grant, price: { flat: 167, perUnit: 13, unit: 1 } }
    : { ...grant, price: { flat: 173, perUnit: 0 } },
)

/** Bounds are near, denied imports trap, growth is cheap. */
export const NEAR_PROFILE: Profile = {
  ...PROFILE_1,
  id: 'test/near-bounds',
  grants: GRANTS,
  denied: 'trap-on-call',
  limits: { ...PROFILE_1.limits, stackWords: 2_500, reentryWords: 300, tableSlots: 14, logBytes: 24 },
  schedule: {
    instructions: PRICES,
    bulk: {
      memoryFill: 1,
      memoryCopy: 3,
      memoryInit: 5,
      tableFill: 7,
      tableCopy: 11,
      tableInit: 13,
      memoryGrow: 101,
      tableGrow: 17,
    },
    entry: { flat: 103, perUnit: 9 },
    instantiation: {
      flat: 107,
      perByte: 2,
      perFunction: 109,
      perPage: 113,
      perSlot: 127,
      perSegment: 131,
      perGlobal: 137,
      perLocalWord: 6,
      perBranchTarget: 139,
      perCarriedValue: 151,
      perCustomByte: 1,
      perKeptValue: 157,
      perExportedWord: 163,
    },
    host: { flat: 149, perUnit: 12 },
  },
}

/** The same with all functions of WASI, each at prices of its own, and with streams that are soon full. */
const NEAR_WASI_PROFILE: Profile = {
  ...NEAR_PROFILE,
  id: 'test/near-bounds-wasi',
  grants: PROFILE_1_VIRTUAL.grants.map(
    (grant, i) =>
      GRANTS.find(({ semantics }) => semantics === grant.semantics && !semantics.startsWith('wasi')) ?? {
        ...grant,
        price: { flat: 400 + 7 * i, perUnit: 3 + (i % 11) },
      },
  ),
  limits: { ...NEAR_PROFILE.limits, logBytes: 100, valueBytes: 200, fileBytes: 9_000 },
}

export const PROFILES: readonly Profile[] = [PROFILE_1, NEAR_PROFILE]

/** Those under which programs run. */
export const WASI_PROFILES: readonly Profile[] = [
  PROFILE_1_VIRTUAL,
  NEAR_WASI_PROFILE,
  PROFILE_1,
  // Not all entries of the surroundings can be looked at.
  { ...NEAR_WASI_PROFILE, id: 'test/near-space', limits: { ...NEAR_WASI_PROFILE.limits, fileBytes: 2_000 } },
]

/** The one of that id. Throws an error if the tests have none. */
export function profileOf(id: string): Profile {
  const profile = [...PROFILES, ...WASI_PROFILES].find(known => known.id === id)
  if (profile === undefined) throw new Error(`the tests have no profile ${id}`)
  return profile
}
