import { equals } from 'multiformats/bytes'
import type { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import type { Digest } from 'multiformats/hashes/digest'
import { sha256, sha512 } from 'multiformats/hashes/sha2'
import { Fault } from '../base/fault.ts'

/** The codes of hash functions, from the multicodec table. */
export const IDENTITY = 0x00
export const SHA2_256 = 0x12
export const SHA2_512 = 0x13
export const SHA3_256 = 0x16
export const BLAKE3 = 0x1e

/** The greatest number of bytes in an identity CID. The Go implementations of IPFS have the same bound. */
export const MAX_IDENTITY_BYTES = 128

interface HashFunction {
  readonly name: string
  /** The size of a digest in bytes. Truncated digests are refused, since short ones are easy to forge. */
  readonly size: number
  readonly hash: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

// SHA-2 is that of the platform (node:crypto or WebCrypto), through multiformats. Other hash functions are loaded when needed, and
// SHA-2 as well where there is no WebCrypto: browsers keep it from pages that were loaded over plain HTTP.
const FUNCTIONS: ReadonlyMap<number, HashFunction> = /* @__PURE__ */ new Map<number, HashFunction>([
  [
    SHA2_256,
    { name: 'sha2-256', size: 32, hash: bytes => (hasWebCrypto() ? sha256.encode(bytes) : portable('sha256', bytes)) },
  ],
  [
    SHA2_512,
    { name: 'sha2-512', size: 64, hash: bytes => (hasWebCrypto() ? sha512.encode(bytes) : portable('sha512', bytes)) },
  ],
  [
    SHA3_256,
    { name: 'sha3-256', size: 32, hash: async bytes => (await import('@noble/hashes/sha3.js')).sha3_256(bytes) },
  ],
  [BLAKE3, { name: 'blake3', size: 32, hash: async bytes => (await import('@noble/hashes/blake3.js')).blake3(bytes) }],
])

function hasWebCrypto(): boolean {
  return globalThis.crypto?.subtle !== undefined
}

async function portable(name: 'sha256' | 'sha512', bytes: Uint8Array): Promise<Uint8Array> {
  return (await import('@noble/hashes/sha2.js'))[name](bytes)
}

/**
 * The multihash of bytes for a hash function, which is given by its multicodec code.
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
 * Throws for a CID that this library cannot verify any bytes against.
 *
 * @throws Fault unsupported-hash if its hash function is unknown, its digest is truncated, or an identity CID is too large
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

/** True for an identity CID, which contains the bytes of its block. */
export function isIdentity(cid: CID): boolean {
  return cid.multihash.code === IDENTITY
}

/**
 * Checks that bytes are those that a CID names.
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
