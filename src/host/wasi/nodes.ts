/** Files, directories and symbolic links, as a program sees them. */
import { Fault } from '../../base/fault.ts'
import { byBytes, utf8Length } from '../../base/text.ts'
import { Content } from './content.ts'
import { ITEM, type GuestAccess } from './guest-access.ts'
import type { InputDirectory, InputEntry, InputNode } from './input.ts'
import { refuse } from './refusal.ts'
import type { Space } from './space.ts'

/** The bytes that an entry made by the program takes of the space for files (WASI-15). */
export const ENTRY_SPACE = 512

/** The bytes that a loaded entry of a task's directory takes, besides its name (WASI-15). */
const LOADED_ENTRY_SPACE = 256

export class FileNode {
  readonly kind = 'file'
  readonly content: Content
  /** The number of entries that name this file. */
  links = 0
  /** The number of open descriptors of this file. */
  open = 0

  constructor(content: Content) {
    this.content = content
  }
}

export class LinkNode {
  readonly kind = 'link'
  /** The path to which it leads, which is neither empty nor absolute. */
  readonly target: string
  readonly size: number
  links = 0

  constructor(target: string) {
    this.target = target
    this.size = utf8Length(target)
  }
}

/** An entry of a directory. */
export interface Entry {
  readonly node: Node
  /** The bytes that it takes of the space for files. */
  readonly space: number
  /** The entry of the task, as long as `node` has not been used. */
  readonly unopened?: InputEntry | undefined
}

/** An entry of a directory of the task. Its file or directory is opened when `node` is first used. */
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
  /** The parent; the root is its own parent. */
  parent: DirectoryNode
  /** True if it was removed while a descriptor of it is open. Nothing can be made in it then. */
  removed = false
  /** The entries; undefined until they are first used. */
  #entries: Map<string, Entry> | undefined
  readonly #input: InputDirectory | undefined
  /** The space for loaded entries of the task's directories. All directories of a run share it. */
  readonly #loadedSpace: Space
  /** The sorted names; undefined if entries were added or removed since they were sorted. */
  #names: readonly string[] | undefined

  /** `above` is the parent. For the root, it is the space for loaded entries. */
  constructor(above: DirectoryNode | Space, input?: InputDirectory) {
    this.parent = above instanceof DirectoryNode ? above : this
    this.#loadedSpace = above instanceof DirectoryNode ? above.#loadedSpace : above
    this.#input = input
    if (input === undefined) this.#entries = new Map()
  }

  /** The directory of the input, if the program has not read this directory. */
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

  /** The current names of its entries in byte order. Later changes of the directory do not change the list. */
  list(guest: GuestAccess): readonly string[] {
    const entries = this.#load(guest)
    guest.charge(ITEM * entries.size)
    return (this.#names ??= [...entries.keys()].sort(byBytes))
  }

  #load(guest: GuestAccess): Map<string, Entry> {
    if (this.#entries !== undefined) return this.#entries
    const entries = new Map<string, Entry>()
    const before = this.#loadedSpace.left
    for (const [name, input] of this.#input!.entries()) {
      const bytes = utf8Length(name)
      guest.charge(ITEM + bytes)
      if (!this.#loadedSpace.take(LOADED_ENTRY_SPACE + bytes)) {
        this.#loadedSpace.take(this.#loadedSpace.left - before)
        refuse('nomem')
      }
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

/** Returns true if a text can be the name of an entry. */
function isName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\0]/.test(text)
}

function nodeOf(parent: DirectoryNode, input: InputNode): FileNode | DirectoryNode {
  return input.kind === 'file' ? new FileNode(new Content(input)) : new DirectoryNode(parent, input)
}
