import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { linkOf } from '../../src/base/dag-cbor.ts'
import { encodeMarked } from '../../src/base/marked-cbor.ts'
import { exportCar, readCar } from '../../src/content/car.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { Voucher } from '../../src/envelope/envelope.ts'
import { openEnvelope } from '../../src/envelope/open.ts'
import { isEnvelope, readEnvelope } from '../../src/envelope/read.ts'
import { signReceipt, type WritableEnvelope } from '../../src/envelope/sign.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { readTask } from '../../src/task/forms/read.ts'
import { writeTask } from '../../src/task/forms/write.ts'
import { encodeTask } from '../../src/task/task.ts'
import { DATA, OK, OUT_OF_GAS, REJECTED, TRAPPED } from '../receipt/sample.ts'
import { ADD_ONE, instruction } from '../task/forms/samples.ts'
import { faultIn, keyOf, OWN, stored } from './samples.ts'

const alice = await keyOf('alice')
const FORMS: readonly WritableEnvelope[] = ['ucan-1.0', 'ucanto-0']

describe.each(FORMS)('%s', form => {
  it.each([
    ['a result', OK],
    ['a value', { ok: { a: [null, new Uint8Array(3), 'x', DATA], b: {} } }],
    ['a rejection', REJECTED],
    ['a trap', TRAPPED],
    ['no gas', OUT_OF_GAS],
  ])('%s is signed, read and opened', async (_, out) => {
    const { store, receipt, cid } = await stored(out)
    const envelope = await signReceipt(receipt, alice, { form })
    expect(envelope).toMatchObject({ form, signer: alice.did, ran: receipt.ran, receipt: cid, vouchers: [] })
    expect(encodeMarked(envelope.out)).toEqual(encodeMarked(out))
    expect(envelope.cid).toEqual(linkOf(envelope.bytes))
    expect(isEnvelope(envelope.bytes)).toBe(true)
    expect(await readEnvelope(envelope.bytes)).toEqual(envelope)
    const opened = { envelope, receipt, cid }
    expect(await openEnvelope(store, envelope.bytes)).toEqual(opened)
    await store.put(envelope.cid, envelope.bytes)
    expect(await openEnvelope(store, envelope.cid)).toEqual(opened)
  })

  it('signing changes nothing of the receipt, and gives one envelope each time', async () => {
    const { receipt, cid } = await stored()
    const [first, second, other] = await Promise.all([
      signReceipt(receipt, alice, { form }),
      signReceipt(receipt, alice, { form }),
      signReceipt(receipt, await keyOf('bob'), { form }),
    ])
    expect(first).toEqual(second)
    expect(other.cid).not.toEqual(first.cid)
    expect(encodeReceipt(receipt).cid).toEqual(cid)
  })

  it('a CAR of an envelope has the receipt and all that it links to (ENV-6)', async () => {
    const profile = encodeProfile(PROFILE_1)
    const { store, receipt, cid } = await stored(OK, { profile: profile.cid })
    const envelope = await signReceipt(receipt, alice, { form })
    await store.put(profile.cid, profile.bytes)
    await store.put(DATA, new Uint8Array())
    await store.put(envelope.cid, envelope.bytes)
    const car = await exportCar(store, [envelope.cid], { include: link => !link.equals(DATA) })
    const { roots, blocks } = await readCar(car)
    expect(roots).toEqual([envelope.cid])
    const names: string[] = []
    for await (const block of blocks) names.push(block.cid.toString())
    expect(names.sort()).toEqual([envelope.cid, cid, receipt.ran, profile.cid].map(String).sort())
  })

  it('vouchers go along, and nothing is said of them (ENV-10)', async () => {
    const { store, receipt } = await stored()
    const vouchers: Voucher[] = [
      { type: 'tee-quote', data: Uint8Array.of(1, 2) },
      { type: 'proof', data: DATA },
    ]
    const envelope = await signReceipt(receipt, alice, { form, vouchers })
    expect(envelope.vouchers).toEqual(vouchers)
    expect((await openEnvelope(store, envelope.bytes)).envelope.vouchers).toEqual(vouchers)
  })

  it('is frozen, and keeps its own bytes', async () => {
    const { receipt } = await stored()
    const { bytes } = await signReceipt(receipt, alice, { form })
    const given = bytes.slice()
    const read = await readEnvelope(given)
    given.fill(0)
    expect(read.bytes).toEqual(bytes)
    expect(Object.isFrozen(read)).toBe(true)
  })

  it.each<[string, Voucher[], string]>([
    ['no bytes', [{ type: 'a', data: 'text' as never }], 'vouchers[0].data'],
    ['no type', [{ type: '', data: DATA }], 'vouchers[0].type'],
    ['a type that is too long', [{ type: 'x'.repeat(129), data: DATA }], 'vouchers[0].type'],
    ['more', [{ type: 'a', data: DATA, by: 'b' } as never], 'vouchers[0].by'],
    ['too many', Array.from({ length: 65 }, () => ({ type: 'a', data: DATA })), 'vouchers'],
  ])('a voucher with %s is no right use', async (_, vouchers, field) =>
    expect(await faultIn(signReceipt((await stored()).receipt, alice, { form, vouchers }))).toMatchObject({
      code: 'bad-usage',
      field,
    }),
  )
})

