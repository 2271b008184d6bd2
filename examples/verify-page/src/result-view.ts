/** The outcome of a receipt as elements. */
import type { BlockSource } from 'ipvm-wasm'
import { contentView } from './content-view.ts'
import { h } from './dom.ts'
import { filesView } from './files-view.ts'
import type { Shown } from './shown.ts'

/** The outcome, for part `part` of the page. `store` has the kept files of a program. */
export function resultView(part: string, shown: Shown, store: BlockSource): HTMLElement {
  const view = h('div', { class: 'result', 'data-testid': 'result', 'data-kind': shown.kind })
  switch (shown.kind) {
    case 'rejection':
    case 'trap':
      view.append(h('p', { class: 'outcome' }, shown.sentence))
      break
    case 'program':
      view.append(h('p', {}, 'The program ended with exit code ', h('code', {}, String(shown.exit)), '.'))
      for (const [stream, name] of [
        ['stdout', 'Standard output'],
        ['stderr', 'Standard error'],
      ] as const)
        if (shown[stream].kind !== 'nothing' || stream === 'stdout')
          view.append(h('h4', {}, name), contentView(part, shown[stream], stream))
      if (shown.files !== undefined) view.append(h('h4', {}, 'Kept files'), filesView(store, shown.files))
      break
    default:
      view.append(contentView(part, shown, 'result'))
  }
  return view
}
