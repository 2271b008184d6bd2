/** The pool, with seats that the test controls. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { Job } from '../../src/engine/compute.ts'
import { Pool } from '../../src/engine/pool.ts'
import type { Question } from '../../src/engine/protocol.ts'
import type { Seat, SeatEvents } from '../../src/engine/seat.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'

class TestSeat implements Seat {
  readonly events: SeatEvents
  readonly questions: Question[] = []
  held = false
  ending = false
  /** Makes the seat end. */
  gone = (): void => {}

  constructor(events: SeatEvents) {
    this.events = events
  }

  post(question: Question): void {
    this.questions.push(question)
  }

  hold(busy: boolean): void {
    this.held = busy
  }

  end(): Promise<void> {
    this.ending = true
    return new Promise(resolve => (this.gone = resolve))
  }

  answer(): void {
    this.events.answered({ outcome: OUTCOME })
  }
}

const OUTCOME: Outcome = { out: { ok: [] }, gasUsed: 0n, peakPages: 0, growRefused: false, logs: new Uint8Array(0) }
const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve))

function pool(most: number): { engine: Pool; seats: TestSeat[]; job: (key: string, loads?: string[]) => Job } {
  const seats: TestSeat[] = []
  const engine = new Pool(most, 100, events => {
    const seat = new TestSeat(events)
    seats.push(seat)
    return seat
  })
  const job = (key: string, loads: string[] = []): Job => ({
    key,
    profile: PROFILE_1,
    fun: 'f',
    abi: 'core',
    args: [],
    limits: { gas: 1n, pages: 1 },
    module: async () => (loads.push(key), new Uint8Array(1)),
  })
  return { engine, seats, job }
}

test('a seat counts until it has ended, so aborts do not start too many seats', async () => {
  const { engine, seats, job } = pool(1)
  const ends: string[] = []
  for (const key of ['a', 'b', 'c', 'd']) {
    const controller = new AbortController()
    const run = engine.compute(job(key), { signal: controller.signal }).then(
      () => ends.push(key),
      ({ code }: Fault) => ends.push(`${key} ${code}`),
    )
    if (key === 'd') break
    controller.abort()
    await run
    expect(seats.filter(({ ending }) => !ending)).toHaveLength(0)
  }
  // The first seat goes on compiling. The other jobs were given up while they waited.
  expect([ends, seats.length]).toEqual([['a aborted', 'b aborted', 'c aborted'], 1])
  await turn()
  expect(seats).toHaveLength(1)
  seats[0]!.gone()
  await turn()
  expect(seats).toHaveLength(2)
  seats[1]!.answer()
  await turn()
  expect(ends.at(-1)).toBe('d')
})

test('closing waits until all seats have ended', async () => {
  const { engine, seats, job } = pool(3)
  const jobs = ['a', 'b', 'c'].map(key => engine.compute(job(key)).catch(({ code }: Fault) => code))
  seats[0]!.answer()
  await jobs[0]
  let closed = false
  const closing = engine.close().then(() => (closed = true))
  expect(await Promise.all(jobs)).toEqual([OUTCOME, 'aborted', 'aborted'])
  seats[0]!.gone()
  seats[1]!.gone()
  await turn()
  expect(closed).toBe(false)
  seats[2]!.gone()
  await closing
  await expect(engine.compute(job('d'))).rejects.toMatchObject({ code: 'aborted' })
})

test('a waiting job has loaded nothing, and a seat with a prepared module requests nothing', async () => {
  const { engine, seats, job } = pool(1)
  const loads: string[] = []
  const jobs = ['a', 'b', 'c'].map(key => engine.compute(job(key, loads)))
  await turn()
  expect(loads).toEqual([])
  seats[0]!.events.answered({ request: 'source' })
  await turn()
  expect(loads).toEqual(['a'])
  for (let i = 0; i < 3; i++) seats[0]!.answer()
  expect(await Promise.all(jobs)).toEqual([OUTCOME, OUTCOME, OUTCOME])
  expect(loads).toEqual(['a'])
})

