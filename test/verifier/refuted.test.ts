/** A false claim is refuted, and the first wrong field comes first. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Receipt, Verdict } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask } from '../../src/task/task.ts'
import { ABSENT, Case, MODULES, REPRODUCED } from '../support/claims.ts'
import { profileWith } from '../support/jobs.ts'
import { LIMITS, WATS } from '../support/tasks.ts'

describe('one field altered is refuted, by that field first (RECEIPT-20)', () => {
  const first = (verdict: Verdict): unknown => [verdict.verdict, verdict.mismatches[0]?.field]
  let number: Case
  let logged: Case
  let refused: Case
  let trap: Case
  let rejection: Case
  let linked: Case
  beforeAll(async () => {
    ;[number, logged, refused, trap, rejection, linked] = (await Promise.all(
      ['a number', 'logs', 'a refused growth', 'a trap', 'a rejection', 'linked bytes'].map(name =>
        Case.of(...MODULES[name]!),
      ),
    )) as [Case, Case, Case, Case, Case, Case]
  })

  const error = (of: Case): Record<string, unknown> => ({
    ...('error' in of.receipt.out ? of.receipt.out.error : undefined),
  })
  const offset = (of: Case): number => error(of)['offset'] as number

  test.each<[title: string, field: string, of: () => Case, claim: (of: Case) => Receipt]>([
    ['another number', 'out.ok[0]', () => number, of => of.out({ ok: [43n] })],
    ['bytes for a number', 'out.ok[0]', () => number, of => of.out({ ok: [new Uint8Array(4)] })],
    ['one number more', 'out.ok', () => number, of => of.out({ ok: [42n, 42n] })],
    ['no number', 'out.ok', () => number, of => of.out({ ok: [] })],
    ['null', 'out.ok', () => number, of => of.out({ ok: null })],
    ['a trap for a number', 'out', () => number, of => of.out({ error: { kind: 'trap', code: 'unreachable' } })],
    ['a number for a trap', 'out', () => trap, of => of.out({ ok: [1n] })],
    ['another trap', 'out.error.code', () => trap, of => of.out({ error: { kind: 'trap', code: 'integer-overflow' } })],
    [
      'another rejection',
      'out.error.code',
      () => rejection,
      of => of.out({ error: { ...error(of), code: 'feature' } as never }),
    ],
    [
      'another subject',
      'out.error.subject',
      () => rejection,
      of => of.out({ error: { ...error(of), subject: 'env.then' } as never }),
    ],
    [
      'no subject',
      'out.error.subject',
      () => rejection,
      of => of.out({ error: { kind: 'rejection', code: 'import', offset: offset(of) } }),
    ],
    [
      'another offset',
      'out.error.offset',
      () => rejection,
      of => of.out({ error: { ...error(of), offset: offset(of) + 1 } as never }),
    ],
    [
      'no offset',
      'out.error.offset',
      () => rejection,
      of => of.out({ error: { kind: 'rejection', code: 'import', subject: 'env.now' } }),
    ],
    ['linked bytes in place', 'out.ok', () => linked, of => of.out({ ok: new Uint8Array(3000).fill(1) })],
    ['a link to something else', 'out.ok', () => linked, of => of.out({ ok: ABSENT })],
    ['a unit of gas more', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.gasUsed + 1n })],
    ['a unit of gas less', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.gasUsed - 1n })],
    ['no gas', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: 0n })],
    ['all gas', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.limits.gas })],
    ['less gas for a trap', 'meta.gasUsed', () => trap, of => of.meta({ gasUsed: of.receipt.meta.gasUsed - 1n })],
    ['a page more', 'meta.peakPages', () => logged, of => of.meta({ peakPages: 2 })],
    ['a page less', 'meta.peakPages', () => logged, of => of.meta({ peakPages: 0 })],
    ['growth that was refused', 'meta.growRefused', () => logged, of => of.meta({ growRefused: true })],
    ['growth that was not refused', 'meta.growRefused', () => refused, of => of.meta({ growRefused: false })],
    ['other logs', 'meta.logs', () => logged, of => of.meta({ logs: new TextEncoder().encode('hallo') })],
    ['logs where there are none', 'meta.logs', () => number, of => of.meta({ logs: new Uint8Array(1) })],
    ['a link to logs', 'meta.logs', () => logged, of => of.meta({ logs: ABSENT })],
  ])('%s: %s', async (_, field, of, claim) => {
    const altered = claim(of())
    const verdict = await of().verify(altered)
    expect(first(verdict)).toEqual(['refuted', field])
    expect(verdict.mismatches.map(mismatch => mismatch.field)).toEqual([field])
    expect(await of().verify(encodeReceipt(altered).bytes)).toEqual(verdict)
  })

  test('no logs although there are some', async () => {
    const { logs: _, ...meta } = logged.receipt.meta
    expect(await logged.verify({ ...logged.receipt, meta })).toEqual({
      verdict: 'refuted',
      mismatches: [{ field: 'meta.logs', claimed: null, reproduced: new TextEncoder().encode('hello') }],
    })
  })

  test('more pages, where growth was refused, give another outcome', async () => {
    const verdict = await refused.verify(refused.meta({ limits: { ...LIMITS, pages: 300 } }))
    expect([verdict.verdict, verdict.mismatches.map(({ field }) => field)]).toEqual(['refuted', ['meta.gasUsed']])
  })

  test('another task, of the same module', async () => {
    const task = await number.bench.task(WATS.add, { params: [1n, 1n] })
    const { cid, bytes } = encodeTask(task)
    await number.bench.store.put(cid, bytes)
    const verdict = await number.verify({ ...number.receipt, ran: cid })
    expect(verdict).toEqual({ verdict: 'refuted', mismatches: [{ field: 'out.ok[0]', claimed: 42n, reproduced: 2n }] })
  })

  test('another profile that is trusted, with other prices', async () => {
    const dearer = profileWith({
      id: 'dearer',
      schedule: { ...PROFILE_1.schedule, entry: { flat: PROFILE_1.schedule.entry.flat + 1, perUnit: 4 } },
    })
    const claim = number.meta({ profile: encodeProfile(dearer).cid })
    const { gasUsed } = number.receipt.meta
    expect(await number.verify(claim, {}, { profiles: [PROFILE_1, dearer] })).toEqual({
      verdict: 'refuted',
      mismatches: [{ field: 'meta.gasUsed', claimed: gasUsed, reproduced: `more than ${gasUsed}` }],
    })
  })

  test('all differing fields are listed, in the order of the receipt', async () => {
    const verdict = await logged.verify({
      ...logged.meta({
        peakPages: 9,
        growRefused: true,
        logs: new Uint8Array(1),
        gasUsed: logged.receipt.meta.gasUsed + 5n,
      }),
      out: { ok: [7n] },
    })
    expect(verdict.mismatches.map(({ field }) => field)).toEqual([
      'out.ok[0]',
      'meta.gasUsed',
      'meta.peakPages',
      'meta.growRefused',
      'meta.logs',
    ])
  })
})

describe('claims about gas that ran out (RECEIPT-19, GAS-3)', () => {
  const broke = (of: Case, gas: bigint): Receipt => ({
    ran: of.receipt.ran,
    out: { error: { kind: 'trap', code: 'out-of-gas' } },
    meta: {
      profile: of.receipt.meta.profile,
      limits: { gas, pages: of.receipt.meta.limits.pages },
      gasUsed: gas,
      peakPages: 0,
      growRefused: false,
    },
  })

  test('are reproduced if it does', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { gasUsed } = made.receipt.meta
    for (const gas of [0n, 1n, gasUsed - 1n]) expect(await made.verify(broke(made, gas))).toEqual(REPRODUCED)
  })

  test('are refuted by the outcome if it does not', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const verdict = await made.verify(broke(made, made.receipt.meta.gasUsed))
    expect(verdict).toMatchObject({ verdict: 'refuted', mismatches: [{ field: 'out', reproduced: { ok: [3n] } }] })
    const rich = await made.verify(broke(made, 10n ** 9n))
    expect(rich.mismatches.map(({ field }) => field)).toEqual(['out', 'meta.gasUsed'])
  })

  test('a claimed success of an endless loop is refuted after the claimed gas, for any limit', async () => {
    const made = await Case.of(WATS.loop, {}, { gas: 10n ** 7n, pages: 1 })
    const claim = { ...made.out({ ok: [] }), meta: { ...made.receipt.meta, limits: { gas: 2n ** 62n, pages: 1 } } }
    expect(await made.verify(claim)).toEqual({
      verdict: 'refuted',
      mismatches: [{ field: 'meta.gasUsed', claimed: 10n ** 7n, reproduced: `more than ${10n ** 7n}` }],
    })
  })

  test('a claimed rejection of a call that runs', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const claim = made.meta({ gasUsed: 0n })
    const verdict = await made.verify({
      ...claim,
      out: { error: { kind: 'rejection', code: 'bad-arguments', subject: '2 parameters' } },
    })
    expect([verdict.verdict, verdict.mismatches[0]!.field]).toEqual(['refuted', 'meta.gasUsed'])
  })
})
