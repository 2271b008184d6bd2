/** Messages about long work, with a clock that the test controls. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { saysStages, withProgress } from '../../src/cli/progress.ts'
import type { Stage } from '../../src/engine/preparer.ts'
import { captureStderr } from './streams.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Does work of four seconds whose stage changes after two. Returns the messages. */
async function written(terminal: boolean): Promise<string> {
  const { text, restore } = captureStderr(terminal)
  try {
    const ended = withProgress('loading it', async say => {
      await new Promise(resolve => setTimeout(resolve, 2500))
      say('running it')
      await new Promise(resolve => setTimeout(resolve, 2000))
      return 7
    })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await ended).toBe(7)
    return text()
  } finally {
    restore()
  }
}

describe('work that takes longer than a second', () => {
  test('is reported once for each stage', async () => expect(await written(false)).toBe('loading it …\nrunning it …\n'))

  test('is reported with seconds on a terminal, in one line that disappears', async () => {
    const clear = '\r\u001b[K'
    const lines = ['loading it … 1 s', 'loading it … 2 s', 'running it … 3 s', 'running it … 4 s']
    expect(await written(true)).toBe(`${lines.map(line => clear + line).join('')}${clear}`)
  })
})

test.each([true, false])('shorter work is not reported (terminal: %s)', async terminal => {
  const { text, restore } = captureStderr(terminal)
  await withProgress('loading it', async () => {})
  await vi.advanceTimersByTimeAsync(5000)
  restore()
  expect(text()).toBe('')
})

test('nothing is reported after the work has failed', async () => {
  const { text, restore } = captureStderr(false)
  await expect(withProgress('loading it', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await vi.advanceTimersByTimeAsync(5000)
  restore()
  expect(text()).toBe('')
})

test('all stages of an engine have descriptions', () => {
  const said: string[] = []
  const tell = saysStages(doing => said.push(doing), 'running f')
  for (const stage of ['admit', 'instrument', 'compile', 'run'] satisfies Stage[]) tell(stage)
  expect(said).toEqual(['checking the module', 'instrumenting the module', 'compiling the module', 'running f'])
})
