/** Journals of a store in a folder: what they keep, what damage costs, and who may use them at the same time. */
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { rawCid } from '../../src/content/cids.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { OffsetTable } from '../../src/content/journal/offset-table.ts'
import { endRecord, recordAt, writeRecord } from '../../src/content/journal/record.ts'
import { block, blocks, held, journalsOf, putAll } from './journals.ts'
import { codeOf, faultOf, noise, temporaryFolder, text } from './support.ts'

const all = (count: number): boolean[] => Array<boolean>(count).fill(true)

/** Makes a file look as if nothing had been written for an hour. */
async function age(path: string): Promise<void> {
  const old = new Date((await stat(path)).mtimeMs - 3_600_000)
  await utimes(path, old, old)
}

describe('a journal', () => {
  it('keeps small blocks in one file, each once', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const some = await blocks(50)
    await putAll(store, some)
    await putAll(store, some)
    const [path, ...more] = await journalsOf(folder)
    expect(more).toEqual([])
    const sizes = some.reduce((sum, { cid, bytes }) => sum + 20 + cid.multihash.bytes.length + bytes.length, 0)
    expect((await stat(path!)).size).toBe('ipvm-wasm journal, version 1\n'.length + sizes)
    expect(await held(store, some)).toEqual(all(50))
    expect(await held(createFsStore(folder), some)).toEqual(all(50))
  })

  it('takes a block once that is put while others are being written', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const [repeated, ...others] = await blocks(100)
    await store.put(repeated!.cid, repeated!.bytes)
    await Promise.all(
      others.map(async ({ cid, bytes }, i) => {
        await new Promise(resolve => setTimeout(resolve, i / 5))
        await store.put(repeated!.cid, repeated!.bytes)
        await store.put(cid, bytes)
      }),
    )
    const [path] = await journalsOf(folder)
    const sizes = [repeated!, ...others].reduce(
      (sum, { cid, bytes }) => sum + 20 + cid.multihash.bytes.length + bytes.length,
      0,
    )
    expect((await stat(path!)).size).toBe('ipvm-wasm journal, version 1\n'.length + sizes)
  })

  it('is found by others after it was completed, and read without being read through', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const some = await blocks(200)
    await putAll(store, some)
    await store.close()
    expect(await held(createFsStore(folder), some)).toEqual(all(200))
    const [path] = await journalsOf(folder)
    // Only the table at the end tells where blocks are, since nothing is found in a journal that begins like this.
    const bytes = await readFile(path!)
    bytes.fill(0, 0, 10)
    await writeFile(path!, bytes)
    expect(await held(createFsStore(folder), some)).toEqual(all(200))
    // Without a table it is read through, and found to be no journal.
    await truncate(path!, bytes.length - 1)
    expect((await held(createFsStore(folder), some)).some(Boolean)).toBe(false)
    await store.put(some[0]!.cid, some[0]!.bytes)
    expect((await journalsOf(folder)).length).toBe(2)
  })

  it('makes place for the next one at 64 MiB', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder, { durable: 'soon' })
    const cids: CID[] = []
    for (let i = 0; i < 1100; i++) {
      const bytes = new Uint8Array(64 * 1024)
      new DataView(bytes.buffer).setUint32(0, i)
      cids.push(await rawCid(bytes))
      await store.put(cids[i]!, bytes)
    }
    await store.flush()
    expect((await journalsOf(folder)).length).toBe(2)
    for (const cid of [cids[0]!, cids[1000]!, cids[1099]!])
      for (const found of [store, createFsStore(folder)]) expect((await getBlock(found, cid)).length).toBe(64 * 1024)
  })

  it('takes blocks of 64 KiB, and larger ones are files', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const [small, large] = [await block(noise(65_536)), await block(noise(65_537))]
    await putAll(store, [small, large])
    const files = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.block'))
    expect(files.length).toBe(1)
    expect(await held(createFsStore(folder), [small, large])).toEqual(all(2))
  })

  it('is used by a store of the first layout from its first write on', async () => {
    const folder = await temporaryFolder()
    const large = await block(noise(70_000))
    await createFsStore(folder).put(large.cid, large.bytes)
    await rm(join(folder, 'journals'), { recursive: true })
    await writeFile(join(folder, 'version'), 'ipvm-wasm block store, version 1\n')
    const store = createFsStore(folder)
    expect(await held(store, [large])).toEqual([true])
    expect(await readFile(join(folder, 'version'), 'utf8')).toContain('version 1')
    const small = await block(text('small'))
    await store.put(small.cid, small.bytes)
    expect(await readFile(join(folder, 'version'), 'utf8')).toContain('version 2')
    expect(await held(createFsStore(folder), [small, large])).toEqual(all(2))
  })

  it('loses blocks that are deleted, for each reader at once', async () => {
    const folder = await temporaryFolder()
    const [writer, other] = [createFsStore(folder), createFsStore(folder)]
    const some = await blocks(3)
    await putAll(writer, some)
    expect(await held(other, some)).toEqual(all(3))
    await other.delete(some[1]!.cid)
    for (const store of [writer, other, createFsStore(folder)])
      expect(await held(store, some)).toEqual([true, false, true])
    expect(await codeOf(getBlock(writer, some[1]!.cid))).toBe('block-missing')
    await writer.put(some[1]!.cid, some[1]!.bytes)
    for (const store of [writer, other, createFsStore(folder)]) expect(await held(store, some)).toEqual(all(3))
  })
})

