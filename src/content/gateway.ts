import type { CID } from 'multiformats/cid'
import { checkTime } from '../base/deadline.ts'
import { onAbort } from '../base/on-abort.ts'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isError, messageOf } from '../base/realms.ts'
import { badUsage, count, fields, givenBytes, givenText, optionalFunction } from '../base/usage.ts'
import type { BlockStore } from '../interface.ts'
import { MAX_BLOCK_BYTES, MAX_TOTAL_BYTES, blockMissing, collectBytes } from './block.ts'
import type { SizeBound } from './block.ts'
import { readCar } from './car.ts'
import type { Car } from './car.ts'
import { isIdentity, requireSupportedHash, verifyBlock } from './hashes.ts'

const RAW_TYPE = 'application/vnd.ipld.raw'

/** The default time limit of one request, its body included: one minute, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 60_000

/** Options of requests to a gateway. */
export interface GatewayOptions extends SizeBound {
  /** The `fetch` function. Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** The time limit of one request, its body included, in milliseconds: above 0 and below 2³¹. Default `REQUEST_TIMEOUT_MS`. */
  readonly timeoutMs?: number | undefined
}

/** Options of a gateway as a store. */
export interface GatewayStoreOptions extends GatewayOptions {
  /**
   * The bearer token with which blocks are put (docs/spec/gateway.md, SERVE-16). It is sent with blocks that are put, and with no
   * other request. Over `http` others on the way can read it. Default: none, so that the store can only be read.
   */
  readonly token?: string | undefined
}

/**
 * A trustless gateway (specs.ipfs.tech/http-gateways/trustless-gateway) as a block store. It makes one request for each block,
 * and verifies what it reads. With a token, blocks can be put into gateways that take them, such as those of `ipvm-wasm serve`.
 * `maxBytes` bounds a block, `MAX_BLOCK_BYTES` by default. The signal ends all requests.
 *
 * Its methods throw Fault block-missing (404, 410), hash-mismatch, gateway-failed (any other answer, no answer, not in
 * time, or too much of it; detail: `url`, `status`), aborted, timeout; `put` throws store-failed without a token, or if the
 * gateway refuses the token or the block.
 *
 * @throws Fault bad-usage if the address cannot be that of a gateway, bad-limits for a time limit out of range
 */
export function createGatewayStore(url: string, options: GatewayStoreOptions = {}): BlockStore {
  const base = gatewayBase(url)
  const { token, ...reading } = fields(options, 'options')
  const { maxBytes = MAX_BLOCK_BYTES } = givenOptions(reading)
  if (token !== undefined && !isToken(token)) throw badUsage('token', 'a bearer token', token)
  const address = (cid: CID): string => `${base}/ipfs/${cid}?format=raw`
  return {
    async get(cid, call) {
      requireSupportedHash(givenCid(cid, 'cid'))
      const request = { ...reading, url: address(cid), cid, method: 'GET', accept: RAW_TYPE }
      const bytes = await exchange(request, call?.signal, (body, signal) => {
        return collectBytes(body, { maxBytes, signal }, () => tooMuch(request.url, maxBytes))
      })
      await verifyBlock(cid, bytes, base)
      return bytes
    },
    async has(cid, call) {
      givenCid(cid, 'cid')
      const request = { ...reading, url: address(cid), cid, method: 'HEAD', accept: RAW_TYPE }
      try {
        return await exchange(request, call?.signal, async () => true)
      } catch (error) {
        if (error instanceof Fault && error.code === 'block-missing') return false
        throw error
      }
    },
    async put(cid, bytes, call) {
      if (token === undefined) {
        const message = 'a gateway can only be read without a token: put the block into a local store'
        throw new Fault('store-failed', message, { cid, url: base })
      }
      if (isIdentity(givenCid(cid, 'cid'))) return cid
      const body = givenBytes(bytes, 'bytes') as Uint8Array<ArrayBuffer>
      const request = { ...reading, url: address(cid), cid, method: 'PUT', accept: '*/*', token, body }
      return exchange(request, call?.signal, async () => cid)
    },
  }
}

/** True if a text can be a bearer token (RFC 6750) of up to 512 characters. */
export function isToken(text: string): boolean {
  return typeof text === 'string' && text.length <= 512 && /^[A-Za-z0-9\-._~+/]+=*$/.test(text)
}

/**
 * Requests a CID and all blocks that it links to, directly or indirectly, from a trustless gateway. Every block is verified.
 * The caller must check that they are all there, and no others. `maxBytes` bounds the answer, `MAX_TOTAL_BYTES`
 * by default.
 *
 * @throws Fault block-missing (404, 410), hash-mismatch, unsupported-hash, gateway-failed, aborted, timeout
 */
export async function readGatewayCar(url: string, cid: CID, options: GatewayOptions = {}): Promise<Car> {
  const { maxBytes = MAX_TOTAL_BYTES } = givenOptions(options)
  const address = `${gatewayBase(url)}/ipfs/${cid}?format=car&dag-scope=all`
  const request = { ...options, url: address, cid, method: 'GET', accept: 'application/vnd.ipld.car' }
  return exchange(request, undefined, async (body, signal) => {
    try {
      return await readCar(body, { signal, maxBytes })
    } catch (error) {
      // The gateway is to blame for errors in the archive, and not the caller.
      if (!(error instanceof Fault)) throw error
      if (error.code === 'too-large') throw tooMuch(address, maxBytes)
      if (error.code !== 'bad-car') throw error
      const reason = isError(error.cause) ? error.cause.message : error.message
      throw gatewayFailed(address, `does not send a sound CAR: ${reason}`, { ...error.detail }, error)
    }
  })
}

