/** Fields of forms, and the files that are chosen in them. */
import { Fault } from 'ipvm-wasm'
import { MAX_MODULE_BYTES } from './bounds.ts'
import { h } from './dom.ts'
import { size } from './words.ts'

/** A labelled field. */
export function field(id: string, label: string, ...content: readonly HTMLElement[]): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: id }, label), ...content)
}

/**
 * The bytes of a file that was chosen.
 *
 * @throws Fault too-large, store-failed
 */
export async function fileBytes(file: File): Promise<Uint8Array> {
  if (file.size > MAX_MODULE_BYTES)
    throw new Fault(
      'too-large',
      `${file.name} has ${size(file.size)}, and this page takes up to ${size(MAX_MODULE_BYTES)}`,
    )
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (error) {
    throw new Fault('store-failed', `${file.name} cannot be read: it may be a folder, or may have changed`, {}, error)
  }
}
