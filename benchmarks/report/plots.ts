/** The plots of BENCHMARKS.md. */
import { isFloat } from '../kernels.ts'
import { geometricMean } from '../stats.ts'
import { STRATEGIES } from '../strategies/strategies.ts'
import { fixed } from '../suite.ts'
import { middleOf, type CalibrateResult } from '../suites/calibrate.ts'
import { mean, ratios, type ExecuteResult, type KernelResult } from '../suites/execute.ts'
import type { MemoryResult } from '../suites/memory.ts'
import { dot, element, label, line, linearScale, logScale, picture } from './svg.ts'

const GRID = '#dddddd'
const BARE = '#999999'

/** Where the axes of overhead begin: nothing is faster than this by more than chance. */
const LEAST = 0.8

/** Overhead by kernel, a row each: ours with quartiles, and the others that are near enough to be seen beside it. */
export function byKernel({ kernels }: ExecuteResult, engine: string): string {
  // Ours last, on top of the others.
  const shown = ['control', 'precise', 'counter', 'fast'].map(name =>
    STRATEGIES.find(strategy => strategy.name === name)!,
  )
  const rows = [...kernels].sort((a, b) => Number(isFloat(a)) - Number(isFloat(b)) || overhead(a) - overhead(b))
  const [left, right, top, step] = [130, 780, 70, 18]
  const values = rows.flatMap(row => shown.map(({ name }) => ratioOf(row, name)?.median ?? 1))
  const x = logScale(LEAST, Math.max(2, ...values) * 1.05, left, right)
  const bottom = top + rows.length * step
  const marks = rows.flatMap((row, i) => {
    const y = top + (i + 0.5) * step
    return [
      label(left - 8, y + 4, row.name, { anchor: 'end', fill: isFloat(row) ? '#7a3b00' : '#333333' }),
      ...shown.flatMap(({ name, colour }) => {
        const ratio = ratioOf(row, name)
        if (ratio === undefined) return []
        const whisker = name === 'fast' ? [line(x(ratio.q1), y, x(ratio.q3), y, colour, 2)] : []
        return [...whisker, dot(x(ratio.median), y, name === 'fast' ? 4.5 : 3, colour, name === 'fast' ? 1 : 0.7)]
      }),
    ]
  })
  const title = `Time of the guest to the bare module, by kernel (${engine})`
  return picture(800, bottom + 40, title, [
    label(left, 24, title, { size: 15, weight: 'bold' }),
    ...legend(shown, left, 46),
    ...axis(x, [LEAST, 1, 1.25, 1.5, 2, 3, 5, 8, 12, 20], [top, bottom]),
    ...marks,
  ])
}

/** Overhead by strategy: every kernel a dot, the geometric mean a bar. */
export function byStrategy({ kernels }: ExecuteResult, engine: string): string {
  const shown = STRATEGIES.filter(({ name }) => name !== 'bare')
  const [left, right, top, step] = [170, 720, 50, 44]
  const x = logScale(LEAST, Math.max(2, ...shown.flatMap(({ name }) => ratios(kernels, name))) * 1.1, left, right)
  const bottom = top + shown.length * step
  const marks = shown.flatMap(({ name, title, colour }, i) => {
    const y = top + (i + 0.5) * step
    const own = kernels.flatMap(kernel => ratioOf(kernel, name)?.median ?? [])
    const middle = mean(kernels, name)
    const dots = own.map((ratio, k) => dot(x(ratio), y + (((k * 7) % 5) - 2) * 4, 3, colour, 0.45))
    const bar = own.length === 0 ? [] : [line(x(middle), y - 16, x(middle), y + 16, colour, 3)]
    const words =
      own.length === 0 ? 'refuses all' : `${fixed(middle)}${own.length < kernels.length ? ` of ${own.length}` : ''}`
    return [
      label(left - 10, y + 4, title, { anchor: 'end' }),
      ...dots,
      ...bar,
      label(right + 8, y + 4, words, { fill: colour, weight: 'bold' }),
    ]
  })
  const title = `Time of the guest to the bare module, by strategy (${engine})`
  return picture(800, bottom + 40, title, [
    label(left, 26, title, { size: 15, weight: 'bold' }),
    ...axis(x, [LEAST, 1, 1.5, 2, 3, 5, 10, 20, 50], [top, bottom]),
    ...marks,
  ])
}

