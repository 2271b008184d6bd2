/** Makes and reads the keys that sign envelopes. */
import { base64pad } from 'multiformats/bases/base64'
import { sameBytes } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { badUsage } from '../base/usage.ts'
import { didOf } from './did-key.ts'
import { newSecretKey, publicKeyFor, SECRET_KEY_BYTES, sign } from './ed25519.ts'

/**
 * An object that can sign envelopes. It is a key of this library, or gives access to a key elsewhere, such as in a
 * hardware module.
 */
export interface Signer {
  /** The `did:key` of the public key. */
  readonly did: string
  /** Returns the Ed25519 signature of the bytes (RFC 8032), which has 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A key of this library. The secret is not a property of the object, so printing the object does not show it. */
export interface SigningKey extends Signer {
  /**
   * Returns the secret key as the text of a PEM file. The format is PKCS #8 (RFC 8410), as
   * `openssl genpkey -algorithm ed25519` writes it.
   */
  toPem(): string
}

/** Makes a key from the randomness of the host. */
export async function generateKey(): Promise<SigningKey> {
  return new Ed25519Key(newSecretKey())
}

/**
 * Reads the key in the text of a PEM file. It must be an Ed25519 private key in PKCS #8, as `toPem` and
 * `openssl genpkey -algorithm ed25519` write it.
 *
 * @throws Fault bad-key for any other text; bad-usage for a value that is not text
 */
export async function keyFromPem(pem: string): Promise<SigningKey> {
  if (typeof pem !== 'string') throw badUsage('the key', 'the text of a PEM file', pem)
  const [, body] =
    /^-----BEGIN PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END PRIVATE KEY-----\s*$/.exec(pem) ?? []
  const der = body === undefined ? undefined : decoded(body.replaceAll(/[\r\n]/g, ''))
  const isEd25519 =
    der?.length === DER_PREFIX.length + SECRET_KEY_BYTES && sameBytes(der.subarray(0, DER_PREFIX.length), DER_PREFIX)
  if (der === undefined || !isEd25519)
    throw new Fault(
      'bad-key',
      'no key: it must be an Ed25519 private key in PKCS #8, between BEGIN and END PRIVATE KEY',
    )
  return new Ed25519Key(der.slice(DER_PREFIX.length))
}

/**
 * The first bytes of each such key in DER: a sequence, version 0, the algorithm id-Ed25519, and the head of the string
 * with the secret key.
 */
const DER_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

class Ed25519Key implements SigningKey {
  readonly did: string
  readonly #secretKey: Uint8Array

  constructor(secretKey: Uint8Array) {
    this.#secretKey = secretKey
    this.did = didOf(publicKeyFor(secretKey))
    Object.freeze(this)
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(bytes, this.#secretKey)
  }

  toPem(): string {
    const body = base64pad.baseEncode(Uint8Array.of(...DER_PREFIX, ...this.#secretKey))
    return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
  }
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return base64pad.baseDecode(text)
  } catch {
    return undefined
  }
}
