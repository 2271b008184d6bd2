import { decode as decodeCbor } from '@ipld/dag-cbor'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { DAG_CBOR, DAG_PB, cidOf, rawCid } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { codeOf, faultOf, putCbor, sample, text } from './support.ts'

describe('dagBlocks', () => {
  it('walks depth first in the order of links, each block once', async () => {
    const { store, root, order } = await sample()
    const seen: string[] = []
    for await (const { cid } of dagBlocks(store, root)) seen.push(cid.toString())
    expect(seen).toEqual(order)
  })

  it('reports a missing block, or skips it', async () => {
    const { store, root, order } = await sample()
    const task = decodeCbor<{ ran: CID }>(await getBlock(store, root)).ran
    await store.delete(task)
    const walk = async (skipMissing: boolean): Promise<string[]> => {
      const seen: string[] = []
      for await (const { cid } of dagBlocks(store, root, { skipMissing })) seen.push(cid.toString())
      return seen
    }
    expect(await faultOf(walk(false))).toMatchObject({ code: 'block-missing', detail: { cid: task } })
    expect(await walk(true)).toEqual([order[0], order[7], order[6]])
  })

  it('leaves out given blocks without reading them', async () => {
    const { store, root, order } = await sample()
    const seen: string[] = []
    for await (const { cid } of dagBlocks(store, root, { include: name => name.code !== DAG_PB }))
      seen.push(cid.toString())
    expect(seen).toEqual([order[0], order[1], order[6], order[7]])
  })

  it('bounds the bytes, and stops when the signal fires', async () => {
    const { store, root } = await sample()
    const walk = async (options: object): Promise<void> => {
      for await (const _ of dagBlocks(store, root, options)) void _
    }
    expect(await codeOf(walk({ maxBytes: 600_000 }))).toBe('too-large')
    expect(await codeOf(walk({ signal: AbortSignal.abort() }))).toBe('aborted')
  })

  it('walks a chain that is longer than any stack', async () => {
    const store = createMemoryStore()
    let root = await rawCid(text('end'))
    await store.put(root, text('end'))
    for (let length = 0; length < 20_000; length++) root = await putCbor(store, root)
    let count = 0
    for await (const _ of dagBlocks(store, root)) count += _.bytes.length > 0 ? 1 : 0
    expect(count).toBe(20_001)
  })

  it('refuses blocks that are malformed, nested too deeply, or of an unknown codec', async () => {
    const walk = async (codec: number, bytes: Uint8Array): Promise<void> => {
      const cid = await cidOf(codec, bytes)
      for await (const _ of dagBlocks({ get: () => bytes }, cid)) void _
    }
    expect(await codeOf(walk(DAG_CBOR, Uint8Array.of(0xff)))).toBe('bad-dag')
    expect(await codeOf(walk(DAG_CBOR, new Uint8Array(1_000_000).fill(0x81)))).toBe('bad-dag')
    expect(await codeOf(walk(DAG_PB, Uint8Array.of(0xff)))).toBe('bad-dag')
    expect(await codeOf(walk(0x0129, text('{}')))).toBe('unsupported-codec')
  })
})
