import type { Block, Profile } from '../interface.ts'
import { encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { PROFILE_1 } from './v1.ts'

/** The profile as a block: its CID is what receipts name it by. */
export function encodeProfile(profile: Profile): Block {
  const bytes = encodeStrict(profile)
  return { cid: linkOf(bytes), bytes }
}

/** Profiles that this version of the software defines, by their ids. */
export const PROFILES: Readonly<Record<string, Profile>> = /* @__PURE__ */ Object.freeze({ [PROFILE_1.id]: PROFILE_1 })
