import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { sha256, sha512 } from 'multiformats/hashes/sha2'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RAW, rawCid } from '../../src/content/cids.ts'
import { BLAKE3, IDENTITY, SHA2_256, SHA2_512, SHA3_256, multihashOf, verifyBlock } from '../../src/content/hashes.ts'
import { codeOf, faultOf, fromHex, text } from './support.ts'

// FIPS 180-4 and 202 examples, and the test vectors of BLAKE3.
const VECTORS: [string, number, string, string][] = [
  ['sha2-256', SHA2_256, 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha2-512',
    SHA2_512,
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['sha3-256', SHA3_256, '', 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'],
  ['sha3-256', SHA3_256, 'abc', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
  ['blake3', BLAKE3, '', 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  ['blake3', BLAKE3, 'abc', '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
]

describe('hash functions', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it.each(VECTORS)('%s of "%s" without WebCrypto, as on pages over plain HTTP', async (_name, code, input, hex) => {
    vi.stubGlobal('crypto', {})
    for (const hasher of [sha256, sha512])
      vi.spyOn(hasher, 'encode').mockImplementation(() => {
        throw new TypeError('crypto.subtle is undefined')
      })
    expect((await multihashOf(text(input), code)).digest).toEqual(fromHex(hex))
  })

  it.each(VECTORS)('%s (0x%x) of "%s"', async (_name, code, input, hex) => {
    const multihash = await multihashOf(text(input), code)
    expect(multihash.code).toBe(code)
    expect(multihash.digest).toEqual(fromHex(hex))
    const cid = CID.createV1(RAW, create(code, fromHex(hex)))
    await verifyBlock(cid, text(input))
    const fault = await faultOf(verifyBlock(cid, text(`${input}.`)))
    expect(fault).toMatchObject({ code: 'hash-mismatch', whose: 'network', detail: { cid } })
  })

  it('refuses a hash function that it does not know', async () => {
    const sha1 = CID.createV1(RAW, create(0x11, new Uint8Array(20)))
    expect(await codeOf(verifyBlock(sha1, text('')))).toBe('unsupported-hash')
    expect(await codeOf(multihashOf(text(''), 0x11))).toBe('unsupported-hash')
  })

  it('refuses a digest that is cut, even if it is the right one', async () => {
    const whole = await multihashOf(text('abc'))
    const cut = CID.createV1(RAW, create(SHA2_256, whole.digest.slice(0, 20)))
    expect(await codeOf(verifyBlock(cut, text('abc')))).toBe('unsupported-hash')
  })

  it('knows identity up to 128 bytes', async () => {
    await verifyBlock(await rawCid(new Uint8Array(128).fill(7), IDENTITY), new Uint8Array(128).fill(7))
    expect(await codeOf(verifyBlock(await rawCid(text('a'), IDENTITY), text('b')))).toBe('hash-mismatch')
    expect(await codeOf(rawCid(new Uint8Array(129), IDENTITY))).toBe('unsupported-hash')
    const long = CID.createV1(RAW, create(IDENTITY, new Uint8Array(129)))
    expect(await codeOf(verifyBlock(long, new Uint8Array(129)))).toBe('unsupported-hash')
  })
})
