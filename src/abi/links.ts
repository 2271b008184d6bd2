/** The contents of links, as far as they are known: parameters that a call reads as bytes. */
import { Fault } from '../base/fault.ts'
import { isBytes } from '../base/realms.ts'
import { utf8Length } from '../base/text.ts'
import { isLink } from '../base/value.ts'
import type { Link, PlainValue } from '../interface.ts'

/** What is known of the content of a link: how many bytes it has, and once that is paid for, the bytes. */
export interface LinkContent {
  /** The link, as it stands among the parameters. */
  readonly link: Link
  /** Bytes of the content. */
  readonly size: number
  /** The content itself. */
  readonly content?: Uint8Array | undefined
}

export class Links {
  readonly #known: ReadonlyMap<string, LinkContent>

  constructor(known: readonly LinkContent[] = []) {
    this.#known = new Map(known.map(content => [content.link['/'], content]))
  }

  /** How many bytes there are, of text those of its UTF-8 form; undefined as long as it is not known. */
  sizeOf(value: Uint8Array | Link | string): number | undefined {
    if (typeof value === 'string') return utf8Length(value)
    return isBytes(value) ? value.length : this.#known.get(value['/'])?.size
  }

  /** The bytes themselves, once the call is made. */
  contentOf(bytes: Uint8Array | Link): Uint8Array {
    if (isBytes(bytes)) return bytes
    const content = this.#known.get(bytes['/'])?.content
    if (content === undefined) throw new Fault('internal', 'a call was made before its parameters were loaded')
    return content
  }

  /** Whether the content of a link is known. */
  has(link: Link): boolean {
    return this.#known.get(link['/'])?.content !== undefined
  }

  /** The values with the content in the place of each that is a link. */
  inPlace(values: readonly PlainValue[]): readonly PlainValue[] {
    return values.map(value => (isLink(value) ? this.contentOf(value) : value))
  }

  /** The same and more. */
  with(more: readonly LinkContent[]): Links {
    return new Links([...this.#known.values(), ...more])
  }
}

/** What a parameter is in bytes, if it is any. */
export function asBytes(value: PlainValue): Uint8Array | Link | undefined {
  return isBytes(value) || isLink(value) ? value : undefined
}

/** Those of the values that are links. */
export function linksAmong(values: readonly PlainValue[]): Link[] {
  return values.filter(isLink)
}
