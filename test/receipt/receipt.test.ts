import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import type { Out, Receipt } from '../../src/interface.ts'
import { REJECTION_CODES, TRAP_CODES } from '../../src/receipt/codes.ts'
import { checkLimits, decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { DATA, faultOf, OK, OUT_OF_GAS, OVER_PAGES, receiptOf, REJECTED, TASK, TRAPPED } from './sample.ts'

const V0 = CID.parse('QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid')

/** A receipt as plain data, with changes. */
function plain(change: { out?: unknown; meta?: Record<string, unknown>; top?: Record<string, unknown> } = {}): unknown {
  const { meta } = receiptOf()
  return { ran: TASK, out: change.out ?? { ok: [3] }, meta: { ...meta, ...change.meta }, ...change.top }
}

describe('round trips', () => {
  const results: Out[] = [
    { ok: [] },
    { ok: [-(2n ** 63n), 2n ** 63n - 1n, new Uint8Array(4), new Uint8Array(8), new Uint8Array(16)] },
    { ok: new Uint8Array() },
    { ok: DATA },
    { ok: '' },
    { ok: '\ufefftext' },
    { ok: 2n ** 64n - 1n },
    { ok: -(2n ** 64n) },
    { ok: null },
    { ok: true },
    { ok: ['1', new Uint8Array(3), 2n ** 63n, [[], {}]] },
    { ok: { exit: 0n, stdout: new Uint8Array([104, 105]), stderr: DATA, files: { 'a b': DATA } } },
  ]
  it.each<[string, Receipt]>([
    ...results.map((out): [string, Receipt] => [
      `ok ${JSON.stringify(out, (_, item: unknown) => (typeof item === 'bigint' ? `${item}` : item))}`,
      receiptOf(out),
    ]),
    ...TRAP_CODES.filter(code => code !== 'out-of-gas').map((code): [string, Receipt] => [
      code,
      receiptOf({ error: { kind: 'trap', code } }),
    ]),
    ...REJECTION_CODES.map((code): [string, Receipt] => [code, receiptOf({ error: { kind: 'rejection', code } })]),
    ['out of gas', receiptOf(OUT_OF_GAS)],
    ['subject and offset', receiptOf(REJECTED)],
    ['refused memory', receiptOf(TRAPPED, { growRefused: true })],
    ['refused initial memory', receiptOf(OVER_PAGES, { growRefused: true })],
    ['logs', receiptOf(OK, { logs: new Uint8Array([1]) })],
    ['linked logs', receiptOf(OK, { logs: DATA })],
    [
      'the greatest limits',
      receiptOf(OK, { limits: { gas: 2n ** 62n, pages: 65_536 }, gasUsed: 2n ** 62n, peakPages: 65_536 }),
    ],
    ['the least limits', receiptOf(OK, { limits: { gas: 0n, pages: 0 }, gasUsed: 0n, peakPages: 0 })],
  ])('%s', (_, receipt) => {
    const { cid, bytes } = encodeReceipt(receipt)
    expect(decodeReceipt(bytes)).toEqual(receipt)
    expect(encodeReceipt(decodeReceipt(bytes)).cid.equals(cid)).toBe(true)
  })

  it('has one CID for one outcome', () => {
    expect(encodeReceipt(receiptOf()).bytes).toEqual(new Uint8Array(dagCbor.encode(plain())))
    expect(encodeReceipt(receiptOf()).cid.toString()).toBe(
      'bafyreifmgs7d5p46ou4rib5zpaazsy5oysltn5ymhuhvtvcelpb6rvzt5y',
    )
  })

  it('treats an undefined field as absent', () => {
    const receipt = { ...receiptOf(), meta: { ...receiptOf().meta, logs: undefined } } as unknown as Receipt
    expect(encodeReceipt(receipt).bytes).toEqual(encodeReceipt(receiptOf()).bytes)
  })
})

describe('invalid receipts are refused (RECEIPT-3, RECEIPT-6)', () => {
  const error = (fields: Record<string, unknown>): unknown => ({ error: fields })
  it.each<[string, unknown, string]>([
    ['a list', [], ''],
    ['a further field', plain({ top: { sig: new Uint8Array() } }), 'sig'],
    ['no meta', { ran: TASK, out: { ok: null } }, 'meta'],
    ['a task that is text', plain({ top: { ran: TASK.toString() } }), 'ran'],
    ['a task of another codec', plain({ top: { ran: DATA } }), 'ran'],
    ['a profile of another codec', plain({ meta: { profile: DATA } }), 'meta.profile'],
    ['no outcome', plain({ out: {} }), 'out'],
    ['two outcomes', plain({ out: { ok: null, error: { kind: 'trap', code: 'abort' } } }), 'out'],
    ['another outcome', plain({ out: { just: 1 } }), 'out.just'],
    ['a float as result', plain({ out: { ok: 0.5 } }), 'out.ok'],
    ['a map with the key / in a result', plain({ out: { ok: [{ '/': 1, a: 2 }] } }), 'out.ok[0]'],
    ['a CIDv0 in a map', plain({ out: { ok: { files: V0 } } }), 'out.ok.files'],
    ['a CIDv0 as result', plain({ out: { ok: V0 } }), 'out.ok'],
    ['a float in a list', plain({ out: { ok: [1, 0.5] } }), 'out.ok[1]'],
    ['a float in a list in a map', plain({ out: { ok: { stdout: [1, 0.5] } } }), 'out.ok.stdout[1]'],
    ['another kind of error', plain({ out: error({ kind: 'fault', code: 'timeout' }) }), 'out.error.kind'],
    ['a rejection code of a trap', plain({ out: error({ kind: 'trap', code: 'import' }) }), 'out.error.code'],
    ['a trap code of a rejection', plain({ out: error({ kind: 'rejection', code: 'abort' }) }), 'out.error.code'],
    ['a code that objects have', plain({ out: error({ kind: 'trap', code: 'toString' }) }), 'out.error.code'],
    [
      'a trap with a subject',
      plain({ out: error({ kind: 'trap', code: 'abort', subject: 'x' }) }),
      'out.error.subject',
    ],
    [
      'an error with a message',
      plain({ out: error({ kind: 'trap', code: 'abort', message: 'x' }) }),
      'out.error.message',
    ],
    [
      'a negative offset',
      plain({ out: error({ kind: 'rejection', code: 'invalid', offset: -1 }) }),
      'out.error.offset',
    ],
    [
      'a subject that is a number',
      plain({ out: error({ kind: 'rejection', code: 'invalid', subject: 1 }) }),
      'out.error.subject',
    ],
    ['a further field of meta', plain({ meta: { time: 1 } }), 'meta.time'],
    ['limits of three', plain({ meta: { limits: { gas: 1, pages: 1, time: 1 } } }), 'meta.limits.time'],
    ['gas beyond 2^62', plain({ meta: { limits: { gas: 2n ** 62n + 1n, pages: 1 } } }), 'meta.limits.gas'],
    ['negative gas', plain({ meta: { limits: { gas: -1, pages: 1 } } }), 'meta.limits.gas'],
    ['gas as a float', plain({ meta: { limits: { gas: 0.5, pages: 1 } } }), 'meta.limits.gas'],
    ['65 537 pages', plain({ meta: { limits: { gas: 100, pages: 65_537 } } }), 'meta.limits.pages'],
    ['more gas used than allowed', plain({ meta: { gasUsed: 101 } }), 'meta.gasUsed'],
    ['more pages than allowed', plain({ meta: { peakPages: 17 } }), 'meta.peakPages'],
    ['a refusal that is a number', plain({ meta: { growRefused: 0 } }), 'meta.growRefused'],
    ['empty logs', plain({ meta: { logs: new Uint8Array() } }), 'meta.logs'],
    ['logs that are text', plain({ meta: { logs: 'x' } }), 'meta.logs'],
  ])('%s', (_, value, field) => {
    expect(faultOf(() => decodeReceipt(dagCbor.encode(value)))).toMatchObject({ code: 'bad-receipt', field })
  })

  it.each<[string, Receipt, string]>([
    ['gas for a rejection', receiptOf(REJECTED, { gasUsed: 1n }), 'meta.gasUsed'],
    ['pages for a rejection', receiptOf(REJECTED, { peakPages: 1 }), 'meta.peakPages'],
    ['logs for a rejection', receiptOf(REJECTED, { logs: DATA }), 'meta.logs'],
    [
      'refused memory for another rejection than a limit',
      receiptOf(REJECTED, { growRefused: true }),
      'meta.growRefused',
    ],
    ['gas left when it ran out', receiptOf(OUT_OF_GAS, { gasUsed: 99n }), 'meta.gasUsed'],
    ['pages when gas ran out', receiptOf(OUT_OF_GAS, { peakPages: 1 }), 'meta.peakPages'],
    ['refused memory when gas ran out', receiptOf(OUT_OF_GAS, { growRefused: true }), 'meta.growRefused'],
    ['logs when gas ran out', receiptOf(OUT_OF_GAS, { logs: DATA }), 'meta.logs'],
  ])('%s, read or written', (_, receipt, field) => {
    expect(faultOf(() => encodeReceipt(receipt))).toMatchObject({ code: 'bad-receipt', field })
    expect(faultOf(() => decodeReceipt(dagCbor.encode(receipt)))).toMatchObject({ code: 'bad-receipt', field })
  })

  it('bytes of another form for the same receipt', () => {
    const { bytes } = encodeReceipt(receiptOf())
    // The list with the one integer 3, which is then encoded in two bytes.
    const at = bytes.findIndex((byte, index) => byte === 0x81 && bytes[index + 1] === 3)
    const longer = Uint8Array.of(...bytes.subarray(0, at + 1), 0x18, 0x03, ...bytes.subarray(at + 2))
    expect(faultOf(() => decodeReceipt(longer)).message).toContain('canonical')
  })

  it('with a fault only, for any bytes', () => {
    const { bytes } = encodeReceipt(receiptOf(REJECTED))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const spoilt = Uint8Array.from(bytes)
        spoilt[at] = byte
        let again: Uint8Array
        try {
          again = encodeReceipt(decodeReceipt(spoilt)).bytes
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault', code: 'bad-receipt' })
          return
        }
        expect(again).toEqual(spoilt)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('limits', () => {
  it('pass within their ranges', () => {
    expect(checkLimits({ gas: 2n ** 62n, pages: 65_536 })).toEqual({ gas: 2n ** 62n, pages: 65_536 })
  })

  it.each<[unknown, string]>([
    [{ gas: -1n, pages: 1 }, 'limits.gas'],
    [{ gas: 2n ** 62n + 1n, pages: 1 }, 'limits.gas'],
    [{ pages: 1 }, 'limits.gas'],
    [{ gas: 1n, pages: 65_537 }, 'limits.pages'],
    [{ gas: 1n, pages: 0.5 }, 'limits.pages'],
    [{ gas: 1n, pages: NaN }, 'limits.pages'],
  ])('%o are a fault', (limits, field) => {
    expect(faultOf(() => checkLimits(limits as Receipt['meta']['limits']))).toMatchObject({ code: 'bad-limits', field })
  })
})
