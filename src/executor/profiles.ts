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

/** The profiles of an executor or a verifier, found by id or CID. */
export class ProfileSet {
  readonly #known: readonly KnownProfile[]

  /** Copies the profiles, so that later changes by the caller have no effect. Throws Fault('bad-profile'). */
  constructor(profiles: readonly Profile[]) {
    this.#known = profiles.map(checkProfile).map(profile => ({ profile, ...encodeProfile(profile) }))
  }

  /** The profile with that id or CID. Throws Fault('unknown-profile') if there is none. */
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
