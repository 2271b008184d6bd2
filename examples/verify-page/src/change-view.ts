/** The controls that change a claim. */
import { encodeReceipt } from 'ipvm-wasm'
import { within } from './bounds.ts'
import { withOtherByte, withOtherGas, withOtherResult } from './change.ts'
import { button, fill, h } from './dom.ts'
import type { Opened } from './opened.ts'
import { problemOf } from './problem.ts'
import { digits } from './words.ts'

/** Is told a changed claim, or the claim as it came. `what` says what was changed. */
export type OnChange = (bytes: Uint8Array | undefined, what: string) => void

/** Shows the controls for a claim. If it `isChanged` already, one of them is the way back. */
export function showChange(element: HTMLElement, { receipt }: Opened, isChanged: boolean, onChange: OnChange): void {
  const { bytes } = encodeReceipt(receipt)
  const offset = h('input', {
    id: 'change-offset',
    'data-testid': 'change-offset',
    inputmode: 'numeric',
    value: 0,
    'aria-describedby': 'change-problem',
  })
  const problem = h('p', { id: 'change-problem', class: 'alert', role: 'alert' })
  const changed = (make: () => Uint8Array, what: string): void => {
    fill(problem)
    try {
      onChange(make(), what)
    } catch (error) {
      fill(problem, problemOf(error).message)
    }
  }
  const byte = (): void => {
    const at = (): number => Number(within(offset.value, 'the offset', 0n, BigInt(bytes.length - 1)))
    changed(() => withOtherByte(bytes, at()), `one bit of byte ${offset.value.trim()} of the receipt`)
  }
  offset.addEventListener('keydown', event => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    byte()
  })
  fill(
    element,
    h('h2', { id: 'change-heading' }, 'Change the claim'),
    h(
      'p',
      { class: 'hint' },
      'Change a part of the receipt, and this page checks it again. The check should fail. A few bytes state the limits of the run: with other limits the result may still be true.',
    ),
    h(
      'div',
      { class: 'actions' },
      button('Change the result', { 'data-testid': 'change-result' }, () =>
        changed(() => withOtherResult(receipt), 'the result'),
      ),
      button('Change the gas', { 'data-testid': 'change-gas' }, () => changed(() => withOtherGas(receipt), 'the gas')),
    ),
    h(
      'div',
      { class: 'row end' },
      h(
        'div',
        { class: 'field' },
        h('label', { for: 'change-offset' }, `Offset in the receipt, 0 to ${digits(bytes.length - 1)}`),
        offset,
      ),
      button('Flip a bit there', { 'data-testid': 'change-byte' }, byte),
    ),
    problem,
    isChanged
      ? button('Back to the claim as it came', { class: 'link', 'data-testid': 'change-undo' }, () =>
          onChange(undefined, ''),
        )
      : undefined,
  )
  element.hidden = false
}
