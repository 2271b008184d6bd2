import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { badUsage, fields, having } from '../base/usage.ts'
import type { Block, BlockStore } from '../interface.ts'
import { MAX_BLOCK_BYTES, MAX_TOTAL_BYTES, blockMissing } from './block.ts'
import type { BlockSink } from './block.ts'
import { blockKey } from './cids.ts'
import { dagBlocks } from './dag.ts'
import { createFallbackStore, ifUsable } from './fallback-store.ts'
import { createGatewayStore, readGatewayCar } from './gateway.ts'
import type { GatewayOptions } from './gateway.ts'
import { createMemoryStore } from './memory-store.ts'
import { putAll } from './put-all.ts'
import { load } from './unixfs.ts'

/** How a file is fetched that the local store lacks. */
export interface FetchThroughOptions extends GatewayOptions {
  /** `car`, the default: one request for all blocks. `raw`: one for each block that the local store lacks. */
  readonly mode?: 'car' | 'raw' | undefined
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
  having(store, 'store', ['put'])
  const blocks = await wholeDag(url, givenCid(cid, 'cid'), fields(options, 'options'))
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
  const { mode = 'car', signal, maxBytes = MAX_TOTAL_BYTES } = fields(options, 'options')
  having(local, 'local', ['get', 'has', 'put'])
  if (mode !== 'car' && mode !== 'raw') throw badUsage('mode', 'car or raw', mode)
  createGatewayStore(url, options) // for what is wrong with the two, before anything is looked for
  const here = await ifUsable(load(local, cid, { signal, maxBytes }))
  if (here !== undefined) return here
  if (mode === 'raw') {
    // All that reading a file may fetch.
    const most = 2 * maxBytes + MAX_BLOCK_BYTES
    const store = createFallbackStore(local, createGatewayStore(url, { ...options, maxBytes }), { maxBytes: most })
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
  const archive = new Map(blocks.map(block => [blockKey(block.cid), block.bytes]))
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
