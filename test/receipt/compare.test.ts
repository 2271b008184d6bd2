import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { Receipt } from '../../src/interface.ts'
import { compare, type Comparison, type ExecutorClaim } from '../../src/receipt/compare.ts'
import { faultOf, OK, OTHER_PROFILE, OTHER_TASK, PROFILE, receiptOf, TASK } from './sample.ts'

const honest = receiptOf()
const dear = receiptOf(OK, { gasUsed: 71n })
const wrong = receiptOf({ ok: [4n] })
const timeout = new Fault('timeout', 'the time allowed has passed')

/** Claims of executors by name: `{ a: honest, b: wrong, c: timeout }`. */
function claimsOf(claims: Readonly<Record<string, Receipt | Fault>>): ExecutorClaim[] {
  return Object.entries(claims).map(([by, claim]) =>
    claim instanceof Fault ? { by, fault: claim } : { by, receipt: claim },
  )
}

describe('comparing receipts without names', () => {
  it('one claim agrees with itself', () => {
    const { ran, contests, faulted } = compare([honest])
    expect(ran?.equals(TASK)).toBe(true)
    expect(contests).toMatchObject([
      { standing: 'unanimous', limits: { gas: 100n, pages: 16 }, groups: [{ claims: [0], by: ['0'], differs: [] }] },
    ])
    expect(contests[0]!.profile.equals(PROFILE)).toBe(true)
    expect(faulted).toEqual([])
  })

  it('a majority leads, and each other group says where it differs', () => {
    const both = receiptOf({ ok: [4n] }, { gasUsed: 71n })
    const [contest] = compare([wrong, honest, honest, dear, honest, both, honest, honest]).contests
    expect(contest!.standing).toBe('majority')
    expect(contest!.groups.map(({ claims, differs }) => ({ claims, differs }))).toEqual([
      { claims: [1, 2, 4, 6, 7], differs: [] },
      { claims: [0], differs: [{ field: 'out.ok[0]', claimed: 4n, reproduced: 3n }] },
      { claims: [3], differs: [{ field: 'meta.gasUsed', claimed: 71n, reproduced: 70n }] },
      {
        claims: [5],
        differs: [
          { field: 'out.ok[0]', claimed: 4n, reproduced: 3n },
          { field: 'meta.gasUsed', claimed: 71n, reproduced: 70n },
        ],
      },
    ])
  })

  it.each<[string, Receipt[], string, number[]]>([
    ['all agree', [honest, honest], 'unanimous', [2]],
    ['two against two', [honest, wrong, wrong, honest], 'tie', [2, 2]],
    ['two against one and one', [wrong, dear, honest, honest], 'plurality', [2, 1, 1]],
    ['one against one', [honest, wrong], 'tie', [1, 1]],
  ])('%s', (_, receipts, standing, sizes) => {
    const { contests } = compare(receipts)
    expect(contests.map(contest => contest.standing)).toEqual([standing])
    expect(contests[0]!.groups.map(({ claims }) => claims.length)).toEqual(sizes)
  })

  it('only claims under one profile and limits must agree', () => {
    const elsewhere = receiptOf({ ok: [4n] }, { profile: OTHER_PROFILE })
    const richer = receiptOf(OK, { limits: { gas: 200n, pages: 16 } })
    const { contests } = compare([honest, elsewhere, honest, richer])
    expect(contests.map(({ standing, groups }) => [standing, groups[0]!.claims])).toEqual([
      ['unanimous', [0, 2]],
      ['unanimous', [1]],
      ['unanimous', [3]],
    ])
  })

  it('refuses receipts of different tasks, and none', () => {
    expect(faultOf(() => compare([honest, receiptOf(OK, {}, OTHER_TASK)]))).toMatchObject({
      code: 'bad-receipt',
      field: 'ran',
    })
    expect(faultOf(() => compare([])).code).toBe('bad-receipt')
    expect(faultOf(() => compare([receiptOf(OK, { gasUsed: 101n })]))).toMatchObject({
      code: 'bad-receipt',
      field: 'meta.gasUsed',
    })
  })
})

