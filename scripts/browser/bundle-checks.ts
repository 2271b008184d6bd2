/** What each bundler makes of the same app must verify and refute in a browser. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildWith } from '../bundlers/build.ts'
import { BUNDLERS, type Bundler } from '../bundlers/recipes.ts'
import { expect } from './checks.ts'
import type { Context } from './context.ts'
import type { Tab } from './driven.ts'
import type { Browser, BrowserName } from './launch.ts'
import { serveSite, type Site } from './site.ts'
import { until } from './tabs.ts'

const APP = fileURLToPath(new URL('app', import.meta.url))
const RIGHT = 'reproduced, refuted meta.gasUsed'

/** Runs the apps of all bundlers in a browser. */
export async function checkBundles(context: Context, name: BrowserName): Promise<void> {
  const { checks, claims } = context
  for (const bundler of BUNDLERS) {
    await checks.run(
      `bundle, ${name}: ${bundler}`,
      async () => {
        const folder = builtBy(bundler)
        const site = await serveSite({
          folder,
          files: { '/good.car': claims.good.car, '/lie.car': claims.lie.car },
          caching: 'no-store',
        })
        const browser = await context.launch()
        try {
          await expectResults(browser, site, ['page', 'engine', 'worker'])
          return await keepsPrepared(browser, site, bundler)
        } finally {
          await browser.close()
          await site.close()
        }
      },
      { timeoutMs: 240_000 },
    )
  }
}

const built = new Map<Bundler, string>()

/** The folder with the app, which each bundler builds once for all browsers. */
function builtBy(bundler: Bundler): string {
  const folder = built.get(bundler) ?? buildWith(bundler, APP).folder
  built.set(bundler, folder)
  return folder
}

/** The second page of an origin that it owns finds the prepared module, and does not fetch the instrumenter. */
async function keepsPrepared(browser: Browser, site: Site, bundler: Bundler): Promise<string> {
  await expectResults(browser, site, ['kept'])
  await sleep(500)
  const before = site.answers.length
  await expectResults(browser, site, ['kept'])
  const fetched = site.answers.slice(before)
  const instrumenter = fetched.find(({ bytes }) => bytes > 1_000_000)
  expect(
    instrumenter === undefined,
    `${bundler}: ${instrumenter?.path} is fetched for a module that was prepared before`,
  )
  return `a page with a prepared module fetches ${fetched.reduce((sum, { sent }) => sum + sent, 0)} bytes`
}

async function expectResults(browser: Browser, site: Site, trials: readonly string[]): Promise<void> {
  const tab = await browser.open()
  const errors: string[] = []
  tab.on('pageerror', error => errors.push(error.message))
  try {
    await tab.goto(`${site.url}?${trials.join(',')}`)
    const results = await resultsOf(tab, errors)
    for (const trial of trials) expect(results[trial] === RIGHT, `${trial}: ${results[trial]}`)
  } finally {
    await tab.close()
  }
}

async function resultsOf(tab: Tab, errors: readonly string[]): Promise<Readonly<Record<string, string>>> {
  try {
    const { text } = await until(tab, '#result', ({ data }) => data['done'] === 'true', { what: 'the results' })
    return JSON.parse(text) as Record<string, string>
  } catch (error) {
    throw errors.length === 0 ? error : new Error(errors.join('; '))
  }
}
