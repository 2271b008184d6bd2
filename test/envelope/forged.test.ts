/** What a forger makes of an envelope: each is refused, and the field named (ENV-1 to ENV-6, ENV-8). */
import { Point, utils } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { encodeMarked } from '../../src/base/marked-cbor.ts'
import { verify } from '../../src/envelope/ed25519.ts'
import { openEnvelope } from '../../src/envelope/open.ts'
import { readEnvelope } from '../../src/envelope/read.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { OTHER_TASK, receiptOf } from '../receipt/sample.ts'
import {
  alice,
  at,
  bob,
  changed,
  cid,
  FORGED_SIGNATURE,
  KINDS,
  NEUTRAL,
  ORDER,
  placeOf,
  receipt,
  signed,
  sound,
  store,
  withoutUndefined,
  type Fields,
} from './forge.ts'
import { faultIn, secretOf } from './samples.ts'

it('the sound ones are read', async () => {
  expect(await signed()).toEqual(sound)
  expect((await readEnvelope(sound)).signer).toBe(alice.did)
})

describe('forged envelopes', () => {
  it('are of more than 20 kinds', () => expect(KINDS.length).toBeGreaterThan(30))

  it.each(KINDS)('%s is refused at %s', async (_, field, forge) =>
    expect(await faultIn(readEnvelope(await forge()))).toMatchObject({ code: 'bad-envelope', field }),
  )

  it('every changed byte is noticed (ENV-4)', async () => {
    const step = Math.max(1, Math.floor(sound.length / 80))
    for (let place = 0; place < sound.length; place += step)
      expect((await faultIn(readEnvelope(changed(sound, place)))).code).toBe('bad-envelope')
  })
})

describe('signed lies about the receipt (ENV-6)', () => {
  const other = encodeReceipt(receiptOf({ ok: [4n] }, {}, receipt.ran))

  async function opened(change: Fields): Promise<unknown> {
    await store.put(other.cid, other.bytes)
    return faultIn(openEnvelope(store, await signed(change)))
  }

  it.each<[string, string, Fields]>([
    ['another result', at('args.out'), { args: { ran: receipt.ran, out: { ok: [4n] } } }],
    ['a swapped receipt', at('args.out'), { meta: { 'ipvm-wasm/receipt': other.cid } }],
    ['a float for an integer', at('args.out'), { args: { ran: receipt.ran, out: { ok: [3.5] } } }],
    ['an error', at('args.out'), { args: { ran: receipt.ran, out: { error: receipt.out } } }],
    ['no receipt', at('meta["ipvm-wasm/receipt"]'), { meta: {} }],
    ['no metadata', at('meta["ipvm-wasm/receipt"]'), { meta: undefined }],
  ])('%s', async (_, field, change) => expect(await opened(change)).toMatchObject({ code: 'bad-envelope', field }))

  it('another task', async () =>
    expect(await opened({ args: { ran: OTHER_TASK, out: receipt.out } })).toMatchObject({ code: 'block-missing' }))

  it("another task's receipt, which is there", async () => {
    const theirs = encodeReceipt(receiptOf(receipt.out, {}, OTHER_TASK))
    await store.put(theirs.cid, theirs.bytes)
    expect(await opened({ meta: { 'ipvm-wasm/receipt': theirs.cid } })).toMatchObject({ code: 'block-missing' })
  })
})

describe('what other systems add is read (ENV-2, ENV-5)', () => {
  it.each<[string, Fields]>([
    ['an audience', { aud: bob.did }],
    ['an expiry that has passed', { exp: 1n }],
    ['times', { exp: 2n ** 53n - 1n, iat: 1n }],
    ['a nonce', { nonce: Uint8Array.of(1, 2, 3) }],
    ['proofs', { prf: [cid] }],
    ['a cause', { cause: cid }],
    ['other metadata', { meta: { 'ipvm-wasm/receipt': cid, x: 1.5 } }],
  ])('%s', async (_, change) => {
    const { envelope } = await openEnvelope(store, await signed(change))
    expect(envelope.signer).toBe(alice.did)
  })

  it('results of any kind', async () => {
    const read = await readEnvelope(
      await signed({ args: { ran: cid, out: { ok: { x: 1.5, y: [null] } } }, meta: undefined }),
    )
    expect(read.receipt).toBeUndefined()
    expect(read.out).toMatchObject({ ok: { x: { value: 1.5 }, y: [null] } })
  })
})

