/** Changes of a claim: each gives another receipt, which differs where it says. */
import { CID } from 'multiformats/cid'
import { decodeReceipt, encodeReceipt, type Fault, mismatches, type Out, type Receipt, type Value } from 'ipvm-wasm'
import { describe, expect, test } from 'vitest'
import { withOtherByte, withOtherGas, withOtherResult } from '../../examples/verify-page/src/change.ts'

const LINK = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const TASK = CID.parse('bafyreie2ofqsijthwydxlk24x4wai4cm2jdt2uxjsfhfjyqlwmdgyefglm')

function receiptOf(out: Out, gasUsed = 100n): Receipt {
  return {
    ran: TASK,
    out,
    meta: { profile: TASK, limits: { gas: 1000n, pages: 1 }, gasUsed, peakPages: 0, growRefused: false },
  }
}

describe('another result', () => {
  test.each<[string, Value]>([
    ['nothing', null],
    ['false', false],
    ['a number', 41n],
    ['the greatest number', 2n ** 64n - 1n],
    ['the least number', -(2n ** 64n)],
    ['text', 'hello'],
    ['no text', ''],
    ['text that begins with a surrogate pair', '🎈!'],
    ['text that begins with ~', '~'],
    ['bytes', Uint8Array.of(1, 2)],
    ['no bytes', new Uint8Array(0)],
    ['a link', LINK],
    ['numbers', [1n, 2n]],
    ['an empty list', []],
    ['a map', { b: 'x', a: [null] }],
    ['an empty map', {}],
  ])('of %s', (_, ok) => {
    const receipt = receiptOf({ ok })
    const changed = decodeReceipt(withOtherResult(receipt))
    const found = mismatches(changed, receipt)
    expect(found).toHaveLength(1)
    expect(found[0]!.field).toMatch(/^out/)
  })

  test.each<[string, Out]>([
    ['a trap', { error: { kind: 'trap', code: 'unreachable' } }],
    ['another trap', { error: { kind: 'trap', code: 'abort' } }],
    ['a rejection', { error: { kind: 'rejection', code: 'import', subject: 'env.now', offset: 10 } }],
  ])('of %s', (_, out) => {
    const receipt = receiptOf(out, 0n)
    const changed = decodeReceipt(withOtherResult(receipt))
    expect(mismatches(changed, receipt).every(({ field }) => field.startsWith('out.error'))).toBe(true)
    expect(mismatches(changed, receipt)).not.toEqual([])
  })
})

test('another amount of gas', () => {
  for (const gasUsed of [0n, 1n, 100n]) {
    const receipt = receiptOf({ ok: null }, gasUsed)
    expect(mismatches(decodeReceipt(withOtherGas(receipt)), receipt).map(({ field }) => field)).toEqual([
      'meta.gasUsed',
    ])
  }
})

test('one bit of any byte gives another receipt, or none', () => {
  const receipt = receiptOf({ ok: [1n, 'text', LINK] })
  const { bytes } = encodeReceipt(receipt)
  for (let offset = 0; offset < bytes.length; offset++) {
    const changed = withOtherByte(bytes, offset)
    expect(changed.filter((byte, i) => byte !== bytes[i])).toHaveLength(1)
    try {
      expect(mismatches(decodeReceipt(changed), receipt)).not.toEqual([])
    } catch (error) {
      expect((error as Fault).code).toBe('bad-receipt')
    }
  }
  expect(bytes).toEqual(encodeReceipt(receipt).bytes)
})
