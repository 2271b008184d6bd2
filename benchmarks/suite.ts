/** What a suite is, and what it is given. */

export interface Options {
  /** Small inputs and few rounds: to see that everything works, not to measure. */
  readonly quick: boolean
  /** Overrides how often each contender is measured. */
  readonly rounds: number | undefined
  /** Which kernels take part. */
  readonly kernels: RegExp
  /** Of the suite `memory`: how many tasks, of how many modules. */
  readonly tasks: number | undefined
  readonly modules: number | undefined
  /** Of the suite `peer`: the Python that has wasmtime. */
  readonly python: string | undefined
}

export interface Suite<R = unknown> {
  /** What it measures, in a line. */
  readonly title: string
  /** Runs it; `log` is for people. The result is plain JSON. */
  run(options: Options, log: (line: string) => void): Promise<R>
  /** The result in Markdown, below a heading. */
  report(result: R): string
}

/** Cells in columns, the first one to the left and the others to the right. */
export function columns(cells: readonly (string | number)[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]!) : String(cell).padStart(widths[i] ?? 9)))
    .join(' ')
}

/** A table in Markdown, numbers to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** With as many digits as people compare. */
export function fixed(number: number, digits = 2): string {
  return Number.isFinite(number) ? number.toFixed(digits) : '–'
}
