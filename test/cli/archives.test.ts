/** CARs and paths on the command line: round trips, counts, and imports that are complete or have no effect. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importer } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { exportCar } from '../../src/content/car.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { bytesOf, folder, ipvm, ipvmJson, MAIN, NUMBERS, program, STATIONS } from './support.ts'

const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

/** A file node with two leaves that declares 10⁹ bytes. */
const FILESIZE_TOO_LARGE = hex(
  '3aa265726f6f747381d82a582500017012207b5499784eb2c7241bb15bfd2bc04bba7ecc0a35b0c5f0f3d9df55ef72abc2426776657273696f6e01' +
    '8a01017012207b5499784eb2c7241bb15bfd2bc04bba7ecc0a35b0c5f0f3d9df55ef72abc242122a0a240155122095ea9969ace22c82c5b511a6e36a7ec0f21109ef288bce9effdfe69b738581321200181e122a0a240155122051307e2c13ba335903e989db39993e717ae5dfc7626987d50ecf227a3063969f1200181e0a0c0802188094ebdc03201e201e' +
    '420155122095ea9969ace22c82c5b511a6e36a7ec0f21109ef288bce9effdfe69b738581320061736d0100000001060160017e017e03020100070d0109666163746f72' +
    '420155122051307e2c13ba335903e989db39993e717ae5dfc7626987d50ecf227a3063969f69616c00000a17011500200050047e4201052000200042017d10007e0b0b',
)

/** A CAR of version 2 whose header declares a payload of 0 bytes. */
const SIZE_0 = hex(
  '0aa16776657273696f6e02000000000000000000000000000000003300000000000000000000000000000000000000000000003aa265726f6f747381d82a58250001551220297398cc42a84f077299c539eabfc904c027317472e048f2fc8d6a449af66c3a6776657273696f6e01' +
    '6001551220297398cc42a84f077299c539eabfc904c027317472e048f2fc8d6a449af66c3a0061736d0100000001060160017e017e03020100070d0109666163746f7269616c00000a17011500200050047e4201052000200042017d10007e0b0b',
)

async function blocksIn(cwd: string): Promise<number> {
  let count = 0
  for await (const _ of createFsStore(join(cwd, '.ipvm-wasm')).getAll()) count++
  return count
}

/** A CAR of a file of 600 000 bytes, and the same with its last byte changed. */
async function archive(): Promise<{ car: Uint8Array; damaged: Uint8Array; root: CID }> {
  const store = createMemoryStore()
  const root = await addFile(
    store,
    new Uint8Array(600_000).map((_, i) => i >> 16),
  )
  const car = await exportCar(store, [root])
  return { car, root, damaged: car.map((byte, i) => (i === car.length - 1 ? byte ^ 1 : byte)) }
}

