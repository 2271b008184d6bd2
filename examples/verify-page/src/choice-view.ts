/** Lets one choose among the receipts of a CAR. */
import type { CID } from 'multiformats/cid'
import { fill, h } from './dom.ts'
import type { Source } from './sources.ts'
import { digits } from './words.ts'

/** Shows the receipts of a source as radio buttons. The first one is chosen. */
export function showChoice(element: HTMLElement, { name, claims, total }: Source, choose: (claim: CID) => void): void {
  const option = (claim: CID, index: number): HTMLElement => {
    const id = `choice-${index}`
    const radio = h('input', { type: 'radio', name: 'choice', id, 'data-testid': id, checked: index === 0 })
    radio.addEventListener('change', () => choose(claim))
    return h('div', { class: 'option' }, radio, h('label', { for: id }, h('code', {}, claim.toString())))
  }
  fill(
    element,
    h(
      'fieldset',
      {},
      h(
        'legend',
        {},
        `${name} has ${digits(total)} receipts${claims.length < total ? `, of which the first ${digits(claims.length)} are listed` : ''}`,
      ),
      ...claims.map(option),
    ),
  )
}
