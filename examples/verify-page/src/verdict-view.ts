/** The verdict on a claim, the fields that differ, and what it means. */
import { describeValue, describeVerdict, meaningOf, type Verdict, type VerdictName } from 'ipvm-wasm'
import { fill, h, mark } from './dom.ts'
import type { Problem } from './problem.ts'
import { capital, duration } from './words.ts'

/** The end of a check: a verdict, or the problem for which there is none. */
export type End = Verdict | Problem

const TITLES: Readonly<Record<VerdictName, readonly [sign: string, title: string]>> = {
  reproduced: ['✓', 'Confirmed'],
  refuted: ['✕', 'Refuted'],
  undecided: ['?', 'Not checked'],
  fault: ['!', 'No verdict'],
}

/** The greatest number of fields in the table. */
const MOST = 100

/**
 * Shows the end of a check, and moves the focus to it. `ms` is how long the check took. `failed` says that the claim is a
 * rejection or a trap.
 */
export function showVerdict(element: HTMLElement, end: End, ms: number, failed = false): void {
  const isVerdict = 'verdict' in end
  const name: VerdictName = isVerdict ? end.verdict : 'fault'
  const [sign, title] = TITLES[name]
  mark(element, 'verdict', name)
  mark(element, 'code', isVerdict ? undefined : end.code)
  mark(element, 'reason', isVerdict && end.verdict === 'undecided' ? end.reason : undefined)
  fill(
    element,
    h('h2', { id: 'verdict-heading' }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), title),
    h('p', { class: 'sentence', 'data-testid': 'verdict-sentence' }, isVerdict ? sentenceOf(end) : end.message),
    isVerdict ? mismatches(end) : undefined,
    h(
      'p',
      { class: 'meaning', 'data-testid': 'verdict-meaning' },
      meaningOf(name),
      name === 'reproduced' && failed
        ? ' What is confirmed is that the task has no result: it was rejected, or trapped.'
        : undefined,
    ),
    h('p', { class: 'muted' }, `The check took ${duration(ms)}.`),
  )
  element.hidden = false
  element.focus()
}

/** What was found, without the name of the verdict in front, since the title has said it. */
function sentenceOf(verdict: Verdict): string {
  const [, sentence = ''] = describeVerdict(verdict).split(/^\w+: /)
  // The name of a field keeps its small letter.
  const aboutField = verdict.verdict === 'refuted' && verdict.mismatches.length > 0
  return aboutField ? `The field ${sentence}` : capital(sentence)
}

function mismatches({ mismatches: found, verdict }: Verdict): HTMLElement | undefined {
  if (found.length === 0) return undefined
  const against = verdict === 'undecided' ? 'Expected here' : 'Found by running it'
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Fields that differ' },
    h(
      'table',
      { 'data-testid': 'mismatches' },
      h('caption', {}, 'Fields that differ'),
      h('thead', {}, h('tr', {}, ...['Field', 'Claimed', against].map(name => h('th', { scope: 'col' }, name)))),
      h(
        'tbody',
        {},
        ...found
          .slice(0, MOST)
          .map(({ field, claimed, reproduced }) =>
            h(
              'tr',
              { 'data-testid': 'mismatch', 'data-field': field },
              h('th', { scope: 'row' }, h('code', {}, field)),
              h('td', { 'data-label': 'Claimed' }, h('code', {}, describeValue(claimed))),
              h('td', { 'data-label': against }, h('code', {}, describeValue(reproduced))),
            ),
          ),
      ),
    ),
    found.length > MOST ? h('p', { class: 'muted' }, `… (${found.length} in all)`) : undefined,
  )
}
