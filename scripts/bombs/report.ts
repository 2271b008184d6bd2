/** Reports of a search, in sentences and tables. */
import type { Measured } from './measure.ts'

export interface Row extends Measured {
  readonly name: string
  readonly bytes: number
  readonly gas: number
  /** The limit that a larger module of the shape would exceed. */
  readonly limit: string | undefined
}

export interface Search {
  readonly rows: readonly Row[]
  readonly real: readonly Row[]
  readonly seed: number
  readonly bytes: number
  readonly shapes: number
  readonly verdict: Verdict
  /** The engine, such as `Node 24.21.0`. */
  readonly host: string
  /** The command that writes the document. */
  readonly command: string
}

export interface Verdict {
  /** The processor time per gas of the median real module, in nanoseconds. */
  readonly median: number
  /** Problems: rows that exceed a bound or did not finish. */
  readonly broken: readonly string[]
}

/** The promised bounds for every accepted module of up to 1 MB. */
const MAX_MB = 1024
const MAX_TIMES = 10

/** Returns true if a row takes more time for its gas than the project promises. */
export function isSlow(row: Row, real: readonly Row[]): boolean {
  return row.end === 'ok' && perGas(row) > MAX_TIMES * medianOf(real)
}

/** The nanoseconds per gas of the median module among those that finished; 0 if none did. */
function medianOf(real: readonly Row[]): number {
  const sorted = real
    .filter(({ end }) => end === 'ok')
    .map(perGas)
    .sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

const perGas = ({ ms, gas }: Row): number => (gas === 0 ? 0 : (ms * 1e6) / gas)

export function verdictOn(rows: readonly Row[], real: readonly Row[]): Verdict {
  const median = medianOf(real)
  // A search without measurements proves nothing.
  if (median === 0) return { median, broken: ['no real module came to its end'] }
  if (rows.every(row => row.bytes === 0)) return { median, broken: ['no shape was measured'] }
  const broken = rows.flatMap(row => {
    if (row.bytes === 0) return []
    if (row.end !== 'ok') return [`${row.name}: ${row.end}`]
    if (row.peakMb > MAX_MB) return [`${row.name}: ${row.peakMb} MB`]
    return isSlow(row, real)
      ? [`${row.name}: ${(perGas(row) / median).toFixed(1)} times the median's time per gas`]
      : []
  })
  return { median, broken }
}

const HEAD = [
  'shape',
  'KB',
  'Ggas',
  'limit met',
  'CPU ms',
  'ns/gas',
  'times the median',
  'peak MB',
  'admit',
  'instrument',
  'compile',
  'call',
  'code, times',
]

function cells(row: Row, median: number): string[] {
  const of = (kind: string): string =>
    String(Math.round(row.phases.filter(({ phase }) => phase.startsWith(kind)).reduce((sum, { ms }) => sum + ms, 0)))
  const grown = row.code.length === 0 ? '' : (Math.max(...row.code) / row.bytes).toFixed(1)
  return [
    row.name + (row.end === 'ok' ? '' : ` (${row.end})`),
    (row.bytes / 1024).toFixed(1),
    (row.gas / 1e9).toFixed(2),
    row.limit ?? '',
    String(Math.round(row.ms)),
    perGas(row).toFixed(3),
    (perGas(row) / median).toFixed(1),
    String(Math.round(row.peakMb)),
    of('admit'),
    of('instrument'),
    of('compile'),
    of('call'),
    grown,
  ]
}

function table(rows: readonly Row[], median: number): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
  return [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(row => line(cells(row, median)))].join('\n')
}

/** A table of the worst rows: first by time per gas, then by memory. */
export function tableOf({ rows, verdict: { median } }: Search, most = 40): string {
  const measured = rows.filter(({ bytes }) => bytes > 0)
  const byTime = [...measured].sort((a, b) => perGas(b) - perGas(a)).slice(0, most)
  const byMemory = [...measured].sort((a, b) => b.peakMb - a.peakMb).slice(0, most >> 1)
  return `Most processor time for its gas:\n\n${table(byTime, median)}\n\nMost memory:\n\n${table(byMemory, median)}`
}

export function bounds({ rows, shapes, real, verdict }: Search): string {
  const refused = rows.filter(({ bytes }) => bytes === 0).length
  return [
    `${rows.length} of ${shapes} shapes were tried; ${refused} of them are refused at every size that was tried.`,
    `The median of ${real.length} real modules takes ${verdict.median.toFixed(3)} ns per gas.`,
    verdict.broken.length === 0
      ? `Every accepted module keeps two bounds: ${MAX_MB} MB of memory, and ${MAX_TIMES} times the median's time for its gas.`
      : `Broken bounds:\n${verdict.broken.map(line => `- ${line}`).join('\n')}`,
  ].join('\n')
}

/** The document about the whole search. */
export function document(search: Search): string {
  const { real, seed, bytes, verdict, host, command } = search
  const byTime = [...real].sort((a, b) => perGas(b) - perGas(a))
  return `# Modules that are made to be costly

\`${command}\` writes this page, and [RATIONALE.md](../RATIONALE.md) gives the reasons for the bounds. The search
makes modules near every limit of the profile and near pairs of limits, of up to ${Math.round(bytes / 1024)} KB, here with seed ${seed} on ${host}. Each
module is admitted, instrumented, compiled and called once in all three modes, in a process of its own. Processor time is that of
all threads; memory is the largest resident size at any time. "Code, times" is the size of the largest instrumented module, to the
size of the original.

${bounds(search)}

${tableOf(search)}

Real modules:

${table(byTime, verdict.median)}
`
}
