/** Reads the results of receipts: the parts that are stored as blocks of their own, and the results of programs. */
import { CID } from 'multiformats/cid'
import { decodeStrict } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { readValue } from '../base/links.ts'
import { messageOf } from '../base/realms.ts'
import { givenFunction } from '../base/usage.ts'
import { isMap } from '../base/value.ts'
import { getBlock, type BlockSource, type SizeBound } from '../content/block.ts'
import { DAG_CBOR } from '../content/cids.ts'
import { load } from '../content/unixfs.ts'
import type { Value } from '../interface.ts'

/**
 * Loads a part of a result that a receipt links to (docs/spec/receipt.md, RECEIPT-21): the bytes of a file, or the value
 * in a block of dag-cbor. The text of a string comes as its bytes in UTF-8. `maxBytes` bounds a file, as for `load`.
 *
 * @throws Fault bad-dag if a block of dag-cbor has no value, and those of `load` and of reading blocks
 */
export async function loadResult(store: BlockSource, link: CID, options: SizeBound = {}): Promise<Uint8Array | Value> {
  const cid = givenCid(link, 'the result')
  if (cid.code !== DAG_CBOR) return load(store, cid, options)
  const block = await getBlock(store, cid, { signal: options.signal })
  try {
    return readValue(decodeStrict(block), '', 'any')
  } catch (error) {
    throw new Fault('bad-dag', `the block ${cid} has no value of a result: ${messageOf(error)}`, { cid }, error)
  }
}

/** The result of a program of WASI (docs/spec/wasi.md, WASI-24), with its linked streams loaded. */
export interface ProgramResult {
  /** The exit code; 0 if the program has returned. */
  readonly exit: number
  /** The bytes that it wrote to standard output. */
  readonly stdout: Uint8Array
  /** The bytes that it wrote to standard error. */
  readonly stderr: Uint8Array
  /** The directory of the files that were kept; undefined if there are none. */
  readonly files: CID | undefined
}

/**
 * Reads the result of the ABI `wasi`. `loadPart` loads what it links to, as `loadResult` does. Returns undefined for a
 * value that is no such result.
 *
 * @throws Fault bad-usage, and those of `loadPart`
 */
export async function programResult(
  result: Value,
  loadPart: (link: CID) => Promise<Uint8Array | Value>,
): Promise<ProgramResult | undefined> {
  givenFunction(loadPart, 'loadPart')
  const link = CID.asCID(result)
  const value = link === null ? result : await loadPart(link)
  if (!isMap<CID>(value as Value)) return undefined
  const { exit, stdout, stderr, files = null } = value as Readonly<Record<string, Value | undefined>>
  if (typeof exit !== 'bigint' || stdout === undefined || stderr === undefined) return undefined
  const bytesOf = async (part: Value): Promise<Uint8Array> => {
    const cid = CID.asCID(part)
    const bytes = cid === null ? part : await loadPart(cid)
    return bytes instanceof Uint8Array ? bytes : new Uint8Array()
  }
  return {
    exit: Number(exit),
    stdout: await bytesOf(stdout),
    stderr: await bytesOf(stderr),
    files: CID.asCID(files) ?? undefined,
  }
}
