/** The lower bounds for all prices, with invented programs. */
import { expect, test } from 'vitest'
import {
  boundLine,
  boundOf,
  boundTable,
  checkTable,
  controlTable,
  factorOf,
  shareOf,
} from '../../benchmarks/calibrate/bound.ts'
import type { Observation } from '../../benchmarks/calibrate/fit.ts'

const program = (name: string, ns: number, counts: Observation['counts']): Observation => ({ name, ns, counts })

const MISSES = program('misses', 1000, { load: 10, local: 20 })
const READS = program('reads', 100, { load: 100, local: 400, plain: 50 })
const MOVES = program('moves', 100, { load: 50, local: 20 })
const ADDS = program('adds', 100, { plain: 300, local: 600 })

test('λ is the least ratio over all classes', () => {
  expect(shareOf(READS.counts, MISSES.counts)).toEqual({ lambda: 10, scarce: 'load' })
  expect(shareOf(MOVES.counts, MISSES.counts)).toEqual({ lambda: 1, scarce: 'local' })
})

test('λ is 0 if the kernel lacks a class, or the adversary does nothing', () => {
  expect(shareOf(ADDS.counts, MISSES.counts)).toEqual({ lambda: 0, scarce: 'load' })
  expect(shareOf({ ...READS.counts, load: 0 }, MISSES.counts)).toEqual({ lambda: 0, scarce: 'load' })
  expect(shareOf(READS.counts, {})).toEqual({ lambda: 0, scarce: '' })
  expect(factorOf(ADDS, MISSES)).toBe(0)
})

test('a class that the adversary lacks does not count', () => {
  expect(shareOf(READS.counts, { ...MISSES.counts, divide: 0 })).toEqual({ lambda: 10, scarce: 'load' })
})

test('the factor is of nanoseconds per gas', () => {
  expect(factorOf(READS, MISSES)).toBe((10 * 1000) / 100)
  expect(factorOf(MISSES, MISSES)).toBe(1)
})

test('the factor is a lower bound for all prices', () => {
  const perGas = ({ ns, counts }: Observation, prices: Readonly<Record<string, number>>): number =>
    ns / Object.entries(counts).reduce((sum, [name, count]) => sum + count! * prices[name]!, 0)
  for (const load of [0, 1, 1000])
    for (const local of [1, 7])
      for (const plain of [0, 3, 900]) {
        const prices = { load, local, plain }
        for (const kernel of [READS, MOVES])
          expect(perGas(MISSES, prices) / perGas(kernel, prices)).toBeGreaterThanOrEqual(factorOf(kernel, MISSES))
      }
})

test('each adversary has the kernel with the greatest bound, and the greatest bound comes first', () => {
  const idle = program('idle', 10, { local: 20 })
  const other = program('other', 10, { table: 1 })
  const { pairs } = boundOf([MOVES, READS, ADDS], [other, idle, MISSES])
  expect(pairs).toEqual([
    {
      adversary: 'misses',
      kernel: 'reads',
      adversaryNs: 33.333,
      kernelNs: 0.18182,
      lambda: 10,
      scarce: 'load',
      factor: 100,
      middle: 10,
    },
    {
      adversary: 'idle',
      kernel: 'adds',
      adversaryNs: 0.5,
      kernelNs: 0.11111,
      lambda: 30,
      scarce: 'local',
      factor: 3,
      middle: 2,
    },
  ])
})

test('bounds for all prices follow from the pairs', () => {
  // 100 to reads, 10 to moves, 0 to adds: half of them are at least a tenth below.
  expect(boundOf([READS, MOVES, ADDS], [MISSES], { spread: 5, worst: 20 })).toMatchObject({
    worst: 10,
    worstInSpread: 20,
    spread: 5,
  })
  // Of an even number the two in the middle count.
  expect(boundOf([READS, MOVES], [MISSES], { spread: 20, worst: 200 })).toMatchObject({
    worst: 18.182,
    worstInSpread: 18.182,
    spread: 1,
  })
  expect(boundOf([READS, ADDS], [MISSES])).toMatchObject({ worst: 0 })
  expect(boundOf([ADDS], [MISSES])).toEqual({ pairs: [], worst: 0, worstInSpread: 0, spread: 1 })
})

test('the table shows the required values', () => {
  const bound = boundOf([READS, MOVES, ADDS], [MISSES])
  expect(boundTable(bound)).toContain('must be <= 100')
  expect(boundTable(bound)).toContain('| misses | 33.333 | reads | 0.182 | 10.00 | load | 100.0 | 10.0 |')
  expect(controlTable([{ ...READS, ns: 0 }], [MISSES]).split('\n')).toHaveLength(2)
  expect(checkTable(bound, [READS, MOVES, ADDS], [MISSES]).split('\n').slice(2)).toEqual([
    '| time, ms | 0.00 | 0.00 | 0.1000 |',
    '| load | 10 | 100 | 10.00 |',
    '| local | 20 | 400 | 20.00 |',
  ])
  expect(checkTable(boundOf([ADDS], [MISSES]), [ADDS], [MISSES])).toBe('No pair says anything.')
  expect(boundLine(bound)).toContain('is at least 10.0. It is at least 20.0 if greatest ÷ least is at most 5.')
  expect(controlTable([READS], [MISSES])).toContain('| reads | 0.182 | misses | 10.00 | load | 100.0 |')
})
