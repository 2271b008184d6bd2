/**
 * `npm run api`: checks the public types and the size of the package. It compares the types of the entry points with
 * the reports in `api/`, and the sizes with `api/sizes.json`. It fails if a report differs, or if a size has grown by
 * more than five percent. `npm run api -- --write` writes both anew, so that the change is reviewed with the code.
 * Needs a build.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { reportOf } from './report.ts'
import { sizes, type Sizes } from './sizes.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = `${ROOT}api/`
const SIZES = `${FOLDER}sizes.json`
const DOORS = ['index', 'node', 'words', 'farm']
/** The factor by which a size may grow without a new `api/sizes.json`. */
const TOLERANCE = 1.05

const writes = process.argv.includes('--write')
const complaints: string[] = []

mkdirSync(FOLDER, { recursive: true })
for (const door of DOORS) {
  const file = `${FOLDER}${door}.api.md`
  const report = reportOf(ROOT, door)
  if (writes) writeFileSync(file, report)
  else if (textOf(file) !== report) complaints.push(`${door}: the types differ from api/${door}.api.md`)
}

const now = await sizes(ROOT)
if (writes) writeFileSync(SIZES, `${JSON.stringify(now, null, 2)}\n`)
const before = JSON.parse(textOf(SIZES) || '{}') as Partial<Sizes>
for (const [name, bytes] of Object.entries(now) as [keyof Sizes, number][]) {
  const known = before[name]
  console.log(`${name.padEnd(18)} ${bytes} bytes${known === undefined ? '' : ` (${known} in api/sizes.json)`}`)
  if (known === undefined || bytes > known * TOLERANCE)
    complaints.push(`${name}: ${bytes} bytes, and ${known ?? 'none'} stated`)
}

for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0) console.error('If this is meant: npm run api -- --write')
process.exitCode = complaints.length > 0 ? 1 : 0

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
