/** The tasks from which the corpus is made, and the conversion of a list of them to the file. */
import type { Argument } from '../../src/abi/guest.ts'
import { isBytes } from '../../src/base/realms.ts'
import type { Outcome } from '../../src/interface.ts'
import type { Corpus, ParamRow, ProgramRow } from './format.ts'

export interface CorpusTask {
  /** The kind of task, by which the table of the corpus counts. */
  readonly group: string
  readonly name: string
  readonly module: Uint8Array
  readonly fun: string
  readonly abi: string
  readonly params: readonly Argument[]
  /** What a program finds. Then `abi` is `wasi`, and `params` are none. */
  readonly program?: ProgramRow
  readonly gas: bigint
  readonly pages: number
  /** True if the same call is also made with exactly the gas that it uses, with one unit less, and with half of it. */
  readonly gasEdges?: boolean
}

/**
 * Enough gas for all tasks that end; and the gas of tasks that do not, which is small because an emulated engine is
 * slow.
 */
export const ENOUGH = 10n ** 11n
export const LITTLE = 10n ** 8n

/** The groups that the control also runs, without canonical NaNs. */
export const NAN_GROUPS: readonly string[] = ['floats', 'NaN payloads', 'NaN loops']

/** The contents of the corpus file: each module once, and the tasks in their order. */
export function toCorpus(tasks: readonly CorpusTask[]): Corpus {
  const modules = new Map<string, number>()
  const indexOf = (module: Uint8Array): number => {
    const text = Buffer.from(module).toString('base64')
    const index = modules.get(text) ?? modules.size
    modules.set(text, index)
    return index
  }
  const rows = tasks.map(({ group, name, module, fun, abi, params, program, gas, pages }) => ({
    group,
    name,
    module: indexOf(module),
    fun,
    abi,
    params: params.map(paramRow),
    ...(program && { program }),
    gas: String(gas),
    pages,
  }))
  return { modules: [...modules.keys()], tasks: rows }
}

function paramRow(param: Argument): ParamRow {
  if (typeof param === 'bigint') return ['i', String(param)]
  if (typeof param === 'string') return ['t', param]
  if (!isBytes(param)) throw new Error('the corpus has integers, texts and byte strings alone')
  return ['b', Buffer.from(param).toString('base64')]
}

/**
 * Adds calls with limits near the used gas after each task with `gasEdges`. `compute` returns the outcome of a task, or
 * undefined for a fault. If a task faults here, no calls are added, and the run will report the fault.
 */
export async function withGasEdges(
  tasks: readonly CorpusTask[],
  compute: (task: CorpusTask) => Promise<Pick<Outcome, 'gasUsed'> | undefined>,
): Promise<CorpusTask[]> {
  const all: CorpusTask[] = []
  for (const task of tasks) {
    all.push(task)
    if (task.gasEdges !== true) continue
    const gasUsed = (await compute(task))?.gasUsed ?? 0n
    const limits =
      gasUsed === task.gas ? [gasUsed - 1n, gasUsed / 3n] : gasUsed === 0n ? [] : [gasUsed, gasUsed - 1n, gasUsed / 2n]
    all.push(...limits.map(gas => ({ ...task, group: 'gas limits', name: `${task.name}, gas ${gas}`, gas })))
  }
  return all
}
