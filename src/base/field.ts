/** Paths of fields, as faults, rejections and mismatches name them: `args.params[1].env.HOME`, `out.ok["a b"]`. */

/** Longest key that stands in a path whole, in code units. */
const MAX_KEY = 64

/** The path of what stands in a list or a map at `field`, under an index or a key. A long key is cut, so that a path is short. */
export function fieldIn(field: string, key: string | number): string {
  if (typeof key === 'number') return `${field}[${key}]`
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && key.length <= MAX_KEY) return field === '' ? key : `${field}.${key}`
  const short = key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY).replace(/[\uD800-\uDBFF]$/, '')}…`
  return `${field}[${JSON.stringify(short)}]`
}
