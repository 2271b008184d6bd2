import type { Feature, Profile } from '../interface-profile.ts'
import { admit } from './admit.ts'

/**
 * The accepted features that a module makes use of: those without which the profile would refuse it, in the profile's
 * order. What it refuses as it stands is a finding of `admit`. Of a module that is not valid it is as much as can be told.
 */
export function featuresOf(bytes: Uint8Array, profile: Profile): Feature[] {
  const used = new Set<Feature>()
  // Asking the validator itself keeps this from ever disagreeing with it. Every round finds one more feature or ends.
  for (let before = -1; before < used.size;) {
    before = used.size
    const { findings } = admit(bytes, { ...profile, features: [...used] })
    const missed = new Set(findings.filter(({ code }) => code === 'feature').map(({ subject }) => subject))
    for (const feature of profile.features) if (missed.has(feature)) used.add(feature)
  }
  return profile.features.filter(feature => used.has(feature))
}
