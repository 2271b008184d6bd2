/** Replaces golden values by the values that tests found, if only the named fields have changed. */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compareRows, objections, type Comparison, type Rows } from './compare.ts'
import { report } from './report.ts'

export interface Blessing {
  /** The folder of the golden values. */
  readonly golden: string
  /** The folder of the values that tests found. */
  readonly found: string
  /** The fields that are expected to change. */
  readonly fields: readonly string[]
  /** The reason of the change, in a sentence. */
  readonly reason: string
  /** True if rows may be added. */
  readonly allowNew: boolean
}

export interface Blessed {
  readonly ok: boolean
  /** A report for people. */
  readonly lines: readonly string[]
}

/** The file with the reasons, one line for each change. */
export const REASONS = 'REASONS.md'

/** Compares the values, and writes all files or none. */
export function bless({ golden, found, fields, reason, allowNew }: Blessing): Blessed {
  const files = [...new Set([...valueFiles(golden), ...valueFiles(found)])].sort()
  const comparisons = files.map(file => compareRows(file, rowsOf(golden, file), rowsOf(found, file)))
  const lines = report(comparisons)
  const against = objections(comparisons, fields, allowNew)
  if (against.length > 0)
    return { ok: false, lines: [...lines, '', 'Refused, nothing was written:', ...against.map(line => `  ${line}`)] }
  const changed = comparisons.filter(({ added, changes }) => added.length + changes.length > 0)
  if (changed.length === 0) return { ok: true, lines: [...lines, '', 'Nothing changed, nothing was written.'] }
  for (const { file } of changed) writeFileSync(`${golden}/${file}.json`, readFileSync(`${found}/${file}.json`))
  note(golden, `- ${reason} (${summary(changed)})\n`)
  return {
    ok: true,
    lines: [
      ...lines,
      '',
      `Written: ${changed.map(({ file }) => `${file}.json`).join(', ')}, and the reason to ${REASONS}. Commit them together.`,
    ],
  }
}

/** The changed fields and rows in short. */
function summary(changed: readonly Comparison[]): string {
  return changed
    .map(({ file, added, changes }) => {
      const fields = [...new Set(changes.map(({ field }) => field))]
      const counted = fields.map(field => `${field} in ${changes.filter(change => change.field === field).length}`)
      return `${file}: ${[...counted, ...(added.length > 0 ? [`${added.length} new`] : [])].join(', ')}`
    })
    .join('; ')
}

function note(golden: string, line: string): void {
  const path = `${golden}/${REASONS}`
  if (!existsSync(path))
    writeFileSync(
      path,
      '# Why golden values changed\n\nThe latest last, as `npm run bless` wrote them: the reason, the fields, and in how many rows.\n\n',
    )
  appendFileSync(path, line)
}

function valueFiles(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter(file => file.endsWith('.json'))
        .map(file => file.slice(0, -'.json'.length))
    : []
}

function rowsOf(folder: string, file: string): Rows {
  const path = `${folder}/${file}.json`
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Rows) : {}
}
