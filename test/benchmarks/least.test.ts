/** Linear programs with known solutions, and the least spread of invented programs. */
import { expect, test } from 'vitest'
import type { Observation } from '../../benchmarks/calibrate/fit.ts'
import { leastSpread, leastSpreads, leastTable } from '../../benchmarks/calibrate/least.ts'
import { maximise } from '../../benchmarks/calibrate/simplex.ts'

test('the maximum is found', () => {
  const found = maximise(
    [3, 5],
    [
      { factors: [1, 0], most: 4 },
      { factors: [0, 2], most: 12 },
      { factors: [3, 2], most: 18 },
    ],
  )
  expect(found[0]).toBeCloseTo(2)
  expect(found[1]).toBeCloseTo(6)
})

/** Beale's example, in which Dantzig's rule cycles. */
test('it ends on a degenerate program', () => {
  const found = maximise(
    [0.75, -150, 0.02, -6],
    [
      { factors: [0.25, -60, -0.04, 9], most: 0 },
      { factors: [0.5, -90, -0.02, 3], most: 0 },
      { factors: [0, 0, 1, 0], most: 1 },
    ],
  )
  expect(found[0]! * 0.75 - found[1]! * 150 + found[2]! * 0.02 - found[3]! * 6).toBeCloseTo(0.05)
})

test('a program without a maximum throws', () => {
  expect(() => maximise([1], [{ factors: [-1], most: 0 }])).toThrow('there is no maximum')
  expect(maximise([-1], [{ factors: [1], most: 1 }])).toEqual([0])
})

const program = (name: string, ns: number, counts: Observation['counts']): Observation => ({ name, ns, counts })

test('kernels of different instructions can have prices that fit their times', () => {
  const { spread, prices } = leastSpread([program('a', 10, { load: 5 }), program('b', 30, { plain: 10 })], [], null)
  expect(spread).toBe(1)
  expect(prices['plain']! / prices['load']!).toBeCloseTo(1.5)
})

test('kernels of the same instructions differ by their times for all prices', () => {
  const [a, b] = [program('a', 10, { load: 5, local: 9 }), program('b', 30, { load: 5, local: 9 })]
  expect(leastSpread([a, b], [], null).spread).toBe(3)
  // As much of one and more of the other: local moves may be free.
  expect(leastSpread([a, { ...b, counts: { load: 5, local: 90 } }], [], null).spread).toBe(1)
})

test('a bound on adversaries also concerns kernels with the same instructions', () => {
  const kernels = [program('reads', 10, { load: 10 }), program('adds', 10, { plain: 10 })]
  const misses = program('misses', 1000, { load: 10 })
  expect(leastSpread(kernels, [misses], null).spread).toBe(1)
  expect(leastSpread(kernels, [misses], 100).spread).toBe(1)
  expect(leastSpread(kernels, [misses], 20).spread).toBe(5)
  expect(leastSpread(kernels, [program('instant', 0, { load: 1 }), program('uncounted', 9, {})], 20).spread).toBe(1)
  expect(
    leastTable(leastSpreads(kernels, [misses]))
      .split('\n')
      .slice(2),
  ).toEqual(['| anything | 1.0 |', '| 500 | 1.0 |', '| 200 | 1.0 |', '| 100 | 1.0 |', '| 50 | 2.0 |', '| 20 | 5.0 |'])
})