describe('damage in a journal', () => {
  it.each([
    ['is cut in the last record', (bytes: Uint8Array) => bytes.subarray(0, -7), 9],
    ['is cut in the last head', (bytes: Uint8Array) => bytes.subarray(0, -150), 9],
    ['ends with zeros', (bytes: Uint8Array) => new Uint8Array(Buffer.concat([bytes, new Uint8Array(5000)])), 10],
    ['ends with another file', (bytes: Uint8Array) => new Uint8Array(Buffer.concat([bytes, noise(5000)])), 10],
    ['has zeros in the last record', (bytes: Uint8Array) => bytes.fill(0, bytes.length - 50), 9],
  ])('%s: the rest is there, and it takes more', async (_, damage, kept) => {
    const folder = await temporaryFolder()
    const some = await blocks(10)
    await putAll(createFsStore(folder), some)
    const [path] = await journalsOf(folder)
    await writeFile(path!, damage(new Uint8Array(await readFile(path!))))
    await age(path!)
    const store = createFsStore(folder)
    expect(await held(store, some)).toEqual([...all(kept), ...Array<boolean>(10 - kept).fill(false)])
    await putAll(store, some)
    await store.close()
    for (const found of [store, createFsStore(folder)]) expect(await held(found, some)).toEqual(all(10))
  })

  it.each(['while its writer may live', 'after it was completed'])('costs one block, %s', async when => {
    const folder = await temporaryFolder()
    const writer = createFsStore(folder)
    const some = await blocks(20)
    // Each is flushed before the next one.
    for (const { cid, bytes } of some) await writer.put(cid, bytes)
    if (when !== 'while its writer may live') await writer.close()
    const [path] = await journalsOf(folder)
    const bytes = new Uint8Array(await readFile(path!))
    for (const at of [30, 2000, 2040]) {
      const damaged = bytes.slice()
      damaged[at]! ^= 4
      await writeFile(path!, damaged)
      const found = createFsStore(folder)
      expect((await held(found, some)).filter(is => !is).length).toBe(1)
      const lost = some[(await held(found, some)).indexOf(false)]!
      expect(await codeOf(getBlock(found, lost.cid))).toBe('block-missing')
      await found.put(lost.cid, lost.bytes)
      for (const store of [found, createFsStore(folder)]) expect(await held(store, some)).toEqual(all(20))
      for (const other of await journalsOf(folder)) if (other !== path) await rm(other)
    }
  })

  it('of what was flushed together costs all that follows, as it may never have been on the disk', async () => {
    const folder = await temporaryFolder()
    const some = await blocks(20)
    await putAll(createFsStore(folder), some)
    const [path] = await journalsOf(folder)
    const bytes = new Uint8Array(await readFile(path!))
    bytes[1000]! ^= 1
    await writeFile(path!, bytes)
    const found = await held(createFsStore(folder), some)
    expect(found.indexOf(false)).toBe(found.lastIndexOf(true) + 1)
    expect(found).toContain(true)
  })

  it('in the journal that is open is repaired when the block is put again', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const some = await blocks(3)
    await putAll(store, some)
    const [path] = await journalsOf(folder)
    const bytes = new Uint8Array(await readFile(path!))
    bytes[bytes.length - 1]! ^= 1
    await writeFile(path!, bytes)
    expect(await held(store, some)).toEqual([true, true, false])
    await putAll(store, some)
    expect(await held(store, some)).toEqual(all(3))
  })
})

