/** Journals with damage at random. */
import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { blocks, held, journalsOf, putAll } from './journals.ts'
import { noise, same, temporaryFolder } from './support.ts'

it('a journal with any bytes gives blocks that are whole, or none', async () => {
  const folder = await temporaryFolder()
  const some = await blocks(30)
  const writer = createFsStore(folder)
  for (let i = 0; i < 30; i += 5) await putAll(writer, some.slice(i, i + 5))
  await writer.close()
  const [path] = await journalsOf(folder)
  const complete = new Uint8Array(await readFile(path!))
  const random = noise(4000)
  let lost = 0
  for (let round = 0; round < 150; round++) {
    const [kind, ...numbers] = random.subarray(round * 20)
    const at = (i: number): number => ((numbers[i]! << 8) | numbers[i + 1]!) % complete.length
    // Without its table, the journal is read through.
    let bytes = complete.slice(0, kind! % 2 === 0 ? complete.length : complete.length - 20)
    if (kind! % 3 === 0) bytes = bytes.slice(0, at(0))
    else if (kind! % 3 === 1) bytes.copyWithin(at(0), at(2), at(4))
    for (let i = 6; i < 12; i++) if (at(i) < bytes.length) bytes[at(i)]! ^= numbers[i + 2]!
    await writeFile(path!, bytes)
    const store = createFsStore(folder)
    lost += (await held(store, some)).filter(is => !is).length
    for await (const { cid } of store.getAll()) expect(same(await getBlock(store, cid), new Uint8Array())).toBe(false)
  }
  expect(lost).toBeGreaterThan(100)
  expect(lost).toBeLessThan(150 * 30)
})
