/** The private index of a page, in IndexedDB. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'
import { sameBytes } from '../base/dag-cbor.ts'
import { isBytes } from '../base/realms.ts'
import { count, fields, givenBytes, givenText } from '../base/usage.ts'
import { multihashOf } from '../content/hashes.ts'
import { MAKER } from './built.ts'
import type { PreparedIndex } from './prepared-index.ts'

/** Options of a private index in IndexedDB. */
export interface IndexedDbIndexOptions {
  /** The name of the database. Nothing else may be in it. */
  readonly name: string
  /** The greatest number of bytes of all entries. The least recently used are removed first. Default 64 MiB. */
  readonly maxBytes?: number | undefined
  /** Names the code that prepares modules. Entries of another maker are not found. Default: a hash of the built code. */
  readonly maker?: string | undefined
}

const MAX_BYTES = 64 * 1024 * 1024

/**
 * An index in a database of the browser, which the first use creates. Pass it to `createWorkerEngine` or `createInlineEngine` as `index`.
 *
 * **Only for pages that own their whole origin.** Prepared code runs without a check, and all pages of an origin share its databases. On
 * the path gateway of IPFS, `https://gateway.example/ipfs/bafy…/`, the pages of strangers share one origin. Any of them can plant prepared
 * code here, and so decide what a verifier on this page says. A gateway with an origin for each CID, or a domain of your own for this
 * page alone, has no such pages. Without an index, prepared modules are in memory alone.
 *
 * An entry that is damaged, or was made by another version of this library, is not found. The index stays empty where the browser keeps
 * no databases, where there is no room, and if the maker is unknown, as where this library runs from its sources.
 *
 * @throws Fault bad-usage
 */
export function createIndexedDbIndex(options: IndexedDbIndexOptions): PreparedIndex {
  const { name, maxBytes = MAX_BYTES, maker = MAKER } = fields(options, 'options')
  givenText(name, 'name')
  count(maxBytes, 'maxBytes')
  if (maker === undefined) return { get: () => undefined, put: () => {} }
  const entries = new Entries(name, maxBytes)
  return {
    get: key => entries.get(`${maker} ${givenText(key, 'key')}`),
    put: (key, bytes) => entries.put(`${maker} ${givenText(key, 'key')}`, givenBytes(bytes, 'bytes')),
  }
}

/** What is known of an entry besides its bytes, which are in a store of their own, so that marking it as used does not copy them. */
interface Entry {
  readonly size: number
  /** The hash of key and bytes. */
  readonly hash: Uint8Array
  /** Entries that were used later have greater numbers. */
  readonly used: number
}

interface Schema extends DBSchema {
  entries: { key: string; value: Entry; indexes: { used: number } }
  bytes: { key: string; value: Uint8Array }
}

type Writing = IDBPTransaction<Schema, ['entries', 'bytes'], 'readwrite'>

class Entries {
  readonly #name: string
  readonly #maxBytes: number
  #database: Promise<IDBPDatabase<Schema>> | undefined

  constructor(name: string, maxBytes: number) {
    this.#name = name
    this.#maxBytes = maxBytes
  }

  /** The bytes under a key. Undefined if there are none, or if they cannot be read or believed. Never rejects. */
  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      const found = await this.#write(async transaction => {
        const bytes: unknown = await transaction.objectStore('bytes').get(key)
        const entry = await transaction.objectStore('entries').get(key)
        if (!isBytes(bytes) || entry === undefined) return undefined
        await transaction.objectStore('entries').put({ ...entry, used: await nextUse(transaction) }, key)
        return { bytes, hash: entry.hash }
      })
      return found !== undefined && sameBytes(found.hash, await hashOf(key, found.bytes)) ? found.bytes : undefined
    } catch {
      return undefined
    }
  }

  /** Keeps bytes under a key, if there is room for them. Never rejects. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const size = key.length + bytes.length
    if (size > this.#maxBytes) return
    try {
      // A view is copied: the database would keep its whole buffer.
      const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()
      const hash = await hashOf(key, own)
      await this.#write(async transaction => {
        const used = await nextUse(transaction)
        await transaction.objectStore('bytes').put(own, key)
        await transaction.objectStore('entries').put({ size, hash, used }, key)
        await this.#evict(transaction)
      })
    } catch {
      // An entry that is not kept costs time only: it is prepared again.
    }
  }

  /** Removes the least recently used entries until the others are within the bound. */
  async #evict(transaction: Writing): Promise<void> {
    const entries = transaction.objectStore('entries')
    let total = (await entries.getAll()).reduce((sum, { size }) => sum + size, 0)
    let oldest = await entries.index('used').openCursor()
    for (; oldest !== null && total > this.#maxBytes; oldest = await oldest.continue()) {
      await transaction.objectStore('bytes').delete(oldest.primaryKey)
      await oldest.delete()
      total -= oldest.value.size
    }
  }

  async #write<T>(work: (transaction: Writing) => Promise<T>): Promise<T> {
    const database = await (this.#database ??= this.#open())
    const transaction = database.transaction(['entries', 'bytes'], 'readwrite')
    // If a request fails, `work` rejects as well.
    transaction.done.catch(() => {})
    const result = await work(transaction)
    await transaction.done
    return result
  }

  /** Opens the database. If it is closed or deleted from outside, the next use opens it again. */
  #open(): Promise<IDBPDatabase<Schema>> {
    const lost = (): void => void (this.#database = undefined)
    const opening = openDB<Schema>(this.#name, 1, {
      upgrade(database) {
        database.createObjectStore('entries').createIndex('used', 'used')
        database.createObjectStore('bytes')
      },
      blocking() {
        lost()
        void opening.then(database => database.close())
      },
      terminated: lost,
    })
    opening.catch(lost)
    return opening
  }
}

async function nextUse(transaction: Writing): Promise<number> {
  const last = await transaction.objectStore('entries').index('used').openKeyCursor(null, 'prev')
  return (last?.key ?? 0) + 1
}

async function hashOf(key: string, bytes: Uint8Array): Promise<Uint8Array> {
  const name = new TextEncoder().encode(`${key.length} ${key}`)
  const all = new Uint8Array(name.length + bytes.length)
  all.set(name)
  all.set(bytes, name.length)
  return (await multihashOf(all)).digest
}
