/** Golden values against those that were found: which rows came and went, and which fields are other ones. */

/** A file of golden values: rows by their names. */
export type Rows = Readonly<Record<string, unknown>>

/** A field of a row that is another one. What is not there is undefined. */
export interface Change {
  readonly row: string
  /** Path in the row, as `meta.gasUsed` or `out.ok[0]`; the name of the file for rows that are plain values. */
  readonly field: string
  readonly old: unknown
  readonly found: unknown
}

export interface Comparison {
  /** The file's name without its ending. */
  readonly file: string
  readonly rows: number
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changes: readonly Change[]
}

/** The name of a receipt is made of the rest of it: alone it cannot change, and with the rest it must. */
const DERIVED = 'cid'

/** What a row has around its fields without a meaning of its own. */
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

/** The values of a row that have no fields of their own, by their paths. Links and bytes of dag-json are such, and so is what is empty. */
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

/** Whether a field is one of those named, or lies within one. */
export function isNamed(field: string, named: readonly string[]): boolean {
  return named.some(name => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`))
}

/** Why the values that were found must not become the golden ones; empty if they may. */
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
