/** Whether the page can be used with a keyboard, in dark colours, on a narrow screen, and by assistive technology. */
import { readFileSync } from 'node:fs'
import { npmFile } from '../install.ts'
import { expect } from './checks.ts'
import type { Context } from './context.ts'
import type { Tab } from './driven.ts'
import type { Browser } from './launch.ts'
import { at, tabTo, until } from './tabs.ts'
import { check, expectVerdict, loadModule, openPage } from './verify-page.ts'

const AXE = 'axe-core@4.14.1'
const NARROW = { width: 320, height: 640 }
const WIDE = { width: 1200, height: 900 }

interface Violation {
  readonly id: string
  readonly impact: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

/** Runs the checks. The browser was started in light or dark colours. */
export async function checkAccess(context: Context, browser: Browser, url: string, dark: boolean): Promise<void> {
  const { checks, files } = context
  const colours = dark ? 'dark' : 'light'
  const name = (what: string): string => `access, ${browser.name}, ${colours}: ${what}`
  const tab = await browser.open()
  try {
    if (browser.name === 'chromium') await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: colours }])
    await tab.setViewport(WIDE)
    await openPage(tab, url)
    for (const size of [WIDE, NARROW]) {
      const wide = size === WIDE ? 'wide' : '320 px'
      await checks.run(
        name(`nothing serious in axe-core, ${wide}`),
        async () => {
          await tab.setViewport(size)
          const source = readFileSync(npmFile(context.cache, 'axe', AXE, 'axe-core/axe.min.js'), 'utf8')
          const found: string[] = []
          await openPage(tab, url)
          found.push(...(await violationsOf(tab, source, 'empty')))
          await check(tab, files.claims.good, 'reproduced')
          found.push(...(await violationsOf(tab, source, 'reproduced')))
          await checks.picture(tab, `${browser.name} ${colours} ${wide} reproduced`)
          await check(tab, files.claims.lie, 'refuted')
          found.push(...(await violationsOf(tab, source, 'refuted')))
          await checks.picture(tab, `${browser.name} ${colours} ${wide} refuted`)
          await loadModule(tab, files.small)
          found.push(...(await violationsOf(tab, source, 'run')))
          await checks.picture(tab, `${browser.name} ${colours} ${wide} run`)
          expect(found.length === 0, found.join('; '))
        },
        { tab },
      )
    }
    await checks.run(
      name('nothing is wider than a screen of 320 px'),
      async () => {
        await tab.setViewport(NARROW)
        await openPage(tab, url)
        await check(tab, files.claims.program, 'reproduced')
        const [width, widest] = await tab.evaluate(() => {
          const elements = [...document.querySelectorAll('main *')].sort(
            (a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right,
          )
          return [document.documentElement.scrollWidth, elements[0]?.outerHTML.slice(0, 200) ?? ''] as const
        })
        expect(width <= NARROW.width, `the page is ${width} px wide: ${widest}`)
      },
      { tab },
    )
    if (!dark)
      await checks.run(name('an example can be checked with the keyboard alone'), () => keyboardOnly(tab, url), { tab })
  } finally {
    await tab.close()
  }
}

async function keyboardOnly(tab: Tab, url: string): Promise<string> {
  await tab.setViewport(WIDE)
  await openPage(tab, url)
  const presses = [await tabTo(tab, at('example-lie'))]
  await tab.keyboard.press('Enter')
  await until(tab, at('verify-button'), ({ shown }) => shown)
  presses.push(await tabTo(tab, at('verify-button')))
  await tab.keyboard.press('Enter')
  await expectVerdict(tab, 'refuted')
  const focused = await tab.evaluate(
    selector => document.activeElement !== null && document.activeElement.matches(selector),
    at('verdict'),
  )
  expect(focused, 'the verdict does not get the focus')
  presses.push(await tabTo(tab, at('change-undo')).catch(() => tabTo(tab, at('change-gas'))))
  return `${presses.join(' + ')} presses of Tab`
}

/** The serious and critical violations that axe-core finds in the page as it is now. */
async function violationsOf(tab: Tab, source: string, state: string): Promise<string[]> {
  await tab.evaluate(`${source}; undefined`)
  const found = await tab.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: unknown }> } }
    return JSON.stringify((await axe.run({ resultTypes: ['violations'] })).violations)
  })
  const violations = JSON.parse(found) as Violation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${state}: ${id} (${help}) at ${nodes[0]?.target.join(' ')}`)
}
