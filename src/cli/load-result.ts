import type { CID } from 'multiformats/cid'
import { DAG_CBOR } from '../content/cids.ts'
import { loadResult as loadFrom } from '../executor/results.ts'
import type { Value } from '../interface.ts'
import type { Context } from './context.ts'

/** The content of a linked result: the bytes of a file, or the value in a block of dag-cbor. */
export async function loadResult(context: Context, cid: CID): Promise<Uint8Array | Value> {
  if (cid.code !== DAG_CBOR) return context.loadFile(cid)
  return loadFrom(await context.source(), cid, { signal: context.signal })
}
