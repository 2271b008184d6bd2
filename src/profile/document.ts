import type { Profile } from '../interface-profile.ts'
import type { Block } from '../interface.ts'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { orFault } from '../base/shape.ts'
import { checkProfile } from './check.ts'
import { PROFILE_1 } from './v1.ts'
import { PROFILE_1_VIRTUAL } from './virtual.ts'

/** The profile as a block: its CID is what receipts name it by. Throws Fault('bad-profile') for what `checkProfile` refuses. */
export function encodeProfile(profile: Profile): Block {
  const bytes = encodeStrict(checkProfile(profile))
  return { cid: linkOf(bytes), bytes }
}

/**
 * The profile in a block, frozen. Strict: Fault('bad-profile'), with the field's path in its detail, unless these bytes are what
 * `encodeProfile` makes of it.
 */
export function decodeProfile(block: Uint8Array): Profile {
  return checkProfile(orFault('bad-profile', 'a profile', () => decodeStrict(block)) as Profile)
}

/** Profiles that this version of the software defines, by their ids. */
export const PROFILES: Readonly<Record<string, Profile>> = /* @__PURE__ */ Object.freeze({
  [PROFILE_1.id]: PROFILE_1,
  [PROFILE_1_VIRTUAL.id]: PROFILE_1_VIRTUAL,
})
