/** A sample of the forgeries of `forged.long.test.ts`. */
import { expect, test } from 'vitest'
import { KINDS } from './forgeries.ts'
import { verifyForgeries } from './forged.ts'

test('200 false claims of all kinds are refuted or refused, with the field (RECEIPT-18, RECEIPT-20)', async () => {
  const { kinds, wrong, honest, reproduced } = await verifyForgeries(200, 1)
  expect(wrong).toEqual([])
  expect(KINDS.length).toBeGreaterThanOrEqual(20)
  expect(Math.min(...kinds.values())).toBeGreaterThanOrEqual(5)
  // A verifier that refuses everything is none.
  expect([honest, reproduced]).toEqual([40, 40])
})
