/** What generated programs are given: as the oracle reads it, and as tasks say it. */
import { CID } from 'multiformats/cid'
import type { Argument } from '../../src/abi/guest.ts'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import type { JobFiles } from '../../src/engine/job.ts'
import { fileLoader } from '../../src/executor/files.ts'
import { createMemoryStore, type MemoryStore } from '../../src/index.ts'
import type { Link, Outcome } from '../../src/interface.ts'
import type { Given, Kept } from '../oracle/wasi-files.ts'
import type { Surroundings } from '../oracle/wasi-program.ts'
import { wholeTree, type Tree } from '../support/trees.ts'

/** The task's CID, as far as anything depends on it. */
export const TASK_BYTES = Uint8Array.of(1, 0x71, 0x12, 32, ...new Uint8Array(32).fill(7))

type Plain = string | { readonly [name: string]: Plain }

function given(plain: Plain): Given {
  if (typeof plain === 'string') return new TextEncoder().encode(plain)
  return { named: true, entries: new Map(Object.entries(plain).map(([name, node]) => [name, given(node)])) }
}

const DIR = given({ x: 'in a directory', sub: { deep: 'deeper' }, none: {} })
const ROOT = {
  b: '0123456789'.repeat(1_000),
  a: 'the first file',
  empty: '',
  ü: { 'ß€😀': 'not ASCII' },
  dir: { x: 'in a directory', sub: { deep: 'deeper' }, none: {} },
}
const COMMON = {
  args: ['program', 'ä', '', '😀 two words'],
  env: { A: '1', B: '', Ö: 'ü', HOME: '/' },
  stdin: new TextEncoder().encode('what is typed\nin two lines\n'),
} as const

export const SURROUNDINGS: Readonly<Record<string, Surroundings>> = {
  'all is kept': { ...COMMON, files: { '.': given(ROOT) }, keep: ['.'] },
  'some is kept': { ...COMMON, files: { '.': given(ROOT) }, keep: ['dir/x', 'c', 'new', 'b', 'none/x', 'a/x'] },
  'on paths': { ...COMMON, files: { dir: DIR, 'data/in': DIR, a: given('the first file') }, keep: ['.'] },
  'a directory on the way': { ...COMMON, files: { 'dir/sub': DIR, c: given('c') }, keep: ['dir', 'new/d'] },
  nothing: { args: [], env: {}, stdin: new Uint8Array(0), files: {}, keep: [] },
}

export const SURROUNDINGS_NAMES = Object.keys(SURROUNDINGS)

/** A task's parameter for the ABI `wasi`, with a store that has its files. */
interface Prepared {
  readonly param: Argument
  readonly store: MemoryStore
  readonly jobFiles: JobFiles
}

const PREPARED = new Map<string, Promise<Prepared>>()

export function preparedSurroundings(name: string): Promise<Prepared> {
  const known = PREPARED.get(name) ?? prepare(SURROUNDINGS[name]!)
  PREPARED.set(name, known)
  return known
}

async function prepare({ args, env, stdin, files, keep }: Surroundings): Promise<Prepared> {
  const store = createMemoryStore()
  const links: [string, Link][] = []
  for (const [path, tree] of Object.entries(files))
    links.push([path, { '/': (await addTree(store, newTree(tree))).toString() }])
  const param = {
    ...(args.length > 0 && { args }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(stdin.length > 0 && { stdin }),
    ...(links.length > 0 && { files: Object.fromEntries(links) }),
    ...(keep.length > 0 && { keep }),
  }
  return { param, store, jobFiles: fileLoader(store, { maxBytes: MAX_BYTES }) }
}

const MAX_BYTES = 2 ** 26

function newTree(node: Given): NewTree {
  if (node instanceof Uint8Array) return { kind: 'file', bytes: node }
  return { kind: 'directory', entries: [...node.entries].map(([name, child]) => [name, newTree(child)] as const) }
}

/** The kept files of an outcome: in its own blocks, or where the surroundings have them. */
export async function keptIn({ blocks = [] }: Outcome, link: Link, name: string): Promise<Kept> {
  const { store } = await preparedSurroundings(name)
  const own = createMemoryStore()
  for (const { cid, bytes } of store.blocks()) await own.put(cid, bytes)
  for (const { link: at, bytes } of blocks) await own.put(CID.parse(at['/']), bytes)
  return shown(await wholeTree(own, CID.parse(link['/'])))
}

function shown(tree: Tree): Kept {
  if (tree.kind === 'file') return tree.bytes
  return Object.fromEntries(tree.entries.map(([name, node]) => [name, shown(node)]))
}
