/**
 * Tries an engine on Web Workers on Deno or Bun, with the built library. Arguments: the file with the modules in base64, and the file
 * into which the results go as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import * as library from '../../dist/index.js'

const { addFile, addTree, createExecutor, createInlineEngine, createMemoryStore, createTask, createWorkerEngine } =
  library
const [modulesPath, resultsPath] = process.argv.slice(-2)
const modules = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(modulesPath, 'utf8'))).map(([name, base64]) => [name, bytesOf(base64)]),
)

/** The time within which a run that is given up must end, in milliseconds. */
const AT_ONCE_MS = 300
/** The time after which a trial counts as hanging, in milliseconds. */
const GIVEN_UP_MS = 60_000
const CHUNK = 256 * 1024

const results = []
for (const [name, body] of Object.entries({
  'receipts are those of an inline engine': sameReceipts,
  'a guest that was given up stops running': stops,
  'an endless loop is aborted at once, and the engine goes on': aborts,
  'a timeout ends a run': timesOut,
  'closing ends running and waiting jobs': closes,
  'a module is prepared once for two workers, and is not prepared again after a worker was ended': preparesOnce,
  'a file is read block by block': streams,
  'a worker without a file is a fault': noFile,
  'a worker that fails at once is a fault': noWorker,
})) {
  const began = performance.now()
  const end = await endOf(body)
  results.push({ name, milliseconds: Math.round(performance.now() - began), ...end })
}
writeFileSync(resultsPath, JSON.stringify({ version: versionOf(), results }))
process.exit(0)

async function sameReceipts() {
  for (const [name, fun, abi, params] of [
    ['answer', 'f', 'core', []],
    ['trap', 'f', 'core', []],
    ['json', 'minify', 'bytes', [new TextEncoder().encode('[1, { "a": 2 }]')]],
  ]) {
    const [own, other] = [
      await receiptOf(createInlineEngine(), name, fun, abi, params),
      await withEngine({}, engine => receiptOf(engine, name, fun, abi, params)),
    ]
    equal(other, own, `the receipt of ${name}`)
  }
}

function aborts() {
  return withEngine({}, async engine => {
    await engine.compute(job('loop', { gas: 10n ** 9n }))
    for (let i = 0; i < 3; i++) {
      const controller = new AbortController()
      const run = faultOf(engine.compute(job('loop', { gas: 2n ** 62n }), { signal: controller.signal }))
      await later(500)
      const aborted = performance.now()
      controller.abort()
      equal(await run, 'aborted', 'the fault')
      const late = performance.now() - aborted
      if (late > AT_ONCE_MS) throw new Error(`the run ended ${late} ms after it was aborted`)
    }
    equal((await engine.compute(job('answer'))).out.ok[0], 5n, 'the next result')
  })
}

function timesOut() {
  return withEngine({}, async engine => {
    equal(await faultOf(engine.compute(job('loop', { gas: 2n ** 62n }), { timeoutMs: 1000 })), 'timeout', 'the fault')
    equal((await engine.compute(job('answer'))).out.ok[0], 5n, 'the next result')
  })
}

async function closes() {
  const engine = createWorkerEngine()
  const jobs = [0, 1].map(() => faultOf(engine.compute(job('loop', { gas: 2n ** 62n }))))
  await later(500)
  await engine.close()
  equal((await Promise.all(jobs)).join(), 'aborted,aborted', 'the faults')
  equal(await faultOf(engine.compute(job('answer'))), 'aborted', 'the fault of a later job')
}

function preparesOnce() {
  return withEngine({ workers: 2 }, async engine => {
    const stages = []
    const onStage = stage => stages.push(stage)
    const run = options => engine.compute(job('loop', { gas: 10n ** 9n }), { onStage, ...options })
    await Promise.all([run(), run(), run(), run()])
    await faultOf(engine.compute(job('loop', { gas: 2n ** 62n }), { onStage, timeoutMs: 500 }))
    await Promise.all([run(), run()])
    equal(stages.join(), 'admit,instrument,compile,run', 'the stages')
  })
}

