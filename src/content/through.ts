import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import type { Abortable, Block, BlockStore } from '../interface.ts'
import { MAX_TOTAL_BYTES, blockMissing, getBlock } from './block.ts'
import type { BlockSink } from './block.ts'
import { putAll } from './car.ts'
import { blockKey } from './cids.ts'
import { dagBlocks } from './dag.ts'
import { createGatewayStore, readGatewayCar } from './gateway.ts'
import type { GatewayOptions } from './gateway.ts'
import { createMemoryStore } from './memory-store.ts'
import { load } from './unixfs.ts'

/** A local store with a remote one behind it, which keeps to itself what comes from the remote until `commit`. */
export interface FallbackStore extends BlockStore {
  /** Puts the blocks that came from the remote into the local store; returns how many there were. */
  commit(options?: Abortable): Promise<number>
}

export interface FetchThroughOptions extends GatewayOptions {
  /** `car`, the default: one request for all blocks. `raw`: one for each block that the local store lacks. */
  readonly mode?: 'car' | 'raw' | undefined
}

/**
 * A store that reads from `local` and, for blocks that are missing or damaged there, from `remote`. Blocks are
 * verified. Those of the remote stay in memory, at most `maxBytes` of them (`MAX_TOTAL_BYTES` by default), and are put
 * into `local` by `commit` alone, so that whoever reads a whole file can decide to store all of it or nothing.
 *
 * Its methods throw the faults of `getBlock` and of the two stores.
 */
export function createFallbackStore(
  local: BlockStore,
  remote: Pick<BlockStore, 'get' | 'has'>,
  { maxBytes = MAX_TOTAL_BYTES }: { readonly maxBytes?: number } = {},
): FallbackStore {
  const staged = new Map<string, Block>()
  let total = 0
  return {
    async get(cid, { signal } = {}) {
      const known = staged.get(blockKey(cid))
      if (known !== undefined) return known.bytes
      const here = await ifUsable(getBlock(local, cid, { signal, maxBytes }))
      if (here !== undefined) return here
      const bytes = await getBlock(remote, cid, { signal, maxBytes: maxBytes - total })
      if (!staged.has(blockKey(cid))) total += bytes.length
      staged.set(blockKey(cid), { cid, bytes })
      return bytes
    },
    async has(cid, options) {
      return staged.has(blockKey(cid)) || (await local.has(cid, options)) || remote.has(cid, options)
    },
    put: (cid, bytes, options) => local.put(cid, bytes, options),
    async commit(options = {}) {
      const blocks = [...staged.values()]
      await putAll(local, blocks, options)
      staged.clear()
      total = 0
      return blocks.length
    },
  }
}

/**
 * Fetches a CID with all that it links to from a trustless gateway, in one request, and puts it into a store: all of it
 * or, if a block is missing or damaged, nothing. Blocks that nobody asked for are dropped. `maxBytes` bounds the
 * answer, `MAX_TOTAL_BYTES` by default. `blocks` and `bytes` count what was stored.
 *
 * @throws Fault those of `readGatewayCar` and `dagBlocks`, and store-failed
 */
export async function fetchCar(
  store: BlockSink,
  url: string,
  cid: CID,
  options: GatewayOptions = {},
): Promise<{ blocks: number; bytes: number }> {
  const blocks = await wholeDag(url, cid, options)
  await putAll(store, blocks, options)
  return { blocks: blocks.length, bytes: blocks.reduce((sum, block) => sum + block.bytes.length, 0) }
}

/**
 * The content of a file, as `load`, from a local store or else through a trustless gateway. What the gateway sends is
 * put into the local store once the whole file has been verified and read, and not before; it also replaces local
 * blocks that are damaged. `maxBytes` bounds the content and each answer of the gateway, `MAX_TOTAL_BYTES` by default.
 *
 * @throws Fault those of `load`, and gateway-failed
 */
export async function loadThrough(
  local: BlockStore,
  url: string,
  cid: CID,
  options: FetchThroughOptions = {},
): Promise<Uint8Array> {
  const { mode = 'car', signal, maxBytes = MAX_TOTAL_BYTES } = options
  const here = await ifUsable(load(local, cid, { signal, maxBytes }))
  if (here !== undefined) return here
  if (mode === 'raw') {
    const store = createFallbackStore(local, createGatewayStore(url, { ...options, maxBytes }))
    const content = await load(store, cid, { signal, maxBytes })
    await store.commit({ signal })
    return content
  }
  const blocks = await wholeDag(url, cid, { ...options, maxBytes: maxBytes + overhead(maxBytes) })
  const staging = createMemoryStore()
  await putAll(staging, blocks, { signal })
  const content = await load(staging, cid, { signal, maxBytes })
  await putAll(local, blocks, { signal })
  return content
}

/** The verified blocks that a gateway has for a CID, from the root on; a fault if one is missing. */
async function wholeDag(url: string, cid: CID, options: GatewayOptions): Promise<Block[]> {
  const { blocks } = await readGatewayCar(url, cid, options)
  const archive = new Map(blocks.map((block) => [blockKey(block.cid), block.bytes]))
  const source = {
    get(wanted: CID) {
      const bytes = archive.get(blockKey(wanted))
      if (bytes === undefined) throw blockMissing(wanted, undefined, `the CAR from ${url}`)
      return bytes
    },
  }
  const whole: Block[] = []
  for await (const block of dagBlocks(source, cid, { signal: options.signal, maxBytes: options.maxBytes }))
    whole.push(block)
  return whole
}

/** What a CAR may have beyond the content of its file: nodes, CIDs and lengths, in bytes. */
function overhead(maxBytes: number): number {
  return Math.ceil(maxBytes / 16) + 64 * 1024
}

/** The bytes, or nothing if blocks are missing or damaged: then another source may have them. */
async function ifUsable(bytes: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await bytes
  } catch (error) {
    if (error instanceof Fault && (error.code === 'block-missing' || error.code === 'hash-mismatch')) return undefined
    throw error
  }
}
