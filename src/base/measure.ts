/** How large values are, by the rules that bound them (docs/spec/profile.md, PROFILE-21). */
import type { PlainValue } from '../interface.ts'
import type { Limits } from '../interface-profile.ts'
import { MAX_DOCUMENT_BYTES } from './bounds.ts'
import { isBytes } from './realms.ts'
import { utf8Length } from './text.ts'
import { isLink } from './value.ts'

/** Longest number of the `core` ABI that is a byte string: a vector. */
const VECTOR_BYTES = 16

/** Bytes of a link to a file or block of ours: tag and head take two each, then a zero and a CIDv1 with a digest of 32 bytes. */
const OWN_LINK = 2 + 2 + 1 + 36

/** Levels of lists and maps: 0 for what is neither. */
export function depthOf(value: PlainValue): number {
  const parts = partsOf(value)
  return parts === undefined ? 0 : parts.reduce<number>((most, part) => Math.max(most, 1 + depthOf(part)), 1)
}

/** Bytes of all byte strings and texts, the keys of maps among them; text counts as UTF-8. Nothing else counts. */
export function bytesIn(value: PlainValue): number {
  if (typeof value === 'string') return utf8Length(value)
  if (isBytes(value)) return value.length
  const inside = (partsOf(value) ?? []).reduce<number>((sum, part) => sum + bytesIn(part), 0)
  return inside + keysOf(value).reduce((sum, key) => sum + utf8Length(key), 0)
}

/**
 * Whether a list is one of numbers, as the `core` ABI gives it: no more items than a function may have results, and each is an
 * integer or a byte string of up to 16 bytes.
 */
export function isNumbers(value: unknown, { results }: Pick<Limits, 'results'>): boolean {
  if (!Array.isArray(value) || value.length > results) return false
  return value.every(item => typeof item === 'bigint' || (isBytes(item) && item.length <= VECTOR_BYTES))
}

/** The limits of a profile that results have to keep. */
export type ResultLimits = Pick<Limits, 'valueBytes' | 'valueDepth' | 'inlineBytes' | 'results'>

/**
 * Whether a list or map is no larger than the result of a run may be: in bytes, in depth, and in the document that it becomes when
 * its long byte strings and texts are links. Lists of numbers are bounded by their form.
 */
export function fitsResult(value: PlainValue, limits: ResultLimits): boolean {
  if (isNumbers(value, limits)) return true
  return (
    depthOf(value) <= limits.valueDepth &&
    bytesIn(value) <= limits.valueBytes &&
    documentBytes(value, limits.inlineBytes) <= MAX_DOCUMENT_BYTES
  )
}

/** Bytes of the dag-cbor form of a value in which byte strings and texts of more than `inlineBytes` are links. */
export function documentBytes(value: PlainValue, inlineBytes: number): number {
  if (value === null || typeof value === 'boolean') return 1
  if (typeof value === 'bigint') return headBytes(value < 0n ? -1n - value : value)
  if (typeof value === 'string' || isBytes(value)) {
    const length = bytesIn(value)
    return length > inlineBytes ? OWN_LINK : headBytes(length) + length
  }
  if (isLink(value)) return linkBytes(value['/'])
  const parts = partsOf(value)!
  const keys = keysOf(value).reduce((sum, key) => sum + textBytes(key), 0)
  return parts.reduce<number>((sum, part) => sum + documentBytes(part, inlineBytes), headBytes(parts.length) + keys)
}

function textBytes(text: string): number {
  const length = utf8Length(text)
  return headBytes(length) + length
}

/** Of a CIDv1 in base 32: after the letter that says so, each one has five bits. */
function linkBytes(text: string): number {
  const length = 1 + Math.floor((5 * (text.length - 1)) / 8)
  return 2 + headBytes(length) + length
}

/** Bytes of a head of dag-cbor with that argument. */
function headBytes(argument: number | bigint): number {
  if (argument < 24) return 1
  if (argument < 0x100) return 2
  if (argument < 0x1_0000) return 3
  return argument < 0x1_0000_0000 ? 5 : 9
}

function partsOf(value: PlainValue): readonly PlainValue[] | undefined {
  if (typeof value !== 'object' || value === null || isBytes(value) || isLink(value)) return undefined
  return Object.values(value)
}

function keysOf(value: PlainValue): string[] {
  if (typeof value !== 'object' || value === null || isBytes(value) || isLink(value) || Array.isArray(value)) return []
  return Object.keys(value)
}