describe('Ed25519 (ENV-4)', () => {
  const message = new TextEncoder().encode('anything')

  it('a forged signature under the neutral element holds for the lenient, and not here', async () => {
    const { verifyAsync } = await import('@noble/ed25519')
    expect(await verifyAsync(FORGED_SIGNATURE, message, NEUTRAL)).toBe(true)
    expect(verify(FORGED_SIGNATURE, message, NEUTRAL)).toBe(false)
  })

  it('no key of small order verifies anything', async () => {
    // Points of order 1, 2, 4 and 8, and encodings of them that are not the one.
    const small = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0000000000000000000000000000000000000000000000000000000000000080',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      '0100000000000000000000000000000000000000000000000000000000000080',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ].map(hex => new Uint8Array(Buffer.from(hex, 'hex')))
    for (const key of small) {
      for (const r of small) expect(verify(Uint8Array.of(...r, ...new Uint8Array(32)), message, key)).toBe(false)
    }
  })

  it('the equation has the cofactor: R may have a part of small order, which only the owner of the key can bring about', () => {
    const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
    expect(torsion.isSmallOrder()).toBe(true)
    const { scalar, pointBytes } = utils.getExtendedPublicKey(secretOf('alice'))
    const r = 123_456_789n
    const encoded = Point.BASE.multiply(r).add(torsion).toBytes()
    const hash = sha512(Uint8Array.of(...encoded, ...pointBytes, ...message))
    const k = hash.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    const s = (r + k * scalar) % ORDER
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn))
    expect(verify(Uint8Array.of(...encoded, ...bytes), message, pointBytes)).toBe(true)
    expect(verify(Uint8Array.of(...encoded, ...bytes), message.subarray(1), pointBytes)).toBe(false)
  })

  it('signatures are those of RFC 8032, test 2', async () => {
    const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
    const key = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    expect(verify(signature, hex('72'), key)).toBe(true)
    expect(verify(signature, hex('73'), key)).toBe(false)
    expect(verify(signature.subarray(0, 63), hex('72'), key)).toBe(false)
    expect(Point.BASE.isSmallOrder()).toBe(false)
  })
})

describe('envelopes of ucanto (ENV-8)', async () => {
  const envelope = await signReceipt(receipt, alice, { form: 'ucanto-0' })
  const outcome: Fields = {
    ran: receipt.ran,
    out: receipt.out,
    fx: { fork: [] },
    meta: { 'ipvm-wasm/receipt': cid },
    iss: alice.did,
    prf: [],
  }
  const HEAD = Uint8Array.of(0xed, 0xa1, 0x03, 0x40)
  const made = async (change: Fields, more: Fields = {}, head = HEAD): Promise<Uint8Array> => {
    const ocm = withoutUndefined({ ...outcome, ...change })
    return encodeMarked({ ocm, sig: Uint8Array.of(...head, ...(await alice.sign(encodeMarked(ocm)))), ...more })
  }

  it('are written so', async () => expect(await made({})).toEqual(envelope.bytes))

  it('effects and proofs are read', async () => {
    const links: CID[] = [cid]
    expect((await readEnvelope(await made({ fx: { fork: links, join: cid }, prf: links }))).signer).toBe(alice.did)
  })

  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>]>([
    ['a changed byte', 'sig', () => changed(envelope.bytes, envelope.bytes.length - 1)],
    ['a changed result', 'sig', () => changed(envelope.bytes, placeOf(envelope.bytes, 'ok') + 3, 0x04)],
    ['another key', 'sig', () => made({ iss: bob.did })],
    ['a signature of another kind', 'sig', () => made({}, {}, Uint8Array.of(0xec, 0xa1, 0x03, 0x40))],
    ['no issuer', 'ocm.iss', () => made({ iss: undefined })],
    ['effects that are none', 'ocm.fx.fork', () => made({ fx: {} })],
    ['a field beside the signature', 'x', () => made({}, { x: 1 })],
    ['a field beside the outcome', 'ocm.x', () => made({ x: 1 })],
    ['a link in the place of the outcome', 'ocm', () => encodeMarked({ ocm: cid, sig: new Uint8Array(68) })],
  ])('%s', async (_, field, bytes) =>
    expect(await faultIn(readEnvelope(await bytes()))).toMatchObject({ code: 'bad-envelope', field }),
  )

  it('signed lies are found when they are opened', async () =>
    expect(await faultIn(openEnvelope(store, await made({ out: { ok: [4n] } })))).toMatchObject({
      code: 'bad-envelope',
      field: 'ocm.out',
    }))
})