describe('the folder of journals', () => {
  it('is not followed if it is a link, and neither is a journal', async () => {
    const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()]
    const some = await blocks(1)
    await putAll(createFsStore(elsewhere), some)
    await symlink(join(elsewhere, 'journals'), join(folder, 'journals'))
    const store = createFsStore(folder)
    for (const work of [() => getBlock(store, some[0]!.cid), () => putAll(store, some)])
      expect(await faultOf(work)).toMatchObject({ code: 'store-failed', detail: { errno: 'ENOTDIR' } })
    await rm(join(folder, 'journals'))
    await mkdir(join(folder, 'journals'))
    const [path] = await journalsOf(elsewhere)
    await symlink(path!, path!.replace(elsewhere, folder))
    expect(await faultOf(getBlock(createFsStore(folder), some[0]!.cid))).toMatchObject({
      code: 'store-failed',
      detail: { errno: 'ELOOP' },
    })
  })

  it('waits for no pipe, and leaves other files alone', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'journals'))
    await writeFile(join(folder, 'journals', 'notes'), 'mine')
    const some = await blocks(2)
    await putAll(createFsStore(folder), some)
    expect(await held(createFsStore(folder), some)).toEqual(all(2))
    expect(await readFile(join(folder, 'journals', 'notes'), 'utf8')).toBe('mine')
    execFileSync('mkfifo', [join(folder, 'journals', '00000000-0000-0000-0000-000000000000.journal')])
    expect(await faultOf(getBlock(createFsStore(folder), (await block(text('x'))).cid))).toMatchObject({
      code: 'store-failed',
      detail: { errno: 'ENOTSUP' },
    })
  })

  it('has few small journals, though many were written one after the other', async () => {
    const folder = await temporaryFolder()
    const some = await blocks(60)
    for (const { cid, bytes } of some) {
      const store = createFsStore(folder)
      await store.put(cid, bytes)
      await store.close()
    }
    expect((await journalsOf(folder)).length).toBeLessThan(10)
    expect(await held(createFsStore(folder), some)).toEqual(all(60))
  })

  it('has journals completed whose processes have ended without it, and those of others left alone', async () => {
    const folder = await temporaryFolder()
    const [first, second, third] = await Promise.all([blocks(5, 1), blocks(5, 2), blocks(5, 3)])
    await putAll(createFsStore(folder), first!)
    const [ended] = await journalsOf(folder)
    await age(ended!)
    const alive = createFsStore(folder)
    await putAll(alive, second!)
    await alive.flush()
    const sizes = async (): Promise<Map<string, number>> =>
      new Map(
        await Promise.all(
          (await journalsOf(folder)).map(async path => [path, (await stat(path)).size] as [string, number]),
        ),
      )
    const before = await sizes()
    const store = createFsStore(folder)
    await putAll(store, third!)
    await store.close()
    const after = await sizes()
    const grown = [...before.keys()].filter(path => after.get(path) !== before.get(path))
    expect(grown.length).toBeLessThanOrEqual(1)
    expect(await held(createFsStore(folder), [...first!, ...second!, ...third!])).toEqual(all(15))
  })

  it('keeps what a process puts whose journal was completed by another, or removed', async () => {
    const folder = await temporaryFolder()
    const writer = createFsStore(folder)
    const [first, second, third] = await Promise.all([blocks(5, 1), blocks(5, 2), blocks(5, 3)])
    await putAll(writer, first!)
    const [path] = await journalsOf(folder)
    await appendFile(path!, endRecord())
    await putAll(writer, second!)
    expect((await journalsOf(folder)).length).toBe(2)
    for (const store of [writer, createFsStore(folder)])
      expect(await held(store, [...first!, ...second!])).toEqual(all(10))
    for (const journal of await journalsOf(folder)) await rm(journal)
    await putAll(writer, third!)
    await putAll(writer, first!)
    expect(await held(createFsStore(folder), [...first!, ...third!])).toEqual(all(10))
    expect(await held(writer, second!)).toEqual(Array(5).fill(false))
  })
})

describe('a table of offsets', () => {
  it('finds what was added, the newest first, also after it has grown and from its bytes', async () => {
    const table = new OffsetTable()
    const some = await blocks(1000)
    some.forEach(({ cid }, i) => table.add(cid.multihash.bytes, i + 1))
    table.add(some[7]!.cid.multihash.bytes, 5000)
    for (const found of [table, OffsetTable.from(table.bytes)!]) {
      some.forEach(({ cid }, i) => expect(found.find(cid.multihash.bytes)).toEqual(i === 7 ? [5000, 8] : [i + 1]))
      expect(found.find((await rawCid(text('another'))).multihash.bytes)).toEqual([])
    }
  })

  it.each([0, 8, 500, 520, 1000])('is not made of %i bytes that are none', length => {
    expect(OffsetTable.from(noise(length))).toBeUndefined()
  })

  it('is not made of a table without an empty place, in which a search would not end', () => {
    expect(OffsetTable.from(new Uint8Array(512).fill(1))).toBeUndefined()
  })
})

describe('a record', () => {
  const multihash = noise(34)
  const bytes = noise(100)
  const record = new Uint8Array(154)
  writeRecord(record, 0, 77, { multihash, bytes, flushed: 12 })

  it('is read where it was written, and nowhere else', () => {
    expect(recordAt(record, 0, 77)).toEqual({ live: true, multihash, bytes, flushed: 12, size: 154 })
    expect(recordAt(record, 0, 78)).toBeUndefined()
    expect(recordAt(record.subarray(0, 153), 0, 77)).toBeUndefined()
  })

  it('is none if a bit of it is another, save its state', () => {
    for (let at = 0; at < record.length; at++) {
      const changed = record.slice()
      changed[at]! ^= 1
      if (at === 4) expect(recordAt(changed, 0, 77)?.live).toBe(false)
      else expect(recordAt(changed, 0, 77)).toBeUndefined()
    }
  })
})
