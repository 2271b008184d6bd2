/**
 * Puts a scheduler under hostile load: `npm run test:load`, or `npm run test:load -- --full` with ten times the load.
 *
 * An engine of two processes runs a mix of hostile and ordinary tasks. Each ordinary task has to give the receipt that
 * the inline engine gives. Each hostile one has to end in a receipt or in a fault of this host. The memory of this
 * process, the scheduler, has to stay flat, even with many tasks of one large module in the queue. No process may be
 * left after `close()`. The test prints how the hostile tasks ended, by how much processes exceeded `memoryMb`, and the
 * time of an ordinary task.
 */
import { parseArgs } from 'node:util'
import type { CID } from 'multiformats/cid'
import { createProcessEngine } from '../../src/engine/processes.ts'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  Fault,
  type Engine,
  type RunLimits,
  type Task,
} from '../../src/index.ts'
import build from '../support/build.ts'
import { program, WATS } from '../support/tasks.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { childrenOf } from '../support/processes.ts'
import { CHILD, WORKER } from '../support/jobs.ts'
import { hostileShapes } from './load-shapes.ts'

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } })
const COUNT = values.full ? { hostile: 200, ordinary: 2000, queued: 1000 } : { hostile: 20, ordinary: 200, queued: 100 }
const PROCESSES = 2
const MEMORY_MB = 512
/** The number of tasks that the scheduler has started and not finished at any time. */
const WINDOW = 2 * PROCESSES
const HOSTILE_MS = 3000
/** The greatest growth of this process in MB, without the bytes of the modules. */
const MAX_GROWTH_MB = 128
const ENOUGH: RunLimits = { gas: 10n ** 13n, pages: 100 }

interface Job {
  readonly task: Task
  readonly limits: RunLimits
  /** The name of the hostile shape; undefined for an ordinary task. */
  readonly hostile?: string
  readonly expected?: CID
}

const failures: string[] = []
const fail = (what: string): void => {
  failures.push(what)
  console.error(`FAILED: ${what}`)
}
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)

build()
const store = createMemoryStore()
const before = childrenOf(process.pid)
const inline = createExecutor({ store, engine: createInlineEngine() })
const jobs = shuffled([...(await ordinary(COUNT.ordinary)), ...(await hostile(COUNT.hostile))])
const engine = createProcessEngine({ processes: PROCESSES, memoryMb: MEMORY_MB, childUrl: CHILD, workerUrl: WORKER })
const ends = new Map<string, number>()
let beyond = 0
let slowest = 0

await schedule(engine)
await queue(engine)
await engine.close()
const left = childrenOf(process.pid).filter(pid => !before.includes(pid))
if (left.length > 0) fail(`${left.length} processes are left`)

for (const [end, count] of [...ends].sort()) console.log(`${String(count).padStart(6)}  ${end}`)
console.log(`memory beyond the bound: at most ${beyond} MiB; an ordinary task: at most ${slowest} ms, waiting included`)
console.log(failures.length === 0 ? 'all ordinary tasks are right' : `${failures.length} failures`)
process.exitCode = failures.length === 0 ? 0 : 1

/** Runs all jobs, a few at once. */
async function schedule(on: Engine): Promise<void> {
  const executor = createExecutor({ store, engine: on })
  const sizes: number[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
        const start = performance.now()
        const deadline = job.hostile === undefined ? {} : { timeoutMs: HOSTILE_MS }
        const end = await executor.execute(job.task, job.limits, deadline).catch((error: unknown) => error)
        if (job.hostile === undefined) slowest = Math.max(slowest, Math.round(performance.now() - start))
        judge(job, end)
        sizes.push(process.memoryUsage.rss())
      }
    }),
  )
  const [early, late] = [sizes.slice(0, sizes.length / 4), sizes.slice(-sizes.length / 4)].map(part =>
    mib(Math.max(...part)),
  )
  console.log(`this process: ${early} MiB at most in the first quarter, ${late} MiB in the last`)
  if (late! > early! + MAX_GROWTH_MB) fail('this process grows')
}

