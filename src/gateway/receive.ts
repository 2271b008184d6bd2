/** Takes blocks: one by PUT, or those of a CAR by POST (docs/spec/gateway.md, SERVE-13 to SERVE-15). */
import { Fault } from '../base/fault.ts'
import { collectBytes, putBlock } from '../content/block.ts'
import { readCar } from '../content/car.ts'
import { blockKey } from '../content/cids.ts'
import { linksOf } from '../content/dag.ts'
import { isIdentity, verifyBlock } from '../content/hashes.ts'
import { putInOrder } from '../content/put-all.ts'
import type { Block } from '../interface.ts'
import { CAR_TYPE, RAW_TYPE } from './accept.ts'
import type { Answer } from './answer.ts'
import { pathOf, ROOT } from './ask.ts'
import { Refusal, tooBusy } from './refusal.ts'
import type { Settings } from './settings.ts'
import { requireToken } from './token.ts'
import type { Turns } from './turns.ts'

/** What a request that was carried out is answered with. */
const DONE: Answer = { status: 204, headers: { 'Cache-Control': 'no-store' } }

/** Takes a block. Throws Refusal 400, 401, 403, 404, 413, 415, 422, and the faults of the store. */
export async function takeBlock(request: Request, settings: Settings, signal: AbortSignal): Promise<Answer> {
  const url = new URL(request.url)
  const { root: cid, names } = pathOf(url)
  await requireToken(request, settings.token)
  if (names.length > 0) throw new Refusal(400, 'a block is written under its CID alone')
  const format = url.searchParams.get('format')
  if (format !== null && format !== 'raw') throw new Refusal(400, 'a block is written with ?format=raw')
  requireType(request, RAW_TYPE)
  const bytes = await bodyOf(request, settings.maxBlockBytes, signal)
  await orRefused(422, () => verifyBlock(cid, bytes, 'the request'))
  await putBlock(settings.store, { cid, bytes }, { signal })
  return DONE
}

/**
 * Takes the blocks of a CAR. Nothing is stored before the whole CAR has been verified. Then each block is stored after those that
 * it links to. Throws as `takeBlock`, and Refusal 503 if too many CARs are being taken.
 */
export async function takeCar(
  request: Request,
  settings: Settings,
  turns: Turns,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(request.url)
  if (url.pathname !== ROOT && `${url.pathname}/` !== ROOT)
    throw new Refusal(404, `a CAR is sent to ${ROOT}: its CIDs are inside`)
  await requireToken(request, settings.token)
  requireType(request, CAR_TYPE)
  const end = turns.begin()
  if (end === undefined) throw tooBusy(503, 'this gateway is taking as many CARs as it can')
  try {
    const body = await bodyOf(request, settings.maxUploadBytes, signal)
    const { blocks } = await orRefused(422, () => readCar(body, { maxBlocks: settings.maxBlocks, signal }))
    const large = blocks.find(({ bytes }) => bytes.length > settings.maxBlockBytes)
    if (large !== undefined)
      throw new Refusal(413, `block ${large.cid} has more than the ${settings.maxBlockBytes} bytes that are taken`)
    if (blocks.length > 0) await putInOrder(settings.store, linkedFirst(blocks), { signal })
    return DONE
  } finally {
    end()
  }
}

/** Orders blocks so that each comes after those of them that it links to. */
export function linkedFirst(blocks: readonly Block[]): Block[] {
  const byKey = new Map(blocks.map(block => [blockKey(block.cid), block]))
  const seen = new Set<string>()
  const ordered: Block[] = []
  // An explicit stack instead of recursion, since a chain of blocks may be very long.
  for (const root of blocks) {
    const open = visit(root)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.links.pop()
      if (next !== undefined) open.push(...visit(next))
      else ordered.push(open.pop()!.block)
    }
  }
  return ordered

  /** The block with those that it links to; empty if it was met before. */
  function visit(block: Block): { readonly block: Block; readonly links: Block[] }[] {
    const key = blockKey(block.cid)
    if (seen.has(key)) return []
    seen.add(key)
    return [{ block, links: linksIn(block).reverse() }]
  }

  function linksIn(block: Block): Block[] {
    try {
      return linksOf(block).flatMap(cid => {
        // An identity CID contains a block, whose links are links of this block.
        if (isIdentity(cid)) return linksIn({ cid, bytes: cid.multihash.digest })
        return byKey.get(blockKey(cid)) ?? []
      })
    } catch {
      // The codec is unknown, or the bytes are not of the codec. What they link to cannot be told.
      return []
    }
  }
}

/** Requires that the request states its content to be of this media type. */
function requireType(request: Request, wanted: string): void {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  const given = type.trim().toLowerCase()
  if (given === wanted) return
  throw new Refusal(
    415,
    `the content is sent as Content-Type: ${wanted}, not ${given === '' ? 'without one' : `"${given}"`}`,
  )
}

/** Reads the body. Throws Refusal 413 if it is too large, and does not read it if it is declared to be. */
async function bodyOf(request: Request, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const tooLarge = (): Refusal => new Refusal(413, `at most ${maxBytes} bytes are taken`)
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  if (request.body === null) return new Uint8Array(0)
  try {
    return await collectBytes(piecesOf(request.body), { maxBytes, signal }, () => new Fault('too-large', 'too large'))
  } catch (error) {
    if (error instanceof Fault && error.code === 'too-large') throw tooLarge()
    throw error
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const next = await reader.read().catch((error: unknown) => {
        throw new Refusal(400, 'the content ends too early', {}, error)
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    reader.releaseLock()
  }
}

/** Does something with content of the client. What is wrong with it is the client's fault. */
async function orRefused<T>(status: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'too-large') throw new Refusal(413, error.message, {}, error)
    if (error.code === 'aborted' || error.code === 'timeout') throw error
    throw new Refusal(status, error.message, {}, error)
  }
}
