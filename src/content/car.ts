import { createWriter, headerLength } from '@ipld/car/buffer-writer'
import { asyncIterableReader, bytesReader, limitReader, readBlockHead, readHeader } from '@ipld/car/decoder'
import { varint } from 'multiformats'
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isBytes, messageOf, plain } from '../base/realms.ts'
import { badUsage, count, fields, givenBytes, givenList, having } from '../base/usage.ts'
import type { Abortable, Block, BlockBytes } from '../interface.ts'
import { raceAbort } from './abort.ts'
import { MAX_TOTAL_BYTES, concat, isStream, putBlock } from './block.ts'
import type { BlockSink, BlockSource, SizeBound } from './block.ts'
import { blockKey } from './cids.ts'
import { dagBlocks } from './dag.ts'
import type { WalkOptions } from './dag.ts'
import { isIdentity, verifyBlock } from './hashes.ts'

/** Longest header that is read: room for some 25 000 roots. */
const MAX_HEADER_BYTES = 1024 * 1024

type Reader = ReturnType<typeof bytesReader>

/** A CAR that was read: every block verified, each once, in the order of the archive. */
export interface Car {
  readonly roots: readonly CID[]
  readonly blocks: readonly Block[]
}

/** What of a DAG is written to a CAR. */
export interface ExportOptions extends WalkOptions {
  /** Write these blocks in this order instead of those that the roots lead to. */
  readonly cids?: readonly CID[] | undefined
}

/**
 * Reads a CAR, version 1 or 2, and verifies every block of it. `maxBytes` bounds the whole archive, `MAX_TOTAL_BYTES`
 * by default. Blocks are views into the bytes given.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, store-failed if the source fails, aborted, timeout
 */
export async function readCar(source: BlockBytes, options: SizeBound = {}): Promise<Car> {
  const { signal, maxBytes = MAX_TOTAL_BYTES } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  if (!isStream(source)) throw badUsage('the CAR', 'bytes, or a stream of them', source)
  throwIfAborted(signal)
  if (isBytes(source) && source.length > maxBytes) throw tooLarge(maxBytes)
  const pieces = isBytes(source) ? undefined : bounded(source, maxBytes, signal)
  const reader = pieces === undefined ? bytesReader(plain(source as Uint8Array)) : asyncIterableReader(pieces)
  try {
    return await readAll(reader, signal)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('bad-car', `this is no sound CAR (byte ${reader.pos}): ${messageOf(error)}`, { offset: reader.pos }, error)
  } finally {
    void pieces?.return(undefined)
  }
}

/**
 * Puts the blocks of a CAR into a store. Nothing is stored before the whole archive is read and all of it is verified.
 * Should the store itself fail half-way, then what it has taken so far is sound. The roots are those that the archive
 * names; whether it holds them is for who loads them to see. `blocks` counts the different blocks.
 *
 * @throws Fault those of `readCar`, and store-failed
 */
export async function importCar(
  store: BlockSink,
  source: BlockBytes,
  options: SizeBound = {},
): Promise<{ roots: readonly CID[]; blocks: number }> {
  having(store, 'store', ['put'])
  const { roots, blocks } = await readCar(source, options)
  await putAll(store, blocks, options)
  return { roots, blocks: blocks.length }
}

/** Puts blocks into a store one after the other. They are taken to be verified. */
export async function putAll(store: BlockSink, blocks: Iterable<Block>, { signal }: Abortable): Promise<void> {
  for (const block of blocks) await putBlock(store, block, { signal })
}

/**
 * A CAR of version 1 with everything that the roots lead to, by links of raw, dag-pb and dag-cbor blocks, in pieces.
 * The order is that of `dagBlocks`, so the bytes depend on nothing but the roots and what is left out. `maxBytes`
 * bounds the blocks, `MAX_TOTAL_BYTES` by default.
 *
 * @throws Fault those of `dagBlocks`
 */
export async function* carPieces(
  store: BlockSource,
  roots: readonly CID[],
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array> {
  const named = givenList(roots, 'roots').map(root => givenCid(root, 'a root'))
  having(store, 'store', ['get'])
  const header = new Uint8Array(headerLength({ roots: named }))
  yield createWriter(header.buffer, { roots: named }).close()
  const { cids } = fields(options, 'options')
  const blocks =
    cids === undefined ? dagBlocks(store, named, options) : dagBlocks(store, cids, { ...options, follow: false })
  for await (const { cid, bytes } of blocks) {
    const length = cid.bytes.length + bytes.length
    const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)))
    yield concat([prefix, cid.bytes, bytes], prefix.length + length)
  }
}

/** The pieces of `carPieces` as one array. */
export async function exportCar(
  store: BlockSource,
  roots: readonly CID[],
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let total = 0
  for await (const piece of carPieces(store, roots, options)) {
    pieces.push(piece)
    total += piece.length
  }
  return concat(pieces, total)
}

async function readAll(whole: Reader, signal: AbortSignal | undefined): Promise<Car> {
  const [headerBytes] = varint.decode(await whole.upTo(8))
  if (headerBytes > MAX_HEADER_BYTES) throw new Error(`a header of ${headerBytes} bytes is over ${MAX_HEADER_BYTES}`)
  const header = await readHeader(whole)
  // The payload of version 2 is an archive of version 1, followed by an index, which is not needed.
  const reader = header.version === 2 ? limitReader(whole, header.dataSize - (whole.pos - header.dataOffset)) : whole
  const blocks = new Map<string, Block>()
  while ((await reader.upTo(1)).length > 0) {
    throwIfAborted(signal)
    const { cid, blockLength } = await readBlockHead(reader)
    if (blockLength < 0) throw new Error('a section is shorter than its CID')
    const bytes = await reader.exactly(blockLength, true)
    await verifyBlock(cid, bytes, 'the CAR')
    if (!isIdentity(cid)) blocks.set(blockKey(cid), { cid, bytes })
  }
  return { roots: header.roots, blocks: [...blocks.values()] }
}

/** The pieces of a source, until there are too many bytes, the source fails, or the signal fires. */
async function* bounded(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let total = 0
  try {
    for (;;) {
      const next = await raceAbort(() => iterator.next(), signal)
      if (next.done === true) return
      const piece = givenBytes(next.value, 'a piece of the CAR')
      total += piece.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      yield piece
    }
  } catch (error) {
    throw error instanceof Fault
      ? error
      : new Fault('store-failed', 'the CAR cannot be read from its source', {}, error)
  } finally {
    // Lets go of a file or a connection; a source that hangs is not waited for.
    void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('too-large', `the CAR has more than ${maxBytes} bytes`, { maxBytes })
}
