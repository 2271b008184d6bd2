/** The linked parameters of one task: their sizes first, their contents once they are paid for. */
import { CID } from 'multiformats/cid'
import type { Argument } from '../abi/guest.ts'
import { Fault } from '../base/fault.ts'
import { MAX_BLOCK_BYTES, type BlockSource, type SizeBound } from '../content/block.ts'
import { blockKey } from '../content/cids.ts'
import { declaredSize, load } from '../content/unixfs.ts'
import type { LoadArgs, WantedArgs } from '../engine/job.ts'
import type { Param } from '../interface.ts'

/** What one CID stands for. Parameters that name the same content share it. */
interface Content {
  readonly cid: CID
  size?: number
  bytes?: Uint8Array
}

/**
 * The parameters of a task as a job begins with them, and what finds out more about the links among them. Each content is
 * loaded once, however often it is named. `maxBytes` bounds all of them together, and the same number of bytes bounds the
 * roots that are read for their sizes.
 */
export function linkedArgs(
  params: readonly Param[],
  store: BlockSource,
  { maxBytes, signal }: Required<SizeBound>,
): { readonly args: readonly Argument[]; readonly loadArgs: LoadArgs | undefined } {
  const contents = new Map<string, Content>()
  const parts = params.map((param): Argument | Content => {
    const cid = typeof param === 'object' ? CID.asCID(param) : null
    if (cid === null) return param as Argument
    const key = `${cid.code} ${blockKey(cid)}`
    const content = contents.get(key) ?? { cid }
    contents.set(key, content)
    return content
  })
  const args = (): Argument[] =>
    parts.map(part => (isContent(part) ? { kind: 'link', size: part.size, content: part.bytes } : part))
  if (contents.size === 0) return { args: args(), loadArgs: undefined }
  const loader = new Loader([...contents.values()], store, { maxBytes: maxBytes!, signal })
  const loadArgs = async (wanted: WantedArgs): Promise<readonly Argument[]> => {
    await loader.sizes()
    if (wanted === 'contents') await loader.contents()
    return args()
  }
  return { args: args(), loadArgs }
}

function isContent(part: Argument | Content): part is Content {
  return typeof part === 'object' && 'cid' in part
}

class Loader {
  readonly #contents: readonly Content[]
  readonly #store: BlockSource
  readonly #signal: AbortSignal | undefined
  readonly #maxBytes: number
  /** Bytes of content that may still be loaded. */
  #left: number

  constructor(
    contents: readonly Content[],
    store: BlockSource,
    { maxBytes, signal }: SizeBound & { readonly maxBytes: number },
  ) {
    this.#contents = contents
    this.#store = store
    this.#signal = signal
    this.#maxBytes = maxBytes
    this.#left = maxBytes
  }

  /** What declares no size, as a raw block, is loaded for it. */
  async sizes(): Promise<void> {
    let rootsLeft = this.#maxBytes
    for (const content of this.#contents) {
      if (content.size !== undefined) continue
      const bound = { signal: this.#signal, maxBytes: Math.min(MAX_BLOCK_BYTES, rootsLeft) }
      const { size, rootBytes } = await declaredSize(this.#store, content.cid, bound)
      rootsLeft -= rootBytes
      if (size === undefined) await this.#load(content, this.#left).catch(error => this.#explain(error, content))
      else content.size = exact(content.cid, size)
    }
  }

  async contents(): Promise<void> {
    const waiting = this.#contents.filter(({ bytes }) => bytes === undefined)
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

  /** What is too large for what is left says so of all parameters, and what exceeds its own size, of itself. */
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

/** A size as a number that is exact. */
function exact(cid: CID, size: bigint): number {
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size)
  throw new Fault('too-large', `file ${cid} declares ${size} bytes, which no run can hold`, { cid })
}
