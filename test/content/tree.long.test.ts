/** A tree with as many links as may be loaded ahead of a run. */
import type { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { MAX_TREE_LINKS, prefetch } from '../../src/content/prefetch.ts'
import { faultOf, putNode, putRaw } from './support.ts'

test('262 144 links are loaded ahead and no more (WASI-29)', async () => {
  const store = createMemoryStore()
  const empty = await putRaw(store, new Uint8Array(0))
  const half = MAX_TREE_LINKS / 32
  const parts: [string, CID][] = []
  for (let p = 0; p < 32; p++) {
    const count = p === 0 ? half - 32 : half
    const entries = Array.from({ length: count }, (_, i): [string, CID] => [`${p} ${i}`, empty])
    parts.push([String(p), await putNode(store, entries)])
  }
  const ahead = (cid: CID) => prefetch(block => getBlock(store, block), [cid], 2 ** 26)
  await ahead(await putNode(store, parts))
  const fault = await faultOf(ahead(await putNode(store, [...parts, ['z', empty]])))
  expect(fault).toMatchObject({ code: 'too-large' })
  expect(fault.message).toContain('more than 262144 entries')
})
