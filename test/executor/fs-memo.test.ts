/** The memo in a folder: it is private and bounded, and it never returns a part of an entry. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { importGraph } from '../../src/engine/maker.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { sameBytes } from '../../src/base/dag-cbor.ts'
import { createFsMemo } from '../../src/executor/fs-memo.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

function place(): string {
  const parent = mkdtempSync(join(tmpdir(), 'ipvm-memo-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'made', 'on', 'demand')
}

const files = (folder: string): string[] => readdirSync(join(folder, 'v1')).map(name => join(folder, 'v1', name))

/** Returns a folder with the receipt of one task, and a function that asks for it again as another process would. */
async function withOne() {
  const folder = place()
  const engine = createInlineEngine()
  const bench = new Bench(engine)
  const task = await bench.task(WATS.add, { params: [1n, 2n] })
  const ask = async (): Promise<string> => {
    const executor = createExecutor({ store: bench.store, engine, memo: createFsMemo(folder) })
    const { origin, receipt } = await executor.execute(task, LIMITS)
    expect(receipt.out).toEqual({ ok: [3n] })
    return origin
  }
  expect(await ask()).toBe('run')
  return { folder, ask, file: files(folder)[0]! }
}

test('a later process finds what an earlier one has kept', async () => {
  const { folder, ask, file } = await withOne()
  expect(await ask()).toBe('memo')
  expect([folder, join(folder, 'v1')].map(path => statSync(path).mode & 0o777)).toEqual([0o700, 0o700])
  expect(file).toMatch(/\/[\da-f]{64}\.receipts$/)
})

test('what another maker has kept is not found', async () => {
  const folder = place()
  await createFsMemo(folder, { maker: 'one' }).put('key', Uint8Array.of(1))
  expect(await createFsMemo(folder, { maker: 'one' }).get('key')).toEqual(Uint8Array.of(1))
  expect(await createFsMemo(folder, { maker: 'other' }).get('key')).toBeUndefined()
  expect(await createFsMemo(folder).get('key')).toBeUndefined()
})

test('the maker is made of all code by which a task becomes a receipt', () => {
  const roots = ['engine/compute.ts', 'executor/run.ts']
  const found = roots.flatMap(root => importGraph(new URL(`../../src/${root}`, import.meta.url)).map(([file]) => file))
  expect(found).toEqual(
    expect.arrayContaining([
      'engine/machine.ts',
      'abi/assemblyscript.ts',
      'host/log.ts',
      'host/wasi/wasi.ts',
      'instrument/instrument.ts',
      'admission/admit.ts',
      'executor/conclude.ts',
      'executor/links.ts',
      'receipt/receipt.ts',
      'content/unixfs.ts',
    ]),
  )
})

describe("a folder that is not the user's alone is not used (RECEIPT-27)", () => {
  test.each([0o755, 0o770, 0o701])('with mode %o', async mode => {
    const { folder, ask } = await withOne()
    chmodSync(folder, mode)
    expect([await ask(), await ask()]).toEqual(['run', 'run'])
    chmodSync(folder, 0o700)
    expect(await ask()).toBe('memo')
  })

  test('below a file nothing is kept and nothing is thrown', async () => {
    const { file } = await withOne()
    const memo = createFsMemo(join(file, 'below'))
    await memo.put('key', Uint8Array.of(1))
    expect(await memo.get('key')).toBeUndefined()
  })
})

