/** binaryen's WebAssembly: made from the pinned package alone, and loaded only when a module has to be instrumented. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SHA256 } from '../../src/instrument/binaryen/names.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = 'instrument/binaryen'
const wasm = readFileSync(join(ROOT, 'src', FOLDER, 'binaryen.wasm'))

function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'ipvm-asset-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** What a script prints, run by Node in a folder. */
async function run(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args, { cwd })).stdout
}

test.each([
  ['another digest', (text: string) => text.replace(SHA256, '0'.repeat(64))],
  ['another name of an export', (text: string) => text.replace(/BlockGetName: '[^']+'/, "BlockGetName: 'xyz'")],
])('the file is not made if the sources state %s, until they state the installed package', async (_, change) => {
  const clone = place()
  for (const folder of [`src/${FOLDER}`, 'scripts']) mkdirSync(join(clone, folder), { recursive: true })
  const names = join(clone, 'src', FOLDER, 'names.ts')
  const stated = readFileSync(join(ROOT, 'src', FOLDER, 'names.ts'), 'utf8')
  cpSync(join(ROOT, 'scripts/binaryen.mjs'), join(clone, 'scripts/binaryen.mjs'))
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  writeFileSync(names, change(stated))
  await expect(run(clone, 'scripts/binaryen.mjs')).rejects.toThrow(
    /is not the one of .* run node scripts\/binaryen\.mjs --write/,
  )
  await run(clone, 'scripts/binaryen.mjs', '--write')
  expect(readFileSync(names, 'utf8')).toBe(stated)
  expect(readFileSync(join(clone, 'src', FOLDER, 'binaryen.wasm')).equals(wasm)).toBe(true)
})

/** A copy of the build, in which the file can be missing. */
function copyOfBuild(): { cwd: string; hide: () => void } {
  const cwd = place()
  cpSync(join(ROOT, 'dist'), join(cwd, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(cwd, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
  const file = join(cwd, 'dist', FOLDER, 'binaryen.wasm')
  return { cwd, hide: () => renameSync(file, `${file}.away`) }
}

const MODULE = 'AGFzbQEAAAABBgFgAX4BfgMCAQAHDQEJZmFjdG9yaWFsAAAKFwEVACAAUAR+QgEFIAAgAEIBfRAAfgsL'
const BEGIN = `
import { rename, readFile, writeFile } from 'node:fs/promises'
import {
  addFile, createExecutor, createInlineEngine, createMemoryStore, createTask, createVerifier, encodeProfile, encodeTask, exportCar, formatTask,
  importCar, memoKey, PROFILE_1, readTask, toDagJson,
} from './dist/index.js'
import { createFsIndex } from './dist/node.js'
const store = createMemoryStore()
const task = createTask({ mod: await addFile(store, Buffer.from('${MODULE}', 'base64')), fun: 'factorial', params: [5], abi: 'core' })
const limits = { gas: 10n ** 9n, pages: 1 }
const engine = index => createInlineEngine(index ? { index: createFsIndex('index') } : {})
`

describe('loading', () => {
  test('a verification of a prepared module needs nothing of it, and neither do tasks, their forms and memo keys', async () => {
    const { cwd, hide } = copyOfBuild()
    const make = `${BEGIN}
      const { cid } = await createExecutor({ store, engine: engine(true) }).execute(task, limits)
      await writeFile('receipt.car', await exportCar(store, [cid]))`
    await run(cwd, '--input-type=module', '-e', make)
    hide()
    const check = `${BEGIN}
      const { roots: [root] } = await importCar(store, await readFile('receipt.car'))
      const { verdict } = await createVerifier({ store, engine: engine(true) }).verify(root)
      const { cid, bytes } = encodeTask(task)
      console.log(verdict, formatTask(readTask(bytes)).length > 0, memoKey(cid, encodeProfile(PROFILE_1).cid).length > 0)`
    expect(await run(cwd, '--input-type=module', '-e', check)).toBe('reproduced true true\n')
  })

  test('a module that is not prepared needs it, and what failed is tried again', async () => {
    const { cwd, hide } = copyOfBuild()
    hide()
    const script = `${BEGIN}
      const executor = createExecutor({ store, engine: engine(false) })
      const fault = await executor.execute(task, limits).catch(error => error)
      console.log(fault.code, fault.retryable, /npm run build/.test(fault.message))
      const file = 'dist/${FOLDER}/binaryen.wasm'
      await rename(file + '.away', file)
      console.log(toDagJson((await executor.execute(task, limits)).receipt.out))`
    expect(await run(cwd, '--input-type=module', '-e', script)).toBe('asset-failed true true\n{"ok":[120]}\n')
  })
})
