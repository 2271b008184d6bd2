/**
 * Puts an executor with memo, queue and retries under mixed load: `npm run test:mixed`, or
 * `npm run test:mixed -- --full` with ten times as many tasks (10 000).
 *
 * Several callers make a hundred calls at once, and each task is called twice. Tasks are short or long, or they trap,
 * run out of gas or are rejected; some calls are aborted. Each answer has to be the receipt that an inline engine
 * gives. The memory of this process has to stay flat. Its event loop has to stay responsive: 99 of 100 delays are at
 * most 20 ms. The test then prints how many answers a second the memo gives, what the features cost with tiny tasks,
 * and the speed-up of two threads for long tasks.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createThreadEngine } from '../../src/node.ts'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryMemo,
  createMemoryStore,
  createTask,
  Fault,
  type ExecutorOptions,
  type RunLimits,
  type Task,
} from '../../src/index.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import build from '../support/build.ts'
import { WORKER } from '../support/jobs.ts'
import { WATS } from '../support/tasks.ts'

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } })
const COUNT = values.full ? 10_000 : 1000
const AT_ONCE = 100
const MAX_GROWTH_MB = 64
const MAX_DELAY_MS = 20
/** One of so many calls is aborted. */
const GIVEN_UP = 50

const LOOP = '(module (func (export "f") (param i32) (loop (br 0))))'
/** A module that counts down from a million plus its parameter. */
const LONG = `(module (func (export "f") (param i32) (result i32) (local i32)
  (local.set 1 (i32.add (local.get 0) (i32.const 1000000)))
  (loop (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))) (local.get 0)))`
const TRAP = '(module (func (export "f") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0))))'
const CLOCK = '(module (import "env" "now" (func (result f64))) (func (export "f") (param i32)))'

interface Call {
  readonly kind: string
  readonly task: Task
  readonly limits: RunLimits
}

const failures: string[] = []
const fail = (what: string): void => void (failures.push(what), console.error(`FAILED: ${what}`))
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)

build()
const store = createMemoryStore()
const inline = createExecutor({ store, engine: createInlineEngine() })
const ENOUGH: RunLimits = { gas: 10n ** 12n, pages: 10 }

async function module(wat: string): Promise<(n: number, fun?: string) => Task> {
  const mod = await addFile(store, await assemble(wat))
  return n => createTask({ mod, fun: 'f', params: wat === WATS.add ? [n, 1] : [n], abi: 'core' })
}
const [small, long, trap, clock, loop] = await Promise.all([WATS.add, LONG, TRAP, CLOCK, LOOP].map(module))

function callOf(i: number): Call {
  const n = Math.floor(i / 2)
  if (n % GIVEN_UP === 1) return { kind: 'given up', task: loop!(n), limits: { gas: 2n ** 62n, pages: 1 } }
  if (n % 10 === 2) return { kind: 'long', task: long!(n), limits: ENOUGH }
  if (n % 10 === 3) return { kind: 'trap', task: trap!(n), limits: ENOUGH }
  if (n % 10 === 4) return { kind: 'out of gas', task: loop!(n), limits: { gas: 10n ** 8n, pages: 1 } }
  if (n % 10 === 5) return { kind: 'rejection', task: clock!(n), limits: ENOUGH }
  return { kind: 'small', task: small!(n), limits: ENOUGH }
}

await mixed()
await speeds()
console.log(failures.length === 0 ? 'all answers are right' : `${failures.length} failures`)
process.exitCode = failures.length === 0 ? 0 : 1

