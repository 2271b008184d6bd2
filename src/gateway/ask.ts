/** What a request for reading asks for (docs/spec/gateway.md, SERVE-1 to SERVE-4). */
import { Fault } from '../base/fault.ts'
import { requireSupportedHash } from '../content/hashes.ts'
import { parsePath, type Path } from '../content/path.ts'
import { formatOf, type Format } from './accept.ts'
import { Refusal } from './refusal.ts'

/** How much of the DAG below the end of the path is part of a CAR. */
export type DagScope = 'block' | 'entity' | 'all'

/** A range of the bytes of a file, as it was asked for. Numbers below 0 count from the end. */
export interface ByteRange {
  readonly from: bigint
  /** The last byte, which is part of the range. Undefined: the last byte of the file. */
  readonly to: bigint | undefined
}

/** What a request asks for. */
export interface Asked extends Path {
  readonly format: Format
  readonly scope: DagScope
  readonly range: ByteRange | undefined
  /** The path of the URL, in which all characters are ASCII. */
  readonly pathname: string
  /** The path with the form of the answer in its query; undefined if the query states the form already. */
  readonly location: string | undefined
  /** The name under which a browser saves the answer; undefined if the request names none. */
  readonly filename: string | undefined
}

/** The path that all content is below. */
export const ROOT = '/ipfs/'

/** The greatest length of a filename in a request, in UTF-16 code units. */
const MAX_FILENAME = 255

/** Reads a request. Nothing is loaded. Throws Refusal 400, 404 or 406. */
export function askedBy(request: Request): Asked {
  const url = new URL(request.url)
  const { root, names } = pathOf(url)
  if (request.headers.get('service-worker') === 'script')
    throw new Refusal(400, 'content of this gateway is no service worker')
  const format = formatOf(url.searchParams, request.headers.get('accept'))
  if (format === 'raw' && names.length > 0)
    throw new Refusal(400, 'a block is asked for by its CID alone: a path is followed with ?format=car')
  return {
    root,
    names,
    format,
    ...partOf(url.searchParams),
    pathname: url.pathname,
    location: locationOf(url, format),
    filename: filenameOf(url.searchParams),
  }
}

/**
 * The CID and the names in the path of a URL.
 *
 * @throws Refusal 404 if the path is not below `ROOT`, 400 if it has no CID that this gateway knows
 */
export function pathOf({ pathname }: URL): Path {
  if (!pathname.startsWith(ROOT) || pathname === ROOT)
    throw new Refusal(404, `there is nothing here: ask for ${ROOT}CID, and ?format=raw or ?format=car`)
  return orBadRequest(() => {
    const path = parsePath(`ipfs://${pathname.slice(ROOT.length)}`)
    requireSupportedHash(path.root)
    return path
  })
}

function orBadRequest<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Fault) throw new Refusal(400, error.message, {}, error)
    throw error
  }
}

function partOf(query: URLSearchParams): Pick<Asked, 'scope' | 'range'> {
  const range = rangeOf(query.get('entity-bytes'))
  const scope = query.get('dag-scope') ?? (range === undefined ? 'all' : 'entity')
  if (scope !== 'block' && scope !== 'entity' && scope !== 'all')
    throw new Refusal(400, `dag-scope is block, entity or all, not "${scope}"`)
  if (range !== undefined && scope !== 'entity')
    throw new Refusal(400, `entity-bytes is a range of an entity: ask for dag-scope=entity with it, not ${scope}`)
  return { scope, range }
}

function rangeOf(text: string | null): ByteRange | undefined {
  if (text === null) return undefined
  const [, from, to] = /^(-?\d{1,15}):(\*|-?\d{1,15})$/.exec(text) ?? []
  if (from === undefined || to === undefined)
    throw new Refusal(400, `entity-bytes is from:to, such as 0:1023, 1024:* or -1024:*, not "${text}"`)
  return { from: BigInt(from), to: to === '*' ? undefined : BigInt(to) }
}

function locationOf({ pathname, searchParams }: URL, format: Format): string | undefined {
  if (searchParams.get('format') !== null) return undefined
  const query = new URLSearchParams(searchParams)
  query.set('format', format)
  return `${pathname}?${query}`
}

function filenameOf(query: URLSearchParams): string | undefined {
  const name = query.get('filename')
  if (name === null || name === '') return undefined
  if (name.length > MAX_FILENAME)
    throw new Refusal(400, `a filename has at most ${MAX_FILENAME} characters, and this one has ${name.length}`)
  return name
}
