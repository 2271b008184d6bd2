import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { encodeMarked } from '../../src/base/marked-cbor.ts'
import { readEnvelope } from '../../src/envelope/read.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { TRAPPED } from '../receipt/sample.ts'
import { mutated } from '../fuzz/mutations.ts'
import { keyOf, stored } from './samples.ts'

const alice = await keyOf('alice')
const { receipt } = await stored(TRAPPED)
const HOMESTAR = encodeMarked({ iss: null, meta: {}, out: ['ok', 2n], prf: [], ran: receipt.ran })
const SAMPLES = [
  (await signReceipt(receipt, alice)).bytes,
  (await signReceipt(receipt, alice, { form: 'ucanto-0' })).bytes,
  HOMESTAR,
]

it('a mutated envelope ends in a fault, unless it has no signature (ENV-1)', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(SAMPLES), async bytes => {
      try {
        const read = await readEnvelope(bytes)
        expect(read.bytes).toEqual(bytes)
        if (read.signer !== null) expect(SAMPLES).toContainEqual(bytes)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        expect(error).toMatchObject({ code: 'bad-envelope', detail: { field: expect.any(String) } })
      }
    }),
    { numRuns: 1_500, seed: 20_261_127 },
  )
})
