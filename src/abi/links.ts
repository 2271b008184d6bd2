/** The contents of links that a call reads as bytes or as files, as far as they have been loaded. */
import { Fault } from '../base/fault.ts'
import { isBytes } from '../base/realms.ts'
import { utf8Length } from '../base/text.ts'
import { isLink } from '../base/value.ts'
import type { Link, PlainValue } from '../interface.ts'

/** The content of a link, as far as it is known. First only the size is known. The content is loaded after it has been paid. */
export interface LinkContent {
  /** The link, as it occurs in the parameters. */
  readonly link: Link
  /** The size of the content, in bytes. */
  readonly size: number
  /** The content, if it has been loaded. */
  readonly content?: Uint8Array | undefined
}

export class Links {
  readonly #known: ReadonlyMap<string, LinkContent>

  constructor(known: readonly LinkContent[] = []) {
    this.#known = new Map(known.map(content => [content.link['/'], content]))
  }

  /** The size of a parameter in bytes, that of text in UTF-8; undefined if it is a link whose size is not known yet. */
  sizeOf(value: Uint8Array | Link | string): number | undefined {
    if (typeof value === 'string') return utf8Length(value)
    return isBytes(value) ? value.length : this.#known.get(value['/'])?.size
  }

  /** The bytes, or the content of a link, which must have been loaded. */
  contentOf(bytes: Uint8Array | Link): Uint8Array {
    if (isBytes(bytes)) return bytes
    const content = this.#known.get(bytes['/'])?.content
    if (content === undefined) throw new Fault('internal', 'a call was made before its parameters were loaded')
    return content
  }

  /** Returns true if the content of a link has been loaded. */
  has(link: Link): boolean {
    return this.#known.get(link['/'])?.content !== undefined
  }

  /** The values, with each link replaced by its content. */
  withContents(values: readonly PlainValue[]): readonly PlainValue[] {
    return values.map(value => (isLink(value) ? this.contentOf(value) : value))
  }

  /** A copy to which more contents are added. */
  with(more: readonly LinkContent[]): Links {
    return new Links([...this.#known.values(), ...more])
  }
}

/** A parameter that is bytes, or a link to bytes; undefined if it is something else. */
export function asBytes(value: PlainValue): Uint8Array | Link | undefined {
  return isBytes(value) || isLink(value) ? value : undefined
}

/** The links among the values. */
export function linksAmong(values: readonly PlainValue[]): Link[] {
  return values.filter(isLink)
}
