/** The finding in a receipt if there are several (PROFILE-8), and bodies that are almost valid (PROFILE-5). */
import { expect, test } from 'vitest'
import { admit, rejectionOf } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { engineAccepts, oneBody } from '../wasm/bytes.ts'

test('of two findings with one offset, that of reading comes before that of the import', async () => {
  const profile = { ...PROFILE_1, features: PROFILE_1.features.filter(feature => feature !== 'mutable-globals') }
  const { findings } = admit(await assemble('(module (import "env" "g" (global (mut i32))))'), profile)
  expect(findings.map(({ code, offset }) => [code, offset])).toEqual([
    ['feature', 11],
    ['import', 11],
  ])
  expect(rejectionOf(findings)).toEqual({ kind: 'rejection', code: 'feature', subject: 'mutable-globals', offset: 11 })
})

test.each([
  // i32.const 1 · block · i32.eqz · end · drop
  ['a block may not take an operand from outside, even if it replaces it', [0x41, 1, 0x02, 0x40, 0x45, 0x0b, 0x1a]],
  // i32.const 1 · block · local.tee 0 · end · drop
  ['a local.tee may not take one either', [0x41, 1, 0x02, 0x40, 0x22, 0, 0x0b, 0x1a]],
])('%s', (_, code) => {
  const bytes = oneBody(code, [[1, 0x7f]])
  const found = admit(bytes, PROFILE_1).findings.map(finding => [finding.code, finding.offset])
  expect(found).toEqual([['invalid', 29]])
  expect(engineAccepts(bytes)).toBe(false)
})
