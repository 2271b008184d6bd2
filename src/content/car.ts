import { createWriter, headerLength } from '@ipld/car/buffer-writer'
import { varint } from 'multiformats'
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { isBytes } from '../base/realms.ts'
import { badUsage, count, fields, givenList, withMethods, optionalFunction } from '../base/usage.ts'
import type { Block, BlockBytes } from '../interface.ts'
import { MAX_TOTAL_BYTES, concat, isStream } from './block.ts'
import type { BlockSink, BlockSource } from './block.ts'
import { scanCar } from './car-reader.ts'
import type { CarBound } from './car-reader.ts'
import { blockKey } from './cids.ts'
import { dagBlocks } from './dag.ts'
import type { WalkOptions } from './dag.ts'
import { Putter } from './put-all.ts'

/** The default bound on the number of blocks of a CAR. Even a small block takes some kilobytes of memory. */
export const MAX_CAR_BLOCKS = 65_536

/** The contents of a CAR. Every block is verified. Repeated blocks occur once. */
export interface Car {
  /** The roots that the archive names. */
  readonly roots: readonly CID[]
  /** The blocks, in the order of the archive. */
  readonly blocks: readonly Block[]
}

/** Which blocks of a DAG are written to a CAR. */
export interface ExportOptions extends WalkOptions {
  /** Write these blocks, in this order, instead of those that the roots link to. */
  readonly cids?: readonly CID[] | undefined
}

/**
 * The source of a CAR: its bytes, a stream of them, or a function that returns a new stream at each call, such as
 * `() => createReadStream(path)`.
 */
export type CarSource = BlockBytes | (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>)

/**
 * Reads a CAR, version 1 or 2, into memory and verifies every block of it. `maxBytes` bounds the whole archive,
 * `MAX_TOTAL_BYTES` by default, `maxBlocks` its blocks, `MAX_CAR_BLOCKS` by default. Blocks are views into the
 * bytes given.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, store-failed if the source fails, aborted, timeout
 */
export async function readCar(source: BlockBytes, options: CarBound = {}): Promise<Car> {
  const bound = boundOf(options)
  const blocks = new Map<string, Block>()
  const { roots } = await scanCar(givenSource(source), bound, block => void blocks.set(blockKey(block.cid), block))
  return { roots, blocks: [...blocks.values()] }
}

/**
 * Puts the blocks of a CAR into a store, and holds no more than a few of them at a time. `maxBytes` bounds the whole
 * archive, `MAX_TOTAL_BYTES` by default; `maxBlocks` its blocks, `MAX_CAR_BLOCKS` by default; one block may have up to
 * `MAX_TOTAL_BYTES`. `blocks` counts the blocks of the archive, repeated ones included. The roots are those that it
 * names. It need not contain them.
 *
 * An archive that can be read twice (bytes, an array of pieces, or a function) is verified as a whole before its first block is
 * stored. The blocks of a stream are stored as they come. If a later block is damaged, the stream ends too early, or the store
 * fails, then the blocks that were stored so far are valid, and no roots are returned.
 *
 * @throws Fault those of `readCar`, and store-failed
 */
export async function importCar(
  store: BlockSink,
  source: CarSource,
  options: CarBound = {},
): Promise<{ roots: readonly CID[]; blocks: number }> {
  withMethods(store, 'store', ['put'])
  const bound = boundOf(options)
  const { signal } = bound
  const begin = (): BlockBytes => givenSource(typeof source === 'function' ? source() : source)
  if (typeof source === 'function' || isBytes(source) || Array.isArray(source)) await scanCar(begin(), bound, () => {})
  const putter = new Putter(store, { signal })
  try {
    // Blocks are verified again, since the second reading may give other bytes.
    const found = await scanCar(begin(), bound, block => putter.put(block))
    await putter.end()
    return found
  } finally {
    await putter.settle()
  }
}

/**
 * The pieces of a CAR of version 1, with the roots and all blocks that they link to, directly or indirectly. It follows links of
 * raw, dag-pb and dag-cbor blocks, in the order of `dagBlocks`. So the bytes depend only on the roots and on what is left out.
 * `maxBytes` bounds the blocks, `MAX_TOTAL_BYTES` by default. The first piece is the header, and each other piece is a block.
 *
 * @throws Fault those of `dagBlocks`
 */
export async function* carPieces(
  store: BlockSource,
  roots: readonly CID[],
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array> {
  const named = givenList(roots, 'roots').map(root => givenCid(root, 'a root'))
  withMethods(store, 'store', ['get'])
  const { cids, maxBytes, include } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  optionalFunction(include, 'include')
  if (cids !== undefined) for (const cid of givenList(cids, 'cids')) givenCid(cid, 'one of cids')
  const blocks =
    cids === undefined ? dagBlocks(store, named, options) : dagBlocks(store, cids, { ...options, follow: false })
  yield* carOf(named, blocks)
}

/** The pieces of a CAR of version 1 with these roots and blocks. The first piece is the header, and each other piece is a block. */
export async function* carOf(roots: readonly CID[], blocks: AsyncIterable<Block>): AsyncGenerator<Uint8Array> {
  const named = [...roots]
  const header = new Uint8Array(headerLength({ roots: named }))
  yield createWriter(header.buffer, { roots: named }).close()
  for await (const { cid, bytes } of blocks) {
    const length = cid.bytes.length + bytes.length
    const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)))
    yield concat([prefix, cid.bytes, bytes], prefix.length + length)
  }
}

/** The CAR of `carPieces` as one array. */
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

function boundOf(options: CarBound): Required<CarBound> {
  const { signal, maxBytes = MAX_TOTAL_BYTES, maxBlocks = MAX_CAR_BLOCKS } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  count(maxBlocks, 'maxBlocks')
  return { signal, maxBytes, maxBlocks }
}

function givenSource(source: BlockBytes): BlockBytes {
  if (!isStream(source)) throw badUsage('the CAR', 'bytes, or a stream of them', source)
  return source
}
