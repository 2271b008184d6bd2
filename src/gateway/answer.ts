/** Answers requests for reading (docs/spec/gateway.md, SERVE-2 to SERVE-11). */
import { sha256 } from 'multiformats/hashes/sha2'
import { base32 } from 'multiformats/bases/base32'
import { Fault } from '../base/fault.ts'
import { carOf } from '../content/car.ts'
import { CAR_TYPE_WHOLE, RAW_TYPE } from './accept.ts'
import { askedBy, type Asked } from './ask.ts'
import { findPart } from './dag-part.ts'
import { rangeOf } from './range.ts'
import { Reading } from './reading.ts'
import { OPEN, Refusal } from './refusal.ts'
import type { Settings } from './settings.ts'

/** A response before it is sent. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The bytes, or a stream of them that fails if it cannot be completed. */
  readonly body?: Uint8Array | AsyncGenerator<Uint8Array>
}

/** What never changes may be kept for 48 weeks, as the specification of gateways says. */
const IMMUTABLE = 'public, max-age=29030400, immutable'

/**
 * Answers a request for reading.
 *
 * @throws Refusal, and the faults of reading blocks
 */
export async function answer(request: Request, settings: Settings, signal: AbortSignal): Promise<Answer> {
  const asked = askedBy(request)
  const reading = new Reading(settings, signal)
  try {
    return asked.format === 'raw'
      ? await blockAnswer(request, asked, reading)
      : await carAnswer(request, asked, reading)
  } catch (error) {
    if (error instanceof Fault && error.code === 'block-missing' && onlyIfCached(request))
      throw new Refusal(412, 'this gateway does not have it, and was asked for what it has alone', {}, error)
    throw error
  }
}

async function blockAnswer(request: Request, asked: Asked, reading: Reading): Promise<Answer> {
  const bytes = await reading.get(asked.root)
  const etag = `"${asked.root}.raw"`
  const headers = {
    ...headersOf(asked, [String(asked.root)], etag, 'bin'),
    'Content-Type': RAW_TYPE,
    'Accept-Ranges': 'bytes',
  }
  if (isKnown(request, etag)) return { status: 304, headers: kept(headers) }
  const range = rangeOf(request.headers, etag, bytes.length)
  if (range === 'none') {
    const message = `the block has ${bytes.length} bytes, and the range begins after them`
    throw new Refusal(416, message, { 'Content-Range': `bytes */${bytes.length}` })
  }
  if (range === undefined)
    return { status: 200, headers: { ...headers, 'Content-Length': String(bytes.length) }, body: bytes }
  const { first, last } = range
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Range': `bytes ${first}-${last}/${bytes.length}`,
      'Content-Length': String(last + 1 - first),
    },
    body: bytes.subarray(first, last + 1),
  }
}

async function carAnswer(request: Request, asked: Asked, reading: Reading): Promise<Answer> {
  const part = await findPart(asked, reading)
  const etag = await carTag(asked)
  const headers = {
    ...headersOf(asked, part.steps.map(String), etag, 'car'),
    'Content-Type': CAR_TYPE_WHOLE,
    'Accept-Ranges': 'none',
  }
  if (isKnown(request, etag)) return { status: 304, headers: kept(headers) }
  return { status: 200, headers, body: carOf(part.steps.slice(-1), part.blocks()) }
}

/**
 * The tag of a CAR. It depends on all that the CAR depends on: root, names, scope and range. The names are hashed, since a tag may
 * not contain all characters.
 */
async function carTag({ root, names, scope, range }: Asked): Promise<string> {
  const bytes = range === undefined ? '' : `.${range.from}:${range.to ?? '*'}`
  if (names.length === 0) return `"${root}.car.${scope}${bytes}"`
  const hash = await sha256.encode(new TextEncoder().encode(names.map(encodeURIComponent).join('/')))
  return `"${root}.car.${scope}${bytes}.${base32.baseEncode(hash)}"`
}

function headersOf(asked: Asked, roots: readonly string[], etag: string, extension: string): Record<string, string> {
  const { root, pathname, location, filename = `${root}.${extension}` } = asked
  return {
    ...OPEN,
    ETag: etag,
    'Cache-Control': IMMUTABLE,
    Vary: 'Accept',
    'Content-Disposition': `attachment; filename="${asciiOf(filename)}"; filename*=UTF-8''${encoded(filename)}`,
    'X-Content-Type-Options': 'nosniff',
    'X-Ipfs-Path': pathname,
    'X-Ipfs-Roots': roots.join(','),
    ...(location === undefined ? {} : { 'Content-Location': location }),
  }
}

/** The headers of a response that says that nothing has changed. */
function kept(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { 'Content-Type': _, 'Content-Disposition': __, ...rest } = headers
  return rest
}

/** True if the client says that it has this response (RFC 9110, 13.1.2). */
function isKnown(request: Request, etag: string): boolean {
  const tags = request.headers.get('if-none-match')
  if (tags === null) return false
  return tags.trim() === '*' || tags.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
}

function onlyIfCached(request: Request): boolean {
  return /(?:^|[\s,])only-if-cached(?:$|[\s,])/i.test(request.headers.get('cache-control') ?? '')
}

function asciiOf(name: string): string {
  return name.replaceAll(/[^ -~]|["\\%]/g, '_')
}

/** The name in the form of RFC 8187. Lone surrogates, which have no UTF-8, become U+FFFD. */
function encoded(name: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(name))
  return encodeURIComponent(wellFormed).replaceAll(/['()*!]/g, character => `%${character.charCodeAt(0).toString(16)}`)
}
