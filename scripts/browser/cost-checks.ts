/** What the page costs: bytes on the wire, time, and memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from './checks.ts'
import type { Context } from './context.ts'
import type { Tab } from './driven.ts'
import type { Browser, BrowserName } from './launch.ts'
import { rssOf } from './processes.ts'
import { serveSite, type Sent, type Site } from './site.ts'
import { at, timeOfClick, until } from './tabs.ts'
import { beginCheck, check, expectVerdict, loadClaim, openPage } from './verify-page.ts'

const FIRST_LOAD_BYTES = 150_000
const INSTRUMENTER_BYTES = 2_700_000
const COLD_MS = 3000
const WARM_MS = 50
/** Machines are noisy: without `--full`, times may be this many times as long. */
const NOISE = 3
const VERIFICATIONS = 50
/**
 * The growth of memory over 50 verifications, in MB: of the JavaScript of the page, and of all processes of the browser.
 * Chromium is told to collect garbage before it is measured. Firefox cannot be told, and keeps more.
 */
const HEAP_GROWTH_MB = 8
const PROCESS_GROWTH_MB: Readonly<Record<BrowserName, number>> = { chromium: 64, firefox: 128 }

/** Checks the bytes that are fetched, in a browser whose cache is empty. */
export async function checkTransfer({ checks, files, page }: Context, browser: Browser): Promise<void> {
  const site = await serveSite({ folder: page })
  const tab = await browser.open()
  try {
    await checks.run(
      `transfer, ${browser.name}: first load, and the instrumenter once and lazily`,
      async () => {
        await openPage(tab, site.url)
        await sleep(3000)
        const first = sum(site.answers)
        expect(!site.answers.some(isInstrumenter), 'the instrumenter is fetched before it is needed')
        expect(first <= FIRST_LOAD_BYTES, `the first load takes ${first} bytes: ${largest(site.answers)}`)
        await check(tab, files.claims.good, 'reproduced')
        await check(tab, files.claims.program, 'reproduced')
        await openPage(tab, site.url)
        await check(tab, files.claims.good, 'reproduced')
        const fetched = site.answers.filter(isInstrumenter)
        expect(fetched.length === 1, `the instrumenter is fetched ${fetched.length} times`)
        const size = sum(fetched)
        expect(size <= INSTRUMENTER_BYTES, `the instrumenter takes ${size} bytes`)
        return `${first} and ${size} bytes, compressed`
      },
      { tab },
    )
  } finally {
    await tab.close()
    await site.close()
  }
}

/** The instrumenter is by far the largest file. */
function isInstrumenter({ path, bytes }: Sent): boolean {
  return path.endsWith('.wasm') && bytes > 1_000_000
}

function sum(answers: readonly Sent[]): number {
  return answers.reduce((total, { sent }) => total + sent, 0)
}

function largest(answers: readonly Sent[]): string {
  return [...answers]
    .sort((a, b) => b.sent - a.sent)
    .slice(0, 5)
    .map(({ path, sent }) => `${path} ${sent}`)
    .join(', ')
}

/** Measures verifications of a module of 243 KB, in new profiles of the browser. */
export async function checkTime(context: Context): Promise<void> {
  const { checks, files, page, full } = context
  const rounds = full ? 7 : 3
  const factor = full ? 1 : NOISE
  await checks.run(
    'time, chromium: a module of 243 KB for the first time, and again',
    async () => {
      const [cold, warm]: number[][] = [[], []]
      for (let round = 0; round < rounds; round++) {
        const site = await serveSite({ folder: page })
        const browser = await context.launch()
        try {
          const tab = await browser.open()
          await openPage(tab, site.url)
          await loadClaim(tab, files.claims.program)
          cold!.push(await timeOfCheck(tab))
          for (let again = 0; again < 5; again++) warm!.push(await timeOfCheck(tab))
        } finally {
          await browser.close()
          await site.close()
        }
      }
      const [first, later] = [median(cold!), median(warm!)]
      const found = `medians ${first.toFixed(0)} ms and ${later.toFixed(0)} ms, of which the run is a part`
      expect(first <= COLD_MS * factor, `${found}: the first is more than ${COLD_MS * factor} ms`)
      expect(later <= WARM_MS * factor, `${found}: the second is more than ${WARM_MS * factor} ms`)
      return found
    },
    { timeoutMs: 300_000 },
  )
}

/** Checks the claim that is shown. Returns the time from the click to the verdict, in milliseconds. */
async function timeOfCheck(tab: Tab): Promise<number> {
  await until(tab, at('verify-button'), ({ shown }) => shown)
  await tab.evaluate(selector => {
    delete document.querySelector<HTMLElement>(selector)!.dataset['verdict']
  }, at('verdict'))
  return timeOfClick(tab, at('verify-button'), { selector: at('verdict'), data: ['verdict', 'reproduced'] })
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}

/** Checks that many verifications leave no memory. */
export async function checkMemory({ checks, files }: Context, browser: Browser, site: Site): Promise<void> {
  const tab = await browser.open()
  try {
    await checks.run(
      `memory, ${browser.name}: back after ${VERIFICATIONS} verifications`,
      async () => {
        await openPage(tab, site.url)
        const some = [files.claims.good, files.claims.lie, files.claims.program]
        const verifySome = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) {
            const claim = some[i % some.length]!
            await loadClaim(tab, claim)
            await beginCheck(tab)
            await expectVerdict(tab, claim === files.claims.lie ? 'refuted' : 'reproduced')
          }
        }
        await verifySome(10)
        const before = await memoryOf(browser, tab)
        await verifySome(VERIFICATIONS)
        const after = await memoryOf(browser, tab)
        const grown = { heap: after.heap - before.heap, processes: after.processes - before.processes }
        const found = `${browser.name === 'chromium' ? `heap ${grown.heap.toFixed(1)} MB, ` : ''}processes ${grown.processes.toFixed(0)} MB more`
        expect(grown.heap <= HEAP_GROWTH_MB, `${found}: more than ${HEAP_GROWTH_MB} MB of heap`)
        const most = PROCESS_GROWTH_MB[browser.name]
        expect(grown.processes <= most, `${found}: more than ${most} MB`)
        return found
      },
      { tab, timeoutMs: 300_000 },
    )
  } finally {
    await tab.close()
  }
}

interface Memory {
  /** The JavaScript heap of the page after a collection. 0 where the browser does not tell. */
  readonly heap: number
  /** The resident memory of all processes of the browser. */
  readonly processes: number
}

/** The memory after a collection, in MB. The least of a few moments, since browsers collect when they like. */
async function memoryOf(browser: Browser, tab: Tab): Promise<Memory> {
  let heap = 0
  if (browser.name === 'chromium') {
    const session = await tab.createCDPSession()
    await session.send('HeapProfiler.collectGarbage')
    await session.send('Performance.enable')
    const { metrics } = await session.send('Performance.getMetrics')
    const used = (metrics as { name: string; value: number }[]).find(({ name }) => name === 'JSHeapUsedSize')
    heap = used!.value / 1e6
    await session.detach()
  }
  let processes = Number.POSITIVE_INFINITY
  for (let moment = 0; moment < 10; moment++) {
    await sleep(500)
    processes = Math.min(processes, rssOf(browser.pid))
  }
  return { heap, processes }
}
