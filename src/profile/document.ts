import type { CID } from 'multiformats/cid'
import type { Profile } from '../interface-profile.ts'
import type { Block } from '../interface.ts'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { givenCid } from '../base/given-cid.ts'
import { orFault } from '../base/shape.ts'
import { checkProfile } from './check.ts'
import { PROFILE_1 } from './v1.ts'
import { PROFILE_1_VIRTUAL } from './virtual.ts'

/**
 * Encodes a profile as a block. Receipts name the profile by the CID of this block.
 *
 * @throws Fault bad-profile if the profile is not valid
 */
export function encodeProfile(profile: Profile): Block {
  const bytes = encodeStrict(checkProfile(profile))
  return { cid: linkOf(bytes), bytes }
}

/**
 * Decodes a profile, and returns it frozen. The block must be exactly what `encodeProfile` returns for the profile.
 *
 * @throws Fault bad-profile, with the path of the field in its detail
 */
export function decodeProfile(block: Uint8Array): Profile {
  return checkProfile(orFault('bad-profile', 'a profile', () => decodeStrict(block)) as Profile)
}

/** The profiles that this version of the library defines, by their ids. */
export const PROFILES: Readonly<Record<string, Profile>> = /* @__PURE__ */ Object.freeze({
  [PROFILE_1.id]: PROFILE_1,
  [PROFILE_1_VIRTUAL.id]: PROFILE_1_VIRTUAL,
})

/** The profile with a CID, if this version of the library defines it; undefined for any other CID. */
export function profileOf(cid: CID): Profile | undefined {
  const named = givenCid(cid, 'the CID of a profile')
  return Object.values(PROFILES).find(profile => encodeProfile(profile).cid.equals(named))
}