describe('a damaged file is removed and not believed (RECEIPT-27)', () => {
  test.each<[string, (file: string) => void]>([
    ['half of it, as after a crash', file => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['an empty file', file => truncateSync(file, 0)],
    [
      'a changed bit',
      file =>
        writeFileSync(
          file,
          readFileSync(file).map((byte, i) => (i === 200 ? byte ^ 4 : byte)),
        ),
    ],
    ['something else', file => writeFileSync(file, 'a receipt, honestly')],
  ])('%s', async (_, damage) => {
    const { ask, file } = await withOne()
    const whole = readFileSync(file)
    damage(file)
    expect(await createFsMemo(join(file, '..', '..')).get('no matter')).toBeUndefined()
    expect(await ask()).toBe('run')
    expect(readFileSync(file)).toEqual(whole)
    expect(await ask()).toBe('memo')
  })

  test('it is gone as soon as it was read', async () => {
    const folder = place()
    const memo = createFsMemo(folder, { maker: 'test' })
    await memo.put('key', Uint8Array.of(1, 2, 3))
    const [file] = files(folder)
    truncateSync(file!, 50)
    expect(await memo.get('key')).toBeUndefined()
    expect(existsSync(file!)).toBe(false)
  })

  test('a whole entry in the place of another', async () => {
    const folder = place()
    const memo = createFsMemo(folder, { maker: 'test' })
    await memo.put('a', Uint8Array.of(1))
    await memo.put('b', Uint8Array.of(2))
    const [one, other] = files(folder)
    copyFileSync(one!, other!)
    const found = [await memo.get('a'), await memo.get('b')].filter(bytes => bytes !== undefined)
    expect(found).toHaveLength(1)
  })
})

test('a process that is killed while it writes leaves whole entries only', async () => {
  const folder = place()
  const module = new URL('../../dist/executor/fs-memo.js', import.meta.url).href
  const script = `
    import { createFsMemo } from ${JSON.stringify(module)}
    const memo = createFsMemo(process.argv.at(-1), { maker: 'test' })
    for (let i = 0; i < 40; i++) await memo.put('key ' + i, new Uint8Array(100_000).fill(i))
    for (let i = 40; i < 60; i++) void memo.put('key ' + i, new Uint8Array(100_000).fill(i))
    setImmediate(() => process.kill(process.pid, 'SIGKILL'))`
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script, '--', folder])).toThrow('SIGKILL')
  const memo = createFsMemo(folder, { maker: 'test' })
  for (let i = 0; i < 60; i++) {
    const found = await memo.get(`key ${i}`)
    if (i < 40 || found !== undefined) expect(sameBytes(found!, new Uint8Array(100_000).fill(i)), String(i)).toBe(true)
  }
})

test('the least recently used entries go first', async () => {
  const folder = place()
  const memo = createFsMemo(folder, { maker: 'test', maxBytes: 3500 })
  for (const [i, key] of ['a', 'b', 'c'].entries()) {
    await memo.put(key, new Uint8Array(1000))
    const file = files(folder).find(path => statSync(path).mtimeMs > 1e12)!
    utimesSync(file, 1000 + i, 1000 + i)
  }
  expect(await memo.get('a')).toHaveLength(1000)
  await memo.put('d', new Uint8Array(1000))
  expect(await Promise.all(['a', 'b', 'c', 'd'].map(async key => (await memo.get(key)) !== undefined))).toEqual([
    true,
    false,
    true,
    true,
  ])
})

test('many entries stay within the bound, whoever writes them', async () => {
  const folder = place()
  const memos = [1, 2].map(() => createFsMemo(folder, { maker: 'test', maxBytes: 20_000 }))
  for (let i = 0; i < 60; i++) await memos[i % 2]!.put(`key ${i}`, new Uint8Array(500))
  const bytes = files(folder).reduce((sum, file) => sum + statSync(file).size, 0)
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThanOrEqual(22_000)
})

test.each([
  ['', {}],
  ['folder', { maxBytes: -1 }],
  ['folder', { maker: 7 }],
  ['folder', null],
])('createFsMemo(%j, %j) is wrong usage', (folder, options) => {
  expect(() => createFsMemo(folder, options as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
})

test('it lists its entries, but for those of other makers and damaged ones, and none counts as used', async () => {
  const folder = place()
  const memo = createFsMemo(folder, { maker: 'test' })
  for (const key of ['a', 'b', 'c'])
    await memo.put(
      key,
      Uint8Array.from(key, letter => letter.charCodeAt(0)),
    )
  await createFsMemo(folder, { maker: 'other' }).put('d', Uint8Array.of(4))
  for (const file of files(folder)) utimesSync(file, 1000, 1000)
  const listed = async (): Promise<[string, number[]][]> => {
    const found: [string, number[]][] = []
    for await (const [key, bytes] of memo.entries()) found.push([key, [...bytes]])
    return found.sort()
  }
  expect(await listed()).toEqual([
    ['a', [97]],
    ['b', [98]],
    ['c', [99]],
  ])
  expect(files(folder).map(file => statSync(file).mtimeMs)).toEqual([1e6, 1e6, 1e6, 1e6])
  for (const file of files(folder)) truncateSync(file, 60)
  expect(await listed()).toEqual([])
  chmodSync(folder, 0o755)
  expect(await listed()).toEqual([])
  rmSync(folder, { recursive: true })
  expect(await listed()).toEqual([])
})
