/** Mutants are tried seldom, and the code changes often. So this checks that each mutant still fits the code. */
import { describe, expect, test } from 'vitest'
import { misfits, placesOf } from '../../scripts/mutants/fit.ts'
import { CONCERNS } from '../../scripts/mutants/list.ts'
import type { Mutant } from '../../scripts/mutants/mutant.ts'

const ALL = CONCERNS.flatMap(({ mutants }) => mutants)

test('every mutant fits the code', () => {
  expect(ALL.length).toBeGreaterThan(200)
  expect(misfits(ALL)).toEqual([])
})

test('line breaks and trailing commas may differ', () => {
  const code = 'a = f(\n  b,\n  [c, d],\n)'
  const [[begin, end]] = placesOf('f(b, [c,\nd])', code) as [readonly [number, number]]
  expect(code.slice(begin, end)).toBe('f(\n  b,\n  [c, d],\n)')
  expect(placesOf('f(b, [c])', code)).toEqual([])
  expect(placesOf('a', 'a + a')).toEqual([
    [0, 1],
    [4, 5],
  ])
})

describe('a mutant does not fit', () => {
  const fits: Mutant = { ...ALL[0]!, name: 'of-the-test' }
  const changed = (change: Partial<Mutant>): readonly string[] => misfits([{ ...fits, ...change }])

  test('if it has the name of another one', () =>
    expect(misfits([fits, fits])).toEqual(['two mutants are called of-the-test']))
  test('if its text is not in the file', () =>
    expect(changed({ find: 'no such text' })).toEqual([
      `of-the-test: what it replaces occurs 0 times in ${fits.file}: no such text`,
    ]))
  test('if its text is in the file more than once', () =>
    expect(changed({ find: '}' })).toEqual([
      expect.stringMatching(/^of-the-test: what it replaces occurs ([2-9]|\d\d+) times in /),
    ]))
  test('if it changes nothing', () => expect(changed({ replace: fits.find })).toEqual(['of-the-test changes nothing']))
  test('if its file or one of its tests is missing', () => {
    expect(changed({ file: 'src/none.ts' })).toEqual(['of-the-test: there is no src/none.ts'])
    expect(changed({ tests: [...fits.tests, 'test/none.test.ts'] })).toEqual([
      'of-the-test: there is no test/none.test.ts',
    ])
  })
})
