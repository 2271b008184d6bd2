/** The index on disk has only complete entries, even with concurrent writers and after crashes. */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFsIndex, type FsIndexOptions } from '../../src/engine/fs-index.ts'
import { importGraph, makerName } from '../../src/engine/maker.ts'
import type { PreparedIndex } from '../../src/engine/prepared-index.ts'

const bytes = (length: number, seed = 7): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 256)

function place(): string {
  const parent = mkdtempSync(join(tmpdir(), 'ipvm-index-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'made', 'on', 'demand')
}

const open = (folder: string, options: FsIndexOptions = {}): PreparedIndex =>
  createFsIndex(folder, { maker: 'test', ...options })
const files = (folder: string): string[] => readdirSync(join(folder, 'v1')).map(name => join(folder, 'v1', name))

/** An index with one entry, and its file. */
async function withOne(): Promise<{ folder: string; index: PreparedIndex; file: string }> {
  const folder = place()
  const index = open(folder)
  await index.put('key', bytes(300))
  return { folder, index, file: files(folder)[0]! }
}

test('returns the stored entry, even to another process of the same maker', async () => {
  const folder = place()
  const index = open(folder)
  expect(index.get('key')).toBeUndefined()
  await index.put('key', bytes(1000))
  await index.put('empty', new Uint8Array(0))
  expect(index.get('key')).toEqual(bytes(1000))
  expect(open(folder).get('key')).toEqual(bytes(1000))
  expect(open(folder).get('empty')).toEqual(new Uint8Array(0))
  expect(open(folder).get('another')).toBeUndefined()
  await index.put('key', bytes(10))
  expect(index.get('key')).toEqual(bytes(10))
})

test('another maker finds nothing', async () => {
  const { folder } = await withOne()
  expect(open(folder, { maker: 'other' }).get('key')).toBeUndefined()
  // The maker and the key are separated: `test k` and `ey` are not `test` and `key`.
  expect(open(folder, { maker: 'test k' }).get('ey')).toBeUndefined()
})

test('the maker is a hash of the installed code', () => {
  expect(makerName()).toMatch(/^[\da-f]{64}$/)
  expect(makerName()).toBe(makerName())
})

test('the maker covers all files that prepare modules, and no others', () => {
  const files = importGraph(new URL('../../src/engine/preparer.ts', import.meta.url)).map(([file]) => file)
  expect(files).toEqual(
    expect.arrayContaining([
      'engine/preparer.ts',
      'admission/admit.ts',
      'wasm/validate.ts',
      'instrument/instrument.ts',
    ]),
  )
  expect(files.filter(file => /^(?:cli|content|receipt|task|verifier|executor)\b/.test(file))).toEqual([])
})

test('imports are followed once, in any form', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-maker-'))
  mkdirSync(join(folder, 'a'))
  const files = {
    'a/root.js': "import { x } from '../b.js'\nexport * from './c.js'\nconst late = () => import('./d.js')",
    'b.js': "import './a/c.js'\nimport 'elsewhere'",
    'a/c.js': "import '../b.js'",
    'a/d.js': '',
    'a/unused.js': '',
  }
  for (const [file, code] of Object.entries(files)) writeFileSync(join(folder, file), code)
  const graph = importGraph(pathToFileURL(join(folder, 'a/root.js')))
  expect(graph.map(([file]) => file)).toEqual(['a/c.js', 'a/d.js', 'a/root.js', 'b.js'])
  expect(graph[2]![1]).toBe(files['a/root.js'])
  rmSync(folder, { recursive: true })
})

describe('the folder is private', () => {
  test('it is made with private permissions', async () => {
    const { folder } = await withOne()
    expect([folder, join(folder, 'v1')].map(path => statSync(path).mode & 0o777)).toEqual([0o700, 0o700])
  })

  test.each([
    ['0755', 0o755],
    ['0770', 0o770],
    ['0701', 0o701],
  ])('with mode %s it is neither read nor written', async (_, mode) => {
    const { folder, index, file } = await withOne()
    chmodSync(folder, mode)
    expect(index.get('key')).toBeUndefined()
    await index.put('new', bytes(5))
    expect(files(folder)).toEqual([file])
    chmodSync(folder, 0o700)
    expect(index.get('key')).toEqual(bytes(300))
  })

  test('a link to a folder is not used', async () => {
    const { folder } = await withOne()
    symlinkSync(folder, `${folder}-link`)
    expect(open(`${folder}-link`).get('key')).toBeUndefined()
    const elsewhere = `${folder}-elsewhere`
    mkdirSync(elsewhere, { mode: 0o700 })
    symlinkSync(elsewhere, `${folder}-other`)
    await open(`${folder}-other`).put('key', bytes(300))
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('a link to an entry, or to the folder of this layout, is not used', async () => {
    const { folder, index, file } = await withOne()
    renameSync(file, `${folder}-entry`)
    symlinkSync(`${folder}-entry`, file)
    expect(index.get('key')).toBeUndefined()
    expect(existsSync(`${folder}-entry`)).toBe(true)
    rmSync(file)
    renameSync(`${folder}-entry`, file)
    expect(index.get('key')).toEqual(bytes(300))
    renameSync(join(folder, 'v1'), `${folder}-v1`)
    symlinkSync(`${folder}-v1`, join(folder, 'v1'))
    expect(index.get('key')).toBeUndefined()
  })

  test('entries of another layout are not changed', async () => {
    const { folder, index } = await withOne()
    mkdirSync(join(folder, 'v2'))
    writeFileSync(join(folder, 'v2', 'a.prepared'), bytes(10_000))
    await open(folder, { maxBytes: 2000 }).put('more', bytes(500))
    expect(index.get('key')).toEqual(bytes(300))
    expect(readdirSync(join(folder, 'v2'))).toEqual(['a.prepared'])
  })

  test('if the folder cannot be made, nothing is kept and nothing is thrown', async () => {
    const { file } = await withOne()
    const index = open(join(file, 'below a file'))
    await index.put('key', bytes(5))
    expect(index.get('key')).toBeUndefined()
  })
})

describe('damaged files are not entries', () => {
  test('a file that was cut at any position', async () => {
    const { index, file } = await withOne()
    const whole = readFileSync(file)
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length))
      expect(index.get('key'), String(length)).toBeUndefined()
    }
    writeFileSync(file, Buffer.concat([whole, Buffer.of(0)]))
    expect(index.get('key')).toBeUndefined()
    writeFileSync(file, whole)
    expect(index.get('key')).toEqual(bytes(300))
  })

  test('a file with any one bit changed', async () => {
    const { index, file } = await withOne()
    const whole = readFileSync(file)
    for (let at = 0; at < whole.length; at++) {
      const changed = Uint8Array.from(whole)
      changed[at]! ^= 1 << (at % 8)
      writeFileSync(file, changed)
      expect(index.get('key'), String(at)).toBeUndefined()
    }
  })

  test('a whole entry under the name of another', async () => {
    const { folder, index, file } = await withOne()
    await index.put('other', bytes(5))
    const other = files(folder).find(path => path !== file)!
    copyFileSync(file, other)
    expect(index.get('other')).toBeUndefined()
    expect(index.get('key')).toEqual(bytes(300))
  })

  test('it is removed, and can be replaced', async () => {
    const { folder, index, file } = await withOne()
    writeFileSync(file, 'no entry')
    expect(index.get('key')).toBeUndefined()
    expect(files(folder)).toEqual([])
    await index.put('key', bytes(4))
    expect(index.get('key')).toEqual(bytes(4))
  })
})

