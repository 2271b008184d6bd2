/**
 * Ed25519 through `@noble/ed25519`, the same on every host. WebCrypto is not used: Node's accepts a forged signature under a public key
 * of small order, and browsers differ (docs/spec/envelope.md, ENV-4).
 */
import { getPublicKeyAsync, signAsync, utils, verifyAsync } from '@noble/ed25519'

/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64

/** Bytes of a secret key. */
export const SECRET_KEY_BYTES = 32

/** The signature of a message (RFC 8032): the same one each time. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Promise<Uint8Array> {
  return signAsync(message, secretKey)
}

/**
 * True if the signature is one of the message under the key. False for a key or a point that is not in its one encoding or that is of
 * small order, and for a scalar that is not below the order of the group.
 */
export async function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES) return false
  return verifyAsync(signature, message, publicKey, { zip215: false }).catch(() => false)
}

/** The public key of a secret key. */
export function publicKeyFor(secretKey: Uint8Array): Promise<Uint8Array> {
  return getPublicKeyAsync(secretKey)
}

/** A new secret key, from the randomness of the host. */
export function newSecretKey(): Uint8Array {
  return utils.randomSecretKey()
}
