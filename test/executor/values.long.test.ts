/** The largest values as results: the test file values.test.ts has the others. */
import { describe, expect, test } from 'vitest'
import { encodeStrict, linkOf, sameBytes } from '../../src/base/dag-cbor.ts'
import { getBlock } from '../../src/content/block.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { WORKER } from '../support/jobs.ts'
import { hostModules, made, resultOf, store, VIOLATION } from './results.ts'

test('the largest document is a block of dag-cbor (RECEIPT-12)', async () => {
  const block = encodeStrict(made('the largest document'))
  expect((await resultOf('the largest document')).receipt.out).toEqual({ ok: linkOf(block) })
  expect(sameBytes(await getBlock(store, linkOf(block)), block)).toBe(true)
})

describe.each(['a document a byte larger', 'a map with too many keys'])(
  '%s is a violation of the ABI (PROFILE-21, PROFILE-28)',
  name => {
    test('inline', async () => expect((await resultOf(name)).receipt.out).toEqual(VIOLATION))

    test('on a thread, with the same receipt', async () => {
      const threads = createThreadEngine({ threads: 1, workerUrl: WORKER, hostModules })
      try {
        expect((await resultOf(name, threads)).cid).toEqual((await resultOf(name)).cid)
      } finally {
        await threads.close()
      }
    })
  },
)
