/** A trustless gateway over a block store (docs/spec/gateway.md). */
import { deadline } from '../base/deadline.ts'
import { badUsage } from '../base/usage.ts'
import { answer, type Answer } from './answer.ts'
import { takeBlock, takeCar } from './receive.ts'
import { OPEN, Refusal, refusalOf, refused, tooBusy } from './refusal.ts'
import { settingsOf, type CreateGatewayOptions, type Settings } from './settings.ts'
import { streamOf } from './stream.ts'
import { Turns } from './turns.ts'

/** The number of CARs that are taken at once. Each of them is held in memory. */
const UPLOADS = 4

const METHODS = 'GET, HEAD, OPTIONS, PUT, POST'

/** Answers a request. It rejects if it is given none (Fault bad-usage), and never otherwise. If the request's signal fires, the work for it ends, and a body that streams fails. */
export type Gateway = (request: Request) => Promise<Response>

/**
 * Creates a trustless gateway over a block store (specs.ipfs.tech/http-gateways/trustless-gateway): `GET` and `HEAD` of
 * `/ipfs/CID[/path]` as a block or as a CAR, and, with a token, `PUT` of a block and `POST` of a CAR. All bytes are verified in
 * both directions. It is a function of requests and needs no Node: `serveGateway` is a server around it.
 *
 * @throws Fault bad-usage, bad-limits
 */
export function createGateway(options: CreateGatewayOptions): Gateway {
  const settings = settingsOf(options)
  const turns = new Turns(settings.maxRequests)
  const uploads = new Turns(UPLOADS)
  return async request => {
    if (typeof request?.method !== 'string' || typeof request.url !== 'string')
      throw badUsage('request', 'a Request', request)
    const withBody = request.method !== 'HEAD'
    const leave = turns.begin()
    if (leave === undefined)
      return refused(tooBusy(503, 'this gateway is answering as many requests as it can'), withBody)
    const { signal, clear } = deadline(request.signal, settings.timeoutMs)
    const done = (): void => {
      clear()
      leave()
    }
    /** The refusal for an error. One of the gateway's own is told to its operator. */
    const met = (error: unknown): Refusal => {
      const refusal = refusalOf(error)
      if (refusal.status === 500) settings.onFault(refusal.cause ?? error)
      return refusal
    }
    try {
      const found = await perform(request, settings, uploads, signal)
      return responseOf(found, withBody, pieces => streamOf(pieces, { signal, onError: met, onEnd: done }), done)
    } catch (error) {
      done()
      return refused(met(error), withBody)
    }
  }
}

async function perform(request: Request, settings: Settings, uploads: Turns, signal: AbortSignal): Promise<Answer> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return answer(request, settings, signal)
    case 'OPTIONS':
      return preflight()
    case 'PUT':
      return takeBlock(request, settings, signal)
    case 'POST':
      return takeCar(request, settings, uploads, signal)
    default:
      throw new Refusal(405, `${request.method} is not served`, { Allow: METHODS })
  }
}

/** The answer to a page that asks what it may do: read, and nothing else (SERVE-10). */
function preflight(): Answer {
  return {
    status: 204,
    headers: {
      ...OPEN,
      Allow: METHODS,
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'Access-Control-Allow-Headers': 'Accept, Cache-Control, If-None-Match, If-Range, Range',
      'Access-Control-Max-Age': '86400',
    },
  }
}

/** Makes the response. `streamed` makes the stream of its body. Without a body, the request ends here: `done` is called. */
function responseOf(
  { status, headers, body }: Answer,
  withBody: boolean,
  streamed: (pieces: AsyncGenerator<Uint8Array>) => ReadableStream<Uint8Array>,
  done: () => void,
): Response {
  if (body === undefined || !withBody) {
    done()
    return new Response(null, { status, headers })
  }
  const pieces = Symbol.asyncIterator in body ? body : onePiece(body)
  return new Response(streamed(pieces), { status, headers })
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
