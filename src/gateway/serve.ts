/** A server of node:http around a gateway (docs/spec/gateway.md, SERVE-12). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { checkTime } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { messageOf } from '../base/realms.ts'
import { badUsage, count, fields, givenText } from '../base/usage.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { Refusal, refused, tooBusy } from './refusal.ts'
import { TIMEOUT_MS, type CreateGatewayOptions } from './settings.ts'

/** Options of `serveGateway`. */
export interface ServeGatewayOptions extends CreateGatewayOptions {
  /** The address of this machine at which the server listens. Default `127.0.0.1`, which other machines cannot reach. */
  readonly host?: string | undefined
  /** The port, from 0 to 65 535. Default 0: one that is free. */
  readonly port?: number | undefined
  /**
   * The number of requests of one address that are answered at once. More are refused with 429. Default 32. If a proxy stands
   * before the server, all requests have the address of the proxy.
   */
  readonly maxPerAddress?: number | undefined
  /** The number of connections that are open at once. More are closed. Default 1024. */
  readonly maxConnections?: number | undefined
  /**
   * The time in milliseconds within which the head of a request must be there, and within which some bytes of a body must move.
   * A connection that is slower is closed. Below 2³¹. Default 30 seconds.
   */
  readonly idleMs?: number | undefined
}

/** Options of ending a server. */
export interface CloseGatewayOptions {
  /** The time in milliseconds that requests under way have to end. They are cut off after it. Default five seconds. */
  readonly graceMs?: number | undefined
}

/** A server that listens. */
export interface GatewayServer {
  /** The address for clients, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /**
   * Takes no more requests, waits for those under way, and resolves when all connections are closed.
   *
   * @throws Fault bad-usage
   */
  close(options?: CloseGatewayOptions): Promise<void>
}

const IDLE_MS = 30_000
const GRACE_MS = 5_000
/** The longest time that a timer can wait: 24 days. */
const MAX_GRACE_MS = 2_147_483_647

/** The time for which a connection without a request stays open. */
const KEEP_ALIVE_MS = 5_000

/** The greatest size of a request's head. A path of 4 096 characters takes up to three bytes for each of them. */
const MAX_HEAD_BYTES = 16 * 1024

/** A body that is refused is read up to this size and dropped, so that the client gets to read why. */
const DROPPED_BYTES = 4 * 1024 * 1024

/**
 * Serves a gateway over HTTP with node:http. Resolves when the server listens.
 *
 * @throws Fault those of `createGateway`, and bad-usage if the address or the port cannot be had
 */
export async function serveGateway(options: ServeGatewayOptions): Promise<GatewayServer> {
  const { host = '127.0.0.1', port = 0, idleMs = IDLE_MS, timeoutMs = TIMEOUT_MS } = fields(options, 'options')
  const { maxPerAddress = 32, maxConnections = 1024 } = options
  givenText(host, 'host')
  if (!(Number.isSafeInteger(port) && port >= 0 && port <= 65_535))
    throw badUsage('port', 'a port, from 0 to 65535', port)
  count(maxPerAddress, 'maxPerAddress', 1)
  count(maxConnections, 'maxConnections', 1)
  checkTime(idleMs, 'idleMs')
  const bridge = new Bridge(createGateway(options), maxPerAddress)
  const server = createServer(
    {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: idleMs,
      requestTimeout: Math.max(idleMs, timeoutMs),
      connectionsCheckingInterval: Math.max(10, Math.min(1_000, idleMs / 4)),
      keepAliveTimeout: Math.min(idleMs, KEEP_ALIVE_MS),
    },
    (incoming, outgoing) => void bridge.take(incoming, outgoing),
  )
  // A socket on which nothing moves is closed, also while a response waits for its reader.
  server.timeout = idleMs
  if (Number.isFinite(maxConnections)) server.maxConnections = maxConnections
  await listening(server, host, port)
  // For example, that no more files can be opened for connections. The server goes on.
  server.on('error', error => options.onFault?.(error))
  const { address, port: at } = server.address() as AddressInfo
  return {
    url: `http://${isIPv6(address) ? `[${address}]` : address}:${at}`,
    async close(given = {}) {
      const { graceMs = GRACE_MS } = fields(given, 'options')
      count(graceMs, 'graceMs')
      bridge.end()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      const timer = setTimeout(() => server.closeAllConnections(), Math.min(graceMs, MAX_GRACE_MS))
      await closed
      clearTimeout(timer)
    },
  }
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    const message = `the gateway cannot listen at ${host}, port ${port}: ${messageOf(error)}`
    throw new Fault('bad-usage', message, { host, port }, error)
  }
}

