import { expect, test } from 'vitest'
import { verifyForgeries } from './forged.ts'

test.each([2, 3])('1 000 false claims are refuted or refused, with the field (seed %i)', async seed => {
  const { kinds, wrong, honest, reproduced } = await verifyForgeries(1000, seed)
  expect(wrong).toEqual([])
  expect([...kinds.values()].reduce((sum, one) => sum + one, 0)).toBe(1000)
  expect([honest, reproduced]).toEqual([200, 200])
})
