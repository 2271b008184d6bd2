/**
 * What checks do with tabs. Nothing here evaluates text inside a page, which a content security policy forbids: the
 * driver calls functions there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from './checks.ts'
import type { Tab } from './driven.ts'

/** The state of an element. */
export interface ElementState {
  /** True if neither it nor an element around it is hidden. */
  readonly shown: boolean
  readonly text: string
  /** Its `data-*` attributes. */
  readonly data: Readonly<Record<string, string>>
}

const POLL_MS = 25
const WAIT_MS = 60_000

/** The selector of an element of the page by its `data-testid`. */
export function at(id: string): string {
  return `[data-testid="${id}"]`
}

/** The state of an element; undefined if there is none. */
export async function stateOf(tab: Tab, selector: string): Promise<ElementState | undefined> {
  const state = await tab.evaluate(selector => {
    const element = document.querySelector<HTMLElement>(selector)
    return element === null
      ? null
      : {
          shown: element.getClientRects().length > 0,
          text: element.textContent.trim().replaceAll(/\s+/g, ' '),
          data: { ...element.dataset } as Record<string, string>,
        }
  }, selector)
  return state ?? undefined
}

/** Waits until an element is in a state, and returns it. The error says what is there in its place. */
export async function until(
  tab: Tab,
  selector: string,
  holds: (state: ElementState) => boolean,
  { what = selector, ms = WAIT_MS }: { readonly what?: string; readonly ms?: number } = {},
): Promise<ElementState> {
  const end = performance.now() + ms
  let last: ElementState | undefined
  do {
    last = await stateOf(tab, selector)
    if (last !== undefined && holds(last)) return last
    await sleep(POLL_MS)
  } while (performance.now() < end)
  const found = last === undefined ? 'it is not there' : `${JSON.stringify(last.data)} «${last.text.slice(0, 300)}»`
  throw new Error(`${what} did not come within ${ms / 1000} s: ${found}`)
}

/** Puts a file into a file input. */
export async function chooseFile(tab: Tab, selector: string, path: string): Promise<void> {
  const input = await tab.$(selector)
  expect(input !== null, `there is no ${selector}`)
  await input.uploadFile(path)
}

/** What ends a measured time: a value of a `data-*` attribute of an element, or a part of its text. */
export interface Ending {
  readonly selector: string
  readonly data?: readonly [name: string, value: string]
  readonly text?: string
}

/** The times of the click and of what it should lead to, which the page keeps as `globalThis.clickTimes`. */
interface ClickTimes {
  clicked: number | null
  ended: number | null
}

/**
 * Clicks, and returns the time from the click to what it leads to, in milliseconds. Both times are taken inside the
 * page. What ends the time must not be there before.
 */
export async function timeOfClick(tab: Tab, button: string, ending: Ending, ms = WAIT_MS): Promise<number> {
  await tab.evaluate(
    (button, { selector, data, text }) => {
      const times: ClickTimes = { clicked: null, ended: null }
      Object.assign(globalThis, { clickTimes: times })
      document.querySelector(button)!.addEventListener('click', () => (times.clicked = performance.now()), {
        capture: true,
        once: true,
      })
      const observer = new MutationObserver(() => {
        const element = document.querySelector<HTMLElement>(selector)
        if (times.clicked === null || element === null) return
        if (data !== undefined && element.dataset[data[0]] !== data[1]) return
        if (text !== undefined && !element.textContent.includes(text)) return
        times.ended = performance.now()
        observer.disconnect()
      })
      observer.observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true })
    },
    button,
    ending,
  )
  await tab.click(button)
  const end = performance.now() + ms
  do {
    const { clicked, ended } = await tab.evaluate(
      () => (globalThis as unknown as { clickTimes: ClickTimes }).clickTimes,
    )
    if (clicked !== null && ended !== null) return ended - clicked
    await sleep(POLL_MS)
  } while (performance.now() < end)
  const state = await stateOf(tab, ending.selector)
  throw new Error(`${JSON.stringify(ending)} did not come within ${ms / 1000} s: ${JSON.stringify(state)}`)
}

/** Presses Tab until an element has the focus. Returns the number of presses. */
export async function tabTo(tab: Tab, selector: string, most = 80): Promise<number> {
  for (let presses = 1; presses <= most; presses++) {
    await tab.keyboard.press('Tab')
    const reached = await tab.evaluate(
      selector => document.activeElement !== null && document.activeElement.matches(selector),
      selector,
    )
    if (reached) return presses
  }
  throw new Error(`Tab does not reach ${selector} with ${most} presses`)
}
