/** What admission says about a module. */
import { describeKind, type Inspection } from 'ipvm-wasm/words'
import { described, h } from './dom.ts'
import type { Inspected } from './inspect.ts'
import { isProblem } from './opened.ts'
import type { Problem } from './problem.ts'
import { counted, digits } from './words.ts'

/** The greatest number of imports in the table, and the greatest number for which it is open from the start. */
const MOST = 100
const FEW = 4

/** The verdict of admission, the reasons for a rejection, and the imports with a verdict each. */
export function admissionView(module: Inspected | Problem): HTMLElement {
  if (isProblem(module))
    return h(
      'div',
      { 'data-testid': 'admission', 'data-verdict': 'unknown' },
      h(
        'p',
        {},
        'Admission is not known, because the module is not here. ',
        h('span', { class: 'muted' }, module.message),
      ),
    )
  const { inspection } = module
  const admitted = inspection.verdict === 'admitted'
  const kind = describeKind(inspection)
  return h(
    'div',
    { 'data-testid': 'admission', 'data-verdict': inspection.verdict },
    h('p', {}, h('strong', {}, admitted ? 'Admitted' : 'Rejected'), ` under ${inspection.profile}.`),
    admitted ? undefined : findings(inspection),
    h(
      'dl',
      { class: 'facts' },
      described('Size', {}, counted(inspection.size, 'byte')),
      kind === undefined ? undefined : described('Kind', {}, ...withCode(kind)),
      described(
        'Features',
        {},
        inspection.features.length === 0 ? 'none beyond WebAssembly 1.0' : inspection.features.join(', '),
      ),
      inspection.instantiation === undefined
        ? undefined
        : described('Cost of starting', {}, `${digits(inspection.instantiation)} gas`),
    ),
    imports(inspection),
  )
}

function findings({ findings: found, advice }: Inspection): HTMLElement {
  const finding = ({ offset, code, subject, detail }: (typeof found)[number]): HTMLElement =>
    h(
      'li',
      {},
      `At byte ${digits(offset)}, ${code}`,
      ...(subject === undefined ? [] : [' ', h('code', {}, subject)]),
      `: ${detail}.`,
    )
  return h(
    'ul',
    { class: 'findings' },
    ...found.slice(0, MOST).map(finding),
    ...advice.map(text => h('li', { class: 'advice' }, text)),
  )
}

function imports({ imports: found }: Inspection): HTMLElement {
  if (found.length === 0)
    return h('p', { class: 'muted' }, 'It imports nothing, so it reaches nothing outside of itself.')
  const row = ({ module, name, type, kind, verdict, reason }: (typeof found)[number]): HTMLElement =>
    h(
      'tr',
      { 'data-verdict': verdict },
      h('th', { scope: 'row' }, h('code', {}, `${module}.${name}`), h('span', { class: 'muted' }, ` ${type ?? kind}`)),
      h('td', {}, h('strong', {}, verdict), h('span', { class: 'muted' }, ` ${reason}`)),
    )
  const denied = found.filter(({ verdict }) => verdict === 'denied').length
  const verdicts = denied === 0 ? 'all granted' : `${digits(denied)} denied`
  return h(
    'details',
    { class: 'options', open: denied > 0 || found.length <= FEW },
    h('summary', {}, `${counted(found.length, 'import')}, ${verdicts}`),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Imports' },
      h(
        'table',
        { 'data-testid': 'imports' },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Import'), h('th', { scope: 'col' }, 'Verdict'))),
        h('tbody', {}, ...found.slice(0, MOST).map(row)),
      ),
      found.length > MOST ? h('p', { class: 'muted' }, 'There are more.') : undefined,
    ),
  )
}

/** Text whose names in backticks become code. */
function withCode(text: string): readonly (string | HTMLElement)[] {
  return text.split('`').map((part, index) => (index % 2 === 0 ? part : h('code', {}, part)))
}
