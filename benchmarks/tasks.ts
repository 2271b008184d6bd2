/** Small tasks that all differ, so that no cached result is measured by accident. */
import type { CID } from 'multiformats/cid'
import { createProcessEngine } from '../src/engine/processes.ts'
import { createThreadEngine } from '../src/engine/threads.ts'
import {
  addFile,
  createMemoryStore,
  createTask,
  type BlockStore,
  type Engine,
  type Param,
  type Task,
} from '../src/index.ts'
import { KERNELS, moduleOf } from './kernels.ts'
import { readFileSync } from 'node:fs'

export const LIMITS = { gas: 10n ** 12n, pages: 1024 } as const

export interface Tiny {
  readonly name: string
  readonly bytes: Uint8Array
  readonly fun: string
  readonly abi: string
  readonly param: (i: number) => Param
}

const kernelBytes = (name: string): Uint8Array => moduleOf(KERNELS.find(kernel => kernel.name === name)!)

/** A small task for each ABI. */
export function tinyTasks(): readonly Tiny[] {
  const greet = new Uint8Array(readFileSync(new URL('../wasm-fixtures/programs/greet/greet.wasm', import.meta.url)))
  return [
    { name: 'core: collatz', bytes: kernelBytes('collatz'), fun: 'length', abi: 'core', param: i => BigInt(i + 1) },
    {
      name: 'bytes: sha256',
      bytes: kernelBytes('sha256'),
      fun: 'hash',
      abi: 'bytes',
      param: i => Uint8Array.of(i, i >> 8, i >> 16),
    },
    { name: 'AssemblyScript: greet', bytes: greet, fun: 'greet', abi: 'assemblyscript(string)->string', param: String },
  ]
}

export function taskOf({ fun, abi, param }: Tiny, mod: CID, i: number): Task {
  return createTask({ mod, fun, params: [param(i)], abi })
}

/** A new store in memory that contains one module. */
export async function storeWith(bytes: Uint8Array): Promise<{ readonly store: BlockStore; readonly mod: CID }> {
  const store = createMemoryStore()
  return { store, mod: await addFile(store, bytes) }
}

const WORKER = new URL('../dist/engine/worker.js', import.meta.url)
const CHILD = new URL('../dist/engine/child.js', import.meta.url)

/** An engine on threads that runs the build, since threads cannot run TypeScript. */
export function builtThread(threads = 1, index?: string): Engine {
  return createThreadEngine({ threads, workerUrl: WORKER, ...(index !== undefined && { index }) })
}

/** An engine on processes that runs the build. */
export function builtProcess(processes = 1, index?: string): Engine {
  return createProcessEngine({ processes, workerUrl: WORKER, childUrl: CHILD, ...(index !== undefined && { index }) })
}
