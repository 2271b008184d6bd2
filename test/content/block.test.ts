import { NotFoundError } from 'interface-store'
import { describe, expect, it } from 'vitest'
import { MAX_BLOCK_BYTES, collectBytes, getBlock, putBlock } from '../../src/content/block.ts'
import { Fault } from '../../src/base/fault.ts'
import { rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import type { BlockStore } from '../../src/interface.ts'
import { codeOf, faultOf, never, noise, same, text } from './support.ts'

const bytes = text('some bytes')
const cid = await rawCid(bytes)
const answering = (get: () => unknown): Pick<BlockStore, 'get'> => ({ get: get as BlockStore['get'] })

describe('getBlock', () => {
  it.each<[string, () => unknown]>([
    ['bytes', () => bytes],
    ['a promise', async () => bytes],
    ['a Buffer', () => Buffer.from(bytes)],
    ['an array of pieces', () => [bytes.slice(0, 3), bytes.slice(3)]],
    [
      'a generator',
      function* () {
        yield bytes.slice(0, 4)
        yield bytes.slice(4)
      },
    ],
    [
      'an async generator',
      async function* () {
        yield bytes.slice(0, 4)
        yield bytes.slice(4)
      },
    ],
  ])('takes %s', async (_name, get) => {
    const found = await getBlock(answering(get), cid)
    expect(found).toEqual(bytes)
    expect(found.constructor).toBe(Uint8Array)
  })

  it.each<[string, () => unknown]>([
    [
      'NotFoundError',
      () => {
        throw new NotFoundError()
      },
    ],
    [
      'NotFoundError in a generator',
      function* () {
        yield new Uint8Array(0)
        throw new NotFoundError()
      },
    ],
    [
      'ERR_NOT_FOUND',
      async () => {
        throw Object.assign(new Error('gone'), { code: 'ERR_NOT_FOUND' })
      },
    ],
    ['undefined', () => undefined],
  ])('takes %s for a missing block', async (_name, get) => {
    expect(await faultOf(getBlock(answering(get), cid))).toMatchObject({
      code: 'block-missing',
      whose: 'network',
      detail: { cid },
    })
  })

  it.each<[string, () => unknown]>([
    [
      'an error',
      () => {
        throw new Error('disk on fire')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('disk on fire'))],
    [
      'a thrown string',
      () => {
        throw 'disk on fire'
      },
    ],
    ['something other than bytes', () => 7],
    ['pieces that are not bytes', () => ['disk']],
    [
      'an error on the way',
      async function* () {
        yield bytes
        throw new Error('disk on fire')
      },
    ],
  ])('takes %s for a failing store', async (_name, get) => {
    expect(await faultOf(getBlock(answering(get), cid))).toMatchObject({
      code: 'store-failed',
      whose: 'runner',
      detail: { cid },
    })
  })

  it('verifies the hash of a block', async () => {
    const fault = await faultOf(
      getBlock(
        answering(() => text('other bytes')),
        cid,
      ),
    )
    expect(fault).toMatchObject({ code: 'hash-mismatch', detail: { cid } })
  })

  it('reads at most 2 MiB, unless another bound is given', async () => {
    const large = noise(MAX_BLOCK_BYTES)
    expect(
      same(
        await getBlock(
          answering(() => large),
          await rawCid(large),
        ),
        large,
      ),
    ).toBe(true)
    const larger = noise(MAX_BLOCK_BYTES + 1)
    const name = await rawCid(larger)
    expect(
      await codeOf(
        getBlock(
          answering(() => larger),
          name,
        ),
      ),
    ).toBe('too-large')
    expect(
      same(
        await getBlock(
          answering(() => larger),
          name,
          { maxBytes: MAX_BLOCK_BYTES + 1 },
        ),
        larger,
      ),
    ).toBe(true)
  })

  it('stops an endless answer at the bound, and cancels it', async () => {
    let taken = 0
    let closed = false
    const endless = answering(async function* () {
      try {
        for (;;) {
          taken++
          yield new Uint8Array(1024)
        }
      } finally {
        closed = true
      }
    })
    expect(await codeOf(getBlock(endless, cid, { maxBytes: 10_000 }))).toBe('too-large')
    expect([taken, closed]).toEqual([10, true])
  })

  it('gives up on an endless stream of empty pieces, which no timer could interrupt', async () => {
    const endless = answering(async function* () {
      for (;;) yield new Uint8Array(0)
    })
    expect(await codeOf(getBlock(endless, cid))).toBe('store-failed')
  })

  it.each([1, 7, 4095, 4096, 5000])('joins many pieces of %i bytes, and of other sizes between them', async size => {
    const pieces: Uint8Array[] = []
    for (let i = 0; i < 3000; i++) pieces.push(new Uint8Array(i % 100 === 0 ? 9000 : i % 7 === 0 ? 0 : size).fill(i))
    const whole = new Uint8Array(Buffer.concat(pieces))
    const tooLarge = (): Fault => new Fault('too-large', 'too large')
    const bound = { maxBytes: whole.length }
    expect(Buffer.compare(await collectBytes(pieces, bound, tooLarge), whole)).toBe(0)
    await expect(collectBytes(pieces, { maxBytes: whole.length - 1 }, tooLarge)).rejects.toThrow('too large')
  })

  it('needs little more memory than the bytes of small pieces', async () => {
    const byte = new Uint8Array(1)
    const small = function* (): Generator<Uint8Array> {
      for (let i = 0; i < 500_000; i++) yield byte.slice()
    }
    let most = 0
    const watched = function* (): Generator<Uint8Array> {
      let i = 0
      for (const piece of small()) {
        if (i++ % 100_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers)
        yield piece
      }
    }
    const before = process.memoryUsage().arrayBuffers
    const bound = { maxBytes: 500_000 }
    const joined = await collectBytes(watched(), bound, () => new Fault('too-large', 'too large'))
    expect(joined.length).toBe(500_000)
    expect(most - before).toBeLessThan(16 * 2 ** 20)
  })

  it('reads an identity CID without asking the store', async () => {
    const store = answering(() => {
      throw new Error('asked')
    })
    const inline = await rawCid(text('inline'), IDENTITY)
    expect(await getBlock(store, inline)).toEqual(text('inline'))
    expect(await codeOf(getBlock(store, inline, { maxBytes: 5 }))).toBe('too-large')
  })

  it.each<[string, () => unknown]>([
    ['in its answer', never],
    [
      'between pieces',
      async function* () {
        yield bytes
        await never()
      },
    ],
  ])('abandons a store that hangs %s when the signal fires', async (_name, get) => {
    const controller = new AbortController()
    const work = faultOf(getBlock(answering(get), cid, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 10)
    expect((await work).code).toBe('aborted')
    expect(await codeOf(getBlock(answering(get), cid, { signal: AbortSignal.timeout(10) }))).toBe('timeout')
  })

  it('reports the signal, not the error of a store that was aborted by it', async () => {
    const controller = new AbortController()
    const store: Pick<BlockStore, 'get'> = {
      get: (_cid, options) =>
        new Promise((_, reject) => options!.signal!.addEventListener('abort', () => reject(new Error('mine')))),
    }
    const work = faultOf(getBlock(store, cid, { signal: controller.signal }))
    controller.abort()
    expect((await work).code).toBe('aborted')
  })

  it('does not ask a store at all once the signal has fired', async () => {
    let asked = false
    const store = answering(() => {
      asked = true
      return bytes
    })
    expect(await codeOf(getBlock(store, cid, { signal: AbortSignal.abort() }))).toBe('aborted')
    expect(asked).toBe(false)
  })
})

describe('putBlock', () => {
  it('reports a store that refuses as store-failed', async () => {
    const full = { put: () => Promise.reject(new Error('full')) }
    const fault = await faultOf(putBlock(full, { cid, bytes }))
    expect(fault).toMatchObject({ code: 'store-failed', detail: { cid } })
    expect(fault.message).toContain('full')
  })

  it('abandons a store that hangs, and stores no identity CID', async () => {
    expect(await codeOf(putBlock({ put: never }, { cid, bytes }, { signal: AbortSignal.timeout(10) }))).toBe('timeout')
    const inline = await rawCid(bytes, IDENTITY)
    await expect(putBlock({ put: never }, { cid: inline, bytes })).resolves.toBeUndefined()
  })
})