describe('what is written (ENV-2, ENV-3)', () => {
  it('is the form of UCAN 1.0.0-rc.1, without an audience and without a time', async () => {
    const { receipt, cid } = await stored()
    const { bytes } = await signReceipt(receipt, alice)
    const payload = {
      h: Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71),
      'ucan/inv@1.0.0-rc.1': {
        iss: alice.did,
        sub: alice.did,
        cmd: '/ucan/assert/receipt',
        args: { ran: receipt.ran, out: { ok: [3n] } },
        prf: [],
        meta: { 'ipvm-wasm/receipt': cid },
        nonce: new Uint8Array(),
        exp: null,
      },
    }
    const signature = bytes.slice(3, 67)
    expect(bytes).toEqual(encodeMarked([signature, payload]))
    expect(signature).toEqual(await alice.sign(encodeMarked(payload)))
  })

  it('is small enough for a document, or is refused', async () => {
    const deep = Array.from({ length: 60 }).reduce<unknown>(inner => [inner], null) as never
    const { receipt } = await stored({ ok: deep })
    expect((await faultIn(signReceipt(receipt, alice))).code).toBe('bad-envelope')
    const large = { ok: Array.from({ length: 3 }, () => 'x'.repeat(400_000)) }
    const { store, receipt: longer } = await stored(large)
    expect((await openEnvelope(store, (await signReceipt(longer, alice)).bytes)).receipt.out).toEqual(large)
  })

  it('a signer whose signature does not hold is refused', async () => {
    const { receipt } = await stored()
    const bob = await keyOf('bob')
    for (const sign of [
      (bytes: Uint8Array) => bob.sign(bytes),
      () => new Uint8Array(64),
      () => new Uint8Array(63),
      () => 'x' as never,
    ])
      expect((await faultIn(signReceipt(receipt, { did: alice.did, sign }))).code).toBe('bad-key')
    expect(await faultIn(signReceipt(receipt, { did: 'did:web:x', sign: () => new Uint8Array(64) }))).toMatchObject({
      code: 'bad-key',
      field: 'did',
    })
  })
})

