import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { Verdict } from '../../src/interface.ts'
import { REJECTION_CODES, TRAP_CODES, UNDECIDED_REASONS } from '../../src/receipt/codes.ts'
import { describe as say, describeVerdict } from '../../src/receipt/describe.ts'
import { DATA, OK, TRAPPED } from './sample.ts'

describe('rejections', () => {
  it.each([
    [
      'import',
      'env.now',
      12,
      'Rejected: the module imports "env.now", which the profile does not grant (at byte 12 of the module).',
    ],
    [
      'feature',
      'threads',
      8,
      'Rejected: the module uses "threads", which the profile does not accept (at byte 8 of the module).',
    ],
    ['no-such-function', 'ad', undefined, 'Rejected: the module exports no function "ad".'],
    ['bad-arguments', undefined, undefined, 'Rejected: the parameters do not fit the function.'],
    [
      'limit',
      'bodyBytes',
      0,
      'Rejected: the module or its call goes beyond a limit: "bodyBytes" (at byte 0 of the module).',
    ],
  ] as const)('%s', (code, subject, offset, expected) => {
    const rejection = {
      kind: 'rejection',
      code,
      ...(subject === undefined ? {} : { subject }),
      ...(offset === undefined ? {} : { offset }),
    } as const
    expect(say(rejection)).toBe(expected)
  })

  it('cannot steer a terminal by a name', () => {
    expect(say({ kind: 'rejection', code: 'import', subject: 'a\u001b[2J\u202e"\u009b\n' })).toBe(
      'Rejected: the module imports "a\\x1b[2J\\u202e\\"\\x9b\\n", which the profile does not grant.',
    )
  })

  it('stay short for any name', () => {
    expect(say({ kind: 'rejection', code: 'import', subject: 'x'.repeat(100_000) }).length).toBeLessThan(200)
  })
})

it('each code has its own sentence', () => {
  const sentences = [
    ...REJECTION_CODES.map(code => say({ kind: 'rejection', code })),
    ...TRAP_CODES.map(code => say({ kind: 'trap', code })),
  ]
  expect(new Set(sentences).size).toBe(20)
  for (const sentence of sentences) expect(sentence).toMatch(/^(Rejected|Trapped): [a-z][^.]*\.$/)
})

it('a fault says what happened and who has to act', () => {
  expect(say(new Fault('bad-task', 'not a task'))).toBe('Not a task. Whoever asked has to correct it.')
  expect(say(new Fault('block-missing', 'no block.'))).toMatch(
    /^No block\. The problem lies with the source of the blocks/,
  )
  expect(say(new Fault('timeout', 'too slow'))).toBe('Too slow. The problem lies with this host.')
})

describe('verdicts', () => {
  const refuted = (field: string, claimed: unknown, reproduced: unknown, more: string[] = []): Verdict => ({
    verdict: 'refuted',
    mismatches: [{ field, claimed, reproduced }, ...more.map(name => ({ field: name, claimed: 1, reproduced: 2 }))],
  })
  it.each<[Verdict, string]>([
    [{ verdict: 'reproduced', mismatches: [] }, 'Reproduced: running the task again gave this very receipt.'],
    [refuted('meta.gasUsed', 5n, 6n), 'Refuted: meta.gasUsed is claimed to be 5; running the task again gave 6.'],
    [
      refuted('out.ok', new Uint8Array([1, 255]), DATA),
      `Refuted: out.ok is claimed to be bytes 01ff; running the task again gave ${DATA}.`,
    ],
    [
      refuted('out', OK, TRAPPED, ['meta.gasUsed', 'meta.logs']),
      'Refuted: out is claimed to be {ok: [3]}; running the task again gave {error: {kind: "trap", code: "divide-by-zero"}}. ' +
        'Also different: meta.gasUsed, meta.logs.',
    ],
    [
      refuted('meta.logs', null, 'a\u0007'),
      'Refuted: meta.logs is claimed to be nothing; running the task again gave "a\\x07".',
    ],
    [
      { verdict: 'undecided', reason: 'pages', mismatches: [] },
      'Undecided: the claim gives its guest more memory than this verifier is ready to give.',
    ],
    [
      { verdict: 'undecided', reason: 'gas', mismatches: [] },
      'Undecided: the claim needs more gas than this verifier is ready to run.',
    ],
    [
      {
        verdict: 'undecided',
        reason: 'limits',
        mismatches: [{ field: 'meta.limits.pages', claimed: 1, reproduced: 2 }],
      },
      'Undecided: the receipt is under other limits than expected: meta.limits.pages is claimed to be 1; expected is 2.',
    ],
  ])('%#', (verdict, expected) => {
    expect(describeVerdict(verdict)).toBe(expected)
  })

  it('have a sentence for each reason', () => {
    const sentences = UNDECIDED_REASONS.map(reason => describeVerdict({ verdict: 'undecided', reason, mismatches: [] }))
    expect(new Set(sentences).size).toBe(UNDECIDED_REASONS.length)
  })

  const sentence = (claimed: unknown, field = 'out.ok', more: readonly string[] = []): string =>
    describeVerdict({
      verdict: 'refuted',
      mismatches: [field, ...more].map(name => ({ field: name, claimed, reproduced: null })),
    })

  it.each<[title: string, claimed: unknown, shown: string]>([
    ['a map in short', { exit: 0n, 'a b': [null, true, 'x', DATA] }, `{exit: 0, "a b": [null, true, "x", ${DATA}]}`],
    ['an empty one', {}, '{}'],
    ['a key that ends the line', { 'a\n"': 1n }, '{"a\\n\\"": 1}'],
  ])('show %s', (_, claimed, shown) => {
    expect(sentence(claimed)).toBe(`Refuted: out.ok is claimed to be ${shown}; running the task again gave nothing.`)
  })

  it('are short for any claim', () => {
    let deep: unknown = 0n
    for (let i = 0; i < 60; i++) deep = [deep, deep]
    const cycle: unknown[] = []
    cycle.push(cycle)
    const wide = Array.from({ length: 100_000 }, () => 'x'.repeat(100))
    for (const claimed of [deep, cycle, wide, { ['k'.repeat(100_000)]: 1n }])
      expect(sentence(claimed).length).toBeLessThan(220)
    const fields = Array.from({ length: 1000 }, (_, i) => `out.ok[${i}]`)
    expect(sentence(1n, 'out.ok', fields)).toMatch(/out\.ok\[9\], and 990 more\.$/)
    expect(sentence(1n, 'out.ok["\u202e"]')).toContain('out.ok["\\u202e"] is claimed')
  })
})
