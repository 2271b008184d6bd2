/** The plots of BENCHMARKS.md. They have a white background, so that they are readable on dark pages, too. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { POLICIES, SCENARIOS } from '../farm/scenarios.ts'
import { isFloat } from '../kernels.ts'
import { STRATEGIES } from '../strategies/strategies.ts'
import { fixed } from '../suite.ts'
import { middleOf, type CalibrateResult } from '../suites/calibrate.ts'
import { mean, type ExecuteResult, type KernelResult } from '../suites/execute.ts'
import type { FarmResult } from '../suites/farm.ts'
import type { MemoryResult } from '../suites/memory.ts'

const WIDTH = 800
/** The greatest width of a character in a label, in pixels. */
const CHARACTER = 7.2
/** The beginning of the axes of overhead. No ratio is lower, except by noise. */
const LEAST = 0.8
const OURS = '#0b7a75'
const HOSTILE = '#c1292e'

/** A plot of the overhead of each kernel: ours with quartiles, and some others for comparison. */
export function byKernel({ kernels }: ExecuteResult, engine: string): string {
  const shown = ['control', 'precise', 'counter', 'fast'].map(name =>
    STRATEGIES.find(strategy => strategy.name === name)!,
  )
  const rows = [...kernels].sort((a, b) => Number(isFloat(a)) - Number(isFloat(b)) || overhead(a) - overhead(b))
  const points = shown.flatMap(({ name, title }) =>
    rows.flatMap(row => {
      const ratio = ratioOf(row, name)
      return ratio === undefined ? [] : [{ kernel: row.name, strategy: title, ours: name === 'fast', ...ratio }]
    }),
  )
  const ours = points.filter(point => point.ours)
  return svg(`Time of the guest to the bare module, by kernel (${engine})`, {
    height: 70 + 18 * rows.length,
    marginLeft: widest(rows.map(({ name }) => name)),
    x: ratioAxis(points.map(({ median }) => median)),
    y: { domain: rows.map(({ name }) => name), label: null },
    color: { legend: false, domain: shown.map(({ title }) => title), range: shown.map(({ colour }) => colour) },
    marks: [
      Plot.ruleX([1], { stroke: '#999999' }),
      Plot.ruleY(ours, { y: 'kernel', x1: 'q1', x2: 'q3', stroke: 'strategy', strokeWidth: 2 }),
      Plot.dot(points, { x: 'median', y: 'kernel', fill: 'strategy', r: point => (point.ours ? 4.5 : 3) }),
    ],
    legend: shown,
  })
}

/** A plot of the overhead of each strategy: a dot for every kernel, and a bar for the geometric mean. */
export function byStrategy({ kernels }: ExecuteResult, engine: string): string {
  const shown = STRATEGIES.filter(({ name }) => name !== 'bare')
  const points = shown.flatMap(({ name, title }) =>
    kernels.flatMap(kernel => {
      const ratio = ratioOf(kernel, name)
      return ratio === undefined ? [] : [{ strategy: title, ratio: ratio.median }]
    }),
  )
  const means = shown.map(({ name, title }) => ({ strategy: title, mean: mean(kernels, name) }))
  const words = ({ strategy, mean: middle }: (typeof means)[number]): string => {
    const count = points.filter(point => point.strategy === strategy).length
    return count === 0 ? 'refuses all' : `${fixed(middle)}${count < kernels.length ? ` of ${count}` : ''}`
  }
  return svg(`Time of the guest to the bare module, by strategy (${engine})`, {
    height: 60 + 44 * shown.length,
    marginLeft: widest(shown.map(({ title }) => title)),
    marginRight: widest(means.map(words)),
    x: ratioAxis(points.map(({ ratio }) => ratio)),
    y: { domain: shown.map(({ title }) => title), label: null },
    color: { domain: shown.map(({ title }) => title), range: shown.map(({ colour }) => colour) },
    marks: [
      Plot.ruleX([1], { stroke: '#999999' }),
      Plot.dot(points, { x: 'ratio', y: 'strategy', fill: 'strategy', fillOpacity: 0.45, r: 3 }),
      Plot.tickX(
        means.filter(({ mean: middle }) => Number.isFinite(middle)),
        { x: 'mean', y: 'strategy', stroke: 'strategy', strokeWidth: 3 },
      ),
      Plot.text(means, {
        y: 'strategy',
        text: words,
        fill: 'strategy',
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 8,
        fontWeight: 'bold',
      }),
    ],
  })
}

/** A plot of the nanoseconds per gas of kernels and adversaries, relative to the median kernel. */
export function perGas(result: CalibrateResult, engine: string): string {
  const middle = middleOf(result)
  const kinds = [
    { title: 'kernels', colour: OURS },
    { title: 'modules that want to be slow', colour: HOSTILE },
  ]
  const rows = [
    ...result.kernels.map(({ name, nsPerGas }) => ({ name, ratio: nsPerGas / middle, kind: kinds[0]!.title })),
    ...result.adversaries.map(({ name, nsPerGas }) => ({ name, ratio: nsPerGas / middle, kind: kinds[1]!.title })),
  ]
    .filter(({ ratio }) => ratio > 0 && Number.isFinite(ratio))
    .sort((a, b) => a.ratio - b.ratio)
  return svg(`Nanoseconds per gas, to the median kernel (${engine})`, {
    height: 70 + 15 * rows.length,
    marginLeft: widest(rows.map(({ name }) => name)),
    x: { type: 'log', label: null, grid: true, tickFormat: ratioText },
    y: { domain: rows.map(({ name }) => name), label: null },
    color: { domain: kinds.map(({ title }) => title), range: kinds.map(({ colour }) => colour) },
    marks: [
      Plot.ruleY(rows, { y: 'name', x1: 1, x2: 'ratio', stroke: 'kind' }),
      Plot.dot(rows, { x: 'ratio', y: 'name', fill: 'kind', r: 3.5 }),
    ],
    legend: kinds,
  })
}

