/** The contract of transports, for BullMQ on a real Redis, and what is special about it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBullTransport } from '../../../src/farm/bull-transport.ts'
import type { FarmTransport } from '../../../src/farm/transport.ts'
import { describeTransport } from '../transport-contract.ts'
import { RedisServer } from './server.ts'

const MUTE = fileURLToPath(new URL('./mute.mjs', import.meta.url))
const LOCK_MS = 1500

const server = new RedisServer()
beforeAll(() => server.start())
afterAll(() => server.end())

const prefixes = new WeakMap<FarmTransport, string>()
let made = 0

function transportOf(prefix: string): FarmTransport {
  const transport = createBullTransport({ connection: server.address, prefix, lockMs: LOCK_MS })
  prefixes.set(transport, prefix)
  return transport
}

describeTransport('over BullMQ', {
  make: async () => transportOf(`test${made++}`),
  again: async transport => transportOf(prefixes.get(transport)!),
  mute: async (transport, lane, worker) => {
    const words = [MUTE, server.address, prefixes.get(transport)!, String(LOCK_MS), lane, worker]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    return {
      taken: once(child.stdout, 'data').then(() => {}),
      kill: async () => {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      },
    }
  },
  patienceMs: 8 * LOCK_MS,
})

describe('the connection', () => {
  test('fails with a fault that names the server, and neither user nor password', async () => {
    const transport = createBullTransport({ connection: 'redis://user:secret@127.0.0.1:1/3' })
    const fault = await transport.lanes().catch((error: unknown) => error as Error & { code: string })
    expect(fault).toMatchObject({ code: 'queue-failed', detail: { address: 'redis://127.0.0.1:1/3' } })
    expect((fault as Error).message).toContain('redis://127.0.0.1:1/3')
    expect(JSON.stringify(fault) + (fault as Error).message).not.toContain('secret')
    await transport.close()
  })

  test('names that are no lanes are left out (FARM-3)', async () => {
    const redis = new Redis(server.address)
    await redis.sadd('names:lanes', 'a:b', '', 'x'.repeat(1000))
    const transport = transportOf('names')
    await transport.add({ lane: 'a', id: 'x', payload: new Uint8Array(1), priority: 0 })
    expect((await transport.lanes()).map(({ lane }) => lane)).toEqual(['a'])
    await transport.close()
    redis.disconnect()
  })

  test('a worker that cannot say that it serves a lane takes nothing from it', async () => {
    const redis = new Redis(server.address)
    await redis.set('mute:workers', 'no sorted set')
    const transport = transportOf('mute')
    let taken = 0
    const handle = async ({ payload }: { readonly payload: Uint8Array }): Promise<Uint8Array> => {
      taken++
      return payload
    }
    const service = { lane: 'a', worker: 'w', concurrency: 1, handle }
    await expect(transport.work(service)).rejects.toMatchObject({ code: 'queue-failed' })
    await transport.add({ lane: 'a', id: 'x', payload: new Uint8Array(1), priority: 0 })
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(taken).toBe(0)
    await redis.del('mute:workers')
    const worker = await transport.work(service)
    await transport.wait('a', 'x')
    expect(taken).toBe(1)
    await worker.close()
    await transport.close()
    redis.disconnect()
  })

  test('a lane that could not be opened is opened by the next use', async () => {
    const redis = new Redis(server.address)
    await redis.set('again:lanes', 'no set')
    const transport = transportOf('again')
    const replica = { lane: 'a', id: 'x', payload: new Uint8Array(1), priority: 0 }
    await expect(transport.add(replica)).rejects.toMatchObject({ code: 'queue-failed' })
    await redis.del('again:lanes')
    expect(await transport.add(replica)).toBe(true)
    await transport.close()
    redis.disconnect()
  })

  test('survives the death of the server: what it has written is answered (FARM-4)', { timeout: 60_000 }, async () => {
    const transport = transportOf('crash')
    const bytes = new TextEncoder().encode('x')
    for (let i = 0; i < 10; i++) await transport.add({ lane: 'a', id: `x${i}`, payload: bytes, priority: 0 })
    const ends = Array.from({ length: 10 }, (_, i) => transport.wait('a', `x${i}`))
    // Redis writes its file to the disk every second.
    await new Promise(resolve => setTimeout(resolve, 1500))
    await server.kill()
    await server.start()
    const worker = await transport.work({
      lane: 'a',
      worker: 'w',
      concurrency: 2,
      handle: async taken => taken.payload,
    })
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 10 }, () => ({ answer: bytes })))
    await worker.close()
    await transport.close()
  })
})
