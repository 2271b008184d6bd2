/** The prepared modules of a pool with an index of the embedder. */
import { describe, expect, test, vi } from 'vitest'
import { Pool } from '../../src/engine/pool.ts'
import type { PreparedIndex } from '../../src/engine/prepared-index.ts'
import { PreparedModules } from '../../src/engine/prepared-modules.ts'
import type { Claimed, Question } from '../../src/engine/protocol.ts'
import type { Seat, SeatEvents } from '../../src/engine/seat.ts'
import { jobOf } from '../support/jobs.ts'

const bytes = (length: number): Uint8Array => new Uint8Array(length)
const seat = (): Seat => ({ post: () => {}, hold: () => {}, end: () => Promise.resolve() })

/** An index whose answers the test gives. */
function asked() {
  const gets: { readonly key: string; readonly give: (found: Uint8Array | undefined) => void }[] = []
  const puts: string[] = []
  const index: PreparedIndex = {
    get: key => new Promise(give => gets.push({ key, give })),
    put: key => void puts.push(key),
  }
  return { index, gets, puts }
}

/** Asks for a module, and gives what was told. */
function ask(modules: PreparedModules, from = seat(), key = 'k'): Claimed[] {
  const told: Claimed[] = []
  modules.ask(key, from, claimed => told.push(claimed))
  return told
}

describe('an index', () => {
  test('is asked once for all seats, and what it has is kept in memory', async () => {
    const { index, gets, puts } = asked()
    const modules = new PreparedModules(1000, index)
    const told = [ask(modules), ask(modules)]
    gets[0]!.give(bytes(5))
    await vi.waitFor(() => expect(told).toEqual([[bytes(5)], [bytes(5)]]))
    expect(ask(modules)).toEqual([bytes(5)])
    expect([gets.map(({ key }) => key), puts]).toEqual([['k'], []])
  })

  test('that has nothing lets the first seat prepare the module, and gets it', async () => {
    const { index, gets, puts } = asked()
    const modules = new PreparedModules(1000, index)
    const [first, second] = [ask(modules), ask(modules)]
    gets[0]!.give(undefined)
    await vi.waitFor(() => expect(first).toEqual([undefined]))
    expect(second).toEqual([])
    modules.keep('k', bytes(7))
    expect([second, puts]).toEqual([[bytes(7)], ['k']])
  })

  test('is asked again for the next seat if the first one ends meanwhile', async () => {
    const { index, gets } = asked()
    const modules = new PreparedModules(1000, index)
    const first = seat()
    ask(modules, first)
    const second = ask(modules)
    modules.release(first)
    expect(gets).toHaveLength(2)
    gets[1]!.give(bytes(5))
    await vi.waitFor(() => expect(second).toEqual([bytes(5)]))
  })

  test.each<[string, PreparedIndex]>([
    ['gives no bytes', { get: () => 'bytes' as unknown as Uint8Array, put: () => {} }],
    ['rejects', { get: () => Promise.reject(new Error('broken')), put: () => Promise.reject(new Error('broken')) }],
    ['throws', { get: () => { throw new Error('broken') }, put: () => { throw new Error('broken') } }], // prettier-ignore
  ])('that %s costs time only', async (_, index) => {
    const modules = new PreparedModules(1000, index)
    const told = ask(modules)
    await vi.waitFor(() => expect(told).toEqual([undefined]))
    modules.keep('k', bytes(5))
    await modules.written()
    expect(ask(modules)).toEqual([bytes(5)])
  })

  test('that is slow is waited for at the end', async () => {
    let done = (): void => {}
    const index: PreparedIndex = { get: () => undefined, put: () => new Promise<void>(resolve => (done = resolve)) }
    const modules = new PreparedModules(1000, index)
    modules.keep('k', bytes(5))
    let ended = false
    const ending = modules.written().then(() => (ended = true))
    await new Promise(resolve => setTimeout(resolve))
    expect(ended).toBe(false)
    done()
    await ending
  })
})

test('an answer of the index to a job that was given up is not sent to the next job of its seat', async () => {
  const { index, gets } = asked()
  const questions: Question[] = []
  let events: SeatEvents | undefined
  const open = (of: SeatEvents): Seat => {
    events = of
    return { ...seat(), post: question => void questions.push(question) }
  }
  const engine = new Pool(1, 1000, open, index)
  const job = jobOf(bytes(0))
  const controller = new AbortController()
  const first = engine.compute(job, { signal: controller.signal }).catch(({ code }: { code: string }) => code)
  events!.answered({ request: { prepared: 'k' } })
  controller.abort()
  expect(await first).toBe('aborted')
  events!.answered({ fault: { code: 'aborted', message: '', detail: {}, cause: '' } })
  void engine.compute(job).catch(() => {})
  events!.answered({ request: { prepared: 'k' } })
  gets[0]!.give(undefined)
  gets[1]!.give(bytes(5))
  await vi.waitFor(() => expect(questions).toHaveLength(4))
  expect(questions.slice(1).filter(question => 'given' in question)).toEqual([
    { given: 'failed' },
    { given: { prepared: bytes(5) } },
  ])
  await engine.close()
})
