/**
 * The queue of a farm on Redis or Valkey, by BullMQ. Each lane is a queue of BullMQ, so its dashboards show it.
 *
 * Keys besides those of BullMQ: `‹prefix›:lanes`, the set of names of lanes, and `‹prefix›:workers`, the workers with
 * the time until which they count as alive, in milliseconds by the clock of Redis.
 */
import { fields, givenText } from '../base/usage.ts'
import { checkTime } from '../base/deadline.ts'
import { addressOf, connectBull, queueFailed, type BullClient, type BullConnection } from './bull-client.ts'
import { BullLane } from './bull-lane.ts'
import { serveLane } from './bull-worker.ts'
import { isLane, type FarmTransport, type LaneService, type LaneState, type LaneWorker } from './transport.ts'

export type { BullConnection } from './bull-client.ts'

/** Options of a transport over BullMQ. */
export interface BullOptions {
  /** The server. */
  readonly connection: BullConnection
  /** The beginning of all keys in Redis. Farms with other prefixes do not see one another. Default: `ipvm`. */
  readonly prefix?: string
  /**
   * The time after which a worker that is not heard of counts as dead, and its jobs go to others, in milliseconds. It
   * must be the same for all workers. Default: 30 000.
   */
  readonly lockMs?: number
}

const LOCK_MS = 30_000

/** A day, in milliseconds. Workers that have been gone for longer are forgotten. */
const DAY_MS = 86_400_000

/**
 * Makes a transport over BullMQ. It connects when it is first used. It needs the packages `bullmq` and `ioredis`.
 *
 * @throws Fault bad-usage, bad-limits for wrong options
 */
export function createBullTransport(options: BullOptions): FarmTransport {
  const { connection, prefix = 'ipvm', lockMs = LOCK_MS } = fields(options, 'options')
  addressOf(connection)
  givenText(prefix, 'prefix')
  checkTime(lockMs, 'lockMs')
  return new BullTransport(connection, prefix, lockMs)
}

class BullTransport implements FarmTransport {
  readonly #connection: BullConnection
  readonly #prefix: string
  readonly #lockMs: number
  #client: Promise<BullClient> | undefined
  readonly #lanes = new Map<string, Promise<BullLane>>()

  constructor(connection: BullConnection, prefix: string, lockMs: number) {
    this.#connection = connection
    this.#prefix = prefix
    this.#lockMs = lockMs
  }

  add: FarmTransport['add'] = replica => this.#use(async () => (await this.#lane(replica.lane)).add(replica))

  wait: FarmTransport['wait'] = (lane, id, options = {}) =>
    this.#use(async () => (await this.#lane(lane)).wait(id, options))

  remove: FarmTransport['remove'] = (lane, id) => this.#use(async () => (await this.#lane(lane)).remove(id))

  work(service: LaneService): Promise<LaneWorker> {
    return this.#use(async client => {
      const { redis } = client
      await redis.sadd(this.#key('lanes'), service.lane)
      const member = `${service.lane} ${service.worker}`
      const beat = async (): Promise<unknown> =>
        redis.zadd(this.#key('workers'), (await timeOf(client)) + this.#lockMs / 2, member)
      const leave = (): Promise<unknown> => redis.zrem(this.#key('workers'), member)
      return serveLane(service, client, { prefix: this.#prefix, lockMs: this.#lockMs }, { beat, leave })
    })
  }

  lanes(): Promise<readonly LaneState[]> {
    return this.#use(async client => {
      const { redis } = client
      const now = await timeOf(client)
      const [names, alive] = await Promise.all([
        redis.smembers(this.#key('lanes')),
        redis.zrangebyscore(this.#key('workers'), now, '+inf'),
        redis.zremrangebyscore(this.#key('workers'), '-inf', now - DAY_MS),
      ])
      // Whoever has the password can write other names there.
      const states = await Promise.all(
        names.filter(isLane).map(async name => {
          const workers = alive.filter(member => member.startsWith(`${name} `))
          return (await this.#lane(name)).state(
            workers.map(member => member.slice(name.length + 1)),
            now,
          )
        }),
      )
      return states.filter(({ waiting, active, setAside, workers }) => waiting + active + setAside + workers.length > 0)
    })
  }

  async close(): Promise<void> {
    if (this.#client === undefined) return
    const client = await this.#client.catch(() => undefined)
    if (client === undefined) return
    for (const lane of this.#lanes.values()) await lane.then(opened => opened.close()).catch(() => {})
    this.#lanes.clear()
    client.redis.disconnect()
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`
  }

  /** Connects if that has not been done, and uses the queue. */
  async #use<T>(work: (client: BullClient) => Promise<T>): Promise<T> {
    this.#client ??= connectBull(this.#connection).catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    const client = await this.#client
    try {
      return await work(client)
    } catch (error) {
      throw queueFailed(client.address, error)
    }
  }

  #lane(name: string): Promise<BullLane> {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lane = this.#open(name).catch((error: unknown) => {
      // The next use tries again.
      this.#lanes.delete(name)
      throw error
    })
    this.#lanes.set(name, lane)
    return lane
  }

  async #open(name: string): Promise<BullLane> {
    const client = await this.#client!
    await client.redis.sadd(this.#key('lanes'), name)
    return new BullLane(name, client, this.#prefix, await timeOf(client))
  }
}

/** The time by the clock of Redis, in milliseconds, which all judges and workers share. */
async function timeOf({ redis }: BullClient): Promise<number> {
  const [seconds, micros] = await redis.time()
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
}
