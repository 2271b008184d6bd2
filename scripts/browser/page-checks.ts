/** What the page must do: verify, refute, run, give up, ask, and stay usable without a network. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createInlineEngine, createMemoryStore, createVerifier, importCar } from '../../src/index.ts'
import { expect, expectMatch } from './checks.ts'
import type { Context } from './context.ts'
import type { Tab } from './driven.ts'
import type { Browser } from './launch.ts'
import type { Site } from './site.ts'
import { at, chooseFile, stateOf, timeOfClick, until } from './tabs.ts'
import {
  beginCheck,
  check,
  expectVerdict,
  fill,
  forget,
  isAsked,
  loadClaim,
  loadModule,
  mismatchesOf,
  openPage,
  untilReady,
  verdict,
} from './verify-page.ts'

/** The time from the click on "give up" to the message. */
const GIVE_UP_MS = 300

/** Runs the checks of the page in one tab, which has the page open. */
export async function checkPage(context: Context, browser: Browser, tab: Tab, site: Site): Promise<void> {
  const { checks, files } = context
  const { claims } = files
  const run = (name: string, body: () => Promise<string | void>): Promise<void> =>
    checks.run(`page, ${browser.name}: ${name}`, body, { tab })

  await run('verifies a true claim', async () => {
    await check(tab, claims.good, 'reproduced')
    await checks.picture(tab, `${browser.name} reproduced`)
  })
  await run('refutes a claim, and names the field', async () => {
    for (const [claim, field] of [
      [claims.lie, 'meta.gasUsed'],
      [claims.otherResult, 'out'],
    ] as const) {
      await check(tab, claim, 'refuted')
      const fields = await mismatchesOf(tab)
      expect(
        fields.some(name => name === field || name.startsWith(`${field}.`)),
        `the fields that differ are ${fields.join(', ')}, not ${field}`,
      )
    }
    await checks.picture(tab, `${browser.name} refuted`)
  })
  await run('refutes a claim in which it changed something', async () => {
    await check(tab, claims.good, 'reproduced')
    await until(tab, at('change'), ({ shown }) => shown)
    await changeClaim(tab, 'change-gas')
    await expectVerdict(tab, 'refuted')
    const fields = (await mismatchesOf(tab)).join(', ')
    expect(fields === 'meta.gasUsed', `it names ${fields}`)
    const verdicts: string[] = []
    for (const offset of [0, 20, 60, 100, 140]) {
      await check(tab, claims.good, 'reproduced')
      await fill(tab, at('change-offset'), String(offset))
      await changeClaim(tab, 'change-byte')
      const { data } = await verdict(tab)
      verdicts.push(`${data['verdict']} ${data['code'] ?? data['reason'] ?? ''}`.trim())
    }
    expect(!verdicts.includes('reproduced'), `after one byte: ${verdicts.join(', ')}`)
    return `after one byte: ${verdicts.join(', ')}`
  })
  await run('shows a program of WASI with the files that it kept', async () => {
    await check(tab, claims.program, 'reproduced')
    const kept = await until(tab, at('files'), ({ shown }) => shown)
    expectMatch('the list of files', kept.text, /balance\.txt/)
    await checks.picture(tab, `${browser.name} program`)
  })
  await run(`gives up an endless loop within ${GIVE_UP_MS} ms`, async () => {
    await loadClaim(tab, claims.endless)
    await beginCheck(tab)
    await until(tab, at('progress'), ({ data }) => data['stage'] === 'run', { what: 'the stage of the run' })
    await sleep(1000)
    const ms = await timeOfClick(tab, at('cancel-button'), { selector: at('progress'), text: 'given up' })
    expect((await stateOf(tab, at('verdict')))?.shown !== true, 'it shows a verdict')
    expect(ms <= GIVE_UP_MS, `it took ${ms.toFixed(0)} ms`)
    await check(tab, claims.good, 'reproduced')
    return `${ms.toFixed(0)} ms; the next check works`
  })
  await run('says what is wrong with files that are no claims', async () => {
    const said: string[] = []
    for (const path of [files.garbage, files.cut, files.small]) {
      await chooseFile(tab, at('car-input'), path)
      const { data } = await until(tab, at('source-error'), ({ shown, text }) => shown && text !== '')
      said.push(data['code'] ?? 'no code')
      await loadClaim(tab, claims.good)
    }
    expect(!said.includes('no code'), `the codes are ${said.join(', ')}`)
    return said.join(', ')
  })
  await run('runs a module, and Node verifies the CAR', () => runsAndGivesCar(context, tab))
  await run('asks before it prepares a large module', async () => {
    await tab.click(at('nav-run'))
    await chooseFile(tab, at('module-input'), files.large)
    // It asks when it prepares the module: for its exports, or for the run.
    await untilAsked(tab)
    await checks.picture(tab, `${browser.name} large module`)
    await tab.click(at('confirm-no'))
    await sleep(300)
    expect(!(await isAsked(tab)), 'the question stays when it is answered')
    expect((await stateOf(tab, at('receipt')))?.shown !== true, 'it runs the module all the same')
  })
  await run('works without a network after a reload', async () => {
    await openPage(tab, site.url)
    await tab.click(at('offline-all')).catch(() => undefined)
    await until(tab, at('offline'), ({ data }) => data['state'] === 'all', { what: 'everything in the cache' })
    site.refuse(true)
    try {
      if (browser.name === 'chromium') await tab.setOfflineMode(true)
      const before = site.answers.length
      await tab.reload({ waitUntil: 'load' })
      await untilReady(tab)
      await check(tab, claims.good, 'reproduced')
      await check(tab, claims.lie, 'refuted')
      expect(site.answers.length === before, 'it used the server')
      await checks.picture(tab, `${browser.name} offline`)
    } finally {
      site.refuse(false)
      if (browser.name === 'chromium') await tab.setOfflineMode(false)
    }
  })
}

