/**
 * Drives the page of examples/verify-page and bundles of the library in real browsers:
 *
 *   npm run test:browser -- [--browser chromium|firefox] [--only <text>,<text>…] [--out <folder>] [--full]
 *
 * The page is built first. Then Chromium and Firefox run the checks, one after the other. Without `--full`, the corpus is
 * a sample of 300 calls and times may be three times as long as the bounds say. `--only` runs the checks whose names
 * contain one of the texts. Screenshots are kept in `.cache/browser/screenshots`, or in the folder of `--out`.
 *
 * A browser that cannot be installed is skipped, with the reason. The exit code is 1 if a check failed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Unavailable } from '../install.ts'
import { checkAccess } from './access-checks.ts'
import { checkBundles } from './bundle-checks.ts'
import { Checks } from './checks.ts'
import { makeClaims } from './claims.ts'
import type { Context } from './context.ts'
import { checkCorpus } from './corpus-checks.ts'
import { checkMemory, checkTime, checkTransfer } from './cost-checks.ts'
import { writeFiles } from './files.ts'
import { BROWSERS, installBrowser, launch, type Browser, type BrowserName, type Installed } from './launch.ts'
import { checkPage } from './page-checks.ts'
import { buildPage } from './page-build.ts'
import { checkPolicy } from './policy-checks.ts'
import { serveSite } from './site.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(ROOT, '.cache/browser')

const { values } = parseArgs({
  options: {
    browser: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
    full: { type: 'boolean', default: false },
  },
})

/** Runs `body` with a new browser, and ends it. */
async function withBrowser(context: Context, body: (browser: Browser) => Promise<void>, dark = false): Promise<void> {
  const browser = await context.launch({ dark, downloads: context.downloads })
  try {
    await body(browser)
  } finally {
    await browser.close()
  }
}

async function checkBrowser(context: Context, name: BrowserName): Promise<void> {
  await withBrowser(context, async browser => {
    console.log(`${name} ${browser.version}`)
    await checkTransfer(context, browser)
    const site = await serveSite({ folder: context.page, isolated: true })
    try {
      const tab = await browser.open()
      await tab.goto(site.url)
      await checkPage(context, browser, tab, site)
      await tab.close()
      await checkMemory(context, browser, site)
      await checkAccess(context, browser, site.url, false)
    } finally {
      await site.close()
    }
    await checkPolicy(context, browser)
  })
  await withBrowser(
    context,
    async browser => {
      const site = await serveSite({ folder: context.page })
      try {
        await checkAccess(context, browser, site.url, true)
      } finally {
        await site.close()
      }
    },
    true,
  )
  if (name === 'chromium') await checkTime(context)
  await checkCorpus(context, name)
  await checkBundles(context, name)
}

async function main(): Promise<number> {
  const names = BROWSERS.filter(name => values.browser === undefined || values.browser === name)
  if (names.length === 0) throw new Error(`no browser ${values.browser}; there are ${BROWSERS.join(', ')}`)
  const screenshots = values.out === undefined ? join(CACHE, 'screenshots') : resolve(values.out)
  const checks = new Checks({ screenshots, ...(values.only !== undefined && { only: values.only.split(',') }) })
  mkdirSync(CACHE, { recursive: true })
  const installed = new Map<BrowserName, Installed>()
  for (const name of names) {
    try {
      installed.set(name, installBrowser(name, CACHE))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      checks.skip(name, error.message)
    }
  }
  if (installed.size === 0) return checks.close()
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-browser-files-'))
  try {
    const page = await buildPage()
    const claims = await makeClaims()
    const files = await writeFiles(folder, claims)
    const shared = {
      checks,
      claims,
      files,
      page,
      cache: CACHE,
      full: values.full,
      downloads: join(folder, 'downloads'),
    }
    mkdirSync(shared.downloads)
    for (const [name, browser] of installed)
      await checkBrowser({ ...shared, launch: options => launch(browser, options) }, name)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return checks.close()
}

process.exitCode = await main()
