/** Measures long tasks on one thread and on two, beside processes of the bare engine on the same calls. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Random } from '../test/support/random.ts'
import { createExecutor, createTask, type BlockStore, type Engine } from '../src/index.ts'
import type { CID } from 'multiformats/cid'
import { KERNELS, moduleOf } from './kernels.ts'
import { processorMs } from './measure.ts'
import { spreadOf, type Spread } from './stats.ts'
import type { Options } from './suite.ts'
import { builtThread, LIMITS, storeWith } from './tasks.ts'

/** Long tasks on one thread or process, and on two. */
export interface LongRow {
  readonly name: string
  /** Milliseconds of all tasks on one, and on two. */
  readonly one: Spread
  readonly two: Spread
  /** The time on one ÷ the time on two, turn by turn: 2 would be perfect. */
  readonly speedup: Spread
  /** Milliseconds of processor time of a task, on one and on two. It grows if the two share a core of the machine. */
  readonly cost: { readonly one: Spread; readonly two: Spread }
  /** Seconds of processor time per second, on two. */
  readonly processors: Spread
  /** The share of the time in which both threads had a job, on two. Processes have one all the time. */
  readonly bothBusy?: Spread
}

/** One measurement. */
interface Sample {
  readonly ms: number
  /** Milliseconds of processor time of a task. */
  readonly cost: number
  readonly processors: number
  readonly bothBusy: number
}

/** Runs `count` calls, from `first` on. */
type Contender = (first: number, count: number) => Promise<Sample>

const KERNEL = KERNELS.find(({ name }) => name === 'collatz')!

/** The calls of one measurement, and their least argument. A call takes some hundred milliseconds. */
const CALLS = { full: 8, quick: 2 } as const
const FIRST = { full: 500_000, quick: 1_000 } as const

export async function measureLongTasks({ quick, rounds = quick ? 1 : 7 }: Options): Promise<LongRow[]> {
  const size = quick ? 'quick' : 'full'
  const { store, mod } = await storeWith(moduleOf(KERNEL))
  const engines = [builtThread(1), builtThread(2)] as const
  const processes = [new BareProcess(), new BareProcess()] as const
  const names = ['one thread', 'two threads', 'one process', 'two processes'] as const
  const contenders: Record<(typeof names)[number], Contender> = {
    'one thread': (first, count) => onThreads(engines[0], 2, store, mod, first, count),
    'two threads': (first, count) => onThreads(engines[1], 4, store, mod, first, count),
    'one process': (first, count) => onProcesses([processes[0]], first, count),
    'two processes': (first, count) => onProcesses(processes, first, count),
  }
  const samples = Object.fromEntries(names.map(name => [name, [] as Sample[]])) as Record<
    (typeof names)[number],
    Sample[]
  >
  const random = new Random(rounds)
  let first: number = FIRST[size]
  try {
    // In the first turn modules are compiled, and it does not count.
    for (let turn = -1; turn < rounds; turn++) {
      for (const name of random.shuffled(names)) {
        const sample = await contenders[name](first, CALLS[size])
        if (turn >= 0) samples[name].push(sample)
        // All tasks differ, and take the same time but for a thousandth.
        first += CALLS[size]
      }
    }
  } finally {
    for (const process of processes) process.end()
    await Promise.all(engines.map(engine => engine.close()))
  }
  const bare = rowOf('processes of the bare engine', samples['one process'], samples['two processes'])
  const ours = rowOf('threads of the engine', samples['one thread'], samples['two threads'])
  return [{ ...ours, bothBusy: spreadOf(samples['two threads'].map(({ bothBusy }) => bothBusy)) }, bare]
}

function rowOf(name: string, one: readonly Sample[], two: readonly Sample[]): LongRow {
  return {
    name,
    one: spreadOf(one.map(({ ms }) => ms)),
    two: spreadOf(two.map(({ ms }) => ms)),
    speedup: spreadOf(one.map(({ ms }, turn) => ms / two[turn]!.ms)),
    cost: { one: spreadOf(one.map(({ cost }) => cost)), two: spreadOf(two.map(({ cost }) => cost)) },
    processors: spreadOf(two.map(({ processors }) => processors)),
  }
}

/** How often the engine is asked whether both threads have a job, in milliseconds. */
const SAMPLE_MS = 5

async function onThreads(
  engine: Engine,
  concurrency: number,
  store: BlockStore,
  mod: CID,
  first: number,
  count: number,
): Promise<Sample> {
  const executor = createExecutor({ store, engine, queue: { concurrency } })
  let [asked, both] = [0, 0]
  const timer = setInterval(() => {
    asked++
    if (engine.stats!().busy === 2) both++
  }, SAMPLE_MS)
  const [start, processor] = [performance.now(), processorMs()]
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const task = createTask({ mod, fun: KERNEL.fun, params: [BigInt(first + i)], abi: KERNEL.abi })
      const { receipt } = await executor.execute(task, LIMITS)
      if (!('ok' in receipt.out)) throw new Error(`${KERNEL.name}: ${JSON.stringify(receipt.out)}`)
    }),
  )
  const ms = performance.now() - start
  clearInterval(timer)
  const spent = processorMs() - processor
  return { ms, cost: spent / count, processors: spent / ms, bothBusy: asked === 0 ? 1 : both / asked }
}

async function onProcesses(processes: readonly BareProcess[], first: number, count: number): Promise<Sample> {
  const share = count / processes.length
  const start = performance.now()
  const spent = await Promise.all(processes.map((process, i) => process.run(first + i * share, share)))
  const ms = performance.now() - start
  const total = spent.reduce((sum, one) => sum + one, 0)
  return { ms, cost: total / count, processors: total / ms, bothBusy: 1 }
}

class BareProcess {
  readonly #child: ChildProcess
  readonly #lines: Interface

  constructor() {
    const script = fileURLToPath(new URL('bare-process.mjs', import.meta.url))
    const module = fileURLToPath(new URL(`../${KERNEL.path}`, import.meta.url))
    this.#child = spawn(process.execPath, [script, module, KERNEL.fun], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })
  }

  /** Calls the kernel. Returns the processor time in milliseconds. */
  run(first: number, count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const died = (): void => reject(new Error('the process of the bare engine has ended'))
      this.#child.once('exit', died)
      this.#lines.once('line', line => {
        this.#child.off('exit', died)
        resolve(Number(line))
      })
      this.#child.stdin!.write(`${first} ${count}\n`)
    })
  }

  end(): void {
    this.#child.stdin!.end()
  }
}