function judge({ hostile: shape, expected }: Job, end: unknown): void {
  const said = end instanceof Fault ? `fault ${end.code}` : 'receipt' in (end as object) ? 'receipt' : String(end)
  if (shape === undefined) {
    if (end instanceof Error || !(end as { cid: CID }).cid.equals(expected!)) fail(`an ordinary task came to ${said}`)
    return
  }
  ends.set(`${shape}: ${said}`, (ends.get(`${shape}: ${said}`) ?? 0) + 1)
  if (!(end instanceof Fault)) return said === 'receipt' ? undefined : fail(`${shape} came to ${said}`)
  if (end.whose !== 'runner' || end.code === 'internal') fail(`${shape} came to ${said}: ${end.message}`)
  const { residentMb, allowedMb } = end.detail as { residentMb?: number; allowedMb?: number }
  if (residentMb !== undefined) beyond = Math.max(beyond, residentMb - allowedMb!)
}

/** Submits many tasks of one module of 8 MB at once. */
async function queue(on: Engine): Promise<void> {
  const module = await assemble(WATS.add)
  const padding = new Uint8Array(8 * 2 ** 20)
  // The padding is a custom section with an empty name.
  const large = Buffer.concat([module, Uint8Array.of(0, 0x81, 0x80, 0x80, 0x04, 0), padding])
  const mod = await addFile(store, new Uint8Array(large))
  const executor = createExecutor({ store, engine: on })
  const call = (i: number): Task => createTask({ mod, fun: 'f', params: [BigInt(i), 1n], abi: 'core' })
  await executor.execute(call(0), ENOUGH)
  const size = process.memoryUsage.rss()
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5)
  await Promise.all(
    Array.from({ length: COUNT.queued }, async (_, i) => {
      const { receipt } = await executor.execute(call(i), ENOUGH)
      if (!('ok' in receipt.out)) fail('a task of a large module has failed')
    }),
  )
  clearInterval(watch)
  console.log(`${COUNT.queued} tasks of one module of 8 MiB in the queue: ${mib(most - size)} MiB more`)
  if (mib(most - size) > MAX_GROWTH_MB) fail('queued tasks take memory')
}

/** Returns calls of real programs and of small modules, each with another parameter. */
async function ordinary(count: number): Promise<Job[]> {
  const [json, add, echo] = [program('json'), await assemble(WATS.add), await assemble(WATS.echo)]
  const mods = await Promise.all([json, add, echo].map(bytes => addFile(store, bytes)))
  const calls = [
    (i: number) => ({ fun: 'minify', abi: 'bytes', params: [new TextEncoder().encode(`[ ${i}, 2 ]`)] }),
    (i: number) => ({ fun: 'f', abi: 'core', params: [BigInt(i), 2n] }),
    (i: number) => ({ fun: 'f', abi: 'bytes', params: [new Uint8Array(3000).fill(i)] }),
  ]
  const all: Job[] = []
  for (let i = 0; i < count; i++) {
    const kind = i % calls.length
    const task = createTask({ mod: mods[kind]!, ...calls[kind]!(i) })
    all.push({ task, limits: ENOUGH, expected: (await inline.execute(task, ENOUGH)).cid })
  }
  return all
}

async function hostile(count: number): Promise<Job[]> {
  const all: Job[] = []
  for (let i = 0; i < count; i++) {
    const { name, module, limits = ENOUGH } = await hostileShapes[i % hostileShapes.length]!(i)
    const task = createTask({ mod: await addFile(store, module), fun: 'f', params: [], abi: 'core' })
    all.push({ task, limits, hostile: name })
  }
  return all
}

/** Shuffles the jobs with a fixed seed, so that every run has the same order. */
function shuffled(all: Job[]): Job[] {
  let state = 1
  for (let i = all.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all
}
