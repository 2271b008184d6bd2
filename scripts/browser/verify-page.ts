/** The page of examples/verify-page as a person uses it. Its README lists the names of elements and their states. */
import { expect } from './checks.ts'
import type { ClaimPath } from './context.ts'
import type { Tab } from './driven.ts'
import { at, chooseFile, until, type ElementState } from './tabs.ts'

export const READY = 'html[data-ready="true"]'

/** Opens the page, and waits until it can be used. */
export async function openPage(tab: Tab, url: string): Promise<void> {
  await tab.goto(url, { waitUntil: 'load' })
  await untilReady(tab)
}

export async function untilReady(tab: Tab): Promise<void> {
  await until(tab, READY, () => true, { what: 'a page that is ready' })
}

/** Loads a CAR, and waits until its claim is shown. */
export async function loadClaim(tab: Tab, { path, cid }: ClaimPath): Promise<void> {
  await forget(tab, at('claim'), 'receipt')
  await chooseFile(tab, at('car-input'), path)
  await until(tab, at('claim'), ({ shown, data }) => shown && data['receipt'] === cid, { what: `the claim ${cid}` })
}

/** Presses the button that begins a check. */
export async function beginCheck(tab: Tab): Promise<void> {
  await until(tab, at('verify-button'), ({ shown }) => shown)
  await forget(tab, at('verdict'), 'verdict')
  await tab.click(at('verify-button'))
}

/** Removes a state of an element, so that the next one is a new one. */
export async function forget(tab: Tab, selector: string, name: string): Promise<void> {
  await tab.evaluate(
    (selector, name) => {
      delete document.querySelector<HTMLElement>(selector)?.dataset[name]
    },
    selector,
    name,
  )
}

/** Waits for the verdict. */
export function verdict(tab: Tab, ms?: number): Promise<ElementState> {
  return until(tab, at('verdict'), ({ shown, data }) => shown && data['verdict'] !== undefined, {
    what: 'a verdict',
    ...(ms !== undefined && { ms }),
  })
}

/** Waits for the verdict, and throws unless it is this one. */
export async function expectVerdict(tab: Tab, expected: string, ms?: number): Promise<ElementState> {
  const state = await verdict(tab, ms)
  expect(state.data['verdict'] === expected, `the verdict is ${JSON.stringify(state.data)}: «${state.text}»`)
  return state
}

/** Loads a CAR, checks it, and throws unless the verdict is this one. */
export async function check(tab: Tab, claim: ClaimPath, expected: string): Promise<ElementState> {
  await loadClaim(tab, claim)
  await beginCheck(tab)
  return expectVerdict(tab, expected)
}

/** The fields that differ, as the table of the verdict lists them. */
export function mismatchesOf(tab: Tab): Promise<string[]> {
  return tab.evaluate(
    selector => [...document.querySelectorAll<HTMLElement>(selector)].map(row => row.dataset['field'] ?? ''),
    at('mismatch'),
  )
}

/** Opens the second view with a module, and waits for what admission says. */
export async function loadModule(tab: Tab, path: string): Promise<ElementState> {
  await tab.click(at('nav-run'))
  await until(tab, at('view-run'), ({ shown }) => shown)
  await chooseFile(tab, at('module-input'), path)
  return until(tab, at('module-report'), ({ shown, data }) => shown && data['verdict'] !== undefined, {
    what: 'the report on the module',
  })
}

/** Types a text in the place of what a field has. */
export async function fill(tab: Tab, selector: string, text: string): Promise<void> {
  await tab.evaluate(selector => document.querySelector<HTMLInputElement>(selector)!.select(), selector)
  await tab.focus(selector)
  await tab.keyboard.press('Backspace')
  await tab.type(selector, text)
}

/** True if the dialog that asks before a large module is open. */
export async function isAsked(tab: Tab): Promise<boolean> {
  return tab.evaluate(selector => document.querySelector<HTMLDialogElement>(selector)?.open === true, at('confirm'))
}