describe('calls of other systems (ENV-7)', () => {
  const document = readTask(instruction('f', '[1]', '""', `"ipfs://${DATA}"`))

  async function signedAs(asked: CID, ...blocks: readonly { cid: CID; bytes: Uint8Array }[]) {
    const { store, receipt } = await stored()
    for (const block of blocks) await store.put(block.cid, block.bytes)
    return { store, envelope: await signReceipt(receipt, alice, { asked }) }
  }

  it('stand in the envelope, and translate to the task of the receipt', async () => {
    const { store, envelope } = await signedAs(document.cid, document)
    expect(envelope.ran).toEqual(document.cid)
    expect((await openEnvelope(store, envelope.bytes)).receipt.ran).toEqual(encodeTask(OWN).cid)
  })

  it.each(['homestar-task', 'homestar-invocation', 'homestar-workflow', 'ucan-0.2-task', 'ipvm-task'] as const)(
    '%s of one call does, too',
    async form => {
      const written = writeTask(OWN, form)
      const { store, envelope } = await signedAs(written.cid, written)
      expect((await openEnvelope(store, envelope.bytes)).receipt.ran).toEqual(encodeTask(OWN).cid)
    },
  )

  it('a UCAN 1.0 task states the ABI itself', async () => {
    const written = writeTask(OWN, 'ucan-1.0-task', { sub: alice.did })
    const { store, envelope } = await signedAs(written.cid, written)
    expect((await openEnvelope(store, envelope.bytes)).envelope.ran).toEqual(written.cid)
  })

  it.each([
    ['another call', readTask(instruction('f', '[2]', '""', `"ipfs://${DATA}"`))],
    ['another module', readTask(instruction('f', '[1]'))],
    ['two calls', readTask({ tasks: [document.value, document.value].map(run => ({ run, meta: {}, prf: [] })) })],
  ])('%s is refused', async (_, other) => {
    const { store, envelope } = await signedAs(other.cid, other)
    expect(await faultIn(openEnvelope(store, envelope.bytes))).toMatchObject({
      code: 'bad-envelope',
      field: '[1]["ucan/inv@1.0.0-rc.1"].args.ran',
    })
  })

  it('a document that is not there, or is none, is a fault', async () => {
    const missing = await signedAs(CID.parse(ADD_ONE))
    expect((await faultIn(openEnvelope(missing.store, missing.envelope.bytes))).code).toBe('block-missing')
    const block = { cid: linkOf(encodeMarked({ a: 1 })), bytes: encodeMarked({ a: 1 }) }
    const none = await signedAs(block.cid, block)
    expect((await faultIn(openEnvelope(none.store, none.envelope.bytes))).code).toBe('bad-task')
  })
})

describe('receipts of homestar (ENV-9)', () => {
  const ran = CID.parse('bafyrmia2frkwkus2sy7qjmok5lm7mnlbnoyfqa5mqm27op6qkgo7reryqa')
  const base = { iss: null, meta: { op: 'add_one' }, out: ['ok', 2n], prf: [], ran }

  it('are read, and have their own CID', async () => {
    const read = await readEnvelope(encodeMarked(base))
    expect(read).toMatchObject({ form: 'homestar-0.2', signer: null, ran, out: { ok: 2n }, vouchers: [] })
    expect(read.cid.toString()).toBe('bafyrmih5ujsrxcwwbeeqowgy434da36ie3cbar3wr5yv2vnrmzmxdylicm')
  })

  it.each([
    ['just', { ok: 'x' }],
    ['error', { error: 'x' }],
  ])('%s', async (word, result) =>
    expect((await readEnvelope(encodeMarked({ ...base, out: [word, 'x'] }))).out).toEqual(result),
  )

  it('whoever they name has not signed them', async () =>
    expect((await readEnvelope(encodeMarked({ ...base, iss: alice.did }))).signer).toBe(null))

  it.each([
    ['out', { out: { ok: 1n } }],
    ['out', { out: ['ok'] }],
    ['out[0]', { out: ['maybe', 1n] }],
    ['iss', { iss: 'me' }],
    ['ran', { ran: 'x' }],
    ['prf', { prf: null }],
    ['sig', { sig: new Uint8Array(64) }],
  ])('%s that does not fit is named', async (field, change) =>
    expect(await faultIn(readEnvelope(encodeMarked({ ...base, ...change })))).toMatchObject({
      code: 'bad-envelope',
      field,
    }),
  )

  it('carry no receipt of ours', async () =>
    expect((await faultIn(openEnvelope(createMemoryStore(), encodeMarked(base)))).code).toBe('bad-envelope'))
})
