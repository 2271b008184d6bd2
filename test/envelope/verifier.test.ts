import { afterAll, describe, expect, it } from 'vitest'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import type { Receipt } from '../../src/interface.ts'
import { describeVerdict } from '../../src/receipt/describe.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { readTask } from '../../src/task/forms/read.ts'
import { writeTask } from '../../src/task/forms/write.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { Bench, WATS } from '../support/tasks.ts'
import { faultIn, keyOf } from './samples.ts'

const engine = createInlineEngine()
afterAll(() => engine.close())
const bench = new Bench(engine)
const task = await bench.task(WATS.add, { params: [1n, 2n] })
const { receipt, cid } = await bench.execute(task)
const [alice, bob] = [await keyOf('alice'), await keyOf('bob')]
const verifier = createVerifier({ store: bench.store, engine })
const envelope = await signReceipt(receipt, alice)
const signer = alice.did
await bench.store.put(envelope.cid, envelope.bytes)

/** An envelope of a receipt that is in the store, true or not. */
async function liar(lie: Partial<Receipt>): Promise<Uint8Array> {
  const false_ = { ...receipt, ...lie }
  const block = encodeReceipt(false_)
  await bench.store.put(block.cid, block.bytes)
  return (await signReceipt(false_, alice)).bytes
}

describe('a verifier and signatures (ENV-12)', () => {
  it.each([
    ['an envelope', envelope.bytes],
    ['its CID', envelope.cid],
  ])('%s: the verdict names the signer', async (_, claim) => {
    expect(await verifier.verify(claim)).toEqual({ verdict: 'reproduced', mismatches: [], signer })
    expect(await verifier.verify(claim, { expect: { signer: alice.did, task: receipt.ran } })).toMatchObject({
      verdict: 'reproduced',
    })
  })

  it('a form of ucanto and a call of homestar are verified, too', async () => {
    const asked = readTask(writeTask(task, 'homestar-task').bytes)
    await bench.store.put(asked.cid, asked.bytes)
    const { bytes } = await signReceipt(receipt, bob, { form: 'ucanto-0', asked: asked.cid })
    expect(await verifier.verify(bytes)).toEqual({ verdict: 'reproduced', mismatches: [], signer: bob.did })
  })

  it('a receipt without a signature has no signer', async () => {
    for (const claim of [receipt, cid, encodeReceipt(receipt).bytes])
      expect(await verifier.verify(claim)).toEqual({ verdict: 'reproduced', mismatches: [] })
  })

  it.each<[string, Receipt | Uint8Array, string | null]>([
    ['another signer', envelope.bytes, alice.did],
    ['no signer', receipt, null],
  ])('%s than expected is undecided, and nothing is run', async (_, claim, claimed) => {
    const idle = createVerifier({
      store: bench.store,
      engine: { compute: () => Promise.reject(new Error('run')), close: () => Promise.resolve() },
    })
    const verdict = await idle.verify(claim, { expect: { signer: bob.did } })
    expect(verdict).toEqual({
      verdict: 'undecided',
      reason: 'signer',
      mismatches: [{ field: 'signer', claimed, reproduced: bob.did }],
      ...(claimed !== null && { signer: claimed }),
    })
    expect(describeVerdict(verdict)).toContain('not signed by whom it is expected from')
  })

  it('a signature makes no lie true', async () => {
    expect(await verifier.verify(await liar({ out: { ok: [4n] } }))).toMatchObject({
      verdict: 'refuted',
      mismatches: [{ field: 'out.ok[0]' }],
      signer,
    })
    expect(
      await verifier.verify(await liar({ meta: { ...receipt.meta, gasUsed: receipt.meta.gasUsed + 1n } })),
    ).toMatchObject({ verdict: 'refuted', mismatches: [{ field: 'meta.gasUsed' }], signer })
  })

  it('other doubts name the signer as well', async () =>
    expect(await verifier.verify(envelope.bytes, { maxGas: 1n })).toMatchObject({
      verdict: 'undecided',
      reason: 'gas',
      signer,
    }))

  it('a signature that does not hold is no claim', async () => {
    const bytes = envelope.bytes.slice()
    bytes[5]! ^= 1
    expect(await faultIn(verifier.verify(bytes))).toMatchObject({ code: 'bad-envelope', field: '[0]' })
  })

  it('a signer that is no DID is no right use', async () =>
    expect((await faultIn(verifier.verify(receipt, { expect: { signer: 'alice' } }))).code).toBe('bad-usage'))
})
