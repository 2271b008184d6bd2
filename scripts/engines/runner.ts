/**
 * Runs a corpus with the core: executor, inline engine and a store in memory. It is bundled into one file, which runs
 * on every engine. It uses no APIs of Node or browsers, and reports through `emit`.
 */
import {
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  addFile,
  Fault,
  type Executor,
  type Param,
} from '../../src/index.ts'
import type { Corpus, Line, ParamRow, TaskRow } from './format.ts'

type Emit = (line: Line) => void | Promise<void>

/** Runs the tasks from index `from` on, one at a time. */
export async function run(corpus: Corpus, from: number, emit: Emit): Promise<void> {
  const store = createMemoryStore()
  const executor = createExecutor({ store, engine: createInlineEngine() })
  let mod: Awaited<ReturnType<typeof addFile>> | undefined
  for (let index = from; index < corpus.tasks.length; index++) {
    const row = corpus.tasks[index]!
    if (mod === undefined || row.module !== corpus.tasks[index - 1]?.module) {
      mod = await addFile(store, bytesOf(corpus.modules[row.module]!))
    }
    await emit(await lineOf(index, () => receiptOf(executor, mod!, row)))
  }
}

async function receiptOf(executor: Executor, mod: Awaited<ReturnType<typeof addFile>>, row: TaskRow): Promise<string> {
  const task = createTask({ mod, fun: row.fun, params: row.params.map(paramOf), abi: row.abi })
  return (await executor.execute(task, { gas: BigInt(row.gas), pages: row.pages })).cid.toString()
}

/** The line of a task. Any error counts as a fault here, even one that is not a `Fault`. */
async function lineOf(index: number, receipt: () => Promise<string>): Promise<Line> {
  try {
    return [index, await receipt()]
  } catch (error) {
    const { name, message } = error as Error
    const cause = error instanceof Fault ? (error.cause as Error | undefined)?.message : undefined
    return [
      index,
      null,
      error instanceof Fault ? error.code : `thrown ${name}`,
      cause === undefined ? message : `${message} (${cause})`,
    ]
  }
}

function paramOf([kind, text]: ParamRow): Param {
  return kind === 'i' ? BigInt(text) : kind === 't' ? text : bytesOf(text)
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}
