/** The size and depth of values, as the profile's limits count them (docs/spec/profile.md, PROFILE-21). */
import type { PlainValue } from '../interface.ts'
import type { Limits } from '../interface-profile.ts'
import { MAX_DOCUMENT_BYTES } from './bounds.ts'
import { isBytes } from './realms.ts'
import { utf8Length } from './text.ts'
import { isLink } from './value.ts'

/** The size of the largest number of the `core` ABI that is a byte string: a v128. */
const VECTOR_BYTES = 16

/**
 * The size of a link to a file or block that this library makes, in bytes. The tag and the head take two bytes each. A
 * zero and a CIDv1 with a digest of 32 bytes follow.
 */
const OWN_LINK = 2 + 2 + 1 + 36

/** The number of levels of lists and maps in a value: 0 for a value that is neither. */
export function depthOf(value: PlainValue): number {
  const parts = partsOf(value)
  return parts === undefined ? 0 : parts.reduce<number>((most, part) => Math.max(most, 1 + depthOf(part)), 1)
}

/**
 * The bytes of all byte strings and texts in a value, keys of maps included. Text counts as UTF-8; nothing else counts.
 */
export function bytesIn(value: PlainValue): number {
  if (typeof value === 'string') return utf8Length(value)
  if (isBytes(value)) return value.length
  const inside = (partsOf(value) ?? []).reduce<number>((sum, part) => sum + bytesIn(part), 0)
  return inside + keysOf(value).reduce((sum, key) => sum + utf8Length(key), 0)
}

/**
 * Returns true if a value may be a result of the `core` ABI: a list of integers and of byte strings of up to 16 bytes.
 * It has no more items than a function may have results.
 */
export function isNumbers(value: unknown, { results }: Pick<Limits, 'results'>): boolean {
  if (!Array.isArray(value) || value.length > results) return false
  return value.every(item => typeof item === 'bigint' || (isBytes(item) && item.length <= VECTOR_BYTES))
}

/** The limits of a profile that bound results. */
export type ResultLimits = Pick<Limits, 'valueBytes' | 'valueDepth' | 'inlineBytes' | 'results'>

/**
 * Returns true if a result is within the limits on its bytes, its depth and its document. In the document, byte strings
 * and texts that are too long are links. A list of numbers always fits, since `isNumbers` bounds it.
 */
export function fitsResult(value: PlainValue, limits: ResultLimits): boolean {
  if (isNumbers(value, limits)) return true
  return (
    depthOf(value) <= limits.valueDepth &&
    bytesIn(value) <= limits.valueBytes &&
    documentBytes(value, limits.inlineBytes) <= MAX_DOCUMENT_BYTES
  )
}

/** The size of a value in dag-cbor, in bytes, if byte strings and texts of more than `inlineBytes` bytes are links. */
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

/** The bytes of a link, given a CIDv1 in base 32: a prefix, then letters of five bits each. */
function linkBytes(text: string): number {
  const length = 1 + Math.floor((5 * (text.length - 1)) / 8)
  return 2 + headBytes(length) + length
}

/** The size of a dag-cbor head with that argument, in bytes. */
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
