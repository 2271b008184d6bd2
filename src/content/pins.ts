/**
 * The pins of a store. Each pin is a file, whose name is the CID and whose content is the name that the user gave. Only
 * the user can read the files, since the names may show what the store is used for.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { makeFolder, requireFolder, syncFolder, writeAtomically } from './atomic-write.ts'
import { contentOf } from './block-files.ts'
import { ifGone } from './store-fault.ts'

const PIN = '.pin'
/** The greatest size of a name, in bytes. */
const MAX_NAME_BYTES = 1024

/** A CID that a store keeps, with all blocks that it links to. */
export interface Pin {
  /** The CID that is kept. */
  readonly cid: CID
  /** The name that the user gave; empty if there is none. */
  readonly name: string
}

/** All methods throw errors of the file system. */
export class Pins {
  readonly #folder: string
  readonly #staging: string

  constructor(folder: string, staging: string) {
    this.#folder = folder
    this.#staging = staging
  }

  /**
   * Pins a CID. If it is already pinned, the pin gets the new name.
   *
   * @throws Fault bad-usage for a name that is too long
   */
  async add(cid: CID, name: string): Promise<void> {
    const bytes = new TextEncoder().encode(name)
    if (bytes.length > MAX_NAME_BYTES)
      throw new Fault('bad-usage', `the name of a pin must have at most ${MAX_NAME_BYTES} bytes`, { argument: 'name' })
    await makeFolder(this.#folder, 0o700)
    await writeAtomically(this.#pathOf(cid), bytes, this.#staging, 0o600)
  }

  /** Removes a pin. Returns false if the CID is not pinned. */
  async remove(cid: CID): Promise<boolean> {
    try {
      await requireFolder(this.#folder)
      await rm(this.#pathOf(cid))
      await syncFolder(this.#folder)
      return true
    } catch (error) {
      ifGone(error)
      return false
    }
  }

  /** Yields all pins, ordered by the text of their CIDs. */
  async *list(): AsyncGenerator<Pin> {
    for (const file of (await this.#files()).sort()) {
      const cid = cidOfName(file)
      const bytes = cid && (await contentOf(join(this.#folder, file)).catch(ifGone))
      if (cid !== undefined && bytes !== undefined)
        yield { cid, name: new TextDecoder().decode(bytes.subarray(0, MAX_NAME_BYTES)) }
    }
  }

  async #files(): Promise<string[]> {
    try {
      await requireFolder(this.#folder)
      return await readdir(this.#folder)
    } catch (error) {
      ifGone(error)
      return []
    }
  }

  #pathOf(cid: CID): string {
    return join(this.#folder, cid.toV1().toString() + PIN)
  }
}

function cidOfName(name: string): CID | undefined {
  if (!name.endsWith(PIN)) return undefined
  try {
    return CID.parse(name.slice(0, -PIN.length))
  } catch {
    return undefined
  }
}
