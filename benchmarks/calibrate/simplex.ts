/**
 * Solves linear programs by the simplex method. The origin must satisfy all conditions. For a few dozen variables and a
 * hundred conditions.
 */

/** The condition `factors · x <= most`, where `most` is not negative. */
export interface Condition {
  readonly factors: readonly number[]
  readonly most: number
}

const TINY = 1e-9

/** The number of steps by Dantzig's rule. Later steps use Bland's rule, which cannot cycle. */
const STEEP = 1_000
const STEPS = 20_000

/** The x >= 0 that maximises `gains · x` under all conditions. Throws if there is no maximum. */
export function maximise(gains: readonly number[], conditions: readonly Condition[]): number[] {
  const size = gains.length
  const rows = conditions.map(({ factors, most }) => Float64Array.from([...factors, most]))
  const goal = Float64Array.from([...gains.map(gain => -gain), 0])
  const inside = rows.map((_, i) => size + i)
  const outside = gains.map((_, i) => i)
  for (let step = 0; step < STEPS; step++) {
    const column = entering(goal, outside, step < STEEP)
    if (column === undefined) return outcome(rows, inside, size)
    const at = leaving(rows, inside, column, size)
    pivot([...rows, goal], at, column)
    ;[inside[at], outside[column]] = [outside[column]!, inside[at]!]
  }
  throw new Error('the simplex method took too many steps')
}

function entering(goal: Float64Array, outside: readonly number[], steep: boolean): number | undefined {
  const better = outside.map((_, i) => i).filter(i => goal[i]! < -TINY)
  if (better.length === 0) return undefined
  const rank = (i: number): number => (steep ? goal[i]! : outside[i]!)
  return better.reduce((best, i) => (rank(i) < rank(best) ? i : best))
}

function leaving(rows: readonly Float64Array[], inside: readonly number[], column: number, size: number): number {
  let [at, least] = [-1, Infinity]
  for (const [i, row] of rows.entries()) {
    if (row[column]! <= TINY) continue
    const ratio = row[size]! / row[column]!
    const tied = Math.abs(ratio - least) <= 1e-12
    if (tied ? inside[i]! < inside[at]! : ratio < least) [at, least] = [i, ratio]
  }
  if (at < 0) throw new Error('there is no maximum')
  return at
}

function pivot(rows: readonly Float64Array[], at: number, column: number): void {
  const row = rows[at]!
  const by = row[column]!
  row[column] = 1
  for (let i = 0; i < row.length; i++) row[i]! /= by
  for (const other of rows) {
    const times = other[column]!
    if (other === row || times === 0) continue
    other[column] = 0
    for (let i = 0; i < row.length; i++) other[i]! -= times * row[i]!
  }
}

function outcome(rows: readonly Float64Array[], inside: readonly number[], size: number): number[] {
  const found = new Array<number>(size).fill(0)
  for (const [i, name] of inside.entries()) if (name < size) found[name] = rows[i]![size]!
  return found
}
