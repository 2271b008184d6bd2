/** The connection of a BullMQ transport: its packages, which are optional, and a client of Redis. */
import type * as Bull from 'bullmq'
import type { Redis } from 'ioredis'
import { Fault } from '../base/fault.ts'
import { isError, messageOf } from '../base/realms.ts'
import { badUsage } from '../base/usage.ts'

/**
 * The address of a Redis or Valkey server: `redis://host:port`, `rediss://…` for TLS, the path of a socket, or options
 * of `ioredis`.
 */
export type BullConnection = string | Readonly<Record<string, unknown>>

/** The versions that are tested. */
const PACKAGES = 'bullmq@6.7.0 ioredis@5.11.1'

/** The packages and a connected client. */
export interface BullClient {
  readonly bull: typeof Bull
  readonly redis: Redis
  /** The address without user and password, for faults. */
  readonly address: string
}

/**
 * Loads the packages, and connects. Later, the client connects again by itself whenever the connection is lost.
 *
 * @throws Fault bad-usage without the packages, or for an address that is none; queue-failed if there is no connection
 */
export async function connectBull(connection: BullConnection): Promise<BullClient> {
  const address = addressOf(connection)
  const { bull, RedisClient } = await loadPackages()
  // BullMQ waits for jobs by a command that blocks, so it needs a client that repeats commands without an end.
  const options = { maxRetriesPerRequest: null, lazyConnect: true }
  const redis =
    typeof connection === 'string'
      ? new RedisClient(connection, options)
      : new RedisClient({ ...connection, ...options })
  let last: unknown
  redis.on('error', (error: unknown) => (last = error))
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    throw queueFailed(address, last ?? error)
  }
  return { bull, redis, address }
}

/** The fault for an error of the queue. A fault is returned unchanged. */
export function queueFailed(address: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  // An error of ioredis has the command with its arguments. Those of `auth` are user and password.
  if (isError(error)) delete (error as { command?: unknown }).command
  return new Fault('queue-failed', `the queue at ${address} fails: ${messageOf(error)}`, { address }, error)
}

async function loadPackages() {
  try {
    const [bull, ioredis] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bull, RedisClient: ioredis.Redis }
  } catch (error) {
    if (!isError(error) || (error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const message = `a queue on Redis needs two packages that are not installed: npm install ${PACKAGES}`
    throw new Fault('bad-usage', message, { packages: PACKAGES }, error)
  }
}

/**
 * The address of a server, without user and password.
 *
 * @throws Fault bad-usage
 */
export function addressOf(connection: BullConnection): string {
  if (typeof connection !== 'string') {
    if (typeof connection !== 'object' || connection === null || Array.isArray(connection))
      throw badUsage('connection', 'an address such as redis://127.0.0.1:6379, or an object', connection)
    const { host = '127.0.0.1', port = 6379, path } = connection
    return typeof path === 'string' ? path : `${String(host)}:${String(port)}`
  }
  if (connection.startsWith('/')) return connection
  const url = URL.canParse(connection) ? new URL(connection) : undefined
  if (url === undefined || (url.protocol !== 'redis:' && url.protocol !== 'rediss:'))
    throw new Fault(
      'bad-usage',
      'the address of the queue must be redis://host:port, rediss://host:port or the path of a socket',
      { argument: 'connection' },
    )
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`
}