function streams() {
  return withEngine({}, async engine => {
    const memory = createMemoryStore()
    const bytes = new Uint8Array(64 * CHUNK)
    for (let i = 0; i < 64; i++) bytes[i * CHUNK] = i + 1
    const root = await addTree(memory, { kind: 'directory', entries: [['f', { kind: 'file', bytes }]] })
    let asked = 0
    const store = {
      ...memory,
      has: cid => memory.has(cid),
      put: (cid, block) => memory.put(cid, block),
      get: cid => (asked++, memory.get(cid)),
    }
    const mod = await addFile(memory, modules.reader)
    const task = createTask({ mod, fun: '_start', abi: 'wasi', params: [{ files: { in: root } }] })
    const { receipt } = await createExecutor({ store, engine }).execute(task, { gas: 10n ** 12n, pages: 100 })
    equal(receipt.out.ok?.stdout?.join(), '33', 'what was read')
    if (asked > 10) throw new Error(`${asked} blocks were loaded`)
  })
}

/** Says whether it does. Either is allowed, since it is up to the host. */
function stops() {
  return withEngine({}, async engine => {
    await engine.compute(job('loop', { gas: 10n ** 9n }))
    const idle = await computedMs()
    await faultOf(engine.compute(job('loop', { gas: 2n ** 62n }), { timeoutMs: 2000 }))
    // Hosts may take two seconds for it.
    await later(3000)
    return (await computedMs()) > idle + 30 ? 'no, it goes on' : 'yes'
  })
}

/** The time for which this process computes during a second, in milliseconds. */
async function computedMs() {
  const before = process.cpuUsage()
  await later(1000)
  return process.cpuUsage(before).user / 1000
}

function noFile() {
  return fails(() => new Worker(new URL('./missing.mjs', import.meta.url), { type: 'module' }))
}

function noWorker() {
  const source = URL.createObjectURL(new Blob(['throw new Error("no")'], { type: 'text/javascript' }))
  return fails(() => new Worker(source, { type: 'module' }))
}

function fails(worker) {
  return withEngine({ worker }, async engine => {
    for (let i = 0; i < 2; i++) equal(await faultOf(engine.compute(job('answer'))), 'engine-failed', 'the fault')
  })
}

// ── What trials have in common ──────────────────────────────────────────────────────────────────────────────────────

function job(name, { gas = 10n ** 9n } = {}) {
  return {
    key: name,
    module: modules[name],
    profile: library.PROFILE_1,
    fun: 'f',
    abi: 'core',
    args: [],
    limits: { gas, pages: 100 },
  }
}

async function receiptOf(engine, name, fun, abi, params) {
  const store = createMemoryStore()
  const task = createTask({ mod: await addFile(store, modules[name]), fun, abi, params })
  return (await createExecutor({ store, engine }).execute(task, { gas: 10n ** 9n, pages: 1000 })).cid.toString()
}

async function withEngine(options, body) {
  const engine = createWorkerEngine(options)
  try {
    return await body(engine)
  } finally {
    await engine.close()
  }
}

/** What the trial finds, or the problem if it fails or takes too long. */
async function endOf(body) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), GIVEN_UP_MS)
  })
  try {
    return { found: (await Promise.race([body(), late])) ?? 'yes' }
  } catch (error) {
    return { problem: `${error?.code ?? error?.name}: ${error?.message} ${error?.cause ?? ''}` }
  } finally {
    clearTimeout(timer)
  }
}

/** The code of the fault with which a promise rejects. */
async function faultOf(promise) {
  return promise.then(
    () => 'no fault',
    error => error?.code ?? String(error),
  )
}

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${actual} where ${expected} is expected`)
}

function later(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}

function versionOf() {
  return globalThis.Bun === undefined ? globalThis.Deno.version.deno : Bun.version
}
