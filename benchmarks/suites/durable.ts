/** What it costs to keep receipts on the disk: warm small tasks per second, over stores that flush and one that does not. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlockFiles } from '../../src/content/block-files.ts'
import { addFile, createExecutor, createMemoryStore, type BlockStore, type Engine } from '../../src/index.ts'
import { createFsStore } from '../../src/node.ts'
import { interleave, timed, type Contender } from '../measure.ts'
import { columns, markdownTable, type Options, type Suite } from '../suite.ts'
import { builtThread, LIMITS, taskOf, tinyTasks } from '../tasks.ts'

export interface DurableRow {
  readonly store: string
  /** Tasks under way at once. */
  readonly at: number
  /** Tasks per second: median, and quartiles. */
  readonly perSecond: { readonly median: number; readonly q1: number; readonly q3: number }
}

export interface DurableResult {
  readonly rows: readonly DurableRow[]
}

interface Way {
  readonly name: string
  /** A store in a new folder. */
  open(folder: string): BlockStore & { close?(): Promise<void> }
  readonly at: number
}

/** Each block as a file of its own, written and flushed by itself. */
function fileStore(folder: string): BlockStore {
  const files = new BlockFiles(folder, join(folder, 'tmp'))
  mkdirSync(join(folder, 'tmp'))
  return {
    get: cid => files.get(cid),
    has: cid => files.has(cid),
    put: async (cid, bytes) => {
      await files.put(cid, bytes)
      return cid
    },
  }
}

const WAYS: readonly Way[] = [1, 64].flatMap(at => [
  { name: 'memory', at, open: () => createMemoryStore() },
  { name: 'a flushed file for each block', at, open: fileStore },
  { name: 'createFsStore', at, open: folder => createFsStore(folder) },
  { name: "createFsStore, durable: 'soon'", at, open: folder => createFsStore(folder, { durable: 'soon' }) },
])

export const durable: Suite<DurableResult> = {
  title: 'warm small tasks whose receipts are on the disk when execute() resolves',
  async run(options, log) {
    const engine = builtThread()
    try {
      const rows = await measure(engine, options)
      for (const { store, at, perSecond } of rows)
        log(columns([`${store}, ${at} at once`, Math.round(perSecond.median), 'tasks/s'], [48, 9, 9]))
      return { rows }
    } finally {
      await engine.close()
    }
  },
  report: ({ rows }) =>
    markdownTable(
      ['store', 'tasks at once', 'tasks per second', 'quartiles'],
      rows.map(({ store, at, perSecond: { median, q1, q3 } }) => [
        store,
        at,
        Math.round(median),
        `${Math.round(q1)}–${Math.round(q3)}`,
      ]),
    ),
}

async function measure(engine: Engine, { quick, rounds }: Options): Promise<DurableRow[]> {
  let next = 0
  const countOf = (way: Way): number => (quick ? 1 : way.at === 1 ? 2 : 16) * 64
  const contenders = WAYS.map((way): Contender => ({
    name: `${way.name}, ${way.at}`,
    run: () => runBatch(way, engine, (next += 10_000), countOf(way)),
  }))
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 1 : 9),
    warmups: 1,
    warmupMs: quick ? 0 : 500,
    slowMs: 3000,
  })
  return WAYS.map(way => {
    const { ms } = measured.get(`${way.name}, ${way.at}`)!
    const rate = (time: number): number => (countOf(way) / time) * 1000
    return {
      store: way.name,
      at: way.at,
      perSecond: { median: rate(ms.median), q1: rate(ms.q3), q3: rate(ms.q1) },
    }
  })
}

/** From the tasks to their receipts' CIDs, in a new folder. */
async function runBatch({ open, at }: Way, engine: Engine, first: number, count: number): Promise<number> {
  const tiny = tinyTasks()[0]!
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
  const store = open(folder)
  try {
    const mod = await addFile(store, tiny.bytes)
    const executor = createExecutor({ store, engine })
    const tasks = Array.from({ length: count }, (_, i) => taskOf(tiny, mod, first + i))
    const work = async (): Promise<void> => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        const { receipt } = await executor.execute(task, LIMITS)
        if (!('ok' in receipt.out)) throw new Error(`${tiny.name}: ${JSON.stringify(receipt.out)}`)
      }
    }
    return await timed(() => Promise.all(Array.from({ length: at }, work)))
  } finally {
    await store.close?.()
    rmSync(folder, { recursive: true, force: true })
  }
}
