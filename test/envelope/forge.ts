/** Forged envelopes: for the tests, and for the vectors that are published. */
import { base58btc } from 'multiformats/bases/base58'
import { encodeMarked } from '../../src/base/marked-cbor.ts'
import { didOf } from '../../src/envelope/did-key.ts'
import type { SigningKey } from '../../src/envelope/key.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { keyOf, stored } from './samples.ts'

const TAG = 'ucan/inv@1.0.0-rc.1'
const HEADER = Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71)
export const at = (key: string): string => `[1]["${TAG}"].${key}`

export const [alice, bob] = [await keyOf('alice'), await keyOf('bob')]
export const { store, receipt, cid } = await stored()
export const sound = (await signReceipt(receipt, alice)).bytes

export type Fields = Record<string, unknown>

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

export function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** An envelope that Alice really signs, of another payload. */
export async function signed(change: Fields = {}, header: Fields = { h: HEADER }, tag = TAG): Promise<Uint8Array> {
  const body = { ...header, [tag]: payload(change) }
  return encodeMarked([await alice.sign(encodeMarked(body)), body])
}

/** Bytes with one replaced. */
export function changed(bytes: Uint8Array, at: number, byte = (bytes[at]! + 1) & 0xff): Uint8Array {
  return Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at + 1))
}

/** Where a text stands in bytes. */
export function placeOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).indexOf(text)
}

/** The order of the group. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** The same signature with S + L in the place of S: it holds where S is not checked. */
function malleable(bytes: Uint8Array): Uint8Array {
  const s = bytes.subarray(3 + 32, 3 + 64).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + ORDER
  const moved = Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn))
  return Uint8Array.of(...bytes.subarray(0, 35), ...moved, ...bytes.subarray(67))
}

/** The neutral element, under which a signature of the neutral element and zero holds for every message. */
export const NEUTRAL = changed(new Uint8Array(32), 0, 1)
export const FORGED_SIGNATURE = changed(new Uint8Array(64), 0, 1)

const body = { h: HEADER, [TAG]: payload() }
export type Forge = () => Uint8Array | Promise<Uint8Array>
/** Each kind of forgery: what it is, the path of the field for which it is refused, and its bytes. */
export const KINDS: readonly (readonly [kind: string, field: string, forge: Forge])[] = [
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
