import type { Feature, Profile } from '../interface-profile.ts'
import { admit } from './admit.ts'

/**
 * The features of the profile that a module uses, in the profile's order: without one of these, the profile would reject the
 * module. Features that the profile does not accept are findings of `admit`. For an invalid module the list may be incomplete.
 */
export function featuresOf(bytes: Uint8Array, profile: Profile): Feature[] {
  const used = new Set<Feature>()
  // The validator is run with more and more features, so this cannot disagree with it. Each run finds one more, or is the last.
  for (let before = -1; before < used.size;) {
    before = used.size
    const { findings } = admit(bytes, { ...profile, features: [...used] })
    const missed = new Set(findings.filter(({ code }) => code === 'feature').map(({ subject }) => subject))
    for (const feature of profile.features) if (missed.has(feature)) used.add(feature)
  }
  return profile.features.filter(feature => used.has(feature))
}
