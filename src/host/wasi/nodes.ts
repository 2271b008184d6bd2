/** Files, directories and symbolic links, as a program sees them. */
import { Fault } from '../../base/fault.ts'
import { byBytes, utf8Length } from '../../base/text.ts'
import { Content } from './content.ts'
import { ITEM, type GuestAccess } from './guest-access.ts'
import type { InputDirectory, InputNode } from './input.ts'
import { refuse } from './refusal.ts'
import type { Space } from './space.ts'

/** What an entry of a program's own takes of the space for files, in bytes (WASI-15). */
export const ENTRY_SPACE = 512

/** The space that an entry of a directory of the task takes beside its name when a program has looked into the directory, in bytes (WASI-15). */
const LOOKED_AT_SPACE = 256

export class FileNode {
  readonly kind = 'file'
  readonly content: Content
  /** Entries that it has. */
  links = 0
  /** Descriptors that are open on it. */
  open = 0

  constructor(content: Content) {
    this.content = content
  }
}

export class LinkNode {
  readonly kind = 'link'
  /** The path that it stands for: not empty and not absolute. */
  readonly target: string
  readonly size: number
  links = 0

  constructor(target: string) {
    this.target = target
    this.size = utf8Length(target)
  }
}

/** A name in a directory, and what it takes of the space for files. */
export interface Entry {
  readonly node: Node
  readonly space: number
}

export class DirectoryNode {
  readonly kind = 'directory'
  /** Itself for the root. */
  parent: DirectoryNode
  /** Whether it was removed while a descriptor is open on it: then nothing can be made in it any more. */
  removed = false
  /** Undefined until somebody looks into it. */
  #entries: Map<string, Entry> | undefined
  readonly #input: InputDirectory | undefined
  /** The space for entries of the task's directories. All directories of a run share it. */
  readonly #lookedAt: Space
  /** Its names in byte order, if no entry has come since they were sorted. */
  #names: readonly string[] | undefined

  /** `above` is the directory that it is in. The root is in itself, and brings the space for entries that are looked at. */
  constructor(above: DirectoryNode | Space, input?: InputDirectory) {
    this.parent = above instanceof DirectoryNode ? above : this
    this.#lookedAt = above instanceof DirectoryNode ? above.#lookedAt : above
    this.#input = input
    if (input === undefined) this.#entries = new Map()
  }

  /** The input, if nobody has looked into it. */
  get untouched(): InputDirectory | undefined {
    return this.#entries === undefined ? this.#input : undefined
  }

  get(name: string, guest: GuestAccess): Entry | undefined {
    return this.#load(guest).get(name)
  }

  isEmpty(guest: GuestAccess): boolean {
    return this.#load(guest).size === 0
  }

  set(name: string, entry: Entry, guest: GuestAccess): void {
    if (this.removed) refuse('noent')
    const entries = this.#load(guest)
    if (!entries.has(name)) this.#names = undefined
    entries.set(name, entry)
  }

  delete(name: string, guest: GuestAccess): void {
    if (this.#load(guest).delete(name)) this.#names = undefined
  }

  /** The names of its entries in byte order, as they are now. The list does not change with them. */
  list(guest: GuestAccess): readonly string[] {
    const entries = this.#load(guest)
    guest.charge(ITEM * entries.size)
    return (this.#names ??= [...entries.keys()].sort(byBytes))
  }

  #load(guest: GuestAccess): Map<string, Entry> {
    if (this.#entries !== undefined) return this.#entries
    const entries = new Map<string, Entry>()
    const before = this.#lookedAt.left
    for (const [name, input] of this.#input!.entries()) {
      const bytes = utf8Length(name)
      guest.charge(ITEM + bytes)
      if (!this.#lookedAt.take(LOOKED_AT_SPACE + bytes)) {
        this.#lookedAt.take(this.#lookedAt.left - before)
        refuse('nomem')
      }
      if (!isName(name) || entries.has(name))
        throw new Fault('bad-dag', `a directory has an entry that no program can name: ${JSON.stringify(name)}`, {
          name,
        })
      const node = nodeOf(this, input)
      if (node.kind !== 'directory') node.links = 1
      entries.set(name, { node, space: 0 })
    }
    return (this.#entries = entries)
  }
}

export type Node = FileNode | DirectoryNode | LinkNode

/** Whether a text can be the name of an entry. */
function isName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\0]/.test(text)
}

function nodeOf(parent: DirectoryNode, input: InputNode): FileNode | DirectoryNode {
  return input.kind === 'file' ? new FileNode(new Content(input)) : new DirectoryNode(parent, input)
}
