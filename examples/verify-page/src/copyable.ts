/** CIDs and other names that wrap, and can be copied. */
import { h, type Attributes } from './dom.ts'

/** How long a button says that it has copied, in milliseconds. */
const SAID_MS = 2000

/** A name in a fixed-width font with a button that copies it. `what` completes "Copy …". */
export function copyable(text: string, what: string, attributes: Attributes = {}): HTMLElement {
  const label = `Copy ${what}`
  const copy = h('button', { type: 'button', class: 'copy', 'aria-label': label, title: label }, 'Copy')
  const said = h('span', { class: 'hidden', role: 'status' })
  copy.addEventListener('click', () => {
    const done = (word: string): void => {
      copy.textContent = said.textContent = word
      setTimeout(() => {
        copy.textContent = 'Copy'
        said.textContent = ''
      }, SAID_MS)
    }
    // Without a secure context there is no clipboard. The text can still be selected.
    void (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))).then(
      () => done('Copied'),
      () => done('Select it'),
    )
  })
  return h('span', { class: 'copyable' }, h('code', attributes, text), copy, said)
}
