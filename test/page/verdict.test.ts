/** The verdict as it is shown: for people by words and signs, for tests and screen readers by attributes. */
import { Fault, meaningOf, type Verdict } from 'ipvm-wasm'
import { beforeEach, describe, expect, test } from 'vitest'
import { problemOf } from '../../examples/verify-page/src/problem.ts'
import { showVerdict, type End } from '../../examples/verify-page/src/verdict-view.ts'
import { named, useDocument } from './document.ts'

let element: HTMLElement

beforeEach(() => {
  element = useDocument().getElementById('verdict')!
})

const SIGNER = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

describe('verdicts', () => {
  test.each<[End, string, string]>([
    [{ verdict: 'reproduced', mismatches: [] }, 'reproduced', 'Confirmed'],
    [
      { verdict: 'refuted', mismatches: [{ field: 'out.ok[0]', claimed: 1n, reproduced: 2n }], signer: SIGNER },
      'refuted',
      'Refuted',
    ],
    [
      { verdict: 'undecided', reason: 'gas', mismatches: [{ field: 'meta.gasUsed', claimed: 9n, reproduced: 5n }] },
      'undecided',
      'Not checked',
    ],
    [problemOf(new Fault('block-missing', 'the store does not have block x')), 'fault', 'No verdict'],
  ])('%o', (end, name, title) => {
    showVerdict(element, end, 1200)
    expect([element.hidden, element.dataset['verdict']]).toEqual([false, name])
    expect(element.querySelector('h2')!.textContent).toContain(title)
    expect(named(element, 'verdict-meaning').textContent).toBe(meaningOf(name as Verdict['verdict']))
    expect(element.textContent).toContain('1.2 s')
    // The sign is for the eye alone: the title says the same.
    expect(element.querySelector('.sign')!.getAttribute('aria-hidden')).toBe('true')
  })

  test('the fields that differ, with both values', () => {
    const mismatches = [
      { field: 'out.ok', claimed: '<b>1</b>', reproduced: null },
      { field: 'meta.gasUsed', claimed: 1n, reproduced: 2n },
    ]
    showVerdict(element, { verdict: 'refuted', mismatches }, 5)
    const rows = [...element.querySelectorAll<HTMLElement>('[data-testid=mismatch]')]
    expect(rows.map(row => row.dataset['field'])).toEqual(['out.ok', 'meta.gasUsed'])
    expect(rows[0]!.textContent).toContain('"<b>1</b>"nothing')
    expect(element.querySelectorAll('b')).toHaveLength(0)
  })

  test.each<[Verdict, string]>([
    [{ verdict: 'reproduced', mismatches: [] }, 'Running the task again gave this very receipt.'],
    [
      { verdict: 'refuted', mismatches: [{ field: 'out.ok[0]', claimed: 1n, reproduced: 2n }] },
      'The field out.ok[0] is claimed to be 1; running the task again gave 2.',
    ],
    [{ verdict: 'refuted', mismatches: [] }, 'The receipts differ.'],
  ])('the sentence does not repeat the title: %o', (verdict, sentence) => {
    showVerdict(element, verdict, 5)
    expect(named(element, 'verdict-sentence').textContent).toBe(sentence)
  })

  test('the state of an earlier verdict is gone', () => {
    showVerdict(element, { code: 'timeout', message: 'late' }, 5)
    expect(element.dataset['code']).toBe('timeout')
    showVerdict(element, { verdict: 'undecided', reason: 'profile', mismatches: [] }, 5)
    expect([element.dataset['code'], element.dataset['reason']]).toEqual([undefined, 'profile'])
    showVerdict(element, { verdict: 'reproduced', mismatches: [] }, 5)
    expect(element.dataset['reason']).toBeUndefined()
    expect(element.querySelector('table')).toBeNull()
  })

  test('a confirmed failure is said to be one', () => {
    showVerdict(element, { verdict: 'reproduced', mismatches: [] }, 5, true)
    expect(named(element, 'verdict-meaning').textContent).toContain('the task has no result')
  })
})

test('an error that is no fault is a problem of the page', () => {
  expect(problemOf(new TypeError('x is undefined'))).toEqual({
    code: 'internal',
    message: expect.stringContaining('x is undefined'),
  })
})
