/** Tasks of programs in the ABI `wasi`: those of wasm-fixtures/wasi, with what test/programs gives them. */
import { createExecutor, createInlineEngine, createMemoryStore, addFile, createTask } from '../../src/index.ts'
import type { NewTree } from '../../src/content/add-tree.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { CASES, type Case } from '../../test/programs/cases.ts'
import { givenBy, LIMITS, moduleOf } from '../../test/programs/run-case.ts'
import type { ProgramRow, TreeRow } from './format.ts'
import { givenTo } from './runner.ts'
import type { CorpusTask } from './tasks.ts'

const text = (content: string): string => Buffer.from(content).toString('base64')

const TEXTS: TreeRow = {
  'a.txt': text('the cat and the dog'),
  sub: { 'b.txt': text('The end, and so on; the\nend') },
  ü: text('ä x'),
}

/** Programs that test/host/wasi runs below the ABI. */
const OTHERS: readonly (readonly [program: string, row: ProgramRow])[] = [
  [
    'words',
    {
      profile: 'pure',
      args: ['words', '3'],
      stdin: text('on\nso\n'),
      files: { in: TEXTS },
      keep: ['out', 'in/sub'],
    },
  ],
  [
    'tally',
    {
      profile: 'virtual',
      args: ['tally', 'ä'],
      stdin: text('Ab'),
      files: { in: { one: text('B'), two: text('b!') } },
      keep: ['out'],
    },
  ],
]

export async function programTasks(): Promise<CorpusTask[]> {
  const engine = createInlineEngine()
  const tasks: CorpusTask[] = []
  try {
    for (const [name, ran] of Object.entries(CASES)) tasks.push(taskOf(ran.program, name, await rowOf(engine, ran)))
  } finally {
    await engine.close()
  }
  return [...tasks, ...OTHERS.map(([program, row]) => taskOf(program, program, row))]
}

function taskOf(program: string, name: string, row: ProgramRow): CorpusTask {
  return {
    group: 'programs of WASI',
    name: `wasi/${program}: ${name}`,
    module: moduleOf(program),
    fun: '_start',
    abi: 'wasi',
    params: [],
    program: row,
    ...LIMITS,
    gasEdges: true,
  }
}

async function rowOf(engine: Parameters<typeof givenBy>[0], ran: Case): Promise<ProgramRow> {
  const { args, stdin = new Uint8Array(0), files, keep } = await givenBy(engine, ran)
  const trees = Object.entries(files).map(([path, tree]) => [path, treeRow(tree)] as const)
  return {
    profile: ran.profile === PROFILE_1 ? 'pure' : 'virtual',
    args,
    stdin: Buffer.from(stdin).toString('base64'),
    files: Object.fromEntries(trees),
    keep,
  }
}

function treeRow(tree: NewTree): TreeRow {
  if (tree.kind === 'file') return Buffer.from(tree.bytes).toString('base64')
  if (tree.kind !== 'directory') throw new Error('the corpus has files and directories alone')
  return Object.fromEntries(tree.entries.map(([name, node]) => [name, treeRow(node)]))
}

/** The gas that a program uses. Throws faults. */
export async function gasOf({ module, fun, abi, gas, pages }: CorpusTask, row: ProgramRow): Promise<bigint> {
  const store = createMemoryStore()
  const engine = createInlineEngine()
  try {
    const task = createTask({ mod: await addFile(store, module), fun, params: [await givenTo(store, row)], abi })
    const profile = row.profile === 'pure' ? PROFILE_1 : PROFILE_1_VIRTUAL
    const { receipt } = await createExecutor({ store, engine, profile }).execute(task, { gas, pages })
    return receipt.meta.gasUsed
  } finally {
    await engine.close()
  }
}
