import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { badUsage, fields, withMethods } from '../base/usage.ts'
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

/** Options for fetching a file that the local store lacks. */
export interface FetchThroughOptions extends GatewayOptions {
  /** `car`, the default: one request for all blocks. `raw`: one for each block that the local store lacks. */
  readonly mode?: 'car' | 'raw' | undefined
}

/**
 * Fetches a CID, and all blocks that it links to, from a trustless gateway in one request, and puts them into a store. If a
 * block is missing or damaged, nothing is stored. Blocks that do not belong to the DAG are dropped. `maxBytes` bounds the answer,
 * `MAX_TOTAL_BYTES` by default. `blocks` and `bytes` count what was stored.
 *
 * @throws Fault those of `readGatewayCar` and `dagBlocks`, and store-failed
 */
export async function fetchCar(
  store: BlockSink,
  url: string,
  cid: CID,
  options: GatewayOptions = {},
): Promise<{ blocks: number; bytes: number }> {
  withMethods(store, 'store', ['put'])
  const blocks = await wholeDag(url, givenCid(cid, 'cid'), fields(options, 'options'))
  await putAll(store, blocks, options)
  return { blocks: blocks.length, bytes: blocks.reduce((sum, block) => sum + block.bytes.length, 0) }
}

/**
 * Loads the content of a file, as `load` does, from a local store or else from a trustless gateway. Blocks of the gateway are put
 * into the local store when the whole file has been verified and read. They also replace damaged local blocks. `maxBytes` bounds
 * the content and each answer of the gateway, `MAX_TOTAL_BYTES` by default.
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
  withMethods(local, 'local', ['get', 'has', 'put'])
  if (mode !== 'car' && mode !== 'raw') throw badUsage('mode', 'car or raw', mode)
  createGatewayStore(url, options) // checks both arguments, even if the gateway is not needed
  const here = await ifUsable(load(local, cid, { signal, maxBytes }))
  if (here !== undefined) return here
  if (mode === 'raw') {
    // The greatest number of bytes that `load` fetches for a file.
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

/** The verified blocks of a DAG that a gateway sends, from the root on. Throws a fault if one is missing. */
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

/** A bound on the bytes of a CAR besides the content of its file: nodes, CIDs and lengths. */
function overhead(maxBytes: number): number {
  return Math.ceil(maxBytes / 16) + 64 * 1024
}
