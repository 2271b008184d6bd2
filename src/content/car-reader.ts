/** Reads CARs of version 1 and 2, a block at a time. */
import { asyncIterableReader, bytesReader, limitReader, readBlockHead, readHeader } from '@ipld/car/decoder'
import { varint } from 'multiformats'
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { isBytes, messageOf, plain } from '../base/realms.ts'
import { givenBytes } from '../base/usage.ts'
import type { Block, BlockBytes } from '../interface.ts'
import { raceAbort } from './abort.ts'
import { MAX_TOTAL_BYTES, progressOf } from './block.ts'
import type { SizeBound } from './block.ts'
import { isIdentity, verifyBlock } from './hashes.ts'

/** The greatest size of a header that is read: room for some 25 000 roots. */
const MAX_HEADER_BYTES = 1024 * 1024
/** The size of the fixed beginning of version 2. The payload comes after it. */
const V2_BEGINNING = 51
/** The greatest number of bytes that are read at once between payload and index. */
const PIECE_BYTES = 65_536

/** Bounds on an archive. */
export interface CarBound extends SizeBound {
  /** The greatest number of blocks in the archive, repeated ones included. Each function states its default. */
  readonly maxBlocks?: number | undefined
}

type Reader = ReturnType<typeof bytesReader>

/** The state of reading an archive, with its bounds. */
interface Scan {
  readonly maxBytes: number
  readonly maxBlocks: number
  readonly signal: AbortSignal | undefined
  /** Called with each verified block. The next block is read when the returned promise resolves. */
  readonly take: (block: Block) => void | Promise<void>
}

/**
 * Reads an archive, verifies each block, and calls `take` with it. Blocks with identity CIDs are left out. Only one block and one
 * piece of the source are held at a time. Returns the roots and the number of blocks.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, store-failed if the source fails, aborted, timeout,
 *   and the faults of `take`
 */
export async function scanCar(
  source: BlockBytes,
  bound: Required<CarBound>,
  take: Scan['take'],
): Promise<{ readonly roots: readonly CID[]; readonly blocks: number }> {
  const { signal, maxBytes = MAX_TOTAL_BYTES, maxBlocks = Infinity } = bound
  throwIfAborted(signal)
  if (isBytes(source) && source.length > maxBytes) throw tooLarge(maxBytes)
  const pieces = isBytes(source) ? undefined : bounded(source, maxBytes, signal)
  const reader = pieces === undefined ? bytesReader(plain(source as Uint8Array)) : asyncIterableReader(pieces)
  try {
    return await scan(reader, { maxBytes, maxBlocks, signal, take })
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(
      'bad-car',
      `this is no sound CAR (byte ${reader.pos}): ${messageOf(error)}`,
      { offset: reader.pos },
      error,
    )
  } finally {
    void pieces?.return(undefined)
  }
}

async function scan(
  whole: Reader,
  { maxBytes, maxBlocks, signal, take }: Scan,
): Promise<{ roots: readonly CID[]; blocks: number }> {
  const [headerBytes] = varint.decode(await whole.upTo(8))
  if (headerBytes > MAX_HEADER_BYTES) throw new Error(`a header of ${headerBytes} bytes is over ${MAX_HEADER_BYTES}`)
  const header = await readHeader(whole)
  // The payload of version 2 is an archive of version 1.
  const reader = header.version === 2 ? limitReader(whole, payloadLeft(header, whole.pos)) : whole
  let blocks = 0
  let sections = 0
  while ((await reader.upTo(1)).length > 0) {
    throwIfAborted(signal)
    const { cid, blockLength } = await readBlockHead(reader)
    if (blockLength < 0) throw new Error('a section is shorter than its CID')
    if (blockLength > Math.min(maxBytes, MAX_TOTAL_BYTES)) throw tooLarge(maxBytes)
    const bytes = await reader.exactly(blockLength, true)
    if (++sections > maxBlocks) throw tooMany(maxBlocks)
    await verifyBlock(cid, bytes, 'the CAR')
    if (isIdentity(cid)) continue
    blocks++
    await take({ cid, bytes })
  }
  if (header.version === 2) await requireEnd(whole, header)
  return { roots: header.roots, blocks }
}

interface V2Header {
  readonly dataOffset: number
  readonly dataSize: number
  /** 0 if there is no index. */
  readonly indexOffset: number
}

/** The number of bytes of the payload after its own header. */
function payloadLeft({ dataOffset, dataSize }: V2Header, at: number): number {
  if (dataOffset < V2_BEGINNING) throw new Error(`its payload is said to begin at byte ${dataOffset}`)
  const left = dataSize - (at - dataOffset)
  if (left < 0) throw new Error(`its payload is said to have ${dataSize} bytes, and its header alone has more`)
  return left
}

/** Checks that the payload has its declared size: only padding may come between it and the index, or the end. */
async function requireEnd(whole: Reader, { dataOffset, dataSize, indexOffset }: V2Header): Promise<void> {
  const end = dataOffset + dataSize
  if (whole.pos !== end)
    throw new Error(`its payload is said to have ${dataSize} bytes, and has ${whole.pos - dataOffset}`)
  if (indexOffset !== 0 && indexOffset < end) throw new Error('its index is said to begin within its payload')
  for (;;) {
    const room = indexOffset === 0 ? PIECE_BYTES : Math.min(PIECE_BYTES, indexOffset - whole.pos)
    const piece = room === 0 ? undefined : await whole.upTo(room)
    if (piece === undefined || (piece.length === 0 && indexOffset === 0)) return
    if (piece.length === 0) throw new Error('it ends before its index')
    if (piece.some(byte => byte !== 0))
      throw new Error(`its payload is said to have ${dataSize} bytes, and there is more of it`)
    whole.seek(piece.length)
  }
}

/** The pieces of a source. Throws if there are too many bytes, if the source fails, or if the signal fires. */
async function* bounded(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let total = 0
  const progress = progressOf("the CAR's source")
  try {
    for (;;) {
      const next = await raceAbort(() => iterator.next(), signal)
      if (next.done === true) return
      const piece = givenBytes(next.value, 'a piece of the CAR')
      total += piece.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      progress(piece)
      yield piece
    }
  } catch (error) {
    throw error instanceof Fault
      ? error
      : new Fault('store-failed', 'the CAR cannot be read from its source', {}, error)
  } finally {
    // Closes a file or a connection. A source that hangs is not awaited.
    void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('too-large', `the CAR has more than ${maxBytes} bytes`, { maxBytes })
}

function tooMany(maxBlocks: number): Fault {
  return new Fault('too-large', `the CAR has more than ${maxBlocks} blocks`, { maxBlocks })
}