describe('the bound', () => {
  /** The bytes that an entry takes besides its content, for keys of one letter. */
  const own = async (): Promise<number> => {
    const folder = place()
    await open(folder).put('k', new Uint8Array(0))
    return statSync(files(folder)[0]!).size
  }

  test('the least recently used entry is removed first', async () => {
    const folder = place()
    const index = open(folder, { maxBytes: 3 * (await own()) + 300 })
    for (const [i, key] of ['a', 'b', 'c'].entries()) {
      await index.put(key, bytes(100))
      const file = files(folder).find(path => statSync(path).mtimeMs > 1e12)!
      // Distinct times long ago.
      utimesSync(file, 1000 + i, 1000 + i)
    }
    expect(index.get('a')).toEqual(bytes(100))
    await index.put('d', bytes(100))
    expect(['a', 'b', 'c', 'd'].map(key => index.get(key) !== undefined)).toEqual([true, false, true, true])
  })

  test('an entry that is larger than the bound is not kept, and removes no others', async () => {
    const folder = place()
    const index = open(folder, { maxBytes: (await own()) + 100 })
    await index.put('a', bytes(100))
    await index.put('b', bytes(101))
    expect([index.get('a'), index.get('b')]).toEqual([bytes(100), undefined])
  })

  test('other files in the folder do not count', async () => {
    const { folder, index } = await withOne()
    writeFileSync(join(folder, 'v1', 'notes.txt'), 'mine')
    await index.put('next', bytes(5))
    expect(readFileSync(join(folder, 'v1', 'notes.txt'), 'utf8')).toBe('mine')
  })
})

describe('interruptions and concurrent processes', () => {
  test('temporary files of a crash are not entries, and are removed when they are old', async () => {
    const { folder, index, file } = await withOne()
    const half = readFileSync(file).subarray(0, 100)
    writeFileSync(`${file}.0.tmp`, half)
    writeFileSync(`${file}.1.tmp`, half)
    utimesSync(`${file}.0.tmp`, 1000, 1000)
    await index.put('next', bytes(5))
    expect(index.get('key')).toEqual(bytes(300))
    expect(files(folder).filter(path => path.endsWith('.tmp'))).toEqual([`${file}.1.tmp`])
  })

  test('concurrent processes read only complete entries', async () => {
    const folder = place()
    mkdirSync(join(folder, '..'), { recursive: true })
    const module = new URL('../../dist/engine/fs-index.js', import.meta.url).href
    const script = `
      import { createFsIndex } from ${JSON.stringify(module)}
      const [folder, seed] = process.argv.slice(-2)
      const index = createFsIndex(folder, { maker: 'test', maxBytes: 60_000 })
      let found = 0
      for (let i = 0; i < 60; i++) {
        const key = String(i % 3 === 0 ? i % 7 : i % 2)
        const entry = index.get(key)
        if (entry !== undefined) {
          found++
          if (entry.length !== 10_000 || entry.some(byte => byte !== entry[0])) throw new Error('half an entry')
        }
        await index.put(key, new Uint8Array(10_000).fill(Number(seed) + i))
      }
      console.log(found)`
    const run = (seed: number): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, '--', folder, String(seed)])
    const found = await Promise.all([run(1), run(100)])
    for (const { stdout } of found) expect(Number(stdout)).toBeGreaterThan(10)
    expect(files(folder).filter(path => path.endsWith('.tmp'))).toEqual([])
    expect(files(folder).reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(60_000 + 10_200)
  })
})
