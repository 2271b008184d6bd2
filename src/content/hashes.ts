import { equals } from 'multiformats/bytes'
import type { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import type { Digest } from 'multiformats/hashes/digest'
import { sha256, sha512 } from 'multiformats/hashes/sha2'
import { Fault } from '../base/fault.ts'

/** Codes of the hash functions, as in the multicodec table. */
export const IDENTITY = 0x00
export const SHA2_256 = 0x12
export const SHA2_512 = 0x13
export const SHA3_256 = 0x16
export const BLAKE3 = 0x1e

/**
 * Greatest number of bytes that a CID may carry in itself (identity hash). Larger data belongs into a block; the go
 * implementations of IPFS draw the line at the same size.
 */
export const MAX_IDENTITY_BYTES = 128

interface HashFunction {
  readonly name: string
  /** Bytes of a whole digest. A cut one is refused: whoever cuts it chooses how easily it is forged. */
  readonly size: number
  readonly hash: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

// SHA-2 is the platform's own (node:crypto or WebCrypto), through multiformats. The others are loaded when they are met.
const FUNCTIONS: ReadonlyMap<number, HashFunction> = /* @__PURE__ */ new Map<number, HashFunction>([
  [SHA2_256, { name: 'sha2-256', size: 32, hash: sha256.encode }],
  [SHA2_512, { name: 'sha2-512', size: 64, hash: sha512.encode }],
  [
    SHA3_256,
    { name: 'sha3-256', size: 32, hash: async bytes => (await import('@noble/hashes/sha3.js')).sha3_256(bytes) },
  ],
  [BLAKE3, { name: 'blake3', size: 32, hash: async bytes => (await import('@noble/hashes/blake3.js')).blake3(bytes) }],
])

/**
 * The multihash of bytes under a hash function, by its multicodec code.
 *
 * @throws Fault unsupported-hash, also for identity over more than `MAX_IDENTITY_BYTES`
 */
export async function multihashOf(bytes: Uint8Array, code: number = SHA2_256): Promise<Digest<number, number>> {
  if (code === IDENTITY) {
    if (bytes.length > MAX_IDENTITY_BYTES) throw identityTooLong(bytes.length)
    return create(code, bytes.slice())
  }
  const known = FUNCTIONS.get(code)
  if (known === undefined) throw unknownHash(code)
  return create(code, await known.hash(bytes))
}

/**
 * Refuses a CID that no bytes could ever be checked against here.
 *
 * @throws Fault unsupported-hash if its hash function is unknown, its digest is cut, or it carries too much in itself
 */
export function requireSupportedHash(cid: CID): void {
  const { code, size } = cid.multihash
  if (code === IDENTITY) {
    if (size > MAX_IDENTITY_BYTES) throw identityTooLong(size, cid)
    return
  }
  const known = FUNCTIONS.get(code)
  if (known === undefined) throw unknownHash(code, cid)
  if (size !== known.size) {
    const message = `${cid} has ${size} bytes of ${known.name} where ${known.size} are needed: use the whole digest`
    throw new Fault('unsupported-hash', message, { cid, hash: known.name, size })
  }
}

/** Whether the CID carries its bytes in itself. */
export function isIdentity(cid: CID): boolean {
  return cid.multihash.code === IDENTITY
}

/**
 * Returns if the bytes are those that the CID names.
 *
 * @param from where they come from, for people
 * @throws Fault unsupported-hash, hash-mismatch
 */
export async function verifyBlock(cid: CID, bytes: Uint8Array, from?: string): Promise<void> {
  requireSupportedHash(cid)
  const known = FUNCTIONS.get(cid.multihash.code)
  const digest = known === undefined ? bytes : await known.hash(bytes)
  if (equals(digest, cid.multihash.digest)) return
  const origin = from === undefined ? 'the bytes given' : `the bytes from ${from}`
  const message = `${origin} are not those of ${cid}: they are damaged or forged, get the block from elsewhere`
  throw new Fault('hash-mismatch', message, from === undefined ? { cid } : { cid, from })
}

function unknownHash(code: number, cid?: CID): Fault {
  const names = [...FUNCTIONS.values()].map(known => known.name).join(', ')
  const message = `hash function 0x${code.toString(16)} is not known here: use one of ${names}`
  return new Fault('unsupported-hash', message, { hash: code, ...(cid === undefined ? {} : { cid }) })
}

function identityTooLong(size: number, cid?: CID): Fault {
  const message = `an identity CID of ${size} bytes is over the ${MAX_IDENTITY_BYTES} allowed: name the bytes by a hash`
  return new Fault('unsupported-hash', message, { hash: IDENTITY, size, ...(cid === undefined ? {} : { cid }) })
}
