/** The interface of a suite, and its options. */

export interface Options {
  /** True for small inputs and few rounds, which show that everything works, but give no useful times. */
  readonly quick: boolean
  /** The number of measurements of each contender, if it is not the suite's default. */
  readonly rounds: number | undefined
  /** Matches the names of the kernels that are measured. */
  readonly kernels: RegExp
  /** For the suite `memory`: the numbers of tasks and of modules. */
  readonly tasks: number | undefined
  readonly modules: number | undefined
  /** For the suite `peer`: the path of a Python with the package wasmtime. */
  readonly python: string | undefined
}

export interface Suite<R = unknown> {
  /** One line that says what it measures. */
  readonly title: string
  /** Runs the suite. `log` takes messages for people. The result is plain JSON. */
  run(options: Options, log: (line: string) => void): Promise<R>
  /** The result in Markdown, without the heading. */
  report(result: R): string
}

/** Aligns cells in columns: the first to the left, the others to the right. */
export function columns(cells: readonly (string | number)[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]!) : String(cell).padStart(widths[i] ?? 9)))
    .join(' ')
}

/** A table in Markdown, with numbers aligned to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** Writes a number with a fixed number of decimals. */
export function fixed(number: number, digits = 2): string {
  return Number.isFinite(number) ? number.toFixed(digits) : '–'
}
