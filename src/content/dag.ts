import { decode as decodeCbor } from '@ipld/dag-cbor'
import { decode as decodePb } from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { isBytes } from '../base/realms.ts'
import type { Block } from '../interface.ts'
import { MAX_BLOCK_BYTES, MAX_TOTAL_BYTES, getBlock } from './block.ts'
import type { BlockSource, SizeBound } from './block.ts'
import { DAG_CBOR, DAG_PB, RAW, blockKey, codecName } from './cids.ts'
import { isIdentity } from './hashes.ts'

/** Which blocks of a DAG are visited. */
export interface WalkOptions extends SizeBound {
  /** Skip blocks that the store lacks, and blocks that only those link to. By default a missing block is a fault. */
  readonly skipMissing?: boolean | undefined
  /** Skip blocks for which this returns false, and blocks that only those link to. They are not read. */
  readonly include?: ((cid: CID) => boolean) | undefined
  /** If false, only the roots are visited. Default true. */
  readonly follow?: boolean | undefined
  /** The greatest number of bytes of a block. Default: `MAX_BLOCK_BYTES`, and for a raw block what is left of `maxBytes`. */
  readonly maxBlockBytes?: number | undefined
  /** The greatest number of blocks that are visited, and of links that wait to be followed at a time. Default: no bound. */
  readonly maxBlocks?: number | undefined
}

/** True if the links of a block with this CID can be followed: its codec is raw, dag-pb or dag-cbor. */
export function canFollow({ code }: CID): boolean {
  return code === RAW || code === DAG_PB || code === DAG_CBOR
}

/**
 * The links of a block in their order, for the codecs raw (none), dag-pb and dag-cbor.
 *
 * @throws Fault bad-dag if the bytes are not of the codec, unsupported-codec
 */
export function linksOf({ cid, bytes }: Block): CID[] {
  if (cid.code === RAW) return []
  try {
    if (cid.code === DAG_PB) return decodePb(bytes).Links.map(link => link.Hash)
    if (cid.code === DAG_CBOR) return linksWithin(decodeCbor(bytes))
  } catch (error) {
    // The decoders recurse, so hostile nesting may overflow the host's stack. Other blocks come nowhere near that.
    throw new Fault('bad-dag', `block ${cid} is not ${codecName(cid.code)}`, { cid }, error)
  }
  const message = `cannot follow the links of ${cid}: ${codecName(cid.code)} is none of raw, dag-pb, dag-cbor`
  throw new Fault('unsupported-codec', message, { cid, codec: cid.code })
}

/**
 * The verified blocks of a DAG, depth first, in the order of the links, each CID once. Blocks with identity CIDs are visited but
 * not yielded, since their CIDs contain them. The order depends on the DAG alone. `maxBytes` bounds all blocks together,
 * `MAX_TOTAL_BYTES` by default.
 *
 * @throws Fault block-missing, bad-dag, unsupported-codec, too-large, and those of `getBlock`
 */
export async function* dagBlocks(
  store: BlockSource,
  roots: CID | readonly CID[],
  options: WalkOptions = {},
): AsyncGenerator<Block> {
  const { signal, maxBytes = MAX_TOTAL_BYTES, skipMissing = false, include = () => true, follow = true } = options
  const { maxBlockBytes, maxBlocks = Infinity } = options
  const seen = new Set<string>()
  let left = maxBytes
  const given = CID.asCID(roots) === null ? (roots as readonly CID[]) : [roots as CID]
  // An explicit stack instead of recursion, since a chain of blocks may be very long. It holds copies of the CIDs' bytes,
  // since a CID that was decoded from a block keeps the whole block in memory.
  const waiting = given.map(copied).reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const cid = CID.decode(next)
    const key = `${cid.code}/${blockKey(cid)}`
    if (seen.has(key) || !include(cid)) continue
    if (seen.size >= maxBlocks || waiting.length > maxBlocks) throw tooMany(cid, maxBlocks)
    seen.add(key)
    const bound = { signal, maxBytes: Math.min(left, maxBlockBytes ?? (cid.code === RAW ? left : MAX_BLOCK_BYTES)) }
    const bytes = await getBlock(store, cid, bound).catch((error: unknown) => {
      if (skipMissing && error instanceof Fault && error.code === 'block-missing') return undefined
      throw error
    })
    if (bytes === undefined) continue
    left -= bytes.length
    const block = { cid, bytes }
    if (!isIdentity(cid)) yield block
    if (!follow) continue
    for (const link of linksOf(block).reverse()) waiting.push(copied(link))
  }
}

function copied({ bytes }: CID): Uint8Array {
  return bytes.slice()
}

function tooMany(cid: CID, maxBlocks: number): Fault {
  return new Fault('too-large', `the DAG has more than ${maxBlocks} blocks or open links`, { cid, maxBlocks })
}

function linksWithin(root: unknown): CID[] {
  const links: CID[] = []
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null || isBytes(value)) continue
    const cid = CID.asCID(value)
    if (cid !== null) links.push(cid)
    else for (const inner of Object.values(value).reverse()) waiting.push(inner)
  }
  return links
}