interface Request extends GatewayOptions {
  readonly url: string
  readonly cid: CID
  readonly method: string
  readonly accept: string
  /** The block that is put, and the token for it. */
  readonly body?: Uint8Array<ArrayBuffer>
  readonly token?: string
}

type Consume<T> = (body: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<T>

/** Makes one request. Returns the result of `consume` for its body. Ended by its time limit and by both signals. */
async function exchange<T>(request: Request, callSignal: AbortSignal | undefined, consume: Consume<T>): Promise<T> {
  const { url, signal: ownSignal, timeoutMs = REQUEST_TIMEOUT_MS } = request
  const signals = [ownSignal, callSignal]
  for (const signal of signals) throwIfAborted(signal)
  const controller = new AbortController()
  // `fetch` rejects with the reason of the signal, which is this fault.
  const giveUp = (): void => controller.abort(faultOf(signals))
  const late = (): void => controller.abort(gatewayFailed(url, `does not answer in full within ${timeoutMs} ms`))
  const timer = setTimeout(late, timeoutMs)
  const leaving = signals.map(signal => onAbort(signal, giveUp))
  try {
    return await orReason(controller.signal, async () => {
      const response = await respond(request, controller.signal)
      return consume(piecesOf(response, url), controller.signal)
    })
  } finally {
    clearTimeout(timer)
    for (const leave of leaving) leave()
    // Closes the connection if the body was not read to its end.
    controller.abort()
  }
}

async function respond(request: Request, signal: AbortSignal): Promise<Response> {
  const { url, cid, method, accept, fetch = globalThis.fetch, body, token } = request
  // A redirection is not followed with a token, which only the gateway itself may learn.
  const init: RequestInit =
    body === undefined
      ? { method, headers: { accept }, redirect: 'follow', signal }
      : {
          method,
          headers: { accept, 'content-type': RAW_TYPE, authorization: `Bearer ${token}` },
          body,
          redirect: 'error',
          signal,
        }
  let response
  try {
    response = await fetch(url, init)
  } catch (error) {
    const cause = isError(error) && isError(error.cause) ? error.cause : error
    throw gatewayFailed(url, `cannot be reached: ${messageOf(cause)}`, {}, error)
  }
  if (typeof response?.status !== 'number') throw badUsage('what fetch resolves to', 'a Response', response)
  const { status } = response
  if (response.url !== '' && !/^https?:/.test(response.url)) {
    throw gatewayFailed(url, `redirects to ${response.url}, which is not HTTP`, { status })
  }
  if (body !== undefined) return accepted(response, request)
  if (status === 404 || status === 410)
    throw blockMissing(cid, gatewayFailed(url, `answers ${status}`, { status }), url)
  if (status !== 200) throw gatewayFailed(url, `answers ${status} ${response.statusText}`, { status })
  return response
}

/** The response to a block that was put. Throws store-failed if it is refused, gateway-failed if another attempt may help. */
function accepted(response: Response, { url, cid }: Request): Response {
  const { status, statusText, ok } = response
  if (ok) return response
  if (status === 401 || status === 403)
    throw new Fault('store-failed', `the gateway ${url} does not accept the token (${status})`, { url, status, cid })
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    throw new Fault('store-failed', `the gateway ${url} does not take the block: ${status} ${statusText}`, {
      url,
      status,
      cid,
    })
  throw gatewayFailed(url, `answers ${status} ${statusText}`, { status })
}

async function* piecesOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  // A reader is used because some browsers cannot iterate over a stream.
  const reader = response.body?.getReader()
  if (reader === undefined) return
  for (;;) {
    const next = await reader.read().catch((error: unknown) => {
      throw error instanceof Fault
        ? error
        : gatewayFailed(url, 'breaks off its answer', { status: response.status }, error)
    })
    if (next.done) return
    yield next.value
  }
}

/** The result of the work, or the reason of the signal as soon as it fires, even if the work does not listen to it. */
async function orReason<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const reason = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([work(), reason])
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}

function faultOf(signals: readonly (AbortSignal | undefined)[]): unknown {
  try {
    for (const signal of signals) throwIfAborted(signal)
    return undefined
  } catch (fault) {
    return fault
  }
}

function givenOptions(options: GatewayOptions): GatewayOptions {
  const { fetch, maxBytes, timeoutMs } = fields(options, 'options')
  optionalFunction(fetch, 'fetch')
  count(maxBytes, 'maxBytes')
  checkTime(timeoutMs)
  return options
}

/** The address without a slash at its end. Throws Fault bad-usage if it cannot be that of a gateway. */
function gatewayBase(url: string): string {
  let parsed
  givenText(url, 'the address of the gateway')
  try {
    parsed = new URL(url)
  } catch (error) {
    const message = `"${url}" is no address of a gateway: give one as https://gateway.example`
    throw new Fault('bad-usage', message, { url }, error)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new Fault('bad-usage', `"${url}" is no address of a gateway: only http and https are spoken`, { url })
  }
  // Faults and logs contain the address, which must not contain a password.
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') {
    const message = `the address of the gateway ${parsed.host} has a user, a query or a fragment: give it without`
    throw new Fault('bad-usage', message, { host: parsed.host })
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

function tooMuch(url: string, maxBytes: number): Fault {
  return gatewayFailed(url, `sends more than the ${maxBytes} bytes allowed`, { maxBytes })
}

function gatewayFailed(url: string, what: string, facts: Record<string, unknown> = {}, cause?: unknown): Fault {
  const message = `the gateway ${what} (${url}): try again later or another gateway`
  return new Fault('gateway-failed', message, { url, ...facts }, cause)
}
