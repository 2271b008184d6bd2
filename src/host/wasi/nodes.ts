/** Files, directories and symbolic links, as a program sees them. */
import { Fault } from '../../base/fault.ts'
import { byBytes, utf8Length } from '../../base/text.ts'
import { Content } from './content.ts'
import { ITEM, type GuestAccess } from './guest-access.ts'
import type { InputDirectory, InputEntry, InputNode } from './input.ts'
import { refuse } from './refusal.ts'

/** What an entry of a program's own takes of the space for files, in bytes (WASI-15). */
export const ENTRY_SPACE = 512

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
  /** What it is in the task, as long as nobody has asked for its node. */
  readonly unopened?: InputEntry | undefined
}

/** An entry of the task. */
class GivenEntry implements Entry {
  readonly space = 0
  readonly #parent: DirectoryNode
  #given: InputEntry | undefined
  #node: FileNode | DirectoryNode | undefined

  constructor(parent: DirectoryNode, given: InputEntry) {
    this.#parent = parent
    this.#given = given
  }

  get unopened(): InputEntry | undefined {
    return this.#given
  }

  get node(): FileNode | DirectoryNode {
    if (this.#node !== undefined) return this.#node
    const node = nodeOf(this.#parent, this.#given!.open())
    if (node.kind === 'file') node.links = 1
    this.#given = undefined
    return (this.#node = node)
  }
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
  /** Its names in byte order, if no entry has come since they were sorted. */
  #names: readonly string[] | undefined

  constructor(parent: DirectoryNode | undefined, input?: InputDirectory) {
    this.parent = parent ?? this
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
    for (const [name, input] of this.#input!.entries()) {
      guest.charge(ITEM + utf8Length(name))
      if (!isName(name) || entries.has(name))
        throw new Fault('bad-dag', `a directory has an entry that no program can name: ${JSON.stringify(name)}`, {
          name,
        })
      entries.set(name, new GivenEntry(this, input))
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
