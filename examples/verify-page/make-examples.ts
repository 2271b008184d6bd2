/** Makes the examples of the page from the programs of `wasm-fixtures`: four CARs with a receipt each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import {
  addFile,
  addTree,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  encodeReceipt,
  exportCar,
  type MemoryStore,
  type Param,
  type Receipt,
} from '../../src/index.ts'

/** An example: a call of a program, and what the claim says. */
interface Example {
  /** The path of the module in `wasm-fixtures`. */
  readonly module: string
  readonly abi: string
  readonly fun: string
  readonly params: (store: MemoryStore) => Promise<readonly Param[]>
  readonly gas: bigint
  /** Makes another claim of the true receipt. */
  readonly lie?: (receipt: Receipt) => Receipt
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

export const EXAMPLES: Readonly<Record<string, Example>> = {
  hello: {
    module: 'programs/greet/greet.wasm',
    abi: 'assemblyscript(string)->string',
    fun: 'greet',
    params: async () => ['world'],
    gas: 10_000_000_000n,
  },
  lie: {
    module: 'programs/fibonacci/fibonacci.wasm',
    abi: 'core',
    fun: 'tail',
    params: async () => [90n],
    gas: 10_000_000_000n,
    lie: receipt => ({ ...receipt, out: { ok: [2_880_067_194_370_816_121n] } }),
  },
  picture: {
    module: 'programs/picture/picture.wasm',
    abi: 'assemblyscript(i32,i32,i32)->Uint8Array',
    fun: 'png',
    params: async () => [300n, 200n, 100n],
    gas: 50_000_000_000n,
  },
  program: {
    module: 'wasi/words/words.wasm',
    abi: 'wasi',
    fun: '_start',
    params: async store => [
      {
        args: ['words', '5'],
        files: {
          in: await addTree(store, { kind: 'directory', entries: [['poem.txt', { kind: 'file', bytes: text(POEM) }]] }),
          out: await addTree(store, { kind: 'directory', entries: [] }),
        },
        keep: ['out'],
      },
    ],
    gas: 50_000_000_000n,
  },
}

const POEM = `Who has seen the wind?
Neither I nor you:
But when the leaves hang trembling,
The wind is passing through.

Who has seen the wind?
Neither you nor I:
But when the trees bow down their heads,
The wind is passing by.
`

const FIXTURES = new URL('../../wasm-fixtures/', import.meta.url)
const FOLDER = new URL('public/examples/', import.meta.url)

/** The CAR of an example. The same bytes each time, as long as the profile is the same. */
export async function exampleCar({ module, abi, fun, params, gas, lie }: Example): Promise<Uint8Array> {
  const store = createMemoryStore()
  const engine = createInlineEngine()
  try {
    const executor = createExecutor({ store, engine })
    const mod = await addFile(store, new Uint8Array(readFileSync(new URL(module, FIXTURES))))
    const task = createTask({ mod, fun, params: await params(store), abi })
    const { cid, receipt } = await executor.execute(task, { gas, pages: 256 })
    if (lie === undefined) return await exportCar(store, [cid])
    const claim = encodeReceipt(lie(receipt))
    await store.put(claim.cid, claim.bytes)
    return await exportCar(store, [claim.cid])
  } finally {
    await engine.close()
  }
}

/** Writes all examples. */
export async function writeExamples(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const car = await exampleCar(example)
    writeFileSync(new URL(`${name}.car`, FOLDER), car)
    process.stdout.write(`${name}.car: ${car.length} bytes\n`)
  }
}
