/** Measures the work around a guest's run: warm tasks per second, and the command line from start to end. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createExecutor, createInlineEngine, type Engine } from '../../src/index.ts'
import { KERNELS, moduleOf } from '../kernels.ts'
import { interleave, timed, type Contender, type Measured } from '../measure.ts'
import { enlarged } from '../modules.ts'
import { builtProcess, builtThread, LIMITS, storeWith, taskOf, tinyTasks, type Tiny } from '../tasks.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface InvokeRow {
  readonly task: string
  readonly way: string
  /** The tasks per second: median and quartiles. */
  readonly perSecond: { readonly median: number; readonly q1: number; readonly q3: number }
}

export interface InvokeResult {
  readonly tasks: readonly InvokeRow[]
  /** The lifetime of a new engine with one task, by the kind of engine. */
  readonly engines?: Readonly<Record<string, Measured>>
  /** The lifetime of a process of the command line, by its work. */
  readonly processes: Readonly<Record<string, Measured>>
}

interface Way {
  readonly name: string
  readonly engine: Engine
  /** The number of concurrent tasks. */
  readonly at: number
}

export const invoke: Suite<InvokeResult> = {
  title: "warm tiny tasks from execute() to the receipt's CID; a new engine for one; the command line in a new process",
  async run(options, log) {
    const [thread, process, inline] = [builtThread(), builtProcess(), createInlineEngine()]
    const ways: Way[] = [
      { name: 'thread', engine: thread, at: 1 },
      { name: 'thread, 8 at once', engine: thread, at: 8 },
      { name: 'process', engine: process, at: 1 },
      { name: 'process, 8 at once', engine: process, at: 8 },
      { name: 'inline', engine: inline, at: 1 },
    ]
    const tasks: InvokeRow[] = []
    try {
      for (const tiny of tinyTasks()) {
        for (const row of await measure(tiny, ways, options)) {
          tasks.push(row)
          log(columns([`${row.task}, ${row.way}`, Math.round(row.perSecond.median), 'tasks/s'], [42, 9, 9]))
        }
      }
    } finally {
      await Promise.all([thread.close(), process.close()])
    }
    const engines = await measureEngines(options)
    const processes = await measureProcesses(options)
    for (const [name, { ms }] of [...Object.entries(engines), ...Object.entries(processes)])
      log(columns([name, ms.median.toFixed(0), 'ms'], [42, 9, 9]))
    return { tasks, engines, processes }
  },
  report: ({ tasks, engines, processes }) =>
    [
      markdownTable(
        ['task', 'engine', 'tasks per second', 'quartiles'],
        tasks.map(({ task, way, perSecond: { median, q1, q3 } }) => [
          task,
          way,
          Math.round(median),
          `${Math.round(q1)}–${Math.round(q3)}`,
        ]),
      ),
      '',
      markdownTable(['a new engine, one prepared task, and its end', 'ms', 'quartiles'], rowsOf(engines)),
      '',
      markdownTable(['`ipvm-wasm run`, a process each', 'ms', 'quartiles'], rowsOf(processes)),
    ].join('\n'),
}

function rowsOf(measured: Readonly<Record<string, Measured>> = {}): string[][] {
  return Object.entries(measured).map(([name, { ms }]) => [
    name,
    fixed(ms.median, 0),
    `${fixed(ms.q1, 0)}–${fixed(ms.q3, 0)}`,
  ])
}

/** Measures the start of engines. The module is in the index, so admission and instrumentation are not included. */
async function measureEngines({ quick, rounds }: Options): Promise<Record<string, Measured>> {
  const index = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
  const tiny = tinyTasks()[0]!
  const { store, mod } = await storeWith(tiny.bytes)
  const once = (make: () => Engine): Promise<number> =>
    timed(async () => {
      const engine = make()
      await createExecutor({ store, engine }).execute(taskOf(tiny, mod, 1), LIMITS)
      await engine.close()
    })
  const contenders: Contender[] = [
    { name: 'thread', run: () => once(() => builtThread(1, index)) },
    { name: 'process', run: () => once(() => builtProcess(1, index)) },
  ]
  try {
    return Object.fromEntries(
      await interleave(contenders, { rounds: rounds ?? (quick ? 1 : 9), warmups: 1, warmupMs: 0 }),
    )
  } finally {
    rmSync(index, { recursive: true, force: true })
  }
}

async function measure(tiny: Tiny, ways: readonly Way[], { quick, rounds }: Options): Promise<InvokeRow[]> {
  const batch = quick ? 20 : 400
  let next = 0
  const contenders = ways.map((way): Contender => ({
    name: way.name,
    run: () => runBatch(tiny, way, (next += batch), batch),
  }))
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 2 : 11),
    warmups: quick ? 1 : 4,
    warmupMs: quick ? 0 : 500,
  })
  const rate = (ms: number): number => (batch / ms) * 1000
  return ways.map(({ name }) => {
    const { ms } = measured.get(name)!
    return { task: tiny.name, way: name, perSecond: { median: rate(ms.median), q1: rate(ms.q3), q3: rate(ms.q1) } }
  })
}

/**
 * Runs `count` tasks, each from the task to the CID of its receipt. The store is new, so that it does not grow over the
 * rounds.
 */
async function runBatch(tiny: Tiny, { engine, at }: Way, first: number, count: number): Promise<number> {
  const { store, mod } = await storeWith(tiny.bytes)
  const executor = createExecutor({ store, engine })
  const tasks = Array.from({ length: count }, (_, i) => taskOf(tiny, mod, first + i))
  return timed(async () => {
    const work = async (): Promise<void> => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        const { receipt } = await executor.execute(task, LIMITS)
        if (!('ok' in receipt.out)) throw new Error(`${tiny.name}: ${JSON.stringify(receipt.out)}`)
      }
    }
    await Promise.all(Array.from({ length: at }, work))
  })
}

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/**
 * Measures processes of the command line. Each command has a folder with its cache; an uncached one has a new folder
 * for each run.
 */
async function measureProcesses({ quick, rounds }: Options): Promise<Record<string, Measured>> {
  const json = moduleOf(KERNELS.find(({ name }) => name === 'json')!)
  const modules = { small: json, large: enlarged(json, 200_000) }
  const kept = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
  const inNewFolder = (module: Uint8Array): number => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
    try {
      return runCli(folder, module)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const contenders: Contender[] = [
    { name: 'the engine alone, no program', run: () => runProcess(kept, ['-e', '0']) },
    { name: 'cached, 9 KB', run: () => runCli(kept, modules.small) },
    { name: 'cached, 200 KB', run: () => runCli(kept, modules.large) },
    { name: 'uncached, 9 KB', run: () => inNewFolder(modules.small) },
    { name: 'uncached, 200 KB', run: () => inNewFolder(modules.large) },
  ]
  try {
    return Object.fromEntries(
      await interleave(contenders, { rounds: rounds ?? (quick ? 1 : 9), warmups: 1, warmupMs: 0 }),
    )
  } finally {
    rmSync(kept, { recursive: true, force: true })
  }
}

function runCli(folder: string, module: Uint8Array): number {
  const file = join(folder, `module-${module.length}.wasm`)
  writeFileSync(file, module)
  return runProcess(folder, [CLI, '--json', 'run', file, 'minify', '[1, 2]'])
}

function runProcess(folder: string, args: readonly string[]): number {
  const env = {
    ...process.env,
    HOME: folder,
    IPVM_WASM_CACHE: join(folder, 'cache'),
    IPVM_WASM_STORE: join(folder, 'store'),
  }
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  const ms = performance.now() - start
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`)
  return ms
}
