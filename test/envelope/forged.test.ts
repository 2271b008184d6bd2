/** What a forger makes of an envelope: each is refused, and the field named (ENV-1 to ENV-6, ENV-8). */
import { Point } from '@noble/ed25519'
import { base58btc } from 'multiformats/bases/base58'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { encodeMarked } from '../../src/base/marked-cbor.ts'
import { didOf } from '../../src/envelope/did-key.ts'
import { verify } from '../../src/envelope/ed25519.ts'
import type { SigningKey } from '../../src/envelope/key.ts'
import { openEnvelope } from '../../src/envelope/open.ts'
import { readEnvelope } from '../../src/envelope/read.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { OTHER_TASK, receiptOf } from '../receipt/sample.ts'
import { faultIn, keyOf, stored } from './samples.ts'

const TAG = 'ucan/inv@1.0.0-rc.1'
const HEADER = Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71)
const at = (key: string): string => `[1]["${TAG}"].${key}`

const [alice, bob] = [await keyOf('alice'), await keyOf('bob')]
const { store, receipt, cid } = await stored()
const sound = (await signReceipt(receipt, alice)).bytes

type Fields = Record<string, unknown>

/** The payload of the sound envelope. */
function payload(change: Fields = {}): Fields {
  return withoutUndefined({
    iss: alice.did,
    sub: alice.did,
    cmd: '/ucan/assert/receipt',
    args: { ran: receipt.ran, out: receipt.out },
    prf: [],
    meta: { 'ipvm-wasm/receipt': cid },
    nonce: new Uint8Array(),
    exp: null,
    ...change,
  })
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** An envelope that Alice really signs, of another payload. */
async function signed(change: Fields = {}, header: Fields = { h: HEADER }, tag = TAG): Promise<Uint8Array> {
  const body = { ...header, [tag]: payload(change) }
  return encodeMarked([await alice.sign(encodeMarked(body)), body])
}

/** Bytes with one replaced. */
function changed(bytes: Uint8Array, at: number, byte = (bytes[at]! + 1) & 0xff): Uint8Array {
  return Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at + 1))
}

/** Where a text stands in bytes. */
function placeOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).indexOf(text)
}

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** The same signature with S + L in the place of S: it holds where S is not checked. */
function malleable(bytes: Uint8Array): Uint8Array {
  const s = bytes.subarray(3 + 32, 3 + 64).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + ORDER
  const moved = Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn))
  return Uint8Array.of(...bytes.subarray(0, 35), ...moved, ...bytes.subarray(67))
}

/** The neutral element, under which a signature of the neutral element and zero holds for every message. */
const NEUTRAL = changed(new Uint8Array(32), 0, 1)
const FORGED_SIGNATURE = changed(new Uint8Array(64), 0, 1)

it('the sound ones are read', async () => {
  expect(await signed()).toEqual(sound)
  expect((await readEnvelope(sound)).signer).toBe(alice.did)
})

