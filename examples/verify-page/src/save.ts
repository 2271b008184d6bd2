/** Links that save bytes as a file. */
import { h, type Attributes } from './dom.ts'

/** The addresses of saved bytes that are still held in memory, by the part of the page that they belong to. */
const held = new Map<string, string[]>()

/** Makes an address for bytes. It is dropped with the others of its part of the page. */
export function addressOf(part: string, bytes: Uint8Array, type: string): string {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
  held.set(part, [...(held.get(part) ?? []), url])
  return url
}

/** Drops the addresses of a part of the page, and with them the bytes. */
export function dropAddresses(part: string): void {
  for (const url of held.get(part) ?? []) URL.revokeObjectURL(url)
  held.delete(part)
}

/**
 * A link that saves bytes. Their type says that they are only bytes, so that no browser opens them as a document of
 * this page's origin.
 */
export function saveLink(
  part: string,
  bytes: Uint8Array,
  name: string,
  label: string,
  attributes: Attributes = {},
): HTMLElement {
  const href = addressOf(part, bytes, 'application/octet-stream')
  return h('a', { class: 'button', href, download: safeName(name), ...attributes }, label)
}

/** Saves bytes at once. */
export function save(bytes: Uint8Array, name: string): void {
  const link = saveLink('saved', bytes, name, name)
  link.click()
  setTimeout(() => dropAddresses('saved'), 60_000)
}

/** The last part of a foreign name, without characters that file systems or people stumble over. */
export function safeName(name: string): string {
  const last = name
    .split('/')
    .at(-1)!
    .replaceAll(/[^\p{L}\p{N}._ -]/gu, '_')
    .slice(-100)
  return last.replace(/^\.+/, '') || 'file'
}
