/** What was used of a limit, as a bar with a text. */
import type { Receipt } from 'ipvm-wasm'
import { h } from './dom.ts'
import { counted, digits } from './words.ts'

/** Bars for the gas and the memory of a receipt against its limits, in part `part` of the page. */
export function bars(part: string, { meta }: Receipt): HTMLElement {
  const { gasUsed, peakPages, growRefused, limits } = meta
  const memory = `${counted(peakPages, 'page')} of ${digits(limits.pages)}${growRefused ? '; more was asked for, and refused' : ''}`
  return h(
    'div',
    { class: 'bars' },
    bar(part, 'gas', 'Gas', Number(gasUsed), Number(limits.gas), `${digits(gasUsed)} of ${digits(limits.gas)}`),
    bar(part, 'memory', 'Memory', peakPages, limits.pages, memory),
  )
}

function bar(part: string, id: string, name: string, value: number, max: number, text: string): HTMLElement {
  const most = Math.max(max, 1)
  const share = (100 * value) / most
  return h(
    'div',
    { class: 'bar' },
    h('span', { class: 'bar-name', id: `${part}-${id}` }, name),
    h('meter', {
      'data-testid': `${id}-meter`,
      'aria-labelledby': `${part}-${id}`,
      'aria-valuetext': text,
      min: 0,
      max: most,
      value: Math.min(value, most),
    }),
    h('span', { class: 'bar-text' }, text, h('span', { class: 'muted' }, ` (${percent(share)})`)),
  )
}

function percent(share: number): string {
  if (share === 0) return '0 %'
  return share < 0.1 ? 'below 0.1 %' : `${share.toFixed(1)} %`
}
