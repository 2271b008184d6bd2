/**
 * Ed25519 through `@noble/ed25519`, with the hash function of `@noble/hashes`. So signatures are the same on every host, and no
 * platform decides whether one holds. Node's WebCrypto accepts a forged signature under a public key of small order, and
 * browsers differ (docs/spec/envelope.md, ENV-4).
 */
import { getPublicKey, hashes, sign as signNow, utils, verify as verifyNow } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'

/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64

/** Bytes of a secret key. */
export const SECRET_KEY_BYTES = 32

/** The signature of a message (RFC 8032). It is the same each time. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  useHash()
  return signNow(message, secretKey)
}

/**
 * True if the signature is one of the message under the key, which has 32 bytes. False for a key or a point that is not in its one
 * encoding or that is of small order, and for a scalar that is not below the order of the group.
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  useHash()
  return verifyNow(signature, message, publicKey, { zip215: false })
}

/** The public key of a secret key. */
export function publicKeyFor(secretKey: Uint8Array): Uint8Array {
  useHash()
  return getPublicKey(secretKey)
}

/** A new secret key, from the randomness of the host. */
export function newSecretKey(): Uint8Array {
  return utils.randomSecretKey()
}

/** Gives the library its hash function. This happens at each call, so that importing the file has no effect. */
function useHash(): void {
  hashes.sha512 = sha512
}
