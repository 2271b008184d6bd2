/** The folder of a store: its subfolders, and the file that states the version of its layout. */
import { dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { makeFolder, syncFolder, writeAtomically } from './atomic-write.ts'
import { contentOf, hasContent } from './block-files.ts'
import { makeFolders } from './folders.ts'
import { ifGone } from './store-fault.ts'

/** The name and the content of the file that states the version. A folder without this file has the first version. */
const VERSION_FILE = 'version'
const VERSION = 'ipvm-wasm block store, version 2\n'
/**
 * The versions that can be read. The first version has no journals. The first write to such a folder changes it to the
 * present version.
 */
const READ: readonly string[] = ['ipvm-wasm block store, version 1\n', VERSION]

/**
 * The folder of a store. Its methods throw errors of the file system, and Fault store-failed if the version is unknown.
 */
export class StoreFolder {
  readonly path: string
  #checked: Promise<void> | undefined
  #opened: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
  }

  // The names of these subfolders are longer than two characters, so they differ from the names of the subfolders of
  // blocks.

  /** The folder of temporary files. */
  get staging(): string {
    return join(this.path, 'tmp')
  }

  get journals(): string {
    return join(this.path, 'journals')
  }

  get pins(): string {
    return join(this.path, 'pins')
  }

  /**
   * Checks that the folder has a known version. Must be called before reading from the folder. Once it has succeeded,
   * further calls do nothing.
   */
  check(): Promise<void> {
    return (this.#checked ??= this.#readVersion().catch((error: unknown) => {
      this.#checked = undefined
      throw error
    }))
  }

  /**
   * Creates the folder and its subfolders. Must be called before writing to the folder. Once it has succeeded, further
   * calls do nothing.
   */
  open(): Promise<void> {
    return (this.#opened ??= this.#prepare().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    }))
  }

  async #readVersion(): Promise<void> {
    const path = join(this.path, VERSION_FILE)
    const found = await contentOf(path).catch(ifGone)
    const version = found && new TextDecoder().decode(found.subarray(0, 80))
    if (version === undefined || READ.includes(version)) return
    const message = `${this.path} is laid out in a way that this version of ipvm-wasm does not know (${JSON.stringify(version)}): use the one that made it, or choose another store`
    throw new Fault('store-failed', message, { path, version })
  }

  async #prepare(): Promise<void> {
    await this.check()
    for (const made of makeFolders(this.path)) await syncFolder(dirname(made))
    await makeFolder(this.staging)
    const path = join(this.path, VERSION_FILE)
    const bytes = new TextEncoder().encode(VERSION)
    if (!(await hasContent(path, bytes))) await writeAtomically(path, bytes, this.staging)
    await makeFolder(this.journals)
  }
}
