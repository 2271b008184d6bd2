/**
 * Runs a corpus with the core: executor, engine and a store in memory. It is bundled into one file, which runs on every
 * engine. It uses no APIs of Node or browsers, and reports through `emit`.
 */
import {
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  addFile,
  addTree,
  Fault,
  PROFILE_1,
  PROFILE_1_VIRTUAL,
  type BlockStore,
  type Engine,
  type Executor,
  type NewTree,
  type ParamInput,
} from '../../src/index.ts'
import type { Corpus, Line, ParamRow, ProgramRow, TaskRow, TreeRow } from './format.ts'

/** For hosts that run the corpus on Web Workers. */
export { createWorkerEngine } from '../../src/index.ts'

type Emit = (line: Line) => void | Promise<void>

/** Runs the tasks from index `from` on, one at a time. */
export async function run(
  corpus: Corpus,
  from: number,
  emit: Emit,
  engine: Engine = createInlineEngine(),
): Promise<void> {
  const store = createMemoryStore()
  const executors = {
    pure: createExecutor({ store, engine, profile: PROFILE_1 }),
    virtual: createExecutor({ store, engine, profile: PROFILE_1_VIRTUAL }),
  }
  let mod: Awaited<ReturnType<typeof addFile>> | undefined
  for (let index = from; index < corpus.tasks.length; index++) {
    const row = corpus.tasks[index]!
    if (mod === undefined || row.module !== corpus.tasks[index - 1]?.module) {
      mod = await addFile(store, bytesOf(corpus.modules[row.module]!))
    }
    const executor = executors[row.program?.profile ?? 'pure']
    await emit(await lineOf(index, async () => receiptOf(executor, mod!, row, await paramsOf(store, row))))
  }
}

async function receiptOf(
  executor: Executor,
  mod: Awaited<ReturnType<typeof addFile>>,
  row: TaskRow,
  params: readonly ParamInput[],
): Promise<string> {
  const task = createTask({ mod, fun: row.fun, params, abi: row.abi })
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

async function paramsOf(store: BlockStore, { params, program }: TaskRow): Promise<readonly ParamInput[]> {
  return program === undefined ? params.map(paramOf) : [await givenTo(store, program)]
}

/** The parameter of the ABI `wasi`, once its files are in the store. */
export async function givenTo(
  store: Pick<BlockStore, 'put'>,
  { args, stdin, files, keep }: ProgramRow,
): Promise<ParamInput> {
  const links: [string, ParamInput][] = []
  for (const [path, tree] of Object.entries(files)) links.push([path, await addTree(store, treeOf(tree))])
  return {
    args,
    ...(stdin !== '' && { stdin: bytesOf(stdin) }),
    ...(links.length > 0 && { files: Object.fromEntries(links) }),
    ...(keep.length > 0 && { keep }),
  }
}

function treeOf(row: TreeRow): NewTree {
  if (typeof row === 'string') return { kind: 'file', bytes: bytesOf(row) }
  return { kind: 'directory', entries: Object.entries(row).map(([name, child]) => [name, treeOf(child)] as const) }
}

function paramOf([kind, text]: ParamRow): ParamInput {
  return kind === 'i' ? BigInt(text) : kind === 't' ? text : bytesOf(text)
}

/** It must do without a list of all characters, which takes eight times as much of a small heap. */
function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
