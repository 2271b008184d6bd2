import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { codeOf, isBytes, isError, isDetachedBytes, messageOf, plain } from '../base/realms.ts'
import { badUsage, count, fields, kindOf, withMethods } from '../base/usage.ts'
import type { Abortable, Block, BlockBytes, BlockStore } from '../interface.ts'
import { raceAbort } from './abort.ts'
import { isIdentity, requireSupportedHash, verifyBlock } from './hashes.ts'

/** The default bound on the size of a block: 2 MiB, the largest block that IPFS nodes exchange. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024

/** The default bound on the size of a file, CAR or DAG: 256 MiB. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024

/** The greatest depth to which directories and shards of a tree of files are nested. */
export const MAX_TREE_DEPTH = 512

/** The part of a block store that is needed to read blocks. */
export type BlockSource = Pick<BlockStore, 'get'>
/** The part of a block store that is needed to put blocks. */
export type BlockSink = Pick<BlockStore, 'put'>

/** A bound on the number of bytes that are read. */
export interface SizeBound extends Abortable {
  /** The greatest number of bytes that are read. Each function states its default. */
  readonly maxBytes?: number | undefined
}

/**
 * Reads a block and verifies its hash. The store can be any one with the methods of `interface-blockstore`. Its answers are not
 * trusted. If the signal fires, the store is abandoned, even if it does not listen to the signal. The bytes of an identity CID
 * come from the CID. `maxBytes` is `MAX_BLOCK_BYTES` by default.
 *
 * @throws Fault block-missing, hash-mismatch, unsupported-hash, too-large, store-failed, aborted, timeout
 */
export async function getBlock(store: BlockSource, name: CID, options: SizeBound = {}): Promise<Uint8Array> {
  const { signal, maxBytes = MAX_BLOCK_BYTES } = fields(options, 'options')
  const cid = givenCid(name, 'cid')
  count(maxBytes, 'maxBytes')
  withMethods(store, 'store', ['get'])
  throwIfAborted(signal)
  requireSupportedHash(cid)
  const tooLarge = (): Fault =>
    new Fault('too-large', `block ${cid} has more than ${maxBytes} bytes`, { cid, maxBytes })
  if (isIdentity(cid)) {
    if (cid.multihash.size > maxBytes) throw tooLarge()
    return cid.multihash.digest.slice()
  }
  const bytes = await readBlock(store, cid, { signal, maxBytes }, tooLarge)
  await verifyBlock(cid, bytes)
  return bytes
}

/**
 * Puts a block into a store. The bytes must have been verified. A block with an identity CID is not stored.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function putBlock(store: BlockSink, block: Block, { signal }: Abortable = {}): Promise<void> {
  if (isIdentity(block.cid)) return throwIfAborted(signal)
  try {
    await raceAbort(() => store.put(block.cid, block.bytes, { signal }), signal)
  } catch (error) {
    throw error instanceof Fault ? error : storeFailed(`the store did not take block ${block.cid}`, block.cid, error)
  }
}

/**
 * Returns true if a store says that it has a block. The bytes are not read. A block with an identity CID always exists.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function hasBlock(store: Pick<BlockStore, 'has'>, cid: CID, options: Abortable = {}): Promise<boolean> {
  return (await hasBlocks(store, [cid], options))[0]!
}

/** Does the same as `hasBlock` for several blocks at once. Throws its faults. */
export function hasBlocks(
  store: Pick<BlockStore, 'has'>,
  cids: readonly CID[],
  { signal }: Abortable = {},
): Promise<boolean[]> {
  const look = async (cid: CID): Promise<boolean> => {
    if (isIdentity(cid)) return true
    try {
      return Boolean(await store.has(cid, { signal }))
    } catch (error) {
      throw error instanceof Fault ? error : storeFailed(`the store failed to look for block ${cid}`, cid, error)
    }
  }
  return raceAbort(() => Promise.all(cids.map(look)), signal)
}

/**
 * Collects the bytes of a stream, or of a store's answer, into one array. A single piece is returned as it is.
 *
 * @throws the fault that `tooLarge` makes, as soon as there are more than `maxBytes`; Fault aborted, timeout
 */
export async function collectBytes(
  source: BlockBytes,
  bound: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
  tooLarge: () => Fault,
): Promise<Uint8Array> {
  if (!isStream(source)) throw badUsage('bytes', 'a Uint8Array, or a stream of them', source)
  const pieces = new Pieces()
  const progress = progressOf('the stream')
  const add = (piece: Uint8Array): void => {
    if (pieces.total + piece.length > bound.maxBytes) throw tooLarge()
    pieces.add(piece)
    progress(piece)
  }
  if (isBytes(source)) add(source)
  else if (Symbol.asyncIterator in source) await eachPiece(source, bound.signal, add)
  else for (const piece of source) add(requireBytes(piece))
  return pieces.joined()
}

