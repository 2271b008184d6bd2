import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import type { Profile } from '../interface-profile.ts'
import type { Block } from '../interface.ts'
import { checkProfile } from '../profile/check.ts'
import { encodeProfile } from '../profile/document.ts'

/** A profile together with its document. */
export interface KnownProfile extends Block {
  readonly profile: Profile
}

/** The profiles that an executor or a verifier knows. They are found by their id or CID. */
export class ProfileSet {
  readonly #known: readonly KnownProfile[]

  /**
   * Copies the profiles, so that a caller may change its own objects later.
   *
   * @throws Fault bad-profile
   */
  constructor(profiles: readonly Profile[]) {
    this.#known = profiles.map(checkProfile).map(profile => ({ profile, ...encodeProfile(profile) }))
  }

  /**
   * Returns a profile by its id or CID.
   *
   * @throws Fault unknown-profile
   */
  get(name: string | CID): KnownProfile {
    const found = this.find(name)
    if (found !== undefined) return found
    const ids = this.#known.map(({ profile }) => profile.id).join(', ')
    throw new Fault('unknown-profile', `no profile ${String(name)}; known are ${ids}`, { profile: String(name) })
  }

  find(name: string | CID): KnownProfile | undefined {
    const text = String(name)
    return this.#known.find(({ profile, cid }) => profile.id === text || cid.toString() === text)
  }
}
