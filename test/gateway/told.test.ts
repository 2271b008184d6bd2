/** A store that fails while a CAR is sent: the client sees that it is not complete, and the operator sees why. */
import type { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createGateway } from '../../src/gateway/gateway.ts'

test('a store that fails below the root is told to the operator (SERVE-11)', async () => {
  const blocks = createMemoryStore()
  const root = await addFile(blocks, new Uint8Array(3_000_000))
  const seen: unknown[] = []
  const get = (cid: CID): unknown => {
    if (cid.equals(root)) return blocks.get(cid)
    throw new Error('the disk is on fire')
  }
  const gateway = createGateway({ store: { ...blocks, get } as never, onFault: error => seen.push(error) })
  const response = await gateway(new Request(`http://h/ipfs/${root}?format=car`))
  expect(response.status).toBe(200)
  await expect(response.arrayBuffer()).rejects.toThrow()
  expect(seen).toMatchObject([{ code: 'store-failed' }])
})
