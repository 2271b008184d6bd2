/** A seat that is a Web Worker, with a worker that the test controls. */
import { expect, test, vi } from 'vitest'
import { MAKER } from '../../src/engine/built.ts'
import type { Answer, Question } from '../../src/engine/protocol.ts'
import type { Seat } from '../../src/engine/seat.ts'
import { openWebWorker, type WebWorker, type WebWorkerEvent } from '../../src/engine/web-seat.ts'
import { notReady, READY } from '../../src/engine/web-protocol.ts'

const JOB: Question = { inspect: { key: 'k' } }
const SETUP = { hostModules: [], keptBytes: 7 }

function open() {
  const listeners = new Map<string, (event: WebWorkerEvent) => void>()
  const posted: unknown[] = []
  const worker = {
    postMessage: (message: unknown) => void posted.push(message),
    addEventListener: (type: string, listener: (event: WebWorkerEvent) => void) => void listeners.set(type, listener),
    terminate: vi.fn(),
    ref: vi.fn(),
    unref: vi.fn(),
  } satisfies WebWorker & Record<string, unknown>
  const answers: Answer[] = []
  const deaths: unknown[] = []
  const seat: Seat = openWebWorker(
    { make: () => worker, setup: SETUP },
    { answered: answer => void answers.push(answer), died: fault => void deaths.push(fault) },
  )
  const preventDefault = vi.fn()
  const happens = (type: string, event: Partial<WebWorkerEvent> = {}): void =>
    listeners.get(type)!({ preventDefault, ...event })
  const says = (data: unknown): void => happens('message', { data })
  return { seat, worker, posted, answers, deaths, happens, says, preventDefault }
}

test('questions wait until the worker has started, and follow its options', () => {
  const { seat, posted, answers, says } = open()
  seat.post(JOB)
  expect(posted).toEqual([])
  says(READY)
  expect(posted).toEqual([{ start: SETUP, memory: expect.any(SharedArrayBuffer) }, JOB])
  seat.post({ given: 'failed' })
  expect(posted).toHaveLength(3)
  says({ stage: 'admit' })
  expect(answers).toEqual([{ stage: 'admit' }])
})

test('on a page that is not isolated, no memory is shared', () => {
  vi.stubGlobal('crossOriginIsolated', false)
  const { seat, posted, says } = open()
  vi.unstubAllGlobals()
  says(READY)
  seat.post({ given: { block: new Uint8Array(3) } })
  expect(posted).toEqual([{ start: SETUP, memory: undefined }, { given: { block: new Uint8Array(3) } }])
})

test.each([undefined, null, 'ready', { ready: 'other' }, { outcome: {} }])(
  'a worker that begins with %j runs another file',
  message => {
    const { deaths, posted, says } = open()
    says(message)
    expect(deaths).toEqual([expect.objectContaining({ name: 'Fault', code: 'engine-failed' })])
    expect(String(deaths[0])).toContain('ipvm-wasm/web-worker')
    expect(posted).toEqual([])
  },
)

test('a worker of another version is refused, as far as versions are known', () => {
  expect(MAKER).toBeUndefined()
  expect(notReady({ ready: 'ipvm-wasm', maker: 'other' })).toBeUndefined()
})

test('a file that cannot be loaded, and an error later, are deaths', () => {
  const { deaths, happens, says, preventDefault } = open()
  happens('error')
  says(READY)
  happens('error', { message: 'no', error: new Error('no') })
  happens('error', { message: 'out of memory' })
  happens('messageerror')
  expect(deaths).toEqual(
    ['engine-failed', 'engine-failed', 'host-memory', 'engine-failed'].map(code => expect.objectContaining({ code })),
  )
  expect(String(deaths[0])).toContain('worker-src')
  expect(deaths[1]).toMatchObject({ cause: { message: 'no' } })
  expect(preventDefault).toHaveBeenCalledTimes(3)
})

test('a worker that cannot be made is a fault', () => {
  const make = (): never => {
    throw new DOMException('blocked', 'SecurityError')
  }
  expect(() => openWebWorker({ make, setup: SETUP }, { answered: () => {}, died: () => {} })).toThrow(
    expect.objectContaining({ name: 'Fault', code: 'engine-failed', cause: expect.any(DOMException) }),
  )
})

test('a message that cannot be sent is a death if it waited, else an error', () => {
  const { seat, worker, deaths, says } = open()
  seat.post(JOB)
  worker.postMessage = () => {
    throw new DOMException('no', 'DataCloneError')
  }
  says(READY)
  expect(deaths).toEqual([expect.objectContaining({ code: 'engine-failed' })])
  expect(() => seat.post(JOB)).toThrow(DOMException)
})

test('an end terminates the worker, which keeps the process alive only while it is busy', async () => {
  const { seat, worker } = open()
  seat.hold(true)
  expect([worker.ref.mock.calls.length, worker.unref.mock.calls.length]).toEqual([1, 0])
  seat.hold(false)
  expect([worker.ref.mock.calls.length, worker.unref.mock.calls.length]).toEqual([1, 1])
  await seat.end()
  expect(worker.terminate).toHaveBeenCalledOnce()
})
