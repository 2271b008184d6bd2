/** Deadlines fire even if the platform collects signals, and leave no timers or listeners. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { deadline, withDeadline } from '../../src/base/deadline.ts'
import { throwIfAborted } from '../../src/base/fault.ts'

/** Rejects with the reason of the signal when it fires. */
const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) =>
    signal!.addEventListener('abort', () => {
      try {
        throwIfAborted(signal)
      } catch (fault) {
        reject(fault)
      }
    }),
  )

describe('work under a deadline', () => {
  test('is stopped when the time has passed, and when the signal fires', async () => {
    await expect(withDeadline({ timeoutMs: 20 }, aborted)).rejects.toMatchObject({ code: 'timeout' })
    await expect(withDeadline({ signal: AbortSignal.timeout(20) }, aborted)).rejects.toMatchObject({ code: 'timeout' })
    const controller = new AbortController()
    const run = withDeadline({ signal: controller.signal, timeoutMs: 10_000 }, aborted)
    controller.abort()
    await expect(run).rejects.toMatchObject({ code: 'aborted' })
    expect(await withDeadline({ signal: controller.signal }, async signal => signal!.aborted)).toBe(true)
  })

  test('leaves neither a timer nor a listener, even if it throws', async () => {
    const { signal } = new AbortController()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const [set, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
    expect(await withDeadline({ signal, timeoutMs: 60_000 }, async () => 5)).toBe(5)
    await expect(withDeadline({ signal, timeoutMs: 60_000 }, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    )
    const timers = set.mock.results.map(({ value }) => value as unknown)
    expect(cleared.mock.calls.map(([timer]) => timer)).toEqual(timers)
    expect(removed.mock.calls.map(call => call[1])).toEqual(added.mock.calls.map(call => call[1]))
    vi.restoreAllMocks()
  })

  test('without a deadline has no signal', async () => {
    expect(await withDeadline({}, async signal => signal)).toBeUndefined()
  })

  test.each([0, -1, NaN, Infinity, 2 ** 31])('%d ms is an invalid time', ms => {
    expect(() => deadline(undefined, ms)).toThrow(expect.objectContaining({ code: 'bad-limits' }))
  })
})

test.each([
  [
    'a signal of AbortSignal.any',
    'work({ signal: AbortSignal.any([new AbortController().signal, AbortSignal.timeout(300)]) })',
  ],
  ['one such signal over another', 'work({ signal: AbortSignal.any([AbortSignal.any([AbortSignal.timeout(300)])]) })'],
  ['timeoutMs', 'work({ timeoutMs: 300 })'],
  [
    'a signal of AbortSignal.any, for a store that hangs',
    'getBlock({ get: () => new Promise(() => {}) }, rawCid, { signal: AbortSignal.any([AbortSignal.timeout(300)]) }).catch(({ code }) => code === "timeout" && "fired")',
  ],
])('%s fires, although garbage is collected meanwhile', async (_, call) => {
  const built = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--expose-gc',
      '--input-type=module',
      '-e',
      `
    import { withDeadline } from ${built('base/deadline.js')}
    import { getBlock } from ${built('content/block.js')}
    import { parseCid } from ${built('content/cids.js')}
    const rawCid = parseCid('bafkreienrnu5av4rni3ctl5bkce2c6cbmgeldtqaeeuzl74mtup5jiw7ky')
    const work = options => withDeadline(options, signal => new Promise(resolve => signal.addEventListener('abort', () => resolve('fired'))))
    const run = ${call}
    const collecting = setInterval(gc, 20)
    console.log(await Promise.race([run, new Promise(resolve => setTimeout(() => resolve('lost'), 3000))]))
    clearInterval(collecting)`,
    ],
    { timeout: 20_000 },
  )
  expect(stdout).toBe('fired\n')
})
