import { base16 } from 'multiformats/bases/base16'
import { base32, base32upper } from 'multiformats/bases/base32'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { badUsage } from '../base/usage.ts'
import { SHA2_256, multihashOf } from './hashes.ts'

/** The codes of codecs, from the multicodec table. */
export const RAW = 0x55
export const DAG_PB = 0x70
export const DAG_CBOR = 0x71

const CODEC_NAMES: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [RAW, 'raw'],
  [DAG_PB, 'dag-pb'],
  [DAG_CBOR, 'dag-cbor'],
  [0x72, 'libp2p-key'],
  [0x0129, 'dag-json'],
  [0x0200, 'json'],
])

/** The greatest length of a text that is parsed. A CID with a known hash is far shorter in every base. */
const MAX_TEXT = 512

/** The name of a codec, for people; its number if it has no name here. */
export function codecName(code: number): string {
  return CODEC_NAMES.get(code) ?? `codec 0x${code.toString(16)}`
}

/**
 * Parses a CID: version 0 (`Qm…`) or 1, bare or as `ipfs://CID`, in base 16, 32, 36, 58 or 64url.
 *
 * @throws Fault bad-cid for any other text, a path included; bad-usage if it is no text
 */
export function parseCid(text: string): CID {
  if (typeof text !== 'string') throw badUsage('a CID to be parsed', 'text', text)
  if (text.length > MAX_TEXT) throw badCid(`a text of ${text.length} characters is no CID`, `${text.slice(0, 60)}…`)
  const bare = text.replace(/^ipfs:\/\//i, '')
  if (/[/?#]/.test(bare)) throw badCid(`"${text}" is more than a CID: give the CID alone`, text)
  try {
    // The decoders are combined here, since doing so when this file is imported would be a side effect.
    const bases = base32.decoder.or(base58btc.decoder).or(base36.decoder).or(base16.decoder).or(base32upper.decoder)
    return CID.parse(bare, bases.or(base64url.decoder))
  } catch (error) {
    throw badCid(`"${text}" is no CID`, text, error)
  }
}

/**
 * The CID of version 1 for bytes, a codec and a hash function, which is sha2-256 by default.
 *
 * @throws Fault unsupported-hash
 */
export async function cidOf(codec: number, bytes: Uint8Array, hash: number = SHA2_256): Promise<CID> {
  return CID.createV1(codec, await multihashOf(bytes, hash))
}

/**
 * The CID of version 1 for bytes as one raw block. The hash function is sha2-256 by default.
 *
 * @throws Fault unsupported-hash
 */
export function rawCid(bytes: Uint8Array, hash: number = SHA2_256): Promise<CID> {
  return cidOf(RAW, bytes, hash)
}

/**
 * The key of a block in stores: its multihash in lower-case base 32 without a prefix. CIDs that differ only in version or codec
 * share the key. It is safe as a file name, even on file systems that ignore case.
 */
export function blockKey(cid: CID): string {
  return base32.baseEncode(cid.multihash.bytes)
}

function badCid(message: string, text: unknown, cause?: unknown): Fault {
  return new Fault('bad-cid', message, { text }, cause)
}
