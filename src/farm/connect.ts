/** The way to a queue, as an option of farms and workers. */
import { Fault } from '../base/fault.ts'
import { withMethods } from '../base/usage.ts'
import { createBullTransport, type BullConnection } from './bull-transport.ts'
import type { FarmTransport } from './transport.ts'

/** The way to a queue. Exactly one of the two must be given. */
export interface ToQueue {
  /** A queue that was made before. It stays open. */
  readonly transport?: FarmTransport
  /** The address of a Redis or Valkey server, such as `redis://127.0.0.1:6379`, or options of `ioredis`. */
  readonly connection?: BullConnection
}

/**
 * The queue that options name. `isOwn` is true if it was made here and has to be closed.
 *
 * @throws Fault bad-usage
 */
export function givenTransport({ transport, connection }: ToQueue): {
  readonly transport: FarmTransport
  readonly isOwn: boolean
} {
  if ((transport === undefined) === (connection === undefined))
    throw new Fault('bad-usage', 'give either transport or connection', { argument: 'transport' })
  if (transport === undefined) return { transport: createBullTransport({ connection: connection! }), isOwn: true }
  return {
    transport: withMethods(transport, 'transport', ['add', 'wait', 'remove', 'work', 'lanes', 'close']),
    isOwn: false,
  }
}
