/** What is kept between calls: it saves time, and changes nothing else. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { cacheFolder } from '../../src/cli/cache.ts'
import { bytesOf, folder, ipvm, ipvmJson, NUMBERS, program } from './support.ts'

interface Ran {
  readonly receipt: CID
  readonly out: object
}

const CALL = ['run', 'json.wasm', 'minify', '[1, 2]'] as const

/** A folder with a module, a cache of its own, and a way to call there. */
function place(): { cwd: string; prepared: string; env: Record<string, string>; files: () => string[] } {
  const cwd = folder({ 'json.wasm': bytesOf(program('json')), 'numbers.wasm': NUMBERS })
  const cache = join(cwd, 'cache')
  const prepared = join(cache, 'prepared')
  return { cwd, prepared, env: { IPVM_WASM_CACHE: cache }, files: () => readdirSync(prepared).map(name => join(prepared, name)) }
}

/** The files of ours and of packages that a call loads. */
async function loaded(words: readonly string[], { cwd, env }: { cwd: string; env: Record<string, string> }): Promise<string> {
  const { code, stderr } = await ipvm(words, { cwd, env: { ...env, NODE_DEBUG: 'esm' } })
  expect(code).toBe(0)
  // Long paths are cut off elsewhere; these lines have them whole.
  return [...new Set(stderr.match(/Translating \S+ file:\S+/g))].map(line => line.replace(/.*file:/, '')).join('\n')
}

const HEAVY = /binaryen|instrument\/instrument|wasm\/validate|admission\/admit|unixfs-importer|protons|cborg/

test('the second call loads nothing that admits or instruments, and makes the same receipt', async () => {
  const at = place()
  const first = await ipvmJson<Ran>(CALL, at)
  expect(first.code).toBe(0)
  expect(at.files()).toHaveLength(1)
  expect(statSync(at.prepared).mode & 0o777).toBe(0o700)
  expect(existsSync(join(at.cwd, '.ipvm-wasm', 'prepared'))).toBe(false)
  const second = await ipvmJson<Ran>(CALL, at)
  expect(second.json).toEqual(first.json)
  const light = await loaded(CALL, at)
  expect(light).toMatch(/cli\/commands\/run\.js/)
  expect(light).toMatch(/engine\/fs-index\.js/)
  expect(light).not.toMatch(HEAVY)
  // The same look does see it where nothing is kept.
  expect(await loaded(CALL, { ...at, env: { IPVM_WASM_CACHE: '' } })).toMatch(/binaryen/)
})

test('a verification finds what a run left there', async () => {
  const at = place()
  await ipvm([...CALL, '--out', 'receipt.car'], at)
  const { code, stdout } = await ipvm(['verify', 'receipt.car'], at)
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'Reproduced: running the task again gave this very receipt.'])
  expect(at.files()).toHaveLength(1)
  expect(await loaded(['verify', 'receipt.car'], at)).not.toMatch(/binaryen|instrument\/instrument|wasm\/validate|admission\/admit/)
})

test.each([
  ['cut', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
  ['changed', (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 100 ? byte ^ 4 : byte))],
  ['empty', () => new Uint8Array(0)],
])('an entry that is %s is not run but made anew', async (_, damage) => {
  const at = place()
  const first = await ipvmJson<Ran>(CALL, at)
  const [file] = at.files() as [string]
  const whole = readFileSync(file)
  writeFileSync(file, damage(whole))
  expect((await ipvmJson<Ran>(CALL, at)).json).toEqual(first.json)
  expect(at.files()).toEqual([file])
  expect(readFileSync(file)).toEqual(whole)
})

test('whether the module is in the store is not hidden by what is kept', async () => {
  const at = place()
  const { json } = await ipvmJson<Ran & { task: CID }>(CALL, at)
  const elsewhere = { ...at, cwd: folder() }
  const mod = (await ipvm(['add', 'json.wasm'], at)).stdout.trim()
  expect((await ipvmJson<Ran>(['run', mod, 'minify', '[1, 2]'], at)).json.receipt.equals(json.receipt)).toBe(true)
  expect((await ipvmJson(['run', mod, 'minify', '[1, 2]'], elsewhere)).json).toMatchObject({ fault: { code: 'block-missing' } })
})

test('rejections, traps and usage errors are the same again', async () => {
  const at = place()
  writeFileSync(join(at.cwd, 'clock.wasm'), await assemble('(module (import "env" "now" (func (result f64))) (func (export "f")))'))
  for (const words of [['run', 'numbers.wasm', 'trap'], ['run', 'numbers.wasm', 'none'], ['run', 'clock.wasm', 'f'],
    ['run', 'numbers.wasm', 'nothing'], ['run', 'numbers.wasm', 'add', '1'], ['run', 'numbers.wasm', 'forever', '--gas', '1e7']]) {
    const call = async (): Promise<object> => {
      const ended = await ipvm(words, at)
      // How long it took may have been said.
      return { ...ended, stderr: ended.stderr.replaceAll(/^.* …\n/gm, '') }
    }
    expect(await call()).toEqual(await call())
  }
  // A trap is decided by the precise mode, which is prepared, too.
  expect(at.files()).toHaveLength(2)
})

test('nothing is kept if that is asked for, or cannot be', async () => {
  const at = place()
  expect((await ipvm(CALL, { ...at, env: { IPVM_WASM_CACHE: '', HOME: at.cwd } })).code).toBe(0)
  expect(existsSync(join(at.cwd, '.cache'))).toBe(false)
  expect((await ipvm(CALL, { ...at, env: { IPVM_WASM_CACHE: join(at.cwd, 'json.wasm') } })).code).toBe(0)
})

describe('where it is kept', () => {
  test.each<[object, string | undefined]>([
    [{ IPVM_WASM_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a/x'], [{ XDG_CACHE_HOME: '/b' }, '/b/ipvm-wasm/x'], [{ IPVM_WASM_CACHE: '' }, undefined],
  ])('%j', (env, path) => expect(cacheFolder('x', env as NodeJS.ProcessEnv)).toBe(path))

  test('else in the home folder', () => expect(cacheFolder('x', {})).toMatch(/\/\.cache\/ipvm-wasm\/x$/))
})
