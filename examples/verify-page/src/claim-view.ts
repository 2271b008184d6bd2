/** A claim as it is shown before it is checked. */
import type { Task } from 'ipvm-wasm'
import { argumentText } from './argument-words.ts'
import { bars } from './bars.ts'
import { admissionView } from './admission-view.ts'
import { contentView } from './content-view.ts'
import { copyable } from './copyable.ts'
import { described, h } from './dom.ts'
import { isProblem, type Opened } from './opened.ts'
import { resultView } from './result-view.ts'
import { contentOf } from './shown.ts'

/** The part of the page whose saved bytes these are. */
export const CLAIM = 'claim'

/** The greatest number of arguments in the list. */
const MOST = 50

/** The parts of a claim. None of them is known to be true yet, and the heading says so. */
export function claimView(opened: Opened): readonly HTMLElement[] {
  const { receipt, cid, signed, profile, task, shown, logs, module, chosen } = opened
  return [
    h('h2', {}, 'The claim'),
    h(
      'p',
      { class: 'hint' },
      'This is what somebody states. To open it, this page has only checked each block by its hash.',
    ),
    h(
      'dl',
      { class: 'facts' },
      described('Receipt', {}, copyable(cid.toString(), 'the CID of the receipt', { 'data-testid': 'claim-receipt' })),
      described(
        'Signed by',
        { 'data-testid': 'claim-signer' },
        signed.signer === undefined ? 'nobody' : copyable(signed.signer, 'the signer'),
      ),
      ...taskFacts(receipt.ran.toString(), task),
      described(
        'Profile',
        { 'data-testid': 'claim-profile' },
        profile === undefined ? copyable(receipt.meta.profile.toString(), 'the CID of the profile') : profile.id,
        profile === undefined ? h('span', { class: 'muted' }, ' It is not known here.') : undefined,
      ),
    ),
    h('h3', {}, 'Claimed result'),
    resultView(CLAIM, shown, chosen.store),
    ...(logs === undefined
      ? []
      : [
          h('h3', {}, 'Logs'),
          h(
            'div',
            { 'data-testid': 'logs' },
            isProblem(logs) ? h('p', { class: 'muted' }, logs.message) : contentView(CLAIM, contentOf(logs), 'logs'),
          ),
        ]),
    h('h3', {}, 'Claimed cost'),
    bars(CLAIM, receipt),
    h(
      'details',
      { class: 'options', open: !isProblem(module) && module.inspection.verdict === 'rejected' },
      h('summary', {}, 'The module: whether it may run, and what it uses'),
      admissionView(module),
    ),
  ]
}

function taskFacts(cid: string, task: Opened['task']): readonly HTMLElement[] {
  const ran = described('Task', {}, copyable(cid, 'the CID of the task', { 'data-testid': 'claim-task' }))
  if (isProblem(task)) return [ran, described('', {}, h('span', { class: 'muted' }, task.message))]
  const { mod, fun, abi, params } = (task as Task).args
  return [
    ran,
    described('Module', {}, copyable(mod.toString(), 'the CID of the module', { 'data-testid': 'claim-module' })),
    described('Function', {}, h('code', { 'data-testid': 'claim-function' }, fun)),
    described('ABI', {}, h('code', { 'data-testid': 'claim-abi' }, abi)),
    described(
      'Arguments',
      {},
      params.length === 0
        ? h('span', { class: 'muted', 'data-testid': 'claim-arguments' }, 'none')
        : h(
            'ol',
            { class: 'arguments', 'data-testid': 'claim-arguments' },
            ...params.slice(0, MOST).map(param => h('li', {}, h('code', {}, argumentText(param, abi)))),
            params.length > MOST ? h('li', { class: 'muted' }, `… (${params.length} in all)`) : undefined,
          ),
    ),
  ]
}