/** A plot of the resident memory over the number of tasks. */
export function overTasks({ samples, tasks, modules }: MemoryResult, engine: string): string {
  return svg(`Resident memory in MB over ${tasks} tasks of ${modules} modules (${engine})`, {
    height: 320,
    marginLeft: 50,
    marginRight: 30,
    x: { label: null, domain: [0, tasks] },
    y: { label: null, grid: true, domain: [0, 1.15 * Math.max(...samples.map(({ mb }) => mb))] },
    marks: [Plot.lineY(samples, { x: 'tasks', y: 'mb', stroke: OURS, strokeWidth: 2 })],
  })
}

/** A plot of the false receipts that policies accept over their runs. Every kind of workers has its own symbols and line. */
export function byPolicy({ policies, percent }: FarmResult): string {
  const kinds = SCENARIOS.filter(({ liars }) => liars !== undefined).map(({ name }, i) => ({
    title: name,
    colour: [OURS, '#d98324', HOSTILE][i]!,
  }))
  const names = POLICIES.map(({ name }) => name)
  const rows = policies
    .filter(({ scenario }) => kinds.some(({ title }) => title === scenario))
    .map(row => ({ ...row, wrong: Math.max(LEAST_FALSE, row.wrong), label: fixed(row.runs) }))
  const runs = names.map(policy => rows.find(row => row.policy === policy)!)
  return svg(`False receipts per million tasks: ${percent} of 100 workers lie`, {
    height: 110 + 40 * names.length,
    marginLeft: widest(names),
    marginRight: 84,
    x: { type: 'log', label: null, grid: true, domain: [LEAST_FALSE, 100_000], tickFormat: falseText },
    y: { domain: names, label: null },
    color: { domain: kinds.map(({ title }) => title), range: kinds.map(({ colour }) => colour) },
    marks: [
      Plot.dot(rows, { x: 'wrong', y: 'policy', fill: 'scenario', r: 6 }),
      Plot.text(runs, {
        y: 'policy',
        text: ({ label }: (typeof rows)[number]) => `${label} runs`,
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 8,
        fontWeight: 'bold',
      }),
    ],
    legend: kinds,
    legendWidth: 205,
  })
}

/** The place of 0 on the logarithmic axis of false receipts. */
const LEAST_FALSE = 1

function falseText(number: number): string {
  return number === LEAST_FALSE ? '0' : number.toLocaleString('en')
}

interface Picture extends Plot.PlotOptions {
  readonly legend?: readonly { readonly title: string; readonly colour: string }[]
  /** The width of an entry of the legend, in pixels. Default 170. */
  readonly legendWidth?: number
}

/** The SVG text of a plot. The title is also its alternative text. */
function svg(title: string, { legend = [], legendWidth = 170, ...options }: Picture): string {
  const { document } = parseHTML('<html><body></body></html>')
  const top = legend.length > 0 ? 62 : 42
  const plot = Plot.plot({
    ...options,
    document: document as unknown as Document,
    width: WIDTH,
    marginTop: top,
    marginBottom: 30,
    style: { background: '#ffffff', color: '#333333', fontFamily: 'sans-serif', fontSize: '12px' },
    marks: [
      Plot.text([title], {
        frameAnchor: 'top-left',
        textAnchor: 'start',
        fontSize: 15,
        fontWeight: 'bold',
        dy: 16 - top,
      }),
      ...legend.flatMap(({ title: words, colour }, i) => [
        Plot.dot([0], { frameAnchor: 'top-left', dx: 6 + legendWidth * i, dy: -16, r: 4.5, fill: colour }),
        Plot.text([words], { frameAnchor: 'top-left', textAnchor: 'start', dx: 16 + legendWidth * i, dy: -22 }),
      ]),
      ...(options.marks ?? []),
    ],
  })
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  plot.setAttribute('role', 'img')
  plot.setAttribute('aria-label', title)
  return `${plot.outerHTML}\n`
}

/** The width in pixels that labels with these words need. */
function widest(words: readonly string[]): number {
  return 16 + Math.ceil(CHARACTER * Math.max(...words.map(({ length }) => length)))
}

/** A logarithmic axis for ratios to the bare module. */
function ratioAxis(values: readonly number[]): Plot.ScaleOptions {
  const most = Math.max(2, ...values) * 1.1
  const ticks = most > 12 ? [1, 1.5, 2, 3, 5, 10, 20, 50] : [0.8, 1, 1.25, 1.5, 2, 3, 5, 8]
  return {
    type: 'log',
    label: null,
    grid: true,
    domain: [LEAST, most],
    clamp: true,
    ticks: ticks.filter(tick => tick <= most),
    tickFormat: ratioText,
  }
}

function ratioText(ratio: number): string {
  return `${ratio}×`
}

function ratioOf(
  { strategies }: KernelResult,
  name: string,
): { readonly median: number; readonly q1: number; readonly q3: number } | undefined {
  const own = strategies[name]
  return typeof own === 'object' ? own.ratio : undefined
}

function overhead(row: KernelResult): number {
  return ratioOf(row, 'fast')?.median ?? 1
}
