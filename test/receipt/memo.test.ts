import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/interface.ts'
import { kept, MAX_KEPT, memoKey, serve, serves } from '../../src/receipt/memo.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { faultOf, OK, OUT_OF_GAS, OVER_PAGES, PROFILE, receiptOf, REJECTED, TASK, TRAPPED } from './sample.ts'

// The samples have limits of 100 gas and 16 pages. A run uses 70 gas and 2 pages.
const RULES: [string, Receipt, [gas: bigint, pages: number, serves: boolean][]][] = [
  [
    'a success',
    receiptOf(OK),
    [
      [70n, 2, true],
      [2n ** 62n, 65_536, true],
      [69n, 2, true],
      [0n, 2, true],
      [70n, 1, false],
      [69n, 1, false],
      [100n, 16, true],
    ],
  ],
  [
    'a trap',
    receiptOf(TRAPPED),
    [
      [70n, 2, true],
      [500n, 99, true],
      [69n, 2, true],
      [70n, 1, false],
    ],
  ],
  [
    'a success after a refused grow',
    receiptOf(OK, { growRefused: true }),
    [
      [70n, 16, true],
      [500n, 16, true],
      [69n, 16, true],
      [69n, 17, false],
      [100n, 17, false],
      [100n, 15, false],
    ],
  ],
  [
    'a trap after a refused grow',
    receiptOf(TRAPPED, { growRefused: true }),
    [
      [70n, 16, true],
      [70n, 17, false],
      [69n, 16, true],
    ],
  ],
  [
    'out of gas',
    receiptOf(OUT_OF_GAS),
    [
      [100n, 16, true],
      [0n, 16, true],
      [101n, 16, false],
      [100n, 17, false],
      [100n, 15, false],
    ],
  ],
  [
    'a rejection',
    receiptOf(REJECTED),
    [
      [0n, 0, true],
      [2n ** 62n, 65_536, true],
    ],
  ],
  [
    'a rejection by the limit on pages',
    receiptOf(OVER_PAGES, { growRefused: true }),
    [
      [0n, 16, true],
      [2n ** 62n, 16, true],
      [100n, 17, false],
      [100n, 15, false],
    ],
  ],
  [
    'a rejection by a limit of the profile',
    receiptOf(OVER_PAGES),
    [
      [0n, 0, true],
      [100n, 17, true],
    ],
  ],
]

describe.each(RULES)('%s', (_, receipt, requests) => {
  it.each(requests)('serves %s gas and %s pages: %s', (gas, pages, expected) => {
    expect(serves(receipt, { gas, pages })).toBe(expected)
    const served = serve(receipt, { gas, pages })
    expect(served?.meta.limits).toEqual(expected ? { gas, pages } : undefined)
  })
})

describe('a served receipt (RECEIPT-17)', () => {
  it('differs in the limits only, and encodes', () => {
    const served = serve(receiptOf(OK), { gas: 70n, pages: 2 })
    expect(served).toEqual(receiptOf(OK, { limits: { gas: 70n, pages: 2 } }))
    expect(encodeReceipt(served as Receipt).cid).not.toEqual(encodeReceipt(receiptOf(OK)).cid)
  })

  it('has used all gas, if it ran out', () => {
    expect(serve(receiptOf(OUT_OF_GAS), { gas: 5n, pages: 16 })).toEqual(
      receiptOf(OUT_OF_GAS, { limits: { gas: 5n, pages: 16 }, gasUsed: 5n }),
    )
  })

  it.each([
    ['a success', receiptOf(OK, { logs: new Uint8Array([1]) }), 16],
    ['a trap', receiptOf(TRAPPED), 3],
    ['a success after a refused grow', receiptOf(OK, { growRefused: true }), 16],
  ])('is out of gas under less gas than %s has used', (_, receipt, pages) => {
    const limits = { gas: 69n, pages }
    const expected = receiptOf(OUT_OF_GAS, { limits, gasUsed: 69n })
    expect(serve(receipt, limits)).toEqual(expected)
    expect(encodeReceipt(serve(receipt, limits)!).bytes).toEqual(encodeReceipt(expected).bytes)
  })

  it('needs limits that can be read', () => {
    expect(faultOf(() => serve(receiptOf(OK), { gas: -1n, pages: 1 }))).toMatchObject({
      code: 'bad-limits',
      field: 'limits.gas',
    })
    expect(faultOf(() => serves(receiptOf(REJECTED), { gas: 1n, pages: NaN }))).toMatchObject({
      code: 'bad-limits',
      field: 'limits.pages',
    })
  })
})

