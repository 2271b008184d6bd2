/** A block store whose calls fail, one of them or all from one on, in every way that a store can. */
import type { CID } from 'multiformats/cid'
import type { MemoryStore } from '../../src/content/memory-store.ts'
import type { BlockStore } from '../../src/interface.ts'

/** Makes the answer of a call in place of the store. `kind` is the name of the method. */
export type Misdeed = (kind: 'get' | 'has' | 'put') => unknown

/** What stores can do wrong, by name. */
export const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  throws: () => {
    throw new Error('the disk is gone')
  },
  'throws no error': () => {
    throw 'gone'
  },
  rejects: () => Promise.reject(new TypeError('no')),
  hangs: () => new Promise(() => {}),
  'answers with nothing': () => undefined,
  'answers with text': () => 'text',
  'answers with other bytes': kind => (kind === 'has' ? true : new Uint8Array([1, 2, 3])),
  'says that it has nothing': kind => (kind === 'has' ? Promise.resolve(false) : undefined),
  'answers with a stream that hangs': kind =>
    kind === 'get' ? { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) } : true,
  'answers with what throws when it is looked at': () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error('do not look')
        },
      },
    ),
}

export class HostileStore implements BlockStore {
  readonly #store: MemoryStore
  readonly #misdeed: Misdeed
  readonly #at: number
  /** The number of calls so far. */
  calls = 0

  /** Call number `at` goes wrong, from 0 on; none for a greater number than there are calls. */
  constructor(store: MemoryStore, at: number, misdeed: Misdeed) {
    this.#store = store
    this.#at = at
    this.#misdeed = misdeed
  }

  get(cid: CID): ReturnType<BlockStore['get']> {
    return this.#do('get', () => this.#store.get(cid)) as ReturnType<BlockStore['get']>
  }

  has(cid: CID): Promise<boolean> {
    return this.#do('has', () => this.#store.has(cid)) as Promise<boolean>
  }

  put(cid: CID, bytes: Uint8Array): Promise<CID> {
    return this.#do('put', () => this.#store.put(cid, bytes)) as Promise<CID>
  }

  #do(kind: 'get' | 'has' | 'put', well: () => unknown): unknown {
    return this.calls++ === this.#at ? this.#misdeed(kind) : well()
  }
}