describe('import', () => {
  test('of a file is all or nothing; from standard input, blocks are stored as they come', async () => {
    const { car, damaged, root } = await archive()
    const cwd = folder({ 'sound.car': car, 'damaged.car': damaged })
    expect((await ipvmJson(['import', 'damaged.car'], { cwd })).json).toMatchObject({
      fault: { code: 'hash-mismatch' },
    })
    expect(await blocksIn(cwd)).toBe(0)
    expect((await ipvmJson(['import', '-'], { cwd, input: damaged })).json).toMatchObject({
      fault: { code: 'hash-mismatch' },
    })
    expect(await blocksIn(cwd)).toBe(3)
    for (const [words, input] of [
      [['sound.car'], ''],
      [['-'], car],
    ] as const) {
      const elsewhere = folder({ 'sound.car': car })
      const { code, stdout, stderr } = await ipvm(['import', ...words], { cwd: elsewhere, input })
      expect([code, stdout, stderr, await blocksIn(elsewhere)]).toEqual([0, `${root}\n`, `${words[0]}: 4 blocks\n`, 4])
    }
  })

  test('of a pipe that is named as a file', async () => {
    const { car, root } = await archive()
    const cwd = folder({ 'sound.car': car })
    const line = `cat sound.car | '${process.execPath}' '${MAIN}' import /dev/stdin`
    expect(execFileSync('sh', ['-c', line], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toBe(
      `${root}\n`,
    )
    expect(await blocksIn(cwd)).toBe(4)
  })

  test('counts blocks, against a bound', async () => {
    const { car } = await archive()
    const cwd = folder({ 'sound.car': car })
    const { code, json } = await ipvmJson(['import', 'sound.car', '--max-blocks', '3'], { cwd })
    expect([code, json, await blocksIn(cwd)]).toEqual([
      2,
      { fault: expect.objectContaining({ code: 'too-large', whose: 'requestor' }) },
      0,
    ])
    expect((await ipvm(['import', 'sound.car', '--max-blocks', '4'], { cwd })).code).toBe(0)
    for (const wrong of ['0', '-1', 'many', '1.5'])
      expect((await ipvm(['import', 'sound.car', '--max-blocks', wrong], { cwd })).code).toBe(64)
  })

  test('a CAR whose payload has another length than stated is refused', async () => {
    const cwd = folder({ 'size0.car': SIZE_0 })
    const { code, json } = await ipvmJson(['import', 'size0.car'], { cwd })
    expect([code, json]).toEqual([2, { fault: expect.objectContaining({ code: 'bad-car', whose: 'requestor' }) }])
  })

  test('a file whose root declares a wrong size can be imported, but not read', async () => {
    const cwd = folder({ 'large.car': FILESIZE_TOO_LARGE })
    const cid = (await ipvm(['import', 'large.car'], { cwd })).stdout.trim()
    for (const words of [
      ['get', cid],
      ['run', cid, 'factorial', '5'],
    ]) {
      const { code, json } = await ipvmJson(words, { cwd })
      expect([code, json]).toEqual([2, { fault: expect.objectContaining({ code: 'bad-dag', whose: 'requestor' }) }])
    }
  })

  test('the error for an unreadable file is the usual one', async () => {
    const cwd = folder()
    expect((await ipvm(['import', 'nothere'], { cwd })).stderr).toBe(
      'error: cannot read nothere: there is no such file\n',
    )
    expect(await ipvm(['verify', '.'], { cwd })).toMatchObject({
      code: 64,
      stderr: 'error: . is a folder without a file that ends in .car\n',
    })
  })
})

describe('export', () => {
  test('returns the imported bytes, and prints their number', async () => {
    const { car, root } = await archive()
    const cwd = folder({ 'sound.car': car })
    await ipvm(['import', 'sound.car'], { cwd })
    const { json } = await ipvmJson(['export', root.toString(), '-o', 'copy.car'], { cwd })
    expect(json).toEqual({ cid: root, file: 'copy.car', size: car.length, blocks: 4 })
    expect(Buffer.compare(bytesOf(join(cwd, 'copy.car')), car)).toBe(0)
  })

  test('removes an incomplete file, and keeps an existing one if there is nothing to write', async () => {
    const { car, root } = await archive()
    const cwd = folder({ 'sound.car': car, 'old.car': 'old' })
    expect((await ipvmJson(['export', root.toString(), '-o', 'old.car'], { cwd })).json).toMatchObject({
      fault: { code: 'block-missing' },
    })
    expect(Buffer.from(bytesOf(join(cwd, 'old.car'))).toString()).toBe('old')
    await ipvm(['import', 'sound.car'], { cwd })
    const store = join(cwd, '.ipvm-wasm')
    const leaf = readdirSync(store, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.block'))
      .map(name => join(store, name))
      .find(name => bytesOf(name).length < 100_000 && bytesOf(name).length > 10_000)!
    writeFileSync(leaf, 'damaged')
    expect((await ipvmJson(['export', root.toString(), '-o', 'new.car'], { cwd })).json).toMatchObject({
      fault: { code: 'hash-mismatch' },
    })
    expect(existsSync(join(cwd, 'new.car'))).toBe(false)
    expect((await ipvmJson(['export', root.toString(), '-o', 'no/such.car'], { cwd })).json).toMatchObject({
      fault: { code: 'store-failed' },
    })
  })
})

describe('a path from a CID', () => {
  /** A store with a directory of a module and its input, flat or sharded. */
  async function published(shardSplitThresholdBytes: number): Promise<{ cwd: string; root: string; input: string }> {
    const store = createMemoryStore()
    const files = [
      { path: 'bin/json.wasm', content: [bytesOf(program('json'))] },
      { path: 'data/in.json', content: [bytesOf(STATIONS)] },
      { path: 'n.wasm', content: [NUMBERS] },
    ]
    let root: CID | undefined
    let input: CID | undefined
    for await (const { cid, path } of importer(files, store, {
      wrapWithDirectory: true,
      rawLeaves: true,
      cidVersion: 1,
      shardSplitThresholdBytes,
    })) {
      root = cid
      if (path === 'data/in.json') input = cid
    }
    const cwd = folder({ 'folder.car': await exportCar(store, [root!]) })
    expect((await ipvm(['import', 'folder.car'], { cwd })).code).toBe(0)
    return { cwd, root: root!.toString(), input: input!.toString() }
  }

  test.each([
    ['flat', 10_000_000],
    ['sharded', 0],
  ])('in a %s directory names module and argument, and the same task as their CIDs', async (_, threshold) => {
    const { cwd, root, input } = await published(threshold)
    const byPath = await ipvmJson<{ task: CID; receipt: CID }>(
      ['run', `${root}/bin/json.wasm`, 'census', `${root}/data/in.json`],
      { cwd },
    )
    expect(byPath.code).toBe(0)
    const byFile = await ipvmJson<{ task: CID }>(['run', program('json'), 'census', input], { cwd })
    expect(byPath.json.task).toEqual(byFile.json.task)
    expect((await ipvm(['get', `ipfs://${root}/data/in.json`], { cwd })).stdout).toBe(
      Buffer.from(bytesOf(STATIONS)).toString(),
    )
    expect((await ipvm(['inspect', `/ipfs/${root}/n.wasm`], { cwd })).code).toBe(0)
    expect((await ipvm(['export', `${root}/bin`, '-o', 'bin.car'], { cwd })).code).toBe(0)
    expect((await ipvmJson(['verify', byPath.json.receipt.toString()], { cwd })).json).toMatchObject({
      verdict: 'reproduced',
    })
  })

  test('that leads nowhere, or to a directory, is a fault with this reason', async () => {
    const { cwd, root } = await published(10_000_000)
    for (const [path, code, words] of [
      [`${root}/bin/none`, 'bad-cid', 'no "none" in'],
      [`${root}/n.wasm/x`, 'bad-dag', 'not a directory'],
      [`${root}/bin`, 'bad-dag', 'as CID/name'],
    ]) {
      const ended = await ipvmJson(['get', path!], { cwd })
      expect([ended.code, ended.json]).toEqual([2, { fault: expect.objectContaining({ code, whose: 'requestor' }) }])
      expect(ended.stderr).toContain(words)
    }
    expect((await ipvm(['get', `${root}//x`], { cwd })).code).toBe(64)
  })
})
