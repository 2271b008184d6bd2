/** The published vectors are those that `npm run vectors` writes, and they hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { vectors } from '../../scripts/vectors.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { openEnvelope } from '../../src/envelope/open.ts'
import { readEnvelope } from '../../src/envelope/read.ts'
import { readTask } from '../../src/task/forms/read.ts'

const FOLDER = fileURLToPath(new URL('../../docs/vectors/', import.meta.url))
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

interface Block {
  readonly cid: string
  readonly dagCbor: string
}

interface Envelopes {
  readonly task: Block
  readonly asked: Block
  readonly read: readonly { readonly envelope: string; readonly signer: string; readonly receipt: Block }[]
  readonly refused: readonly { readonly name: string; readonly field: string; readonly envelope: string }[]
}

const file = <T>(name: string): T => JSON.parse(readFileSync(FOLDER + name, 'utf8')) as T

test('they are current: npm run vectors', async () => {
  const made = await vectors()
  expect(readdirSync(FOLDER).sort()).toEqual([...Object.keys(made), 'README.md'].sort())
  for (const [name, content] of Object.entries(made)) expect(readFileSync(FOLDER + name, 'utf8'), name).toBe(content)
})

describe('they can be used as they are', () => {
  test('tasks', () => {
    const { read } = file<{ read: (Block & { readonly document: string; readonly form: string })[] }>('tasks.json')
    expect(read.length).toBeGreaterThan(10)
    for (const { document, cid, dagCbor, form } of read) {
      expect(readTask(document)).toMatchObject({ form, cid: CID.parse(cid), bytes: bytes(dagCbor) })
      expect(readTask(bytes(dagCbor)).cid.toString()).toBe(cid)
    }
  })

  test('envelopes', async () => {
    const { task, asked, read, refused } = file<Envelopes>('envelopes.json')
    expect([read.length > 5, refused.length > 20]).toEqual([true, true])
    for (const { envelope, signer, receipt } of read) {
      const store = createMemoryStore()
      for (const { cid, dagCbor } of [task, asked, receipt]) await store.put(CID.parse(cid), bytes(dagCbor))
      const opened = await openEnvelope(store, bytes(envelope))
      expect([opened.envelope.signer, opened.cid.toString()]).toEqual([signer, receipt.cid])
    }
    for (const { name, field, envelope } of refused)
      await expect(readEnvelope(bytes(envelope)), name).rejects.toMatchObject({
        code: 'bad-envelope',
        detail: { field },
      })
  })
})
