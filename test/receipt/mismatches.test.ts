import { describe, expect, it } from 'vitest'
import type { Out, Receipt } from '../../src/interface.ts'
import { mismatches } from '../../src/receipt/mismatches.ts'
import { DATA, OK, OTHER_PROFILE, OTHER_TASK, receiptOf, REJECTED, TRAPPED } from './sample.ts'

describe('mismatches', () => {
  const cases: [string, Receipt, Receipt, unknown][] = [
    ['none', receiptOf(), receiptOf(), []],
    ['none in bytes', receiptOf({ ok: new Uint8Array([1]) }), receiptOf({ ok: new Uint8Array([1]) }), []],
    [
      'a number of a list',
      receiptOf({ ok: [1n, 2n] }),
      receiptOf({ ok: [1n, 3n] }),
      [{ field: 'out.ok[1]', claimed: 2n, reproduced: 3n }],
    ],
    [
      'bytes of a list',
      receiptOf({ ok: [new Uint8Array(4)] }),
      receiptOf({ ok: [new Uint8Array([0, 0, 0, 1])] }),
      [{ field: 'out.ok[0]', claimed: new Uint8Array(4), reproduced: new Uint8Array([0, 0, 0, 1]) }],
    ],
    [
      'lists of other lengths',
      receiptOf({ ok: [1n] }),
      receiptOf({ ok: [1n, 1n] }),
      [{ field: 'out.ok', claimed: [1n], reproduced: [1n, 1n] }],
    ],
    [
      'results of other kinds',
      receiptOf({ ok: '1' }),
      receiptOf({ ok: 1n }),
      [{ field: 'out.ok', claimed: '1', reproduced: 1n }],
    ],
    [
      'a link and nothing',
      receiptOf({ ok: DATA }),
      receiptOf({ ok: null }),
      [{ field: 'out.ok', claimed: DATA, reproduced: null }],
    ],
    ['a result and a trap', receiptOf(OK), receiptOf(TRAPPED), [{ field: 'out', claimed: OK, reproduced: TRAPPED }]],
    [
      'codes',
      receiptOf(TRAPPED),
      receiptOf({ error: { kind: 'trap', code: 'abort' } }),
      [{ field: 'out.error.code', claimed: 'divide-by-zero', reproduced: 'abort' }],
    ],
    [
      'a subject that one lacks',
      receiptOf(REJECTED),
      receiptOf({ error: { kind: 'rejection', code: 'import', offset: 13 } }),
      [
        { field: 'out.error.subject', claimed: 'env.now', reproduced: null },
        { field: 'out.error.offset', claimed: 12, reproduced: 13 },
      ],
    ],
    [
      'logs that one lacks',
      receiptOf(OK, { logs: DATA }),
      receiptOf(OK),
      [{ field: 'meta.logs', claimed: DATA, reproduced: null }],
    ],
  ]
  it.each(cases)('%s', (_, claimed, reproduced, expected) => {
    expect(mismatches(claimed, reproduced)).toEqual(expected)
  })

  it('come in the order of the receipt', () => {
    const other: Out = { error: { kind: 'rejection', code: 'feature', subject: 'gc', offset: 1 } }
    const a = receiptOf(REJECTED)
    const b = receiptOf(
      other,
      {
        profile: OTHER_PROFILE,
        limits: { gas: 1n, pages: 1 },
        gasUsed: 1n,
        peakPages: 1,
        growRefused: true,
        logs: DATA,
      },
      OTHER_TASK,
    )
    expect(mismatches(a, b).map(({ field }) => field)).toEqual([
      'ran',
      'out.error.code',
      'out.error.subject',
      'out.error.offset',
      'meta.profile',
      'meta.limits.gas',
      'meta.limits.pages',
      'meta.gasUsed',
      'meta.peakPages',
      'meta.growRefused',
      'meta.logs',
    ])
    expect(
      mismatches(a, { ...b, out: TRAPPED })
        .map(({ field }) => field)
        .slice(0, 3),
    ).toEqual(['ran', 'out.error.kind', 'out.error.code'])
  })
})
