/** Paths of fields in faults, rejections and mismatches, such as `args.params[1].env.HOME` or `out.ok["a b"]`. */

/** The length up to which a key is written whole, in code units of UTF-16. */
const MAX_KEY = 64

/**
 * The path of an item of the list or map at `field`: its index or key is appended. A key of more than 64 code units is
 * cut.
 */
export function fieldIn(field: string, key: string | number): string {
  if (typeof key === 'number') return `${field}[${key}]`
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && key.length <= MAX_KEY) return field === '' ? key : `${field}.${key}`
  const short = key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY).replace(/[\uD800-\uDBFF]$/, '')}…`
  return `${field}[${JSON.stringify(short)}]`
}
