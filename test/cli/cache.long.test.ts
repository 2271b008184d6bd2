/** The cache between calls saves time, and has no other effect. */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CID } from 'multiformats/cid'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { cacheFolder, keepCompiledCode } from '../../src/cli/cache.ts'
import { bytesOf, folder, ipvmProcess, ipvmProcessJson, NUMBERS, program } from './support.ts'

interface Ran {
  readonly receipt: CID
  readonly out: object
}

const CALL = ['run', '--no-memo', 'json.wasm', 'minify', '[1, 2]'] as const

/** A folder with a module and a cache, and the options for calls in it. */
function place(): { cwd: string; prepared: string; env: Record<string, string>; files: () => string[] } {
  const cwd = folder({ 'json.wasm': bytesOf(program('json')), 'numbers.wasm': NUMBERS })
  const cache = join(cwd, 'cache')
  const prepared = join(cache, 'prepared', 'v1')
  return {
    cwd,
    prepared,
    env: { IPVM_WASM_CACHE: cache },
    files: () => readdirSync(prepared).map(name => join(prepared, name)),
  }
}

/** The files of this project and of packages that a call loads. */
async function loaded(
  words: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const { code, stderr } = await ipvmProcess(words, { cwd, env: { ...env, NODE_DEBUG: 'esm' } })
  expect(code).toBe(0)
  return translated(stderr)
}

/** The lines of the debug output that contain whole paths. */
function translated(stderr: string): string {
  return [...new Set(stderr.match(/Translating \S+ file:\S+/g))].map(line => line.replace(/.*file:/, '')).join('\n')
}

const HEAVY = /binaryen|instrument\/instrument|wasm\/validate|admission\/admit|unixfs-importer|protons/

/** The files that an engine loads for the call with a filled cache. */
async function loadedByEngine({ cwd, env }: { cwd: string; env: Record<string, string> }): Promise<string> {
  const built = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href)
  const script = `
    import { createExecutor, createTask, addFile, createMemoryStore } from ${built('index.js')}
    import { createThreadEngine } from ${built('node.js')}
    import { readFileSync } from 'node:fs'
    const store = createMemoryStore()
    const task = createTask({ mod: await addFile(store, readFileSync('json.wasm')), fun: 'minify', params: [new TextEncoder().encode('[1, 2]')], abi: 'bytes' })
    process.stderr.write('=== engine ===')
    const engine = createThreadEngine({ index: ${JSON.stringify(join(env['IPVM_WASM_CACHE']!, 'prepared'))} })
    await createExecutor({ store, engine }).execute(task, { gas: 5_000_000_000_000n, pages: 1024 })
    await engine.close()`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    env: { ...process.env, NODE_DEBUG: 'esm' },
    maxBuffer: 1e9,
  })
  return translated(stderr.slice(stderr.indexOf('=== engine ===')))
}

test('the second call loads neither validator nor binaryen, and makes the same receipt', async () => {
  const at = place()
  const first = await ipvmProcessJson<Ran>(CALL, at)
  expect(first.code).toBe(0)
  expect(at.files()).toHaveLength(1)
  expect(statSync(at.prepared).mode & 0o777).toBe(0o700)
  expect(existsSync(join(at.cwd, '.ipvm-wasm', 'prepared'))).toBe(false)
  const second = await ipvmProcessJson<Ran>(CALL, at)
  expect(second.json).toEqual(first.json)
  const light = await loaded(CALL, at)
  expect(light).toMatch(/cli\/commands\/run\.js/)
  expect(light).not.toMatch(HEAVY)
  // The code that runs guests is in another process, so its files are not seen here.
  expect(light).not.toMatch(/engine\/(compute|machine|fs-index)|abi\/prepare/)
  const engine = await loadedByEngine(at)
  expect(engine).toMatch(/engine\/fs-index\.js/)
  expect(engine).not.toMatch(HEAVY)
  // Without the cache, the same check sees these files.
  rmSync(at.prepared, { recursive: true })
  expect(await loadedByEngine(at)).toMatch(/binaryen/)
})

test('a verification uses the cache of a run', async () => {
  const at = place()
  await ipvmProcess([...CALL, '--out', 'receipt.car'], at)
  const { code, stdout } = await ipvmProcess(['verify', 'receipt.car'], at)
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'Reproduced: running the task again gave this very receipt.'])
  expect(at.files()).toHaveLength(1)
  expect(await loaded(['verify', 'receipt.car'], at)).not.toMatch(
    /binaryen|instrument\/instrument|wasm\/validate|admission\/admit/,
  )
})

