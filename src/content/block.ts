import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { codeOf, isBytes, isError, lostBytes, messageOf, plain } from '../base/realms.ts'
import { badUsage, having, kindOf } from '../base/usage.ts'
import type { Abortable, Block, BlockBytes, BlockStore } from '../interface.ts'
import { raceAbort } from './abort.ts'
import { isIdentity, requireSupportedHash, verifyBlock } from './hashes.ts'

/** Largest block that is read unless a caller says otherwise: 2 MiB, what IPFS nodes pass on to each other. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024

/** Most bytes that one file, CAR or DAG may have unless a caller says otherwise: 256 MiB. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024

/** What is needed of a store to read blocks. */
export type BlockSource = Pick<BlockStore, 'get'>
/** What is needed of a store to put blocks. */
export type BlockSink = Pick<BlockStore, 'put'>

/** A bound on what is taken in. */
export interface SizeBound extends Abortable {
  /** Most bytes that are taken in. Each function states its default. */
  readonly maxBytes?: number | undefined
}

/**
 * The bytes of a block, hashed before they are returned. Any store of the shape of `interface-blockstore` will do; what
 * it answers is not trusted, and it is abandoned when the signal fires, whether it listens or not. Bytes of an identity
 * CID come from the CID. `maxBytes` is `MAX_BLOCK_BYTES` by default.
 *
 * @throws Fault block-missing, hash-mismatch, unsupported-hash, too-large, store-failed, aborted, timeout
 */
export async function getBlock(store: BlockSource, name: CID, options: SizeBound = {}): Promise<Uint8Array> {
  const { signal, maxBytes = MAX_BLOCK_BYTES } = options
  const cid = givenCid(name, 'cid')
  having(store, 'store', ['get'])
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
 * Puts a block into a store. The bytes are taken to be verified. An identity CID needs no storing.
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
 * Whether a store has a block, by what the store says: its bytes are not read. An identity CID is its own block.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function hasBlock(store: Pick<BlockStore, 'has'>, cid: CID, { signal }: Abortable = {}): Promise<boolean> {
  if (isIdentity(cid)) return true
  try {
    return await raceAbort(() => store.has(cid, { signal }), signal)
  } catch (error) {
    throw error instanceof Fault ? error : storeFailed(`the store failed to look for block ${cid}`, cid, error)
  }
}

/**
 * All bytes of what a store or a stream answers, in one array. A single piece is passed on as it is.
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

/** Below this many bytes a piece is copied: to keep it as an array of its own would take several times what it holds. */
const SMALL_BYTES = 4096

/** Pieces of bytes on their way into one array. They may be as small as they like. */
class Pieces {
  readonly #pieces: Uint8Array[] = []
  #gathered: Uint8Array | undefined
  #room = 0
  /** Bytes of all pieces. */
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
      // The first small piece may be the only one: room is made for those that follow.
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

/** Most empty pieces that a stream may have. One that yields nothing for good would keep a timer from ever being looked at. */
const MOST_EMPTY = 100_000

/** Looks at each piece of a stream, and throws Fault store-failed when too many were empty. */
export function progressOf(source: string): (piece: Uint8Array) => void {
  let empty = 0
  return ({ length }) => {
    if (length > 0 || ++empty <= MOST_EMPTY) return
    throw new Fault('store-failed', `${source} has yielded more than ${MOST_EMPTY} pieces without a byte`)
  }
}

/** One array with the bytes of several. `total` is the sum of their lengths. */
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
    // A store that yields no bytes is not used wrongly: it fails.
    if (error instanceof Fault && error.code !== 'bad-usage') throw error
    if (isNotFound(error)) throw blockMissing(cid, error)
    throw storeFailed(`the store failed to read block ${cid}`, cid, error)
  }
}

/** The fault of a block that a store should have and has not. */
export function blockMissing(cid: CID, cause?: unknown, where = 'the store'): Fault {
  const message = `${where} does not have block ${cid}: import it, or name a gateway that has it`
  return new Fault('block-missing', message, { cid }, cause)
}

function storeFailed(message: string, cid: CID, cause: unknown): Fault {
  return new Fault('store-failed', `${message}: ${messageOf(cause)}`, { cid }, cause)
}

/** How the known stores say that they do not have a block. */
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
    // A source that hangs would not return either: ask it to, but do not wait.
    if (!done) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

/** Whether a value is bytes, or can be read piece by piece. Text can, and is none. */
export function isStream(value: unknown): value is BlockBytes {
  if (lostBytes(value)) return false
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