const body = { h: HEADER, [TAG]: payload() }
type Forge = () => Uint8Array | Promise<Uint8Array>
const KINDS: readonly (readonly [kind: string, field: string, forge: Forge])[] = [
  [
    'a changed result',
    '[0]',
    () =>
      encodeMarked([
        sound.slice(3, 67),
        { h: HEADER, [TAG]: payload({ args: { ran: receipt.ran, out: { ok: [4n] } } }) },
      ]),
  ],
  ['a changed byte of the signature', '[0]', () => changed(sound, 10)],
  ["another key's signature", '[0]', () => signedBy(bob, body)],
  ['a signature of another message', '[0]', () => signedBy(alice, payload())],
  [
    'another issuer',
    '[0]',
    () => encodeMarked([sound.slice(3, 67), { h: HEADER, [TAG]: payload({ iss: bob.did, sub: bob.did }) }]),
  ],
  ['a truncated signature', '[0]', () => encodeMarked([sound.slice(3, 66), body])],
  ['a signature of 65 bytes', '[0]', () => encodeMarked([sound.slice(3, 68), body])],
  ['no signature', '[0]', () => encodeMarked([new Uint8Array(64), body])],
  ['a signature that is no bytes', '[0]', () => encodeMarked(['x', body])],
  ['a scalar S that is not reduced', '[0]', () => malleable(sound)],
  [
    'a key of small order',
    '[0]',
    () => encodeMarked([FORGED_SIGNATURE, { h: HEADER, [TAG]: payload({ iss: didOf(NEUTRAL), sub: didOf(NEUTRAL) }) }]),
  ],
  [
    'the signature of an RSA key by its header',
    '[1].h',
    () => signed({}, { h: Uint8Array.of(0x34, 0x01, 0x85, 0x24, 0x12, 0x80, 0x02, 0x71) }),
  ],
  ['a header of the older varsig', '[1].h', () => signed({}, { h: Uint8Array.of(0x34, 0xed, 0x01, 0x71) })],
  ['a header that says raw bytes', '[1].h', () => signed({}, { h: changed(HEADER, 7, 0x5f) })],
  ['no header', '[1].h', () => signed({}, {})],
  ['a field beside the payload', '[1].x', () => signed({}, { h: HEADER, x: 1 })],
  ['the tag of a delegation', at('').slice(0, -1), () => signed({}, { h: HEADER }, 'ucan/dlg@1.0.0-rc.1')],
  ['an extra field', at('nbf'), () => signed({ nbf: 1 })],
  ['a field too few', at('exp'), () => signed({ exp: undefined })],
  ['another command', at('cmd'), () => signed({ cmd: '/wasm/run' })],
  ['a subject that is somebody else', at('sub'), () => signed({ sub: bob.did })],
  ['an issuer of another method', at('iss'), () => signed({ iss: 'did:web:example.com', sub: 'did:web:example.com' })],
  [
    'an issuer with another kind of key',
    at('iss'),
    () => signed({ iss: 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme' }),
  ],
  [
    'an issuer in another base',
    at('iss'),
    () => signed({ iss: `did:key:f${Buffer.from(base58btc.decode(alice.did.slice(8))).toString('hex')}` }),
  ],
  ['arguments with more', at('args.run'), () => signed({ args: { ran: receipt.ran, out: receipt.out, run: [] } })],
  [
    'both a result and an error',
    at('args.out'),
    () => signed({ args: { ran: receipt.ran, out: { ok: 1n, error: 1n } } }),
  ],
  ['neither', at('args.out'), () => signed({ args: { ran: receipt.ran, out: {} } })],
  ['a task that is no link', at('args.ran'), () => signed({ args: { ran: 'x', out: receipt.out } })],
  ['a receipt that is no link', at('meta["ipvm-wasm/receipt"]'), () => signed({ meta: { 'ipvm-wasm/receipt': 'x' } })],
  ['vouchers that are none', at('meta["ipvm-wasm/vouchers"]'), () => signed({ meta: { 'ipvm-wasm/vouchers': [] } })],
  ['an expiry that is text', at('exp'), () => signed({ exp: 'never' })],
  ['keys in another order', '', unsorted],
  ['a key twice', '', duplicated],
  ['bytes left over', '', () => Uint8Array.of(...sound, 0)],
  ['a longer head than need be', '', () => Uint8Array.of(0x98, 2, ...sound.subarray(1))],
  ['more than a document may have', '', oversized],
  ['a receipt in the place of an envelope', 'iss', () => encodeReceipt(receipt).bytes],
  ['no CBOR', '', () => new TextEncoder().encode('{"a": 1}')],
  ['nothing', '', () => new Uint8Array()],
]

async function signedBy(key: SigningKey, message: Fields): Promise<Uint8Array> {
  return encodeMarked([await key.sign(encodeMarked(message)), body])
}

/** The two keys of the payload's map change places. Its signature is one of the bytes as they stand then. */
async function unsorted(): Promise<Uint8Array> {
  const canonical = encodeMarked(body)
  const key = 2 + 1 + HEADER.length
  const map = Uint8Array.of(0xa2, ...canonical.subarray(1 + key), ...canonical.subarray(1, 1 + key))
  return Uint8Array.of(0x82, 0x58, 64, ...(await alice.sign(map)), ...map)
}

async function duplicated(): Promise<Uint8Array> {
  const canonical = encodeMarked(body)
  const item = canonical.subarray(1, 1 + 2 + 1 + HEADER.length)
  const map = Uint8Array.of(0xa3, ...item, ...item, ...canonical.subarray(1 + item.length))
  return Uint8Array.of(0x82, 0x58, 64, ...(await alice.sign(map)), ...map)
}

function oversized(): Uint8Array {
  const bytes = new Uint8Array(3 + 64 + 5 + 2_200_000)
  bytes.set([0x82, 0x58, 64])
  bytes.set([0x5a, 0, 0x21, 0x91, 0xc0], 67)
  return bytes
}

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
    expect(await verify(FORGED_SIGNATURE, message, NEUTRAL)).toBe(false)
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
      for (const r of small) expect(await verify(Uint8Array.of(...r, ...new Uint8Array(32)), message, key)).toBe(false)
    }
  })

  it('signatures are those of RFC 8032, test 2', async () => {
    const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
    const key = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const signature = hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
    expect(await verify(signature, hex('72'), key)).toBe(true)
    expect(await verify(signature, hex('73'), key)).toBe(false)
    expect(await verify(signature.subarray(0, 63), hex('72'), key)).toBe(false)
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