async function mixed(): Promise<void> {
  const expected = new Map<number, string>()
  for (let i = 0; i < COUNT; i += 2) {
    const { kind, task, limits } = callOf(i)
    if (kind !== 'given up') expected.set(i, (await inline.execute(task, limits)).cid.toString())
  }
  const engine = createThreadEngine({ threads: 2, workerUrl: WORKER })
  const executor = createExecutor({ ...features(), engine, queue: { concurrency: 4, maxQueued: AT_ONCE } })
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const sizes: number[] = []
  const ends = new Map<string, number>()
  let next = 0
  delays.enable()
  const worker = async (): Promise<void> => {
    for (let i = next++; i < COUNT; i = next++) {
      const { kind, task, limits } = callOf(i)
      const timeoutMs = kind === 'given up' ? 200 : 600_000
      const options = { caller: `caller ${i % 7}`, priority: i % 3, timeoutMs }
      const end = await executor.execute(task, limits, options).then(
        ({ cid, origin }) => (cid.toString() === expected.get(i - (i % 2)) ? origin : 'wrong'),
        (error: unknown) => (error instanceof Fault ? error.code : String(error)),
      )
      if (kind === 'given up' ? end !== 'timeout' : !['run', 'memo', 'joined'].includes(end)) fail(`${kind}: ${end}`)
      ends.set(`${kind}: ${end}`, (ends.get(`${kind}: ${end}`) ?? 0) + 1)
      if (i % 10 === 0) sizes.push(process.memoryUsage.rss())
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  delays.disable()
  await executor.close()
  await engine.close()
  for (const [end, count] of [...ends].sort()) console.log(`${String(count).padStart(6)}  ${end}`)
  const stats = executor.stats()
  if (stats['ipvm_wasm.tasks.queued'] + stats['ipvm_wasm.tasks.running'] + stats['ipvm_wasm.tasks.waiting'] > 0)
    fail('the executor counts calls that have ended')
  const [early, late] = [sizes.slice(0, sizes.length / 4), sizes.slice(-sizes.length / 4)].map(part =>
    mib(Math.max(...part)),
  )
  console.log(`this process: ${early} MiB at most in the first quarter, ${late} MiB in the last`)
  if (late! > early! + MAX_GROWTH_MB) fail('this process grows')
  const delay = delays.percentile(99) / 1e6
  console.log(`delays of the event loop: p99 ${delay.toFixed(1)} ms, at most ${(delays.max / 1e6).toFixed(0)} ms`)
  if (delay > MAX_DELAY_MS) fail('the event loop is busy')
}

/** Returns all features of an executor, except the queue, which belongs to one engine. */
function features(): Omit<ExecutorOptions, 'engine'> {
  return { store, memo: createMemoryMemo({ maxEntries: 100_000 }), retry: { attempts: 2 } }
}

async function speeds(): Promise<void> {
  const engine = createInlineEngine()
  const all = createExecutor({ ...features(), engine, queue: { concurrency: 8 } })
  const none = createExecutor({ store, engine })
  const tasks = (from: number): Task[] => Array.from({ length: COUNT }, (_, i) => small!(from + i))
  const timed = async (executor: typeof all, some: readonly Task[]): Promise<number> => {
    const { user, system } = process.cpuUsage()
    for (const task of some) await executor.execute(task, ENOUGH)
    const now = process.cpuUsage()
    return (now.user + now.system - user - system) / some.length
  }
  await timed(all, tasks(-COUNT))
  await timed(none, tasks(-2 * COUNT))
  const [plain, full] = [await timed(none, tasks(COUNT)), await timed(all, tasks(2 * COUNT))]
  console.log(
    `a tiny task with all features takes ${(full / plain).toFixed(2)} times the processor time of one without`,
  )
  const known = tasks(2 * COUNT)
  await timed(all, known)
  const hit = Math.min(await timed(all, known), await timed(all, known))
  console.log(`the memo gives ${Math.round(1e6 / hit)} answers in a second of processor time`)
  console.log(
    `two threads run long tasks ${((await longSeconds(1)) / (await longSeconds(2))).toFixed(2)} times as fast as one`,
  )
}

/** Returns the time of some long tasks on so many threads, in seconds. */
async function longSeconds(threads: number): Promise<number> {
  const engine = createThreadEngine({ threads, workerUrl: WORKER })
  const executor = createExecutor({ store, engine })
  const run = (n: number): Promise<unknown> => executor.execute(long!(n * 1000), ENOUGH)
  await Promise.all(Array.from({ length: 2 * threads }, (_, n) => run(n)))
  const start = performance.now()
  await Promise.all(Array.from({ length: 200 }, (_, n) => run(10 + n)))
  const seconds = (performance.now() - start) / 1000
  await engine.close()
  return seconds
}
