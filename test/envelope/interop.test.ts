/** Envelopes between us and the libraries of others: https://github.com/storacha/ucanto and https://github.com/hugomrdias/iso-repo */
import { Delegation, invoke, Receipt } from '@ucanto/core'
import { ed25519, Verifier } from '@ucanto/principal'
import { decode as decodeUcan } from 'iso-ucan/envelope'
import { describe, expect, it } from 'vitest'
import { sameBytes } from '../../src/base/dag-cbor.ts'
import { verify } from '../../src/envelope/ed25519.ts'
import { publicKeyOf } from '../../src/envelope/did-key.ts'
import { readEnvelope } from '../../src/envelope/read.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { faultIn, keyOf, stored } from './samples.ts'

const alice = await keyOf('alice')
const bob = await keyOf('bob')

type Root = Parameters<typeof Receipt.view>[0]['root']
type Did = Parameters<typeof Verifier.parse>[0]

describe("ucanto's own library (ENV-8)", () => {
  it('reads our envelopes, and says that their signatures hold', async () => {
    const { receipt, cid } = await stored({ ok: { exit: 0n, stdout: 'text' } })
    const envelope = await signReceipt(receipt, alice, { form: 'ucanto-0' })
    const blocks = new Map([[envelope.cid.toString(), { cid: envelope.cid, bytes: envelope.bytes }]])
    const theirs = Receipt.view({ root: envelope.cid as unknown as Root, blocks: blocks as never })
    expect(theirs.out).toEqual({ ok: { exit: 0, stdout: 'text' } })
    expect(theirs.issuer?.did()).toBe(alice.did)
    expect(String(theirs.ran)).toBe(receipt.ran.toString())
    expect(String((theirs.meta as Record<string, unknown>)['ipvm-wasm/receipt'])).toBe(cid.toString())
    expect(await theirs.verifySignature(Verifier.parse(alice.did as Did))).toEqual({ ok: {} })
    expect((await theirs.verifySignature(Verifier.parse(bob.did as Did))).error).toBeDefined()
  })

  it('writes receipts that we read', async () => {
    const [issuer, service] = [await ed25519.generate(), await ed25519.generate()]
    const ran = await invoke({
      issuer,
      audience: service,
      capability: { with: issuer.did(), can: 'wasm/run', nb: { gas: 1_000 } },
    }).delegate()
    const theirs = await Receipt.issue({
      issuer: service,
      ran,
      result: { ok: { gas: 123n, ratio: 0.5, list: [1, null] } },
      fx: { fork: [ran] },
      meta: { note: 'x' },
    })
    const read = await readEnvelope(new Uint8Array(theirs.root.bytes))
    expect(read).toMatchObject({
      form: 'ucanto-0',
      signer: service.did(),
      out: { ok: { gas: 123n, ratio: { value: 0.5 }, list: [1n, null] } },
      vouchers: [],
    })
    expect([read.cid.toString(), read.ran.toString()]).toEqual([String(theirs.root.cid), String(ran.cid)])
    expect(Delegation.isDelegation(ran)).toBe(true)
    const bytes = new Uint8Array(theirs.root.bytes)
    bytes[bytes.length - 1]! ^= 1
    expect(await faultIn(readEnvelope(bytes))).toMatchObject({ code: 'bad-envelope', field: 'sig' })
  })
})

describe('a library of UCAN 1.0 (ENV-2, ENV-3)', () => {
  it('reads our envelope as an invocation', async () => {
    const { receipt } = await stored()
    const { bytes } = await signReceipt(receipt, alice)
    const theirs = decodeUcan<'inv'>({ envelope: bytes })
    expect([theirs.spec, theirs.version, theirs.alg]).toEqual(['inv', '1.0.0-rc.1', 'Ed25519'])
    expect(theirs.payload).toMatchObject({
      iss: alice.did,
      sub: alice.did,
      cmd: '/ucan/assert/receipt',
      prf: [],
      exp: null,
    })
    expect(sameBytes(theirs.signature, bytes.subarray(3, 67))).toBe(true)
    expect(verify(theirs.signature, bytes.subarray(67), publicKeyOf(alice.did, ''))).toBe(true)
  })
})
