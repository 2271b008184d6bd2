/** What came of a run: the outcome, its cost, and the receipt in a CAR. */
import { type BlockSource, type Execution } from 'ipvm-wasm'
import { trapLines } from 'ipvm-wasm/words'
import { bars } from './bars.ts'
import { copyable } from './copyable.ts'
import { button, described, fill, h, mark } from './dom.ts'
import type { Problem } from './problem.ts'
import { resultView } from './result-view.ts'
import { dropAddresses, saveLink } from './save.ts'
import type { Shown } from './shown.ts'
import { size } from './words.ts'

/** The part of the page whose saved bytes these are. */
const RECEIPT = 'receipt'

/** A run that has ended. */
export interface Ran {
  readonly execution: Execution
  readonly shown: Shown
  readonly store: BlockSource
  /** The receipt, and everything that is needed to verify it. */
  readonly car: Uint8Array
}

const TITLES = { ok: 'The task has a result', rejection: 'The task was rejected', trap: 'The task trapped' } as const

/** Shows a run, and moves the focus to it. `verify` hands the CAR to the other view. */
export function showReceipt(element: HTMLElement, { execution, shown, store, car }: Ran, verify: () => void): void {
  const { receipt, cid, details } = execution
  const outcome = 'ok' in receipt.out ? 'ok' : receipt.out.error.kind
  const name = `${cid}.car`
  begin(element, outcome, cid.toString())
  element.append(
    h('h2', { id: 'receipt-heading' }, TITLES[outcome]),
    resultView(RECEIPT, shown, store),
    ...(details === undefined ? [] : trapLines(details).map(line => h('p', { class: 'muted' }, line))),
    h('h3', {}, 'Cost'),
    bars(RECEIPT, receipt),
    h('dl', { class: 'facts' }, described('Receipt', {}, copyable(cid.toString(), 'the CID of the receipt'))),
    h(
      'div',
      { class: 'actions' },
      saveLink(RECEIPT, car, name, `Save the CAR (${size(car.length)})`, { 'data-testid': 'receipt-download' }),
      button('Verify this receipt', { 'data-testid': 'receipt-verify' }, verify),
    ),
    h('p', { class: 'hint' }, 'The CAR has the receipt, the task, the module and the arguments. Anyone can verify it.'),
  )
  element.focus()
}

/** Shows why there is no receipt, and moves the focus to it. */
export function showNoReceipt(element: HTMLElement, { code, message }: Problem): void {
  begin(element, 'fault', undefined)
  mark(element, 'code', code)
  element.append(h('h2', { id: 'receipt-heading' }, 'There is no receipt'), h('p', {}, message))
  element.focus()
}

function begin(element: HTMLElement, outcome: string, receipt: string | undefined): void {
  dropAddresses(RECEIPT)
  fill(element)
  mark(element, 'outcome', outcome)
  mark(element, 'receipt', receipt)
  mark(element, 'code', undefined)
  element.hidden = false
}
