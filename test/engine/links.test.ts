/** Parameters by link: when sizes and contents are requested, and when not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { Fault } from '../../src/base/fault.ts'
import { Computer, type Job, type WantedLinks } from '../../src/engine/compute.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { Link } from '../../src/interface.ts'
import { trapOf, watJob, WORKER, type JobInput } from '../support/jobs.ts'
import { WATS } from '../support/tasks.ts'

const content = new TextEncoder().encode('by link')
const computer = new Computer()
const add = '(module (func (export "f") (param f32 i32) (result f32) (local.get 0)))'

/** The link at that position. */
const link = (place: number): Link => ({ '/': `bafy${place}` })

/** Runs a job whose parameters are links, or the given ones. Returns the outcome and the requests. */
async function linked(
  wat: string,
  input: JobInput,
  sizes: readonly number[],
  contents: readonly Uint8Array[] = sizes.map(size => new Uint8Array(Math.min(size, 100))),
) {
  const asked: WantedLinks['what'][] = []
  const args: Argument[] = input.args === undefined ? sizes.map((_, i) => link(i)) : [...input.args]
  const job: Job = {
    ...(await watJob(wat, { ...input, args })),
    loadLinks: async ({ what, links }) => {
      asked.push(what)
      return links.map(link => {
        const place = Number(link['/'].slice(4))
        return { link, size: sizes[place]!, ...(what === 'contents' && { content: contents[place]! }) }
      })
    },
  }
  return { job, asked }
}

describe('requests for links, in the order of the checks (GAS-18, RECEIPT-23)', () => {
  test('a call that runs: sizes, then contents', async () => {
    const { job, asked } = await linked(WATS.echo, { abi: 'bytes' }, [content.length], [content])
    const outcome = await computer.compute(job)
    expect([outcome.out, asked]).toEqual([{ ok: content }, ['sizes', 'contents']])
    expect(outcome).toEqual(await computer.compute(await watJob(WATS.echo, { abi: 'bytes', args: [content] })))
  })

  test.each<
    [title: string, wat: string, input: JobInput, sizes: readonly number[], code: string, asked: readonly string[]]
  >([
    ['a module that is rejected', WATS.clock, {}, [9], 'import', []],
    ['no such function', WATS.add, { fun: 'none' }, [9], 'no-such-function', []],
    ['too many parameters', WATS.echo, { abi: 'bytes' }, [9, 9], 'bad-arguments', []],
    ['in the place of a number', WATS.add, {}, [4, 4], 'bad-arguments', []],
    [
      'a later parameter of the wrong kind, though an earlier one has the wrong size',
      add,
      { args: [link(0), 'text'] },
      [5],
      'bad-arguments',
      [],
    ],
    ['a size that does not fit the type', add, { args: [link(0), 1n] }, [5], 'bad-arguments', ['sizes']],
    ['a memory with too many initial pages', WATS.echo, { abi: 'bytes', pages: 19 }, [9], 'limit', ['sizes']],
    [
      'gas that does not suffice for instantiation',
      WATS.echo,
      { abi: 'bytes', gas: 10n },
      [9],
      'out-of-gas',
      ['sizes'],
    ],
    [
      'gas that does not suffice for moving it',
      WATS.echo,
      { abi: 'bytes', gas: 10n ** 10n },
      [2 ** 26],
      'out-of-gas',
      ['sizes'],
    ],
    [
      'a size beyond valueBytes (RECEIPT-21)',
      WATS.echo,
      { abi: 'bytes', gas: 10n ** 10n },
      [2 ** 26 + 1],
      'bad-arguments',
      ['sizes'],
    ],
  ])('%s', async (_, wat, input, sizes, code, expected) => {
    const { job, asked } = await linked(wat, input, sizes)
    const { out } = await computer.compute(job)
    expect([out, asked]).toEqual([{ error: expect.objectContaining({ code }) }, expected])
  })

  test('content is loaded only if the gas suffices, to the exact unit', async () => {
    const enough = (await computer.compute(await watJob(WATS.echo, { abi: 'bytes', args: [content] }))).gasUsed
    let low = 0n
    let high = enough
    // Finds the least limit under which the content is requested.
    while (low < high) {
      const gas = (low + high) / 2n
      const { job, asked } = await linked(WATS.echo, { abi: 'bytes', gas }, [content.length], [content])
      const outcome = await computer.compute(job)
      if (gas < enough) expect([trapOf(outcome), outcome.gasUsed]).toEqual(['out-of-gas', gas])
      if (asked.includes('contents')) high = gas
      else low = gas + 1n
    }
    expect(low < enough && low > enough - 10_000_000n).toBe(true)
  })

  test('a link to the four bytes of a float', async () => {
    const float = new Uint8Array([0, 0, 128, 63])
    const { job } = await linked(add, { args: [link(0), 1n] }, [4], [float])
    expect((await computer.compute(job)).out).toEqual({ ok: [float] })
  })
})

describe('on threads', () => {
  let threads: Engine
  beforeAll(() => {
    threads = createThreadEngine({ workerUrl: WORKER, threads: 2 })
  })
  afterAll(() => threads.close())

  test('a link has the same result as on an inline engine', async () => {
    const { job, asked } = await linked(WATS.echo, { abi: 'bytes' }, [content.length], [content])
    expect(await threads.compute(job)).toEqual(await computer.compute(job))
    expect(asked).toEqual(['sizes', 'contents', 'sizes', 'contents'])
  })

  test('content that cannot be loaded is a fault of its job only, and the thread goes on', async () => {
    const { job } = await linked(WATS.echo, { abi: 'bytes' }, [1])
    const failing: Job = { ...job, loadLinks: () => Promise.reject(new Fault('block-missing', 'it is not there')) }
    await expect(threads.compute(failing)).rejects.toMatchObject({ code: 'block-missing' })
    const { loadLinks: _, ...without } = job
    await expect(threads.compute(without)).rejects.toMatchObject({ code: 'engine-failed' })
    expect((await threads.compute(job)).out).toEqual({ ok: new Uint8Array(1) })
  })

  test('contents are loaded for as many jobs as there are threads, and no more', async () => {
    let loading = 0
    let most = 0
    const jobs = await Promise.all(
      Array.from(
        { length: 12 },
        async () => (await linked(WATS.echo, { abi: 'bytes' }, [content.length], [content])).job,
      ),
    )
    const slow = jobs.map((job): Job => ({
      ...job,
      key: 'slow',
      loadLinks: async wanted => {
        most = Math.max(most, ++loading)
        await new Promise(resolve => setTimeout(resolve, 5))
        loading--
        return job.loadLinks!(wanted)
      },
    }))
    for (const { out } of await Promise.all(slow.map(job => threads.compute(job)))) expect(out).toEqual({ ok: content })
    expect(most).toBeLessThanOrEqual(2)
  })

  test('a job that is given up while content is loaded ends at once', async () => {
    const { job } = await linked(WATS.echo, { abi: 'bytes' }, [1])
    const hanging: Job = { ...job, loadLinks: () => new Promise(() => {}) }
    await expect(threads.compute(hanging, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: 'timeout',
    })
    expect((await threads.compute(job)).out).toEqual({ ok: new Uint8Array(1) })
  })
})
