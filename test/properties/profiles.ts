/** The profiles that generated modules run under: the product's, and one whose prices and limits are all different. */
import type { PriceClass, Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'

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

export const PROFILES: readonly Profile[] = [PROFILE_1, NEAR_PROFILE]

/** The one of that id. Throws an error if the tests have none. */
export function profileOf(id: string): Profile {
  const profile = PROFILES.find(known => known.id === id)
  if (profile === undefined) throw new Error(`the tests have no profile ${id}`)
  return profile
}