describe('comparing claims of named executors (RECEIPT-29)', () => {
  it('names those who agree, and those who differ with their fields', () => {
    const { contests } = compare(claimsOf({ ann: honest, ben: wrong, cat: honest }))
    expect(contests).toMatchObject([
      {
        standing: 'majority',
        quorum: { needed: 2, of: 3, reached: true },
        equivocal: [],
        groups: [
          { by: ['ann', 'cat'], votes: 2, differs: [] },
          { by: ['ben'], votes: 1, differs: [{ field: 'out.ok[0]' }] },
        ],
      },
    ])
  })

  it('an executor that faults is apart, and counts neither for nor against anybody', () => {
    const without = compare(claimsOf({ ann: honest, ben: wrong, cat: honest }))
    const { contests, faulted } = compare(
      claimsOf({ dan: timeout, ann: honest, ben: wrong, cat: honest, eve: timeout }),
    )
    expect(faulted).toEqual([
      { by: 'dan', fault: timeout },
      { by: 'eve', fault: timeout },
    ])
    const seen = ({ contests }: Comparison): unknown =>
      contests.map(({ groups, ...rest }) => ({ ...rest, groups: groups.map(group => ({ ...group, claims: [] })) }))
    expect(seen({ ran: TASK, contests, faulted })).toEqual(seen(without))
    expect(compare(claimsOf({ dan: timeout }))).toEqual({
      ran: undefined,
      contests: [],
      faulted: faulted.slice(0, 1),
    })
  })

  it('an executor that states a receipt twice has one vote', () => {
    const [contest] = compare([...claimsOf({ ann: honest, ben: wrong }), ...claimsOf({ ben: wrong })]).contests
    expect(contest).toMatchObject({ standing: 'tie', quorum: { needed: 2, of: 2, reached: false } })
    expect(contest!.groups.map(({ by, votes, claims }) => [by, votes, claims])).toEqual([
      [['ann'], 1, [0]],
      [['ben'], 1, [1, 2]],
    ])
  })

  it('an executor that states two receipts has no vote, and is named', () => {
    const [contest] = compare([...claimsOf({ ann: honest, ben: wrong }), ...claimsOf({ ben: honest })]).contests
    expect(contest).toMatchObject({
      standing: 'majority',
      quorum: { needed: 2, of: 2, reached: false },
      equivocal: ['ben'],
      groups: [
        { by: ['ann', 'ben'], votes: 1 },
        { by: ['ben'], votes: 0 },
      ],
    })
    const [alone] = compare([...claimsOf({ ben: wrong }), ...claimsOf({ ben: honest })]).contests
    expect(alone).toMatchObject({ standing: 'tie', equivocal: ['ben'], quorum: { reached: false } })
  })

  it.each<[title: string, quorum: number, claims: Readonly<Record<string, Receipt>>, reached: boolean]>([
    ['one of one', 1, { ann: honest }, true],
    ['two of one', 2, { ann: honest }, false],
    ['two of two', 2, { ann: honest, ben: honest }, true],
    ['two against two', 2, { ann: honest, ben: honest, cat: wrong, dan: wrong }, false],
    ['three against two', 2, { ann: honest, ben: honest, cat: wrong, dan: wrong, eve: honest }, true],
    ['two of three that are needed', 3, { ann: honest, ben: honest, cat: wrong }, false],
  ])('a quorum of %s', (_, quorum, claims, reached) => {
    const [contest] = compare(claimsOf(claims), { quorum }).contests
    expect(contest!.quorum).toEqual({ needed: quorum, of: Object.keys(claims).length, reached })
  })

  it('refuses what is no claim', () => {
    const codeOf = (claims: unknown): unknown => faultOf(() => compare(claims as ExecutorClaim[])).code
    expect(codeOf([{ by: 'ann' }])).toBe('bad-usage')
    expect(codeOf([{ by: '', receipt: honest }])).toBe('bad-usage')
    expect(codeOf([{ by: 'ann', receipt: honest, fault: timeout }])).toBe('bad-usage')
    expect(codeOf([{ by: 'ann', receipt: honest }, honest])).toBe('bad-usage')
    expect(codeOf([{ by: 'ann', fault: 'no' }])).toBe('bad-usage')
    expect(codeOf([null])).toBe('bad-usage')
    expect(faultOf(() => compare([honest], { quorum: 0 })).code).toBe('bad-usage')
    expect(faultOf(() => compare([honest], { quorum: 1.5 })).code).toBe('bad-usage')
  })
})

describe('confidence (RECEIPT-29)', () => {
  const confidence = (claims: readonly Receipt[], lieProbability?: number): number[] =>
    compare(claims, lieProbability === undefined ? {} : { lieProbability }).contests[0]!.groups.map(
      group => group.confidence,
    )

  it.each<[string, Receipt[], number[]]>([
    ['one', [honest], [9 / 10]],
    ['two that agree', [honest, honest], [81 / 82]],
    ['three that agree', [honest, honest, honest], [729 / 730]],
    ['one against one', [honest, wrong], [9 / 19, 9 / 19]],
    ['two against one', [honest, honest, wrong], [81 / 91, 9 / 91]],
    ['two against one and one', [honest, honest, wrong, dear], [81 / 100, 9 / 100, 9 / 100]],
  ])('%s, each of which lies once in ten times', (_, claims, expected) => {
    for (const [i, found] of confidence(claims).entries()) expect(found).toBeCloseTo(expected[i]!, 12)
  })

  it('is the share of the cases in which the receipt is true, by counting all of them', () => {
    const p = 0.3
    // Which of the receipts is true: that of the two, that of the one, or another one.
    const likelihoods = [(1 - p) ** 2 * p, (1 - p) * p ** 2, p ** 3]
    const all = likelihoods.reduce((sum, one) => sum + one, 0)
    const [two, one] = confidence([honest, honest, wrong], p)
    expect(two).toBeCloseTo(likelihoods[0]! / all, 12)
    expect(one).toBeCloseTo(likelihoods[1]! / all, 12)
  })

  it('stays a number for many executors, and says nothing where liars are as many as others', () => {
    expect(confidence(Array<Receipt>(2000).fill(honest))).toEqual([1])
    expect(confidence([...Array<Receipt>(2000).fill(honest), wrong])[1]).toBe(0)
    expect(confidence([honest, honest], 0.5)).toEqual([0.5])
  })

  it.each([0, 1, -1, NaN, '0.1'])('a probability of %s is none', lieProbability =>
    expect(faultOf(() => compare([honest], { lieProbability: lieProbability as number })).code).toBe('bad-usage'),
  )
})
