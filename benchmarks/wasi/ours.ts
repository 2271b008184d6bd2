/** A program on our engine, its module prepared and its files loaded: what is measured is the run alone, to the kept files. */
import { CID } from 'multiformats/cid'
import type { Argument } from '../../src/abi/guest.ts'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import { Computer } from './built.ts'
import type { SourcedJob } from '../../src/engine/compute.ts'
import { createMemoryStore, type MemoryStore } from '../../src/index.ts'
import type { Link, Outcome } from '../../src/interface.ts'
import { wholeTree, type Tree } from '../../test/support/trees.ts'
import { digestOf, inOrder, textOf, type Came } from './came.ts'
import type { Files, WasiProgram } from './programs.ts'

const LIMITS = { gas: 10n ** 14n, pages: 16_384 } as const
const MAX_BYTES = 2 ** 28

export class OurProgram {
  readonly #computer = new Computer('fast')
  readonly #job: SourcedJob
  readonly #store: MemoryStore

  private constructor(job: SourcedJob, store: MemoryStore) {
    this.#job = job
    this.#store = store
  }

  static async of(
    { name, profile, args, env, stdin, files, keep }: WasiProgram,
    module: Uint8Array,
  ): Promise<OurProgram> {
    const store = createMemoryStore()
    const param: Argument = {
      args,
      ...(Object.keys(env).length > 0 && { env }),
      ...(stdin.length > 0 && { stdin }),
      files: { '.': { '/': (await addTree(store, treeOf(files))).toString() } },
      keep: [keep],
    }
    // Blocks are at hand when the guest comes to them, as on a thread whose parent has them.
    const blocks = new Map([...store.blocks()].map(({ cid, bytes }) => [cid.toString(), bytes]))
    const loadNow = (link: Link): Uint8Array => blocks.get(link['/'])!
    const job: SourcedJob = {
      key: name,
      source: async () => ({ module, profile }),
      task: new Uint8Array(36),
      fun: '_start',
      abi: 'wasi',
      args: [param],
      limits: LIMITS,
      files: { maxBytes: MAX_BYTES, load: async link => loadNow(link), loadNow },
    }
    return new OurProgram(job, store)
  }

  /** Runs it once. */
  async run(): Promise<{ readonly ms: number; readonly outcome: Outcome }> {
    const start = performance.now()
    const outcome = await this.#computer.perform(this.#job)
    return { ms: performance.now() - start, outcome }
  }

  /** What an outcome says, its files read. */
  async came({ out, blocks = [] }: Outcome): Promise<Came> {
    if (!('ok' in out)) throw new Error(`${this.#job.key}: ${JSON.stringify(out.error)}`)
    const { exit, stdout, stderr, files } = out.ok as unknown as {
      readonly exit: bigint
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly files?: Link
    }
    const all = createMemoryStore()
    for (const { cid, bytes } of this.#store.blocks()) await all.put(cid, bytes)
    for (const { link, bytes } of blocks) await all.put(CID.parse(link['/']), bytes)
    const kept = files && (await wholeTree(all, CID.parse(files['/']), MAX_BYTES))
    return {
      exit: Number(exit),
      stdout: textOf(stdout),
      stderr: textOf(stderr),
      files: inOrder(kept === undefined ? [] : filesIn(kept, '')),
    }
  }
}

function treeOf(files: Files): NewTree {
  const node = (of: Uint8Array | Files): NewTree =>
    of instanceof Uint8Array ? { kind: 'file', bytes: of } : treeOf(of)
  return { kind: 'directory', entries: Object.entries(files).map(([name, of]) => [name, node(of)] as const) }
}

function filesIn(tree: Tree, path: string): [string, string][] {
  if (tree.kind === 'file') return [[path, digestOf(tree.bytes)]]
  return tree.entries.flatMap(([name, node]) => filesIn(node, path === '' ? name : `${path}/${name}`))
}