test('prepared modules are passed to other seats, within the bound', async () => {
  const { engine, seats, job } = pool(1)
  void engine.compute(job('a'))
  const ask = (key: string): unknown => {
    seats[0]!.events.answered({ request: { prepared: key } })
    return seats[0]!.questions.at(-1)
  }
  expect(ask('k')).toEqual({ given: { prepared: undefined } })
  seats[0]!.events.answered({ prepared: { key: 'k', bytes: new Uint8Array(60) } })
  expect(ask('k')).toEqual({ given: { prepared: new Uint8Array(60) } })
  seats[0]!.events.answered({ prepared: { key: 'l', bytes: new Uint8Array(60) } })
  expect([ask('k'), ask('l')]).toEqual([
    { given: { prepared: undefined } },
    { given: { prepared: new Uint8Array(60) } },
  ])
})

describe('a job goes to a seat that knows its module', () => {
  test('if one is idle; otherwise to the one that was used last', async () => {
    const { engine, seats, job } = pool(2)
    const first = [engine.compute(job('a')), engine.compute(job('b'))]
    for (const seat of seats) seat.answer()
    await Promise.all(first)
    const asked = (): string[] =>
      seats.map(({ questions }) => (questions.at(-1) as { compute: { key: string } }).compute.key)
    for (const [key, at] of [
      ['a', 0],
      ['b', 1],
      ['a', 0],
      ['c', 0],
    ] as const) {
      const next = engine.compute(job(key))
      expect(asked()[at], key).toBe(key)
      seats[at]!.answer()
      await next
    }
    // Both are free, and only the second one knows b.
    const last = [engine.compute(job('b')), engine.compute(job('a'))]
    expect(asked()).toEqual(['a', 'b'])
    for (const seat of seats) seat.answer()
    await Promise.all(last)
  })

  test('and waits for none that is busy', async () => {
    const { engine, seats, job } = pool(2)
    const jobs = ['a', 'a'].map(key => engine.compute(job(key)))
    expect(seats).toHaveLength(2)
    for (const seat of seats) seat.answer()
    await Promise.all(jobs)
  })
})

describe('a module that several seats need', () => {
  const asks = (seat: TestSeat, key = 'k'): void => seat.events.answered({ request: { prepared: key } })
  const given = (seat: TestSeat): unknown => seat.questions.at(-1)

  test('is prepared by the first one; the others wait for it', async () => {
    const { engine, seats, job } = pool(3)
    for (let i = 0; i < 3; i++) void engine.compute(job('a'))
    for (const seat of seats) asks(seat)
    expect(seats.map(({ questions }) => questions.length)).toEqual([2, 1, 1])
    expect(given(seats[0]!)).toEqual({ given: { prepared: undefined } })
    seats[0]!.events.answered({ prepared: { key: 'k', bytes: new Uint8Array(5) } })
    expect(seats.slice(1).map(given)).toEqual([1, 2].map(() => ({ given: { prepared: new Uint8Array(5) } })))
  })

  test('in a folder is looked for there by the others', async () => {
    const { engine, seats, job } = pool(2)
    for (let i = 0; i < 2; i++) void engine.compute(job('a'))
    for (const seat of seats) asks(seat)
    seats[0]!.events.answered({ prepared: { key: 'k' } })
    expect(given(seats[1]!)).toEqual({ given: { prepared: 'look again' } })
  })

  test.each<[string, (seat: TestSeat, controller: AbortController) => void]>([
    ['ends without having prepared it', seat => seat.answer()],
    [
      'ends in a fault',
      seat => seat.events.answered({ fault: { code: 'bad-task', message: '', detail: {}, cause: '' } }),
    ],
    ['dies', seat => seat.events.died(new Fault('engine-failed', 'dead'))],
    ['is given up', (_, controller) => controller.abort()],
  ])('is prepared by the next one if the first one %s', async (_, end) => {
    const { engine, seats, job } = pool(3)
    const controller = new AbortController()
    const { signal } = controller
    void engine.compute(job('a'), { signal }).catch(() => {})
    for (let i = 0; i < 2; i++) void engine.compute(job('a'))
    for (const seat of seats) asks(seat)
    end(seats[0]!, controller)
    expect(given(seats[1]!)).toEqual({ given: { prepared: undefined } })
    expect(seats[2]!.questions).toHaveLength(1)
    seats[1]!.events.answered({ prepared: { key: 'k', bytes: new Uint8Array(5) } })
    expect(given(seats[2]!)).toEqual({ given: { prepared: new Uint8Array(5) } })
  })

  test('a job that is given up while it waits for one leaves its seat alive', async () => {
    const { engine, seats, job } = pool(2)
    void engine.compute(job('a'))
    const controller = new AbortController()
    const waiting = engine.compute(job('a'), { signal: controller.signal })
    for (const seat of seats) asks(seat)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    expect([seats[1]!.ending, given(seats[1]!)]).toEqual([false, { given: 'failed' }])
    seats[1]!.events.answered({ fault: { code: 'aborted', message: '', detail: {}, cause: '' } })
    seats[0]!.events.answered({ prepared: { key: 'k', bytes: new Uint8Array(5) } })
    expect(given(seats[1]!)).toEqual({ given: 'failed' })
    const next = engine.compute(job('a'))
    seats[1]!.answer()
    expect(await next).toBe(OUTCOME)
  })
})

