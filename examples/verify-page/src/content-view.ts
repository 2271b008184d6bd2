/** Content as elements: text, numbers, an image, or bytes in hexadecimal. */
import { hexLines, textLines } from 'ipvm-wasm/words'
import { SHOWN } from './bounds.ts'
import { copyable } from './copyable.ts'
import { button, h } from './dom.ts'
import { addressOf, saveLink } from './save.ts'
import type { Content } from './shown.ts'
import { size } from './words.ts'

/** The ends of names of files, by what they contain. */
const ENDS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
}

/** Content under a name, for part `part` of the page. `name` is that of the file that it is saved as. */
export function contentView(part: string, content: Content, name: string): HTMLElement {
  const view = h('div', { class: 'content', 'data-kind': content.kind })
  switch (content.kind) {
    case 'nothing':
      view.append(h('p', { class: 'muted' }, 'Nothing.'))
      break
    case 'number':
      view.append(...content.lines.slice(0, SHOWN.lines).map(line => h('p', { class: 'number' }, h('code', {}, line))))
      if (content.lines.length > SHOWN.lines)
        view.append(h('p', { class: 'muted' }, `… (${content.lines.length} numbers in all)`))
      break
    case 'value':
      view.append(block(content.lines.join('\n')))
      break
    case 'text':
      view.append(block(textLines(content.text, SHOWN).join('\n')), saved(part, content.bytes, `${name}.txt`))
      break
    case 'bytes':
      view.append(block(hexLines(content.bytes, SHOWN).join('\n'), 'hex'), saved(part, content.bytes, `${name}.bin`))
      break
    case 'image':
      view.append(image(part, content), saved(part, content.bytes, `${name}.${ENDS[content.image.type]!}`))
      break
    case 'missing':
      view.append(
        h('p', {}, 'The receipt links to it, and it is not here. ', h('span', { class: 'muted' }, content.why)),
        copyable(content.cid.toString(), 'the CID'),
      )
      break
  }
  return view
}

/** Lines that keep their spaces, in a part that scrolls by itself and can be reached with the keyboard. */
function block(text: string, kind = 'text'): HTMLElement {
  return h('pre', { class: kind, tabindex: 0 }, text)
}

function saved(part: string, bytes: Uint8Array, name: string): HTMLElement {
  return h(
    'p',
    { class: 'save' },
    saveLink(part, bytes, name, 'Save', { 'data-testid': 'result-download' }),
    h('span', { class: 'muted' }, size(bytes.length)),
  )
}

/**
 * An image. It is only ever the content of an `<img>`, in which no script runs and nothing further is loaded. A drawing
 * (SVG) is shown as its text first, since it may take any time to draw.
 */
function image(part: string, { image: { type, onRequest }, bytes }: Extract<Content, { kind: 'image' }>): HTMLElement {
  const view = h('div', { class: 'image' })
  const show = (): void => {
    const shown = h('img', {
      'data-testid': 'result-image',
      'data-type': type,
      alt: 'The result, which is an image',
      src: addressOf(part, bytes, type),
    })
    shown.addEventListener('error', () => view.replaceChildren(block(hexLines(bytes, SHOWN).join('\n'), 'hex')))
    view.replaceChildren(shown)
  }
  if (!onRequest) show()
  else
    view.append(
      block(textLines(new TextDecoder().decode(bytes), SHOWN).join('\n')),
      button('Show the drawing', { 'data-testid': 'result-draw' }, show),
    )
  return view
}
