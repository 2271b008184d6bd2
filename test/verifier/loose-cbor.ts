/** CBOR as no encoder of dag-cbor writes it: a document as its items, which are altered and written as they stand. */
import { decode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import type { Random } from '../support/random.ts'

/** An item: a map or list with its parts, or the bytes of anything else. */
export type Part = MapPart | ListPart | { bytes: Uint8Array; integer?: number }

interface MapPart {
  entries: [key: Part, value: Part][]
}

interface ListPart {
  items: Part[]
}

/** The items of a document of dag-cbor, maps in the order in which they must be. */
export function document(block: Uint8Array): Part {
  return partOf(decode(block))
}

function partOf(value: unknown): Part {
  if (Array.isArray(value)) return { items: value.map(partOf) }
  if (value === null || value instanceof Uint8Array || typeof value !== 'object' || CID.asCID(value) !== null)
    return leafOf(value)
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return { entries: keys.map(key => [leafOf(key), partOf((value as Record<string, unknown>)[key])]) }
}

function leafOf(value: unknown): Part {
  if (value === null) return { bytes: Uint8Array.of(0xf6) }
  if (typeof value === 'boolean') return { bytes: Uint8Array.of(value ? 0xf5 : 0xf4) }
  if (typeof value === 'string') return { bytes: sized(3, new TextEncoder().encode(value)) }
  if (value instanceof Uint8Array) return { bytes: sized(2, value) }
  const cid = CID.asCID(value)
  if (cid !== null) return { bytes: Uint8Array.from([0xd8, 42, ...sized(2, Uint8Array.from([0, ...cid.bytes]))]) }
  const integer = Number(value)
  const bytes = integer < 0 ? head(1, -1 - integer) : head(0, integer)
  return { bytes, integer }
}

/** The head of an item in its shortest form. */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument)
  const length = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8
  return longHead(major, argument, length)
}

function longHead(major: number, argument: number, length: 1 | 2 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(9)
  new DataView(bytes.buffer).setBigUint64(1, BigInt(argument))
  return Uint8Array.from([(major << 5) | (24 + Math.log2(length)), ...bytes.subarray(9 - length)])
}

function sized(major: number, content: Uint8Array): Uint8Array {
  return Uint8Array.from([...head(major, content.length), ...content])
}

/** The bytes of a document as it stands. With `result`, these bytes stand in place of `out.ok`. */
export function write(part: Part, result?: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  const put = (one: Part): void => {
    if ('bytes' in one) return void pieces.push(one.bytes)
    if ('items' in one) {
      pieces.push(head(4, one.items.length))
      return one.items.forEach(put)
    }
    pieces.push(head(5, one.entries.length))
    for (const [key, value] of one.entries) {
      put(key)
      if (result !== undefined && text(key) === 'ok') pieces.push(head(2, result.length), result)
      else put(value)
    }
  }
  put(part)
  return new Uint8Array(Buffer.concat(pieces))
}

const text = (part: Part): string => ('bytes' in part ? new TextDecoder().decode(part.bytes.subarray(1)) : '')

/** A part with all its parts. */
export function parts(part: Part): Part[] {
  if ('bytes' in part) return [part]
  const inner = 'items' in part ? part.items : part.entries.map(([, value]) => value)
  return [part, ...inner.flatMap(parts)]
}

const maps = (whole: Part, least: number): MapPart[] =>
  parts(whole).filter((part): part is MapPart => 'entries' in part && part.entries.length >= least)

const integers = (whole: Part): { bytes: Uint8Array; integer: number }[] =>
  parts(whole).filter((part): part is { bytes: Uint8Array; integer: number } => 'integer' in part)

/** Two entries of a map change places. */
export function withSwap(whole: Part, random: Random): void {
  const { entries } = random.pick(maps(whole, 2))
  const at = random.below(entries.length - 1)
  ;[entries[at], entries[at + 1]] = [entries[at + 1]!, entries[at]!]
}

/** A map has an entry twice, perhaps with another value. */
export function withDuplicate(whole: Part, random: Random): void {
  const { entries } = random.pick(maps(whole, 1))
  const at = random.below(entries.length)
  const [key, value] = entries[at]!
  entries.splice(at, 0, [key, random.once(2) ? value : { bytes: Uint8Array.of(0) }])
}

/** An integer is written as a float of 64 bits. */
export function withFloat(whole: Part, random: Random): void {
  const part = random.pick(integers(whole))
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, part.integer)
  part.bytes = bytes
}

/** An integer has a head that is longer than it need be. */
export function withLongHead(whole: Part, random: Random): void {
  const part = random.pick(integers(whole))
  const length = ([1, 2, 4, 8] as const).filter(length => length + 1 > part.bytes.length)
  const major = part.integer < 0 ? 1 : 0
  // What has eight bytes already has no longer head: it has bytes after its end.
  part.bytes =
    length.length === 0
      ? Uint8Array.from([...part.bytes, 0])
      : longHead(major, major === 1 ? -1 - part.integer : part.integer, random.pick(length))
}