/** Nanoseconds per gas: kernels and adversaries on one scale, to the median kernel. */
export function perGas(result: CalibrateResult, engine: string): string {
  const middle = middleOf(result)
  const rows = [
    ...result.kernels.map(({ name, nsPerGas }) => ({ name, ratio: nsPerGas / middle, colour: '#0b7a75' })),
    ...result.adversaries.map(({ name, nsPerGas }) => ({ name, ratio: nsPerGas / middle, colour: '#c1292e' })),
  ]
    .filter(({ ratio }) => ratio > 0 && Number.isFinite(ratio))
    .sort((a, b) => a.ratio - b.ratio)
  const [left, right, top, step] = [160, 780, 70, 15]
  const bottom = top + rows.length * step
  const x = logScale(Math.min(0.2, rows[0]?.ratio ?? 1), Math.max(30, rows.at(-1)?.ratio ?? 1) * 1.1, left, right)
  const marks = rows.flatMap(({ name, ratio, colour }, i) => {
    const y = top + (i + 0.5) * step
    return [
      label(left - 8, y + 4, name, { anchor: 'end', size: 11 }),
      line(x(1), y, x(ratio), y, colour),
      dot(x(ratio), y, 3.5, colour),
    ]
  })
  const title = `Nanoseconds per gas, to the median kernel (${engine})`
  return picture(800, bottom + 40, title, [
    label(left, 24, title, { size: 15, weight: 'bold' }),
    ...legend(
      [
        { title: 'kernels', colour: '#0b7a75' },
        { title: 'modules that want to be slow', colour: '#c1292e' },
      ],
      left,
      46,
    ),
    ...axis(x, [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000], [top, bottom]),
    ...marks,
  ])
}

/** Resident memory over tasks. */
export function overTasks({ samples, tasks, modules }: MemoryResult, engine: string): string {
  const [left, right, top, bottom] = [70, 780, 50, 280]
  const most = Math.max(...samples.map(({ mb }) => mb)) * 1.15
  const [x, y] = [linearScale(0, tasks, left, right), linearScale(0, most, bottom, top)]
  const levels = [0, 0.25, 0.5, 0.75, 1].map(share => Math.round((share * most) / 10) * 10)
  const points = samples.map(sample => `${Math.round(x(sample.tasks))},${Math.round(y(sample.mb))}`).join(' ')
  const title = `Resident memory in MB over ${tasks} tasks of ${modules} modules (${engine})`
  return picture(800, bottom + 40, title, [
    label(left, 26, title, { size: 15, weight: 'bold' }),
    ...levels.flatMap(mb => [
      line(left, y(mb), right, y(mb), GRID),
      label(left - 8, y(mb) + 4, String(mb), { anchor: 'end' }),
    ]),
    ...[0, 0.5, 1].map(share =>
      label(x(share * tasks), bottom + 20, String(Math.round(share * tasks)), { anchor: 'middle' }),
    ),
    element('polyline', { points, fill: 'none', stroke: '#0b7a75', 'stroke-width': 2 }),
  ])
}

function ratioOf(
  { strategies }: KernelResult,
  name: string,
): { readonly median: number; readonly q1: number; readonly q3: number } | undefined {
  const own = strategies[name]
  return typeof own === 'object' ? own.ratio : undefined
}

function overhead(row: KernelResult): number {
  return ratioOf(row, 'fast')?.median ?? geometricMean([1])
}

function legend(
  entries: readonly { readonly title: string; readonly colour: string }[],
  left: number,
  y: number,
): string[] {
  return entries.flatMap(({ title, colour }, i) => [
    dot(left + 6 + i * 160, y, 4.5, colour),
    label(left + 16 + i * 160, y + 4, title),
  ])
}

/** Grid lines at the values that lie within the plot, the line of the bare module darker. */
function axis(
  x: (value: number) => number,
  values: readonly number[],
  [top, bottom]: readonly [number, number],
): string[] {
  return values
    .filter(value => x(value) <= 781)
    .flatMap(value => [
      line(x(value), top, x(value), bottom, value === 1 ? BARE : GRID),
      label(x(value), bottom + 18, `${value}×`, { anchor: 'middle', size: 11 }),
    ])
}
