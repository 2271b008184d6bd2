/** The targets for the measurements: required values, and better ones. */
import { isFloat } from './kernels.ts'
import { geometricMean } from './stats.ts'
import { gasSpread, middleOf, worstAdversary } from './suites/calibrate.ts'
import { mean, ratios, sized, sizeRatios } from './suites/execute.ts'
import { PLAIN_HIT } from './suites/executor.ts'
import { preparing } from './suites/instrument.ts'
import { beyond, meanOf, type LargeRow } from './suites/wasi.ts'
import type { ResultFile } from './results.ts'
import type { Results } from './suites.ts'
import { fixed } from './suite.ts'

export interface Target {
  readonly what: string
  readonly required: number
  readonly goal: number
  /** The required value on engines other than Node 20, if it differs. */
  readonly elsewhere?: number
  /** True if a larger value is better. */
  readonly most?: boolean
  /** The measured value, and the kernel or adversary to which it belongs; undefined if the suite has not run. */
  readonly measured: (results: Results) => { readonly value: number; readonly of?: string } | undefined
}

export const TARGETS: readonly Target[] = [
  {
    what: 'execute, everything on, ÷ bare: geometric mean',
    required: 1.08,
    goal: 1.05,
    measured: ({ execute }) =>
      execute && { value: mean(execute.kernels, 'fast'), of: `${execute.kernels.length} programs` },
  },
  {
    what: 'the same, worst program (other engines than Node 20: 2)',
    required: 1.5,
    elsewhere: 2,
    goal: 1.3,
    measured({ execute }) {
      if (execute === undefined) return undefined
      const all = ratios(execute.kernels, 'fast')
      const value = Math.max(...all)
      return { value, of: execute.kernels[all.indexOf(value)]!.name }
    },
  },
  {
    what: 'float and SIMD programs alone: geometric mean',
    required: 1.22,
    goal: 1.1,
    measured: ({ execute }) => execute && { value: mean(execute.kernels.filter(isFloat), 'fast') },
  },
  {
    what: "admit + instrument ÷ binaryen's read + emit",
    required: 1.8,
    goal: 1.5,
    measured: ({ instrument }) =>
      instrument && { value: preparing(instrument), of: `${instrument.modules.length} modules` },
  },
  {
    what: 'size ÷ original, modules of 1 KB and more: geometric mean',
    required: 1.3,
    goal: 1.2,
    measured: ({ execute }) => execute && { value: geometricMean(sizeRatios(sized(execute.kernels), 'fast')) },
  },
  {
    what: 'the same, worst module',
    required: 1.75,
    goal: 1.75,
    measured({ execute }) {
      if (execute === undefined) return undefined
      const kernels = sized(execute.kernels)
      const all = sizeRatios(kernels, 'fast')
      const value = Math.max(...all)
      return { value, of: kernels[all.indexOf(value)]?.name ?? 'none' }
    },
  },
  {
    what: 'warm tiny tasks per second, one thread',
    required: 2_000,
    goal: 5_000,
    most: true,
    measured({ invoke }) {
      const row = invoke?.tasks.find(({ task, way }) => task.startsWith('core') && way === 'thread')
      return row && { value: row.perSecond.median, of: 'one after the other' }
    },
  },
  {
    what: 'the same with receipts on the disk, 64 at once',
    required: 2_000,
    goal: 2_000,
    most: true,
    measured({ durable }) {
      const row = durable?.rows.find(({ store, at }) => store === 'createFsStore' && at === 64)
      return row && { value: row.perSecond.median, of: 'the file-system store' }
    },
  },
  {
    what: 'answers of the memo per second',
    required: 20_000,
    goal: 25_000,
    most: true,
    measured({ executor }) {
      const row = executor?.hits.find(({ name }) => name === PLAIN_HIT)
      return row && { value: row.perSecond.median, of: 'one after the other' }
    },
  },
  {
    what: 'long tasks, one thread ÷ two threads',
    required: 1.8,
    goal: 1.95,
    most: true,
    measured({ executor }) {
      const [ours, bare] = executor?.long ?? []
      return ours && bare && { value: ours.speedup.median, of: `bare processes: ${fixed(bare.speedup.median)}` }
    },
  },
  {
    what: 'the same ÷ that of bare processes, which is what the machine has',
    required: 0.95,
    goal: 0.98,
    most: true,
    measured({ executor }) {
      const [ours, bare] = executor?.long ?? []
      return ours && bare && { value: ours.speedup.median / bare.speedup.median }
    },
  },
  {
    what: 'verify, beyond the bare run, ms: worst receipt',
    required: 10,
    goal: 3,
    measured({ verify }) {
      const rows = [...(verify?.receipts ?? [])].sort((a, b) => b.verify.beyond.median - a.verify.beyond.median)
      return rows[0] && { value: rows[0].verify.beyond.median, of: rows[0].name }
    },
  },
  {
    what: 'receipts of tiny tasks verified per second, two threads',
    required: 1_500,
    goal: 3_000,
    most: true,
    measured({ verify }) {
      const row = verify?.many?.find(({ task, threads }) => task.startsWith('core') && threads === 2)
      return row && { value: row.perSecond.median, of: row.task }
    },
  },
  {
    what: '`ipvm-wasm run`, cached module, s',
    required: 0.4,
    goal: 0.25,
    measured: results => seconds(results, 'cached, 200 KB'),
  },
  {
    what: '`ipvm-wasm run`, uncached 200 KB module, s',
    required: 1.5,
    goal: 1,
    measured: results => seconds(results, 'uncached, 200 KB'),
  },
  {
    what: 'resident memory, last fifth ÷ second fifth',
    required: 1.05,
    goal: 1.02,
    measured: ({ memory }) =>
      memory && { value: memory.growth, of: `${memory.tasks} tasks of ${memory.modules} modules` },
  },
  {
    what: 'programs of WASI, fast, ÷ bare under a plain shim: geometric mean',
    required: 1.1,
    goal: 1.05,
    measured: ({ wasi }) => wasi && { value: meanOf(wasi), of: `${wasi.programs.length} programs` },
  },
  {
    what: 'a call of WASI, beyond the call of an import, ns: worst',
    required: 1_000,
    goal: 500,
    measured({ wasi }) {
      const row = [...(wasi?.calls ?? [])].sort((a, b) => beyond(b) - beyond(a))[0]
      return row && { value: beyond(row), of: row.name }
    },
  },
  {
    what: "a module of 20 MB: admit + instrument ÷ binaryen's read + emit",
    required: 2,
    goal: 1.8,
    measured: results => largest(results, ({ ratio }) => ratio.median),
  },
  {
    what: 'the same, most resident memory while it is prepared, GB',
    required: 1.5,
    goal: 1.2,
    measured: results => largest(results, ({ mb }) => mb.prepare / 1024),
  },
  {
    what: 'the same, from the index, s',
    required: 0.4,
    goal: 0.25,
    measured: results => largest(results, ({ ms }) => ms.index.median / 1000),
  },
  {
    what: 'nanoseconds per gas, greatest ÷ least',
    required: 5,
    goal: 3,
    measured: ({ calibrate }) => calibrate && { value: gasSpread(calibrate) },
  },
  {
    what: 'nanoseconds per gas, worst adversary ÷ median',
    required: 20,
    goal: 5,
    measured({ calibrate }) {
      if (calibrate === undefined) return undefined
      const { nsPerGas, name } = worstAdversary(calibrate)
      return { value: nsPerGas / middleOf(calibrate), of: name }
    },
  },
]

/** The worst of the large modules. */
function largest(
  { wasi }: Results,
  of: (row: LargeRow) => number,
): { readonly value: number; readonly of: string } | undefined {
  const row = [...(wasi?.large ?? [])].sort((a, b) => of(b) - of(a))[0]
  return row && { value: of(row), of: row.name }
}

function seconds({ invoke }: Results, process: string): { readonly value: number } | undefined {
  const found = invoke?.processes[process]
  return found && { value: found.ms.median / 1000 }
}

/** A cell of the table: the value, what it belongs to, and whether it meets the target. */
export function judged(
  { required, elsewhere = required, goal, most = false, measured }: Target,
  { engine, suites }: ResultFile,
): string {
  const found = measured(suites)
  if (found === undefined) return '–'
  const within = (bound: number): boolean => (most ? found.value >= bound : found.value <= bound)
  const bound = engine.name === 'node' && engine.version.startsWith('20.') ? required : elsewhere
  const word = within(goal) ? 'goal' : within(bound) ? 'required' : '**missed**'
  return `${fixed(found.value, found.value >= 100 ? 0 : 2)}${found.of === undefined ? '' : ` (${found.of})`}: ${word}`
}