/** Pieces with fewer bytes are copied into larger arrays, since an array object takes more memory than such a piece. */
const SMALL_BYTES = 4096

/** Collects pieces of bytes for one array. Small pieces are gathered, so that each does not take an array object. */
class Pieces {
  readonly #pieces: Uint8Array[] = []
  #gathered: Uint8Array | undefined
  #room = 0
  /** The number of bytes of all pieces. */
  total = 0

  add(piece: Uint8Array): void {
    this.total += piece.length
    const last = this.#gathered
    if (piece.length <= this.#room && last !== undefined) {
      last.set(piece, last.length - this.#room)
      this.#room -= piece.length
    } else {
      this.#close()
      this.#pieces.push(piece)
      // The first small piece is kept as it is, since it may be the only one.
      if (piece.length < SMALL_BYTES) this.#pieces.push((this.#gathered = new Uint8Array((this.#room = SMALL_BYTES))))
    }
  }

  joined(): Uint8Array {
    this.#close()
    const pieces = this.#pieces.filter(({ length }) => length > 0)
    return pieces.length === 1 ? plain(pieces[0]!) : concat(pieces, this.total)
  }

  #close(): void {
    const last = this.#gathered
    if (last !== undefined) this.#pieces[this.#pieces.length - 1] = last.subarray(0, last.length - this.#room)
    this.#gathered = undefined
    this.#room = 0
  }
}

/** The greatest number of empty pieces of a stream. A stream that yields them without end would keep timers from firing. */
const MAX_EMPTY_PIECES = 100_000

/** Returns a function to be called with each piece of a stream. It throws Fault store-failed if too many were empty. */
export function progressOf(source: string): (piece: Uint8Array) => void {
  let empty = 0
  return ({ length }) => {
    if (length > 0 || ++empty <= MAX_EMPTY_PIECES) return
    throw new Fault('store-failed', `${source} has yielded more than ${MAX_EMPTY_PIECES} pieces without a byte`)
  }
}

/** Concatenates arrays. `total` is the sum of their lengths. */
export function concat(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

async function readBlock(
  store: BlockSource,
  cid: CID,
  bound: { signal: AbortSignal | undefined; maxBytes: number },
  tooLarge: () => Fault,
): Promise<Uint8Array> {
  try {
    const answer: unknown = await raceAbort(() => store.get(cid, { signal: bound.signal }), bound.signal)
    if (answer === undefined || answer === null) throw blockMissing(cid)
    return await collectBytes(requireAnswer(answer), bound, tooLarge)
  } catch (error) {
    // If the store yields something that is no bytes, that is a failure of the store, and not wrong usage by the caller.
    if (error instanceof Fault && error.code !== 'bad-usage') throw error
    if (isNotFound(error)) throw blockMissing(cid, error)
    throw storeFailed(`the store failed to read block ${cid}`, cid, error)
  }
}

/** The fault for a block that a store lacks. */
export function blockMissing(cid: CID, cause?: unknown, where = 'the store'): Fault {
  const message = `${where} does not have block ${cid}: import it, or name a gateway that has it`
  return new Fault('block-missing', message, { cid }, cause)
}

function storeFailed(message: string, cid: CID, cause: unknown): Fault {
  return new Fault('store-failed', `${message}: ${messageOf(cause)}`, { cid }, cause)
}

/** True if a known store has thrown this error because it lacks a block. */
function isNotFound(error: unknown): boolean {
  if (!isError(error)) return false
  const code = codeOf(error)
  return error.name === 'NotFoundError' || code === 'ERR_NOT_FOUND' || code === 'ENOENT' || code === 'LEVEL_NOT_FOUND'
}

async function eachPiece(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  add: (piece: Uint8Array) => void,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]()
  let done = false
  try {
    for (;;) {
      const next = await raceAbort(() => iterator.next(), signal)
      if (next.done === true) break
      add(requireBytes(next.value))
    }
    done = true
  } finally {
    // A source that hangs would also hang here, so its `return` is called but not awaited.
    if (!done) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

/** True if a value is bytes or an iterable of pieces. Text is iterable too, but is not accepted. */
export function isStream(value: unknown): value is BlockBytes {
  if (isDetachedBytes(value)) return false
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

function requireAnswer(answer: unknown): BlockBytes {
  if (isStream(answer)) return answer
  throw new TypeError(`it answers with ${kindOf(answer)} where bytes belong`)
}

function requireBytes(piece: unknown): Uint8Array {
  if (isBytes(piece)) return plain(piece)
  throw badUsage('a piece of the bytes', 'a Uint8Array', piece)
}