/** Presses a button that changes the claim, and begins a check of what came of it. */
async function changeClaim(tab: Tab, button: string): Promise<void> {
  await forget(tab, at('verdict'), 'verdict')
  await tab.click(at(button))
}

async function untilAsked(tab: Tab): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await isAsked(tab))) {
    if (performance.now() > end) throw new Error('it does not ask')
    const button = await stateOf(tab, at('run-button'))
    if (button?.shown === true && (await stateOf(tab, at('receipt')))?.shown !== true)
      await tab.click(at('run-button')).catch(() => undefined)
    await sleep(100)
  }
}

async function runsAndGivesCar({ checks, downloads, files }: Context, tab: Tab): Promise<string> {
  const before = new Set(readdirSync(downloads))
  const { data } = await loadModule(tab, files.small)
  expect(data['verdict'] === 'admitted', `admission says ${data['verdict']}`)
  await tab.evaluate(
    (selector, name) => {
      const select = document.querySelector<HTMLSelectElement>(selector)!
      select.value = [...select.options].find(option => option.text.includes(name))!.value
      select.dispatchEvent(new Event('change', { bubbles: true }))
    },
    at('function-select'),
    'recursive',
  )
  await fill(tab, at('argument-0'), '15')
  await tab.click(at('run-button'))
  const receipt = await until(tab, at('receipt'), ({ shown, data }) => shown && data['outcome'] !== undefined, {
    what: 'the receipt',
  })
  expect(receipt.data['outcome'] === 'ok', `${JSON.stringify(receipt.data)}: «${receipt.text}»`)
  await checks.picture(tab, 'ran')
  await tab.click(at('receipt-download'))
  const store = createMemoryStore()
  const { roots } = await importCar(store, await downloaded(downloads, before))
  expect(String(roots[0]) === receipt.data['receipt'], `the CAR has ${roots.join(', ')}`)
  const engine = createInlineEngine()
  try {
    const verification = await createVerifier({ store, engine }).verify(roots[0]!)
    expect(verification.verdict === 'reproduced', `Node finds ${verification.verdict}`)
  } finally {
    await engine.close()
  }
  return receipt.data['receipt']!
}

/** The bytes of the next download, when it is complete. */
async function downloaded(folder: string, before: ReadonlySet<string>): Promise<Uint8Array> {
  const end = performance.now() + 20_000
  for (let size = -1; performance.now() < end; await sleep(200)) {
    const names = readdirSync(folder).filter(name => !before.has(name) && !/\.(part|crdownload)$|^\./.test(name))
    if (names.length === 0) continue
    const bytes = readFileSync(join(folder, names[0]!))
    if (bytes.length > 0 && bytes.length === size) return new Uint8Array(bytes)
    size = bytes.length
  }
  throw new Error('nothing was downloaded')
}
