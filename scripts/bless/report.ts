/** A report of changed golden values for people: each field, the number of rows in which it changed, and examples. */
import { rowCount, type Change, type Comparison } from './compare.ts'

/** The number of examples for a field. */
const EXAMPLES = 3

/** The length at which a value is cut, in characters. */
const LONGEST = 72

export function report(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(({ file, rows, added, removed, changes }) => {
    const fields = [...new Set(changes.map(({ field }) => field))]
    const counts = [
      rowCount(rows),
      added.length > 0 && `${added.length} new`,
      removed.length > 0 && `${removed.length} gone`,
    ]
    return [
      `${file}: ${counts.filter(Boolean).join(', ')}${fields.length === 0 ? ', no field changed' : ''}`,
      ...fields.flatMap(field =>
        reportField(
          field,
          changes.filter(change => change.field === field),
        ),
      ),
    ]
  })
}

function reportField(field: string, changes: readonly Change[]): string[] {
  const [first] = changes
  const pairs = new Set(changes.map(change => arrow(change)))
  const head = `  ${field}: ${rowCount(changes.length)}${range(changes)}`
  if (pairs.size === 1) return [`${head}${changes.length > 1 ? ', each' : ''}`, `    ${first!.row}: ${arrow(first!)}`]
  const more = changes.length - EXAMPLES
  return [
    head,
    ...changes.slice(0, EXAMPLES).map(change => `    ${change.row}: ${arrow(change)}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ]
}

function arrow({ old, found }: Change): string {
  return `${show(old)} → ${show(found)}`
}

/** The range of relative changes, if all values are numbers. */
function range(changes: readonly Change[]): string {
  const steps = changes.map(({ old, found }) => [wholeOf(old), wholeOf(found)] as const)
  if (changes.length < 2 || steps.some(([a, b]) => a === undefined || b === undefined)) return ''
  const differences = steps.map(([a, b]) => b! - a!).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const [least, most] = [differences[0]!, differences[differences.length - 1]!]
  return least === most ? `, by ${signed(least)}` : `, by ${signed(least)} to ${signed(most)}`
}

function wholeOf(value: unknown): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  return /^-?\d+$/.test(String(value)) ? BigInt(value) : undefined
}

function signed(value: bigint): string {
  return value < 0n ? String(value) : `+${value}`
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const link = typeof value === 'object' && value !== null && '/' in value ? value['/'] : undefined
  const text = typeof link === 'string' ? link : JSON.stringify(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