test.each([
  ['cut', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
  ['changed', (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 100 ? byte ^ 4 : byte))],
  ['empty', () => new Uint8Array(0)],
])('an entry that is %s is made again and not run', async (_, damage) => {
  const at = place()
  const first = await ipvmProcessJson<Ran>(CALL, at)
  const [file] = at.files() as [string]
  const whole = readFileSync(file)
  writeFileSync(file, damage(whole))
  expect((await ipvmProcessJson<Ran>(CALL, at)).json).toEqual(first.json)
  expect(at.files()).toEqual([file])
  expect(readFileSync(file)).toEqual(whole)
})

test('a missing module is a fault although the cache has it', async () => {
  const at = place()
  const { json } = await ipvmProcessJson<Ran & { task: CID }>(CALL, at)
  const elsewhere = { ...at, cwd: folder() }
  const mod = (await ipvmProcess(['add', 'json.wasm'], at)).stdout.trim()
  expect((await ipvmProcessJson<Ran>(['run', mod, 'minify', '[1, 2]'], at)).json.receipt.equals(json.receipt)).toBe(
    true,
  )
  expect((await ipvmProcessJson(['run', mod, 'minify', '[1, 2]'], elsewhere)).json).toMatchObject({
    fault: { code: 'block-missing' },
  })
})

test('rejections, traps and usage errors are the same with a cache', async () => {
  const at = place()
  writeFileSync(
    join(at.cwd, 'clock.wasm'),
    await assemble('(module (import "env" "now" (func (result f64))) (func (export "f")))'),
  )
  for (const words of [
    ['numbers.wasm', 'trap'],
    ['numbers.wasm', 'none'],
    ['clock.wasm', 'f'],
    ['numbers.wasm', 'nothing'],
    ['numbers.wasm', 'add', '1'],
    ['numbers.wasm', 'forever', '--gas', '1e7'],
  ]) {
    const call = async (): Promise<object> => {
      const ended = await ipvmProcess(['run', '--no-memo', ...words], at)
      // Removes lines with times.
      return { ...ended, stderr: ended.stderr.replaceAll(/^.* …\n/gm, '') }
    }
    expect(await call()).toEqual(await call())
  }
  // A trap needs the precise mode, whose module is cached, too. So are rejections.
  expect(at.files()).toHaveLength(3)
})

test('nothing is cached if it is switched off, or impossible', async () => {
  const at = place()
  expect((await ipvmProcess(CALL, { ...at, env: { IPVM_WASM_CACHE: '', HOME: at.cwd } })).code).toBe(0)
  expect(existsSync(join(at.cwd, '.cache'))).toBe(false)
  expect((await ipvmProcess(CALL, { ...at, env: { IPVM_WASM_CACHE: join(at.cwd, 'json.wasm') } })).code).toBe(0)
})

describe('the folder of the cache', () => {
  test.each<[object, string | undefined]>([
    [{ IPVM_WASM_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a/x'],
    [{ XDG_CACHE_HOME: '/b' }, '/b/ipvm-wasm/x'],
    [{ IPVM_WASM_CACHE: '' }, undefined],
  ])('%j', (env, path) => expect(cacheFolder('x', env as NodeJS.ProcessEnv)).toBe(path))

  test('is in the home folder by default', () => expect(cacheFolder('x', {})).toMatch(/\/\.cache\/ipvm-wasm\/x$/))
})

describe('compiled JavaScript of the command line', () => {
  const parent = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'ipvm-code-'))
    onTestFinished(() => rmSync(path, { recursive: true }))
    return path
  }
  const enabled = (path: string | undefined): string[] => {
    const folders: string[] = []
    keepCompiledCode(found => folders.push(found), path)
    return folders
  }

  test('is kept in a private folder', () => {
    const path = join(parent(), 'made', 'code')
    expect(enabled(path)).toEqual([path])
    expect(statSync(path).mode & 0o777).toBe(0o700)
    symlinkSync(path, `${path}-link`)
    expect(enabled(`${path}-link`)).toEqual([])
    for (const mode of [0o755, 0o770, 0o777]) {
      chmodSync(path, mode)
      expect(enabled(path)).toEqual([])
    }
  })

  test('is not kept if the folder cannot be written', () => {
    const place = parent()
    writeFileSync(join(place, 'file'), '')
    expect(enabled(join(place, 'file', 'code'))).toEqual([])
    expect(() => keepCompiledCode(undefined, parent())).not.toThrow()
  })
})

test('a store in the working directory that is a link is not followed, unless it is named', async () => {
  const at = place()
  const elsewhere = folder()
  symlinkSync(elsewhere, join(at.cwd, '.ipvm-wasm'))
  const { code, stderr } = await ipvmProcess(['add', 'json.wasm'], at)
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('is a link: where blocks are to be kept elsewhere, name the place with --store'),
  ])
  expect(readdirSync(elsewhere)).toEqual([])
  expect((await ipvmProcess(['--store', '.ipvm-wasm', 'add', 'json.wasm'], at)).code).toBe(0)
  expect(readdirSync(elsewhere)).toContain('version')
})
