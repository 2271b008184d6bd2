/**
 * Makes the corpus: `tsx scripts/engines/corpus.ts <folder>`, under Node 20. It writes `corpus.json`, and
 * `control.json`, which has the tasks that observe NaNs. The files depend only on the contents of the repository.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../src/base/fault.ts'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { fixtureTasks } from './fixture-tasks.ts'
import { generatedTasks } from './generated.ts'
import { instructionTasks, nanLoopTasks, nanTasks } from './instruction-tasks.ts'
import { gasOf, programTasks } from './program-tasks.ts'
import { recursionTasks } from './recursion-tasks.ts'
import { NAN_GROUPS, toCorpus, withGasEdges, type CorpusTask } from './tasks.ts'

/** The number of tasks from the generator, and its seed. */
const GENERATED = { count: 1500, seed: 3 }

/** All tasks, without those that `withGasEdges` adds. */
export async function baseTasks(): Promise<CorpusTask[]> {
  return [
    ...(await fixtureTasks()),
    ...(await programTasks()),
    ...instructionTasks(),
    ...nanTasks(),
    ...(await nanLoopTasks()),
    ...(await recursionTasks()),
    ...generatedTasks(GENERATED.count, GENERATED.seed),
  ]
}

/** A function that computes the gas of a task on this engine; undefined for a fault. */
export function computing(): (task: CorpusTask) => Promise<Pick<Outcome, 'gasUsed'> | undefined> {
  const computer = new Computer()
  return async task => {
    const { module, fun, abi, params, gas, pages } = task
    const key = Buffer.from(module).toString('base64')
    try {
      if (task.program !== undefined) return { gasUsed: await gasOf(task, task.program) }
      return await computer.compute({ key, module, profile: PROFILE_1, fun, abi, args: params, limits: { gas, pages } })
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }
}

/** Writes the corpus, and its part for the control, into a folder. */
export async function makeCorpusIn(folder: string): Promise<void> {
  const tasks = await withGasEdges(await baseTasks(), computing())
  writeFileSync(join(folder, 'corpus.json'), JSON.stringify(toCorpus(tasks)))
  writeFileSync(
    join(folder, 'control.json'),
    JSON.stringify(toCorpus(tasks.filter(({ group }) => NAN_GROUPS.includes(group)))),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeCorpusIn(process.argv[2]!)
