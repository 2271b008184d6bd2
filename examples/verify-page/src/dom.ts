/** Makes and finds elements. Foreign text only ever becomes the content of text nodes, so none of it is read as HTML. */

export type Child = Node | string | undefined

/** Attributes by name. `undefined` and `false` leave one out, and `true` gives it without a value. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element with attributes and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  element.append(...children.filter(child => child !== undefined))
  return element
}

/** A button with an action. */
export function button(label: string, attributes: Attributes, action: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', ...attributes }, label)
  made.addEventListener('click', action)
  return made
}

/** The element of the document with an id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the document has no element ${id}`)
  return found as T
}

/** Puts children into an element in place of those that it has. */
export function fill(element: HTMLElement, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter(child => child !== undefined))
}

/** Sets or removes an attribute `data-…`. */
export function mark(element: HTMLElement, name: string, value: string | undefined): void {
  if (value === undefined) delete element.dataset[name]
  else element.dataset[name] = value
}

/** A name and what stands under it, for a list of descriptions. */
export function described(name: string, attributes: Attributes, ...content: readonly Child[]): HTMLDivElement {
  return h('div', { class: 'pair' }, h('dt', {}, name), h('dd', attributes, ...content))
}
