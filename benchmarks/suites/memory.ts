/** Checks that the memory of a host does not grow while it runs many tasks of many modules. */
import type { CID } from 'multiformats/cid'
import { addFile, createExecutor, createMemoryStore, type BlockStore } from '../../src/index.ts'
import { marked } from '../modules.ts'
import { median } from '../stats.ts'
import { builtThread, LIMITS, taskOf, tinyTasks, type Tiny } from '../tasks.ts'
import { columns, fixed, markdownTable, type Suite } from '../suite.ts'

export interface MemoryResult {
  readonly tasks: number
  readonly modules: number
  readonly seconds: number
  /** The resident memory in MB, including that of the thread, after a number of tasks. */
  readonly samples: readonly { readonly tasks: number; readonly mb: number }[]
  /**
   * The ratio of the median of the last fifth of the samples to that of the second fifth. The first fifth is the
   * warm-up.
   */
  readonly growth: number
}

export const memory: Suite<MemoryResult> = {
  title: 'resident memory over many tasks of many modules',
  async run(options, log) {
    const tasks = options.tasks ?? (options.quick ? 300 : 10_000)
    const modules = options.modules ?? (options.quick ? 20 : 100)
    const engine = builtThread()
    const { store, tiny } = await stock(modules)
    const executor = createExecutor({ store, engine })
    const samples: { tasks: number; mb: number }[] = []
    const start = performance.now()
    for (let i = 0, state = 1; i <= tasks; i++) {
      if (i % Math.ceil(tasks / 50) === 0) {
        samples.push({ tasks: i, mb: Math.round(process.memoryUsage.rss() / 1e5) / 10 })
        if (samples.length % 10 === 1) log(columns([`${i} tasks`, samples[samples.length - 1]!.mb, 'MB'], [16, 9, 4]))
      }
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const [one, mod] = tiny[(state >>> 8) % modules]!
      await executor.execute(taskOf(one, mod, i), LIMITS)
    }
    await engine.close()
    const fifth = (n: number): number =>
      median(
        samples
          .slice(Math.floor((n * samples.length) / 5), Math.floor(((n + 1) * samples.length) / 5))
          .map(({ mb }) => mb),
      )
    const growth = fifth(4) / fifth(1)
    log(`the last fifth to the second: ${fixed(growth)}`)
    return { tasks, modules, seconds: Math.round((performance.now() - start) / 1000), samples, growth }
  },
  report({ tasks, modules, seconds, samples, growth }) {
    const chosen = samples.filter((_, i) => i % 5 === 0 || i === samples.length - 1)
    return [
      `${tasks} tasks of ${modules} modules on one thread, in ${seconds} s.`,
      `Last fifth to second fifth: ${fixed(growth)}.`,
      '',
      markdownTable(
        ['tasks', 'resident, MB'],
        chosen.map(({ tasks: done, mb }) => [done, mb]),
      ),
    ].join('\n')
  },
}

/** A store that keeps modules, but no receipts, since their memory is not to be measured. */
async function stock(
  modules: number,
): Promise<{ readonly store: BlockStore; readonly tiny: readonly (readonly [Tiny, CID])[] }> {
  const kinds = tinyTasks()
  const kept: BlockStore = createMemoryStore()
  const tiny: (readonly [Tiny, CID])[] = []
  for (let i = 0; i < modules; i++) {
    const kind = kinds[i % kinds.length]!
    tiny.push([kind, await addFile(kept, marked(kind.bytes, i))])
  }
  const store: BlockStore = {
    get: (cid, options) => kept.get(cid, options),
    put: cid => cid,
    has: (cid, options) => kept.has(cid, options),
  }
  return { store, tiny }
}
