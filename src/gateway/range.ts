/** Ranges of a block (RFC 9110, 14; docs/spec/gateway.md, SERVE-5). */

/** A range of bytes. Both ends are part of it. */
export interface Range {
  readonly first: number
  readonly last: number
}

/**
 * The range that a request asks for, of `size` bytes. Undefined: all bytes, since no range is asked for, or more than one, or one
 * of another version, or one that is malformed. `none`: the range has no byte.
 */
export function rangeOf(headers: Headers, etag: string, size: number): Range | undefined | 'none' {
  const condition = headers.get('if-range')
  if (condition !== null && condition.trim() !== etag) return undefined
  const [, from, to] = /^bytes *= *(\d{0,15}) *- *(\d{0,15}) *$/i.exec(headers.get('range') ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0 ? 'none' : { first: Math.max(0, size - length), last: size - 1 }
  }
  if (to !== '' && Number(to) < Number(from)) return undefined
  if (Number(from) >= size) return 'none'
  return { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}
