/**
 * `npm run test:packages -- [package…]`: runs real jobs of real packages.
 *
 * It installs each package into a folder of its own below `.cache/packages`, lets its JavaScript do a job, and records
 * the calls (record.ts). The recorded calls become one function, which is added to the package's module (replay.ts).
 * The executor runs this module like any other guest. Each call must have the recorded result. The result of the run is
 * the whole memory, which must equal that of the package, byte for byte. The receipt must be reproduced.
 *
 * A package that cannot be installed is skipped, and the reason is printed. The exit code is 1 if anything differs.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { CID } from 'multiformats/cid'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
  describe,
  load,
  PROFILE_1,
} from '../../src/index.ts'
import type { Outcome } from '../../src/interface.ts'
import { PACKAGES, type Installed, type PackageJob } from './packages.ts'
import { record, type Recording } from './record.ts'
import { replay } from './replay.ts'

const CACHE = fileURLToPath(new URL('../../.cache/packages', import.meta.url))
const INSTALL = [
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--prefer-offline',
  '--fetch-retries=0',
  '--fetch-timeout=30000',
  '--loglevel=error',
]
const LIMITS = { gas: 10n ** 14n, pages: 4096 }

/** Installs the packages of a job. Returns functions that load them, or the reason why they cannot be installed. */
async function install({ packages }: PackageJob): Promise<Installed | string> {
  const home = join(CACHE, Object.entries(packages)[0]!.join('@').replaceAll('/', '+'))
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), `${JSON.stringify({ private: true, dependencies: packages })}\n`)
  const { status, stderr } = spawnSync('npm', ['install', ...INSTALL], {
    cwd: home,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0)
    return `npm could not install it: ${stderr?.split('\n').find(line => line.startsWith('npm error')) ?? 'no answer'}`
  // A module in that folder can import the installed packages and their subpaths.
  writeFileSync(join(home, 'load.mjs'), 'export const load = specifier => import(specifier)\n')
  const { load } = (await import(pathToFileURL(join(home, 'load.mjs')).href)) as Pick<Installed, 'load'>
  return { load, read: path => new Uint8Array(readFileSync(join(home, 'node_modules', path))) }
}

/** Runs the recording of a job. Returns the problem, or a line about the run. */
async function run(recording: Recording): Promise<{ readonly wrong?: string; readonly line?: string }> {
  const module = await replay(recording)
  const [store, engine] = [createMemoryStore(), createInlineEngine()]
  const task = createTask({ mod: await addFile(store, module), fun: 'job', params: [], abi: 'bytes' })
  const { receipt, cid } = await createExecutor({ store, engine }).execute(task, LIMITS)
  const out = receipt.out as Outcome['out']
  if ('error' in out) return { wrong: describe(out.error) }
  const link = CID.asCID(out.ok)
  const memory = link === null ? (out.ok as Uint8Array) : await load(store, link)
  if (!Buffer.from(memory).equals(recording.memory.bytes)) return { wrong: 'the memory is another at the end' }
  const { verdict } = await createVerifier({ store, engine, profiles: [PROFILE_1], maxGas: LIMITS.gas }).verify(cid)
  if (verdict !== 'reproduced') return { wrong: `the receipt is ${verdict}` }
  const calls = recording.steps.filter(({ kind }) => kind === 'call').length
  return {
    line: `${recording.bytes.length} bytes, ${calls} calls, ${recording.imports.length} of imports, ${receipt.meta.gasUsed} gas, ${receipt.meta.peakPages} pages`,
  }
}

let [passed, failed, skipped] = [0, 0, 0]
const names = process.argv.slice(2)
for (const entry of PACKAGES) {
  const [name, version] = Object.entries(entry.packages)[0]!
  if (names.length > 0 && !names.includes(name)) continue
  const installed = await install(entry)
  if (typeof installed === 'string') {
    skipped++
    console.log(`${name} ${version}: skipped, because ${installed}`)
    continue
  }
  const { answer, recording } = await record(() => entry.session(installed))
  const known = !('answer' in entry) || isDeepStrictEqual(answer, entry.answer)
  const { wrong, line } = known ? await run(recording) : { wrong: `its JavaScript answers ${JSON.stringify(answer)}` }
  if (wrong === undefined) passed++
  else failed++
  console.log(`${name} ${version}: ${entry.job}: ${wrong ?? line}`)
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0
