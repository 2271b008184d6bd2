/** Requests that are refused: a status, and words that say why (docs/spec/gateway.md, SERVE-4 and SERVE-10). */
import { Fault, type FaultCode } from '../base/fault.ts'
import { visible } from '../base/visible.ts'

/** The seconds after which a client may ask again. */
const RETRY_SECONDS = '1'

/** The headers that let pages of all origins read a response (SERVE-10). */
export const OPEN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Accept-Ranges, Content-Length, Content-Location, Content-Range, ETag, X-Ipfs-Path, X-Ipfs-Roots',
} as const

/** A request is refused. The message is for the client, so it names no path and no other request. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Refusal'
    this.status = status
    this.headers = headers
  }
}

/** There is no room for the request now. */
export function tooBusy(status: 429 | 503, message: string): Refusal {
  return new Refusal(status, message, { 'Retry-After': RETRY_SECONDS })
}

/** The status of a fault that was met while content was read. All others are 500. */
const STATUS: { readonly [code in FaultCode]?: number } = {
  'block-missing': 404,
  'hash-mismatch': 404,
  'bad-cid': 404,
  'bad-dag': 404,
  'unsupported-codec': 404,
  'unsupported-hash': 404,
  'too-large': 410,
  timeout: 504,
  aborted: 503,
}

/**
 * Converts what a request met to a refusal. The text of a fault of the store may name its folder, so it is not passed on; the
 * fault is the refusal's cause.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const code = error instanceof Fault ? error.code : undefined
  const status = code === undefined ? 500 : (STATUS[code] ?? 500)
  switch (status) {
    case 404:
      return new Refusal(404, wordsOf(error as Fault), {}, error)
    case 410:
      return new Refusal(410, `this gateway does not serve blocks of that size: ${(error as Fault).message}`, {}, error)
    case 503:
    case 504:
      return new Refusal(status, 'the time allowed has passed', { 'Retry-After': RETRY_SECONDS }, error)
    default:
      return new Refusal(500, 'the gateway failed: its operator can see why', {}, error)
  }
}

function wordsOf({ code, message, detail }: Fault): string {
  const cid = String(detail['cid'])
  if (code === 'block-missing') return `this gateway does not have block ${cid}`
  if (code === 'hash-mismatch') return `this gateway has only a damaged copy of block ${cid}`
  return message
}

/** The response to a request that is refused. Pages may read it, too. */
export function refused({ status, message, headers }: Refusal, withBody: boolean): Response {
  const body = withBody ? `${visible(message)}\n` : null
  const type = withBody ? { 'Content-Type': 'text/plain; charset=utf-8' } : undefined
  return new Response(body, {
    status,
    headers: { ...OPEN, ...type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers },
  })
}
