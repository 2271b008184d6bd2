/** The contract of transports, for BullMQ on a real Redis, and what is special about it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
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
