/**
 * Loads the linked parameters of one task. It loads their sizes first, and their contents after the call has been
 * charged for them.
 */
import { CID } from 'multiformats/cid'
import type { LinkContent } from '../abi/links.ts'
import { Fault } from '../base/fault.ts'
import { MAX_BLOCK_BYTES, type BlockSource, type SizeBound } from '../content/block.ts'
import { blockKey } from '../content/cids.ts'
import { declaredSize, load } from '../content/unixfs.ts'
import type { LoadLinks } from '../engine/job.ts'
import type { Link } from '../interface.ts'

/** The content of one CID. All links with this CID share it. */
interface Content {
  readonly cid: CID
  size?: number
  bytes?: Uint8Array
}

/**
 * Returns the function that loads the links of a job. It loads each content once, even if several links name it.
 * `maxBytes` bounds all contents together. Root blocks that are read only for their sizes have the same bound of their
 * own.
 */
export function linkLoader(
  store: BlockSource,
  { maxBytes, signal }: SizeBound & { readonly maxBytes: number },
): LoadLinks {
  const loader = new Loader(store, { maxBytes, signal })
  return async ({ what, links }) => {
    const contents = links.map(link => loader.contentOf(link))
    await loader.sizes(contents)
    if (what === 'contents') await loader.contents(contents)
    return links.map((link, i): LinkContent => ({ link, size: contents[i]!.size!, content: contents[i]!.bytes }))
  }
}

class Loader {
  readonly #known = new Map<string, Content>()
  readonly #store: BlockSource
  readonly #signal: AbortSignal | undefined
  readonly #maxBytes: number
  /** The number of bytes of content that may still be loaded. */
  #left: number
  /** The number of bytes of root blocks that may still be read for their sizes. */
  #rootsLeft: number

  constructor(store: BlockSource, { maxBytes, signal }: SizeBound & { readonly maxBytes: number }) {
    this.#store = store
    this.#signal = signal
    this.#maxBytes = maxBytes
    this.#left = maxBytes
    this.#rootsLeft = maxBytes
  }

  contentOf(link: Link): Content {
    const cid = CID.parse(link['/'])
    const key = `${cid.code} ${blockKey(cid)}`
    const content = this.#known.get(key) ?? { cid }
    this.#known.set(key, content)
    return content
  }

  /** Finds the sizes of contents. A content that does not declare its size, such as a raw block, is loaded at once. */
  async sizes(contents: readonly Content[]): Promise<void> {
    for (const content of contents) {
      if (content.size !== undefined) continue
      const bound = { signal: this.#signal, maxBytes: Math.min(MAX_BLOCK_BYTES, this.#rootsLeft) }
      const { size, rootBytes } = await declaredSize(this.#store, content.cid, bound)
      this.#rootsLeft -= rootBytes
      if (size === undefined) await this.#load(content, this.#left).catch(error => this.#explain(error, content))
      else content.size = exact(content.cid, size)
    }
  }

  async contents(contents: readonly Content[]): Promise<void> {
    const waiting = [...new Set(contents)].filter(({ bytes }) => bytes === undefined)
    const total = waiting.reduce((sum, { size }) => sum + size!, this.#maxBytes - this.#left)
    if (total > this.#maxBytes) {
      throw new Fault(
        'too-large',
        `the linked parameters have ${total} bytes together, and at most ${this.#maxBytes} are loaded`,
        { bytes: total, maxBytes: this.#maxBytes },
      )
    }
    for (const content of waiting)
      await this.#load(content, content.size!).catch(error => this.#explain(error, content))
  }

  /**
   * Throws the fault of a load with a better message. If a content has more bytes than it declares, the file is
   * malformed. If it has more bytes than are left, the linked parameters together are too large.
   */
  #explain(error: unknown, { cid, size }: Content): never {
    if (!(error instanceof Fault) || error.code !== 'too-large') throw error
    if (size !== undefined)
      throw new Fault(
        'bad-dag',
        `file ${cid} declares ${size} bytes of content, and there is more of it`,
        { cid },
        error,
      )
    const maxBytes = this.#maxBytes
    const message = `the linked parameters have more than ${maxBytes} bytes together, and at most ${maxBytes} are loaded`
    throw new Fault('too-large', message, { cid, maxBytes }, error)
  }

  async #load(content: Content, maxBytes: number): Promise<void> {
    const bytes = await load(this.#store, content.cid, { signal: this.#signal, maxBytes })
    this.#left -= bytes.length
    content.bytes = bytes
    content.size = bytes.length
  }
}

/** Converts a size to a number. Throws if the number would not be exact. */
function exact(cid: CID, size: bigint): number {
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size)
  throw new Fault('too-large', `file ${cid} declares ${size} bytes, which no run can hold`, { cid })
}