it('the key is of task and profile', () => {
  expect(memoKey(TASK, PROFILE)).toBe(`${TASK}/${PROFILE}`)
})

describe('what is kept of the receipts of a task (RECEIPT-28)', () => {
  const entryOf = (receipt: Receipt): { readonly receipt: Receipt } => ({ receipt })
  const outOfGas = (gas: bigint, pages = 16) => entryOf(receiptOf(OUT_OF_GAS, { limits: { gas, pages }, gasUsed: gas }))
  const success = entryOf(receiptOf(OK))
  const refusedAt = (pages: number) => entryOf(receiptOf(OK, { growRefused: true, limits: { gas: 100n, pages } }))

  it('is the new one beside those that serve what it does not', () => {
    expect(kept([], success)).toEqual([success])
    expect(kept([outOfGas(50n, 1)], success)).toEqual([success, outOfGas(50n, 1)])
    expect(kept([success], outOfGas(50n, 1))).toEqual([outOfGas(50n, 1), success])
    expect(kept([outOfGas(50n, 3)], outOfGas(50n))).toEqual([outOfGas(50n), outOfGas(50n, 3)])
  })

  it('is the same list if the new one serves nothing more', () => {
    const list = [success, outOfGas(50n, 1)]
    expect(kept(list, outOfGas(50n, 1))).toBe(list)
    expect(kept(list, outOfGas(40n, 1))).toBe(list)
    expect(kept(list, outOfGas(50n))).toBe(list)
    expect(kept(list, entryOf(receiptOf(OK, { limits: { gas: 500n, pages: 99 } })))).toBe(list)
    const rejected = [entryOf(receiptOf(REJECTED))]
    expect(kept(rejected, entryOf(receiptOf(REJECTED, { limits: { gas: 1n, pages: 1 } })))).toBe(rejected)
  })

  it('does without those that serve nothing more than the new one', () => {
    expect(kept([outOfGas(50n, 1), success], outOfGas(60n, 1))).toEqual([outOfGas(60n, 1), success])
    expect(kept([outOfGas(50n)], success)).toEqual([success])
    expect(kept([entryOf(receiptOf(OVER_PAGES, { growRefused: true }))], entryOf(receiptOf(REJECTED)))).toHaveLength(1)
  })

  it('is bounded: what ran out of gas goes first, and then the oldest', () => {
    const large = entryOf(receiptOf(OK, { growRefused: true, limits: { gas: 100n, pages: 99 } }))
    let list: readonly { readonly receipt: Receipt }[] = [large]
    for (let pages = 1; pages <= 20; pages++) list = kept(list, outOfGas(50n, pages))
    expect(list).toHaveLength(MAX_KEPT)
    expect(list).toContain(large)
    expect(list[0]).toEqual(outOfGas(50n, 20))
    list = list.filter(entry => entry !== large)
    for (let pages = 21; pages <= 40; pages++) list = kept(list, refusedAt(pages))
    expect(list).toHaveLength(MAX_KEPT)
    expect(list.map(({ receipt }) => receipt.meta.limits.pages)).toEqual([40, 39, 38, 37, 36, 35, 34, 33])
  })

  it('serves every request that the receipts served, as long as none was dropped', () => {
    const all = [outOfGas(50n, 1), success, outOfGas(60n), refusedAt(7), outOfGas(69n, 1)]
    const list = all.reduce<readonly { readonly receipt: Receipt }[]>((list, entry) => kept(list, entry), [])
    for (let gas = 0n; gas < 120n; gas += 3n) {
      for (const pages of [0, 1, 2, 7, 16, 17]) {
        const served = (entries: typeof list): boolean => entries.some(({ receipt }) => serves(receipt, { gas, pages }))
        expect(served(list), `${gas} ${pages}`).toBe(served(all))
      }
    }
  })
})
