/** What an executor saves, and what it costs: answers from the memo, and long tasks on two threads. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryMemo,
  createMemoryStore,
  type BlockStore,
  type ExecuteOptions,
  type MemoStore,
  type Task,
} from '../../src/index.ts'
import { createFsMemo, createFsStore } from '../../src/node.ts'
import { measureLongTasks, type LongRow } from '../long-tasks.ts'
import { interleave, processorMs, timed, type Contender } from '../measure.ts'
import { median } from '../stats.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'
import { LIMITS, taskOf, tinyTasks } from '../tasks.ts'

export interface HitRow {
  readonly name: string
  /** Answers per second: median and quartiles. */
  readonly perSecond: { readonly median: number; readonly q1: number; readonly q3: number }
  /** Answers per second of processor time, garbage collection on other threads included: the median. */
  readonly perProcessorSecond: number
}

export interface ExecutorResult {
  readonly hits: readonly HitRow[]
  readonly long: readonly LongRow[]
}

/** The way that the target is about. */
export const PLAIN_HIT = 'a new object for each call'

/** The number of different tasks that the memo knows. */
const KNOWN = 1000

interface Way {
  readonly name: string
  /** The store and the memo in a new folder. */
  open(folder: string): { readonly store: BlockStore & { close?(): Promise<void> }; readonly memo: MemoStore }
  /** What the executor is given as the task of a call. */
  task(i: number, made: readonly Task[], cids: readonly CID[], mod: CID): Task | CID
  readonly options?: ExecuteOptions
}

const TINY = tinyTasks()[0]!
const inMemory = () => ({ store: createMemoryStore(), memo: createMemoryMemo() })
const fresh: Way['task'] = (i, _, __, mod) => taskOf(TINY, mod, i)

const WAYS: readonly Way[] = [
  { name: PLAIN_HIT, open: inMemory, task: fresh },
  { name: 'the same, with timeoutMs', open: inMemory, task: fresh, options: { timeoutMs: 60_000 } },
  { name: 'the same object of createTask', open: inMemory, task: (i, made) => made[i]! },
  { name: 'the CID of the task', open: inMemory, task: (i, _, cids) => cids[i]! },
  {
    name: 'a new object; createFsStore',
    open: folder => ({ store: createFsStore(join(folder, 'store')), memo: createMemoryMemo() }),
    task: fresh,
  },
  {
    name: 'a new object; createFsStore and createFsMemo',
    open: folder => ({
      store: createFsStore(join(folder, 'store')),
      memo: createFsMemo(join(folder, 'memo'), { maker: 'benchmark' }),
    }),
    task: fresh,
  },
]

export const executor: Suite<ExecutorResult> = {
  title: 'calls that the memo answers, one after the other; long tasks on two threads',
  async run(options, log) {
    const hits = await measureHits(options)
    for (const { name, perSecond, perProcessorSecond } of hits)
      log(
        columns(
          [name, Math.round(perSecond.median), 'answers/s', Math.round(perProcessorSecond), 'of processor time'],
          [46, 9, 9, 9, 17],
        ),
      )
    const long = await measureLongTasks(options)
    for (const { name, speedup, cost, processors, bothBusy } of long)
      log(
        columns(
          [
            `${name}, one ÷ two`,
            fixed(speedup.median),
            `${fixed(processors.median)} processors`,
            `${fixed(cost.one.median, 0)} → ${fixed(cost.two.median, 0)} ms a task`,
            bothBusy === undefined ? '' : `both busy ${fixed(100 * bothBusy.median, 0)} %`,
          ],
          [46, 9, 16, 22, 16],
        ),
      )
    return { hits, long }
  },
  report: ({ hits, long }) =>
    [
      markdownTable(
        ['the task of the call', 'answers of the memo per second', 'quartiles', 'per second of processor time'],
        hits.map(({ name, perSecond: { median, q1, q3 }, perProcessorSecond }) => [
          name,
          Math.round(median),
          `${Math.round(q1)}–${Math.round(q3)}`,
          Math.round(perProcessorSecond),
        ]),
      ),
      '',
      markdownTable(
        [
          'long tasks',
          'on one, ms',
          'on two, ms',
          'one ÷ two',
          'quartiles',
          'processor ms of a task, on one',
          'on two',
          'processors used by two',
          'both busy',
        ],
        long.map(({ name, one, two, speedup, cost, processors, bothBusy }) => [
          name,
          fixed(one.median, 0),
          fixed(two.median, 0),
          fixed(speedup.median),
          `${fixed(speedup.q1)}–${fixed(speedup.q3)}`,
          fixed(cost.one.median, 0),
          fixed(cost.two.median, 0),
          fixed(processors.median),
          bothBusy === undefined ? '–' : `${fixed(100 * bothBusy.median, 0)} %`,
        ]),
      ),
    ].join('\n'),
}

async function measureHits({ quick, rounds }: Options): Promise<HitRow[]> {
  const count = quick ? 50 : 5 * KNOWN
  const known = quick ? 10 : KNOWN
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
  const closing: (() => Promise<void>)[] = []
  const spent = new Map<string, number[]>()
  try {
    const contenders: Contender[] = []
    for (const [at, way] of WAYS.entries()) {
      const { store, memo } = way.open(join(folder, String(at)))
      if (store.close !== undefined) closing.push(() => store.close!())
      const engine = createInlineEngine()
      const runner = createExecutor({ store, engine, memo })
      const mod = await addFile(store, TINY.bytes)
      const made = Array.from({ length: known }, (_, i) => taskOf(TINY, mod, i))
      const cids: CID[] = []
      for (const task of made) cids.push((await runner.execute(task, LIMITS)).task)
      const run = async (): Promise<number> => {
        const tasks = Array.from({ length: count }, (_, i) => way.task(i % known, made, cids, mod))
        const before = processorMs()
        const ms = await timed(async () => {
          for (const task of tasks) {
            const { origin } = await runner.execute(task, LIMITS, way.options)
            if (origin !== 'memo') throw new Error(`${way.name}: not answered by the memo`)
          }
        })
        spent.set(way.name, [...(spent.get(way.name) ?? []), processorMs() - before])
        return ms
      }
      contenders.push({ name: way.name, run })
    }
    const turns = { rounds: rounds ?? (quick ? 1 : 15), warmups: quick ? 1 : 4, warmupMs: quick ? 0 : 500 }
    const measured = await interleave(contenders, turns)
    const rate = (ms: number): number => (count / ms) * 1000
    return WAYS.map(({ name }) => {
      const { ms } = measured.get(name)!
      const perSecond = { median: rate(ms.median), q1: rate(ms.q3), q3: rate(ms.q1) }
      // The runs before the measured ones were the warm-up.
      return { name, perSecond, perProcessorSecond: rate(median(spent.get(name)!.slice(-turns.rounds))) }
    })
  } finally {
    for (const close of closing) await close()
    rmSync(folder, { recursive: true, force: true })
  }
}
