/**
 * Ed25519 by `@noble/ed25519`, with the hash function of `@noble/hashes`.
 *
 * No code of the platform takes part, so signatures and their checks give the same results on every host. The platforms
 * differ: WebCrypto of Node accepts a forged signature under a public key of small order, and browsers disagree with
 * one another (docs/spec/envelope.md, ENV-4).
 */
import { getPublicKey, hashes, sign as signNow, utils, verify as verifyNow } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'

/** The size of a signature in bytes. */
export const SIGNATURE_BYTES = 64

/** The size of a secret key in bytes. */
export const SECRET_KEY_BYTES = 32

/** Signs a message (RFC 8032). The same key and message always give the same signature. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  useHash()
  return signNow(message, secretKey)
}

/**
 * Returns true if a signature is valid for the message and the key. The key must have 32 bytes.
 *
 * Returns false if the key or the point in the signature is not in its only encoding, or has small order. Also returns
 * false if the scalar is not below the order of the group.
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  useHash()
  return verifyNow(signature, message, publicKey, { zip215: false })
}

/** Returns the public key of a secret key. */
export function publicKeyFor(secretKey: Uint8Array): Uint8Array {
  useHash()
  return getPublicKey(secretKey)
}

/** Makes a secret key from the randomness of the host. */
export function newSecretKey(): Uint8Array {
  return utils.randomSecretKey()
}

/** Gives the library its hash function. Each call does this again, so that importing this file has no effect. */
function useHash(): void {
  hashes.sha512 = sha512
}
