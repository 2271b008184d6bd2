/** Converts Ed25519 public keys to and from `did:key` texts: https://w3c-ccg.github.io/did-key-spec/ */
import { base58btc } from 'multiformats/bases/base58'
import { sameBytes } from '../base/dag-cbor.ts'
import { Misfit, orFault, text } from '../base/shape.ts'

/** The size of a public key in bytes. */
export const PUBLIC_KEY_BYTES = 32

/** The multicodec of an Ed25519 public key, 0xed, as a varint. */
const ED25519_PUB = [0xed, 0x01]

const PREFIX = 'did:key:'

/** Returns the DID of a public key. */
export function didOf(publicKey: Uint8Array): string {
  return PREFIX + base58btc.encode(Uint8Array.of(...ED25519_PUB, ...publicKey))
}

/**
 * Returns the public key in a DID.
 *
 * @throws Misfit if the text is not what `didOf` returns for a public key
 */
export function publicKeyOf(did: unknown, field: string): Uint8Array {
  const expected = 'the did:key of an Ed25519 key, which begins with did:key:z6Mk'
  const given = text(did, field)
  const bytes = given.startsWith(PREFIX) && given.length < 100 ? decoded(given.slice(PREFIX.length)) : undefined
  const key = bytes?.subarray(ED25519_PUB.length)
  if (bytes === undefined || key === undefined || key.length !== PUBLIC_KEY_BYTES) throw new Misfit(field, expected)
  if (!sameBytes(bytes.subarray(0, ED25519_PUB.length), Uint8Array.from(ED25519_PUB)) || didOf(key) !== given)
    throw new Misfit(field, expected)
  return key
}

/**
 * Checks a DID that a caller has passed, and returns it.
 *
 * @throws Fault bad-usage if it is not the DID of an Ed25519 key
 */
export function givenDid(value: string, name: string): string {
  orFault('bad-usage', 'a signer', () => publicKeyOf(value, name))
  return value
}

function decoded(multibase: string): Uint8Array | undefined {
  try {
    return base58btc.decode(multibase)
  } catch {
    return undefined
  }
}
