/** The files that a program has kept, as a list from which each can be saved. */
import { listFiles, load, type BlockSource, type ListedFile } from 'ipvm-wasm'
import type { CID } from 'multiformats/cid'
import { MAX_CAR_BYTES } from './bounds.ts'
import { button, fill, h } from './dom.ts'
import { problemOf } from './problem.ts'
import { save } from './save.ts'
import { size } from './words.ts'

/** The greatest number of files in the list. */
const MOST = 500

/** The files in a directory. They are listed when they have been read, and their content is loaded when it is saved. */
export function filesView(store: BlockSource, directory: CID): HTMLElement {
  const view = h('div', { 'data-testid': 'files', 'aria-busy': 'true' }, h('p', { class: 'muted' }, 'Reading …'))
  listed(store, directory)
    .then(
      list => fill(view, list),
      (error: unknown) => fill(view, h('p', { class: 'muted' }, problemOf(error).message)),
    )
    .finally(() => view.removeAttribute('aria-busy'))
  return view
}

async function listed(store: BlockSource, directory: CID): Promise<HTMLElement> {
  const items: HTMLElement[] = []
  for await (const file of listFiles(store, directory, { maxEntries: 10 * MOST })) {
    if (items.length === MOST) {
      items.push(h('li', { class: 'muted' }, 'There are more.'))
      break
    }
    items.push(item(store, file))
  }
  return h('ul', { class: 'files' }, ...items)
}

function item(store: BlockSource, { path, kind, cid, size: bytes, target }: ListedFile): HTMLElement {
  const name = h('code', {}, path)
  if (kind === 'directory') return h('li', {}, name, h('span', { class: 'muted' }, 'an empty folder'))
  if (kind === 'symlink') return h('li', {}, name, h('span', { class: 'muted' }, 'a link to '), h('code', {}, target!))
  const said = h('span', { class: 'muted', role: 'status' }, bytes === undefined ? '' : size(Number(bytes)))
  const saved = button('Save', { 'data-testid': 'file-download', 'aria-label': `Save ${path}` }, () => {
    load(store, cid, { maxBytes: MAX_CAR_BYTES }).then(
      content => save(content, path),
      (error: unknown) => void (said.textContent = problemOf(error).message),
    )
  })
  return h('li', {}, name, said, saved)
}
