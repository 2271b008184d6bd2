/** The document of the page without a browser: linkedom has elements, and no layout, focus or network. */
import { readFileSync } from 'node:fs'
import { parseHTML } from 'linkedom'

/** The text of a file of the page. */
export function pageFile(path: string): string {
  return readFileSync(new URL(`../../examples/verify-page/${path}`, import.meta.url), 'utf8')
}

/** Makes a new document the global one, as the page's own or with this body. */
export function useDocument(body?: string): Document {
  const { document } = parseHTML(body === undefined ? pageFile('index.html') : `<html><body>${body}</body></html>`)
  Object.assign(globalThis, { document })
  return document
}

/** The element with a name for tests. */
export function named(within: ParentNode, testId: string): HTMLElement {
  const found = within.querySelector<HTMLElement>(`[data-testid="${testId}"]`)
  if (found === null) throw new Error(`there is no ${testId}`)
  return found
}