test('numbers: seats that are open and busy, jobs that wait, and deaths, but for those that were ended', async () => {
  const { engine, seats, job } = pool(2)
  expect(engine.stats()).toEqual({ open: 0, busy: 0, queued: 0, deaths: 0 })
  const jobs = ['a', 'b', 'c'].map(key => engine.compute(job(key)).catch(({ code }: Fault) => code))
  expect(engine.stats()).toEqual({ open: 2, busy: 2, queued: 1, deaths: 0 })
  seats[0]!.events.died(new Fault('engine-failed', 'dead'))
  seats[0]!.gone()
  seats[0]!.events.died(new Fault('engine-failed', 'dead'))
  await turn()
  expect(engine.stats()).toEqual({ open: 2, busy: 2, queued: 0, deaths: 1 })
  void engine.close()
  seats[1]!.events.died(new Fault('engine-failed', 'ended'))
  expect(engine.stats().deaths).toBe(1)
  expect(await Promise.all(jobs)).toEqual(['engine-failed', 'aborted', 'aborted'])
})

describe('a seat after its job', () => {
  test.each([
    ['bad-task', false],
    ['engine-failed', true],
    ['host-memory', true],
    ['host-stack', true],
    ['internal', true],
  ] as const)('that ended in the fault %s is ended: %s', async (code, ended) => {
    const { engine, seats, job } = pool(1)
    const run = engine.compute(job('a'))
    seats[0]!.events.answered({ fault: { code, message: 'm', detail: { of: 1 }, cause: 'c' } })
    await expect(run).rejects.toMatchObject({ name: 'Fault', code, message: 'm', detail: { of: 1 }, cause: 'c' })
    expect(seats[0]!.ending).toBe(ended)
  })

  test('that is worn is replaced; an idle one does not keep the process alive', async () => {
    const { engine, seats, job } = pool(1)
    const run = engine.compute(job('a'))
    expect(seats[0]!.held).toBe(true)
    seats[0]!.answer()
    await run
    expect([seats[0]!.held, seats[0]!.ending]).toEqual([false, false])
    const next = engine.compute(job('b'))
    seats[0]!.events.answered({ outcome: OUTCOME }, true)
    await next
    expect(seats[0]!.ending).toBe(true)
  })

  test('that dies twice is ended once, and one that dies between jobs is replaced', async () => {
    const { engine, seats, job } = pool(1)
    const run = engine.compute(job('a'))
    seats[0]!.events.died(new Fault('host-memory', 'full'))
    seats[0]!.events.died(new Fault('engine-failed', 'dead'))
    await expect(run).rejects.toMatchObject({ code: 'host-memory' })
    seats[0]!.gone()
    await turn()
    const next = engine.compute(job('b'))
    seats[1]!.answer()
    expect(await next).toBe(OUTCOME)
    seats[1]!.events.died(new Fault('engine-failed', 'dead'))
    seats[1]!.gone()
    await turn()
    const last = engine.compute(job('c'))
    seats[2]!.answer()
    expect(await last).toBe(OUTCOME)
  })
})

test('a seat that cannot be opened faults each job', async () => {
  const engine = new Pool(1, 0, () => {
    throw new Error('no more of them')
  })
  const { job } = pool(1)
  for (const key of ['a', 'b']) await expect(engine.compute(job(key))).rejects.toMatchObject({ code: 'engine-failed' })
})
