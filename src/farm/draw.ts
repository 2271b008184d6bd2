/** Numbers that follow from a secret seed, and that nobody can foretell who does not have it. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** The number of bytes of a seed. */
export const SEED_BYTES = 32

/**
 * Returns a number from 0 to 1, 1 excluded. The same seed and names always give the same number. It is the first 48
 * bits of the HMAC-SHA256 of the names under the seed.
 */
export function draw(seed: Uint8Array, ...names: readonly string[]): number {
  const mac = hmac(sha256, seed, new TextEncoder().encode(JSON.stringify(names)))
  return mac.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48
}
