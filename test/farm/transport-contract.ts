/** What every transport of a farm does. Each transport passes these tests. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { FarmTransport, LaneService, LaneWorker, Replica, TakenReplica } from '../../src/farm/transport.ts'

/** What a transport under test has to offer. */
export interface Harness {
  /** A transport over a queue that nobody has used. */
  make(): Promise<FarmTransport>
  /** A second transport over the same queue, as another process has it. */
  again(transport: FarmTransport): Promise<FarmTransport>
  /** Starts a worker that takes replicas and answers none. It tells when it has taken one, and can be killed. */
  mute(
    transport: FarmTransport,
    lane: string,
    worker: string,
  ): Promise<{ readonly taken: Promise<void>; kill(): Promise<void> }>
  /** The time in which a replica of a dead worker reaches another one, in milliseconds. */
  readonly patienceMs: number
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (data: Uint8Array): string => new TextDecoder().decode(data)
const replica = (id: string, lane = 'a', priority = 0): Replica => ({ lane, id, payload: bytes(id), priority })

/** A promise with the functions that settle it. */
function gate<T = void>() {
  let open!: (value: T) => void
  const passed = new Promise<T>(resolve => (open = resolve))
  return { open, passed }
}

export function describeTransport(name: string, harness: Harness): void {
  describe(`the transport ${name} (FARM-3) (FARM-4)`, { timeout: 10_000 + 8 * harness.patienceMs }, () => {
    const workers: LaneWorker[] = []
    const transports: FarmTransport[] = []
    const closing = async (): Promise<void> => {
      for (const worker of workers.splice(0)) await worker.close({ abort: true })
      for (const transport of transports.splice(0)) await transport.close()
    }
    afterEach(closing)
    afterAll(closing)

    const made = async (): Promise<FarmTransport> => {
      const transport = await harness.make()
      transports.push(transport)
      return transport
    }
    const work = async (
      transport: FarmTransport,
      handle: (replica: TakenReplica) => Promise<Uint8Array>,
      more: Partial<LaneService> = {},
    ): Promise<LaneWorker> => {
      const worker = await transport.work({ lane: 'a', worker: 'one', concurrency: 1, ...more, handle })
      workers.push(worker)
      return worker
    }
    const echo = async ({ payload }: TakenReplica): Promise<Uint8Array> => bytes(`${textOf(payload)}!`)

    test('gives a replica to a worker, and its answer to all who wait, before and afterwards', async () => {
      const transport = await made()
      expect(await transport.add(replica('x'))).toBe(true)
      const waiting = [transport.wait('a', 'x'), transport.wait('a', 'x')]
      await work(transport, echo)
      expect(await Promise.all(waiting)).toEqual([{ answer: bytes('x!') }, { answer: bytes('x!') }])
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('x!') })
    })

    test('adds a replica once, whoever adds it and whether it waits, is taken or is answered', async () => {
      const transport = await made()
      const other = await harness.again(transport)
      transports.push(other)
      let runs = 0
      const { open, passed } = gate()
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? transport : other).add(replica('x'))),
      )
      expect(added.filter(Boolean)).toHaveLength(1)
      const { open: begun, passed: taken } = gate()
      await work(transport, async () => {
        runs++
        begun()
        await passed
        return bytes('done')
      })
      await taken
      expect(await other.add(replica('x'))).toBe(false)
      open()
      expect(await other.wait('a', 'x')).toEqual({ answer: bytes('done') })
      expect(await other.add(replica('x'))).toBe(false)
      expect(runs).toBe(1)
    })

    test('a removed replica is lost to who waits, and can be added again', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      const waiting = transport.wait('a', 'x')
      await transport.remove('a', 'x')
      expect(await waiting).toEqual({ lost: true })
      expect(await transport.wait('a', 'x')).toEqual({ lost: true })
      await transport.remove('a', 'x')
      await transport.remove('a', 'unknown')
      expect(await transport.add(replica('x'))).toBe(true)
      await work(transport, echo)
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('x!') })
      await transport.remove('a', 'x')
      expect(await transport.add(replica('x'))).toBe(true)
    })

    test('a replica that a worker has taken cannot be removed', async () => {
      const transport = await made()
      const { open, passed } = gate()
      const { open: begun, passed: taken } = gate()
      await work(transport, async () => {
        begun()
        await passed
        return bytes('done')
      })
      await transport.add(replica('x'))
      await taken
      await transport.remove('a', 'x').catch(() => {})
      open()
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('done') })
    })

    test('higher priorities come first, and equal ones in their order', async () => {
      const transport = await made()
      const order: string[] = []
      for (const [id, priority] of [
        ['low', -10],
        ['first', 0],
        ['second', 0],
        ['high', 10],
        ['higher', 3],
      ] as const)
        await transport.add(replica(id, 'a', priority))
      await work(transport, async taken => {
        order.push(taken.id)
        return echo(taken)
      })
      await transport.wait('a', 'low')
      expect(order).toEqual(['high', 'higher', 'first', 'second', 'low'])
    })

    test('lanes are apart: one id may be on each, and a worker serves one', async () => {
      const transport = await made()
      expect(await transport.add(replica('x', 'a'))).toBe(true)
      expect(await transport.add(replica('x', 'b'))).toBe(true)
      await work(transport, async () => bytes('of b'), { lane: 'b', worker: 'two' })
      expect(await transport.wait('b', 'x')).toEqual({ answer: bytes('of b') })
      const states = await transport.lanes()
      expect(states.map(({ lane, waiting, workers: names }) => [lane, waiting, names]).sort()).toEqual([
        ['a', 1, []],
        ['b', 0, ['two']],
      ])
    })

    test('counts what waits, what is taken, and who serves a lane', async () => {
      const transport = await made()
      expect(await transport.lanes()).toEqual([])
      const { open, passed } = gate()
      for (const id of ['x', 'y', 'z']) await transport.add(replica(id))
      const { open: begun, passed: taken } = gate()
      const worker = await work(transport, async () => {
        begun()
        await passed
        return bytes('done')
      })
      await taken
      expect(await transport.lanes()).toEqual([
        { lane: 'a', waiting: 2, active: 1, setAside: 0, perMinute: 0, workers: ['one'] },
      ])
      open()
      await transport.wait('a', 'z')
      await worker.close()
      expect((await transport.lanes()).flatMap(({ workers: names }) => names)).toEqual([])
    })

    test('a worker takes as many replicas at once as it said', async () => {
      const transport = await made()
      let now = 0
      let most = 0
      for (const id of ['u', 'v', 'w', 'x', 'y']) await transport.add(replica(id))
      await work(
        transport,
        async taken => {
          most = Math.max(most, ++now)
          await new Promise(resolve => setTimeout(resolve, 20))
          now--
          return echo(taken)
        },
        { concurrency: 2 },
      )
      await Promise.all(['u', 'v', 'w', 'x', 'y'].map(id => transport.wait('a', id)))
      expect(most).toBe(2)
    })

    test('closing a worker lets it end what it has, and leaves the rest to others', async () => {
      const transport = await made()
      const { open, passed } = gate()
      const { open: begun, passed: taken } = gate()
      await transport.add(replica('x'))
      await transport.add(replica('y'))
      const worker = await work(transport, async () => {
        begun()
        await passed
        return bytes('by one')
      })
      await taken
      const closed = worker.close()
      open()
      await closed
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('by one') })
      await work(transport, async () => bytes('by two'), { worker: 'two' })
      expect(await transport.wait('a', 'y')).toEqual({ answer: bytes('by two') })
    })

    test('closing a worker with abort gives back what it has: its signal fires, and nobody counts as dead', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      for (let i = 0; i < 4; i++) {
        const { open: begun, passed: taken } = gate<AbortSignal>()
        const worker = await work(transport, ({ signal }) => {
          begun(signal)
          return new Promise<Uint8Array>(() => {})
        })
        const signal = await taken
        await worker.close({ abort: true })
        expect(signal.aborted).toBe(true)
      }
      await work(transport, echo)
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('x!') })
    })

    test('the replica of a worker that dies goes to another one', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      const worker = await harness.mute(transport, 'a', 'dying')
      await worker.taken
      await worker.kill()
      await work(transport, echo)
      expect(await transport.wait('a', 'x')).toEqual({ answer: bytes('x!') })
    })

    test('a replica with which three workers die is set aside, and its id stays taken (FARM-8)', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      for (let i = 0; i < 3; i++) {
        const worker = await harness.mute(transport, 'a', `dying-${i}`)
        await worker.taken
        await worker.kill()
      }
      let runs = 0
      await work(transport, async taken => {
        runs++
        return echo(taken)
      })
      expect(await transport.wait('a', 'x')).toEqual({ deaths: 3 })
      expect(await transport.add(replica('x'))).toBe(false)
      expect([runs, (await transport.lanes())[0]?.setAside]).toEqual([0, 1])
      await transport.remove('a', 'x')
      expect(await transport.add(replica('x'))).toBe(true)
    })

    test('a handler that rejects counts as a death', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      let runs = 0
      await work(transport, async () => {
        runs++
        throw new Error('a bug')
      })
      expect(await transport.wait('a', 'x')).toEqual({ deaths: 3 })
      expect(runs).toBe(3)
    })

    test('waiting ends with the signal', async () => {
      const transport = await made()
      await transport.add(replica('x'))
      const controller = new AbortController()
      const waiting = transport.wait('a', 'x', { signal: controller.signal })
      controller.abort()
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
      await expect(transport.wait('a', 'x', { signal: AbortSignal.timeout(10) })).rejects.toMatchObject({
        code: 'timeout',
      })
    })
  })
}
