/** Compares golden values with those that tests found: which rows were added or removed, and which fields differ. */

/** A file of golden values: rows by name. */
export type Rows = Readonly<Record<string, unknown>>

/** A field of a row that differs. A missing value is undefined. */
export interface Change {
  readonly row: string
  /** The path in the row, such as `meta.gasUsed` or `out.ok[0]`. If rows are plain values, the name of the file. */
  readonly field: string
  readonly old: unknown
  readonly found: unknown
}

export interface Comparison {
  /** The name of the file without its extension. */
  readonly file: string
  readonly rows: number
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changes: readonly Change[]
}

/** The CID of a receipt, which follows from its other fields. It changes if and only if one of them does. */
const DERIVED = 'cid'

/** A prefix of paths that is left out. */
const WRAPPER = 'receipt.'

export function compareRows(file: string, old: Rows, found: Rows): Comparison {
  const names = Object.keys(old)
  const both = names.filter(name => name in found)
  return {
    file,
    rows: names.length,
    added: Object.keys(found).filter(name => !(name in old)),
    removed: names.filter(name => !(name in found)),
    changes: both.flatMap(row => changesOf(file, row, old[row], found[row])),
  }
}

function changesOf(file: string, row: string, old: unknown, found: unknown): Change[] {
  const [before, after] = [leaves(old, file), leaves(found, file)]
  const fields = new Set([...before.keys(), ...after.keys()])
  return [...fields]
    .map(field => ({ row, field, old: before.get(field), found: after.get(field) }))
    .filter(change => JSON.stringify(change.old) !== JSON.stringify(change.found))
}

/** The leaves of a row, by path. Links and bytes in dag-json are leaves, and so are empty lists and maps. */
function leaves(value: unknown, root: string): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  const walk = (item: unknown, path: string): void => {
    const entries = entriesOf(item)
    if (entries.length === 0) found.set(path === '' ? root : path.replace(WRAPPER, ''), item)
    for (const [step, inner] of entries)
      walk(inner, Array.isArray(item) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`)
  }
  walk(value, '')
  return found
}

function entriesOf(item: unknown): [string, unknown][] {
  return typeof item !== 'object' || item === null || '/' in item ? [] : Object.entries(item)
}

/** Returns true if a field is one of the named fields, or is inside one. */
export function isNamed(field: string, named: readonly string[]): boolean {
  return named.some(name => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`))
}

/** The reasons why the found values must not become golden values. Empty if there are none. */
export function objections(comparisons: readonly Comparison[], named: readonly string[], allowNew: boolean): string[] {
  return comparisons.flatMap(({ file, added, removed, changes }) => {
    const rowsWithMore = new Set(changes.filter(({ field }) => field !== DERIVED).map(({ row }) => row))
    const unnamed = changes.filter(
      ({ row, field }) => !isNamed(field, named) && !(field === DERIVED && rowsWithMore.has(row)),
    )
    const fields = new Set(unnamed.map(({ field }) => field))
    return [
      ...removed.map(row => `${file}: the row "${row}" is gone`),
      ...(allowNew ? [] : added.map(row => `${file}: the row "${row}" is new, and --allow-new is not given`)),
      ...[...fields].map(
        field =>
          `${file}: ${field} changed in ${rowCount(unnamed.filter(change => change.field === field).length)}, and is not named`,
      ),
    ]
  })
}

export function rowCount(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`
}