/** Passes requests of node:http to a gateway, and its responses back. */
class Bridge {
  readonly #gateway: Gateway
  readonly #maxPerAddress: number
  /** The number of requests under way of each address that has some. */
  readonly #underWay = new Map<string, number>()
  #ending = false

  constructor(gateway: Gateway, maxPerAddress: number) {
    this.#gateway = gateway
    this.#maxPerAddress = maxPerAddress
  }

  /** Connections are closed after their next response. */
  end(): void {
    this.#ending = true
  }

  /** Answers a request. Never rejects: a response that fails closes the connection, so that it does not look complete. */
  async take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController()
    const leave = this.#enter(incoming.socket.remoteAddress ?? '')
    outgoing.once('close', () => {
      leave?.()
      gone.abort()
    })
    try {
      const response = leave === undefined ? tooMany(incoming) : await this.#respond(incoming, gone.signal)
      if (outgoing.destroyed) return void (await response.body?.cancel())
      if (this.#ending || leavesMuch(incoming)) outgoing.setHeader('Connection', 'close')
      outgoing.writeHead(response.status, [...response.headers].flat())
      if (response.body === null) outgoing.end()
      else await pipeline(pieces(response.body, incoming), outgoing)
    } catch {
      outgoing.destroy()
    }
  }

  async #respond(incoming: IncomingMessage, signal: AbortSignal): Promise<Response> {
    let request
    try {
      request = requestOf(incoming, signal)
    } catch (error) {
      const message = `this is no request that can be answered: ${messageOf(error)}`
      return refused(new Refusal(400, message, {}, error), incoming.method !== 'HEAD')
    }
    return this.#gateway(request)
  }

  /** Counts a request. Returns the function that ends it, or undefined if the address has too many. */
  #enter(address: string): (() => void) | undefined {
    const before = this.#underWay.get(address) ?? 0
    if (before >= this.#maxPerAddress) return undefined
    this.#underWay.set(address, before + 1)
    return () => {
      const left = this.#underWay.get(address)! - 1
      if (left === 0) this.#underWay.delete(address)
      else this.#underWay.set(address, left)
    }
  }
}

function tooMany(incoming: IncomingMessage): Response {
  return refused(tooBusy(429, 'too many requests of your address are under way'), incoming.method !== 'HEAD')
}

/** The request in the form of `fetch`. Its host is not that of the client, which may name any. Throws if there is no such form. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const address = new URL(url.startsWith('/') ? `http://gateway.invalid${url}` : url)
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  )
  if (method === 'GET' || method === 'HEAD') return new Request(address, { method, headers: given, signal })
  // By default this side would hold as many pieces as it may hold bytes.
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 65_536 })
  const body = Readable.toWeb(incoming, { strategy } as never) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>
  return new Request(address, { method, headers: given, signal, body, duplex: 'half' } as RequestInit)
}

/**
 * The body as a stream of Node. If it fails, the connection is reset. In HTTP/1.0, which some proxies still speak, a connection
 * that is closed in an orderly way would be the end of a complete body.
 */
function pieces(body: ReadableStream<Uint8Array>, { socket }: IncomingMessage): Readable {
  return Readable.fromWeb(body as NodeStream).once('error', () => socket.resetAndDestroy())
}

/** True if more of the request's body is still to come than is worth reading. */
function leavesMuch({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false
  const declared = headers['content-length']
  return declared === undefined ? headers['transfer-encoding'] !== undefined : Number(declared) > DROPPED_BYTES
}
