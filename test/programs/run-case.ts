/** Runs programs as users of the library do, and shows what they leave. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { CID } from 'multiformats/cid'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import {
  addFile,
  createExecutor,
  createMemoryStore,
  createTask,
  type Engine,
  type Execution,
  type MemoryStore,
  type ParamInput,
  type RunLimits,
  type Task,
} from '../../src/index.ts'
import { ROOT } from '../support/fixtures.ts'
import { wholeTree, type Tree } from '../support/trees.ts'
import { CASES, type Case, type Files } from './cases.ts'

export const LIMITS: RunLimits = { gas: 5n * 10n ** 12n, pages: 4096 }

/** What a program leaves, as its ABI gives it. */
export interface Result {
  readonly exit: bigint
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly files?: CID
}

const MODULES = new Map<string, Uint8Array>()

/** The module of a program, which is kept plain or compressed. */
export function moduleOf(program: string): Uint8Array {
  let module = MODULES.get(program)
  if (module === undefined) {
    const path = `${ROOT}/wasi/${program}/${program}.wasm`
    module = new Uint8Array(existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`)))
    MODULES.set(program, module)
  }
  return module
}

/** What a case gives to its program. */
export interface Given {
  readonly args: readonly string[]
  readonly stdin?: Uint8Array
  /** Trees by the paths where the program finds them. */
  readonly files: Readonly<Record<string, NewTree>>
  readonly keep: readonly string[]
}

/** The engine runs the case that comes before it, if there is one. */
export async function givenBy(engine: Engine, ran: Case): Promise<Given> {
  const folder = `${ROOT}/wasi/${ran.program}`
  const mounts = Object.entries(ran.mounts ?? {}).map(([at, from]) => [at, local(`${folder}/${from}`)] as const)
  return {
    args: ['program', ...(ran.args ?? [])],
    ...(ran.stdin !== undefined && { stdin: bytesOf(`${folder}/${ran.stdin}`) }),
    files: {
      ...Object.fromEntries(mounts),
      ...(ran.keep !== undefined && { [ran.keep]: await before(engine, ran) }),
    },
    keep: ran.keep === undefined ? [] : [ran.keep],
  }
}

/** A store, and the task of a case in it. */
export async function taskOf(engine: Engine, ran: Case): Promise<{ store: MemoryStore; task: Task }> {
  const store = createMemoryStore()
  const { args, stdin, files: trees, keep } = await givenBy(engine, ran)
  const files: Record<string, CID> = {}
  for (const [at, tree] of Object.entries(trees)) files[at] = await addTree(store, tree)
  const params: ParamInput = {
    args,
    ...(stdin && { stdin }),
    ...(Object.keys(files).length > 0 && { files }),
    ...(keep.length > 0 && { keep }),
  }
  const mod = await addFile(store, moduleOf(ran.program))
  return { store, task: createTask({ mod, fun: '_start', params: [params], abi: 'wasi' }) }
}

/** Runs a case, and gives the store with everything. */
export async function runCase(engine: Engine, ran: Case): Promise<{ store: MemoryStore; execution: Execution }> {
  const { store, task } = await taskOf(engine, ran)
  return { store, execution: await createExecutor({ store, engine, profile: ran.profile }).execute(task, LIMITS) }
}

export function resultOf({ receipt }: Execution): Result {
  if (!('ok' in receipt.out)) throw new Error(JSON.stringify(receipt.out.error))
  return receipt.out.ok as unknown as Result
}

/** What was kept, read. */
export function keptTree(store: MemoryStore, cid: CID): Promise<Tree> {
  return wholeTree(store, cid)
}

export function shown(tree: Tree): string | Files {
  if (tree.kind === 'directory') return Object.fromEntries(tree.entries.map(([name, node]) => [name, shown(node)]))
  if (!tree.bytes.includes(0)) return text(tree.bytes)
  return `${tree.bytes.length} bytes, sha256 ${createHash('sha256').update(tree.bytes).digest('hex')}`
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/** What stands in the directory that a case keeps, when it begins. */
async function before(engine: Engine, { after, keep }: Case): Promise<NewTree> {
  if (after === undefined) return { kind: 'directory', entries: [] }
  const { store, execution } = await runCase(engine, CASES[after]!)
  const kept = await keptTree(store, resultOf(execution).files!)
  return (copied(kept) as Extract<NewTree, { kind: 'directory' }>).entries.find(([name]) => name === keep)![1]
}

function copied(tree: Tree): NewTree {
  if (tree.kind === 'file') return { kind: 'file', bytes: tree.bytes }
  return { kind: 'directory', entries: tree.entries.map(([name, node]) => [name, copied(node)] as const) }
}

function local(path: string): NewTree {
  const entries = readdirSync(path, { withFileTypes: true }).map(entry => {
    const at = `${path}/${entry.name}`
    return [entry.name, entry.isDirectory() ? local(at) : { kind: 'file', bytes: bytesOf(at) }] as const
  })
  return { kind: 'directory', entries: entries as [string, NewTree][] }
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path))
