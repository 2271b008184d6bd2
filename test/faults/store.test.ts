/**
 * A store that fails at each of its operations in turn, in several ways. The executor ends with a fault and without a
 * receipt, the blocks in the store are intact, and the next task runs.
 */
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { Fault, type FaultCode } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor, type Execution } from '../../src/executor/executor.ts'
import type { BlockBytes, BlockStore, Task } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { noise } from '../content/support.ts'
import { LIMITS, WATS } from '../support/tasks.ts'

/** A store with a task whose parameter is a file of several blocks, and whose result is linked. */
async function prepared(): Promise<{ store: MemoryStore; task: Task }> {
  const store = createMemoryStore()
  const mod = await addFile(store, await assemble(WATS.echo))
  const content = await addFile(store, noise(600_000))
  return { store, task: createTask({ mod, fun: 'f', params: [content], abi: 'bytes' }) }
}

type Get = (bytes: Uint8Array, cid: CID) => BlockBytes | Promise<BlockBytes>

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(100_000)
}

const never = (): Promise<never> => new Promise(() => {})
const fail = (message: string): never => {
  throw new Error(message)
}

/** Ways in which reading fails, and their faults. */
const READS: Readonly<Record<string, readonly [Get, ...FaultCode[]]>> = {
  'is missing': [(_, cid) => fail(`no ${cid.toString()}`), 'store-failed', 'block-missing'],
  'is missing, by a NotFoundError': [
    () => Promise.reject(Object.assign(new Error('gone'), { name: 'NotFoundError', code: 'ERR_NOT_FOUND' })),
    'block-missing',
  ],
  'is slow': [never, 'timeout'],
  'is empty': [() => new Uint8Array(0), 'hash-mismatch'],
  'is truncated': [bytes => bytes.subarray(0, bytes.length - 1), 'hash-mismatch'],
  'has one bit wrong': [bytes => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)), 'hash-mismatch'],
  'has other bytes': [() => new Uint8Array([1, 2, 3]), 'hash-mismatch'],
  // The file has more bytes than it declares.
  'never ends': [endless, 'too-large', 'hash-mismatch', 'bad-dag'],
  'breaks off': [
    async function* (bytes: Uint8Array) {
      yield bytes.subarray(0, 10)
      fail('connection reset')
    },
    'store-failed',
    'hash-mismatch',
  ],
  'is not bytes': [() => 'text' as unknown as Uint8Array, 'store-failed', 'hash-mismatch'],
}

const WRITES: Readonly<Record<string, readonly [() => CID | Promise<CID>, FaultCode]>> = {
  throws: [() => fail('disk full'), 'store-failed'],
  'is refused later': [() => Promise.reject(new Error('read-only')), 'store-failed'],
  hangs: [never, 'timeout'],
}

/** A store whose operation number `at` fails; counts the operations. */
function failing(good: MemoryStore, kind: 'get' | 'put', at: number, way: Get): BlockStore & { count: number } {
  const store = {
    count: 0,
    async get(cid: CID): Promise<BlockBytes> {
      const bytes = await getBlock(good, cid)
      return kind === 'get' && store.count++ === at ? way(bytes, cid) : bytes
    },
    put: (cid: CID, bytes: Uint8Array): CID | Promise<CID> =>
      kind === 'put' && store.count++ === at ? (way(bytes, cid) as unknown as CID) : (good.put(cid, bytes) as CID),
    has: (cid: CID) => good.has(cid),
  }
  return store
}

/** Executes the task, with a timeout for a store that hangs. */
async function execute(store: BlockStore, task: Task, slow: boolean): Promise<Execution> {
  // An engine without prepared modules loads all blocks of a task.
  return createExecutor({ store, engine: createInlineEngine() }).execute(
    task,
    LIMITS,
    slow ? { signal: AbortSignal.timeout(150) } : {},
  )
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => 'no fault',
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Fault)
  return error as Fault
}

/** Checks that every block has the CID of its bytes, and that no receipt of this task is in the store. */
async function expectIntact(store: MemoryStore, receipt: CID): Promise<void> {
  for await (const { cid } of store.getAll()) await getBlock(store, cid)
  expect(await store.has(receipt)).toBe(false)
}

async function inject(kind: 'get' | 'put', way: Get, codes: readonly FaultCode[]): Promise<number> {
  const first = await prepared()
  const counted = failing(first.store, kind, -1, way)
  const expected = await execute(counted, first.task, false)
  for (let at = 0; at < counted.count; at++) {
    const { store, task } = await prepared()
    const fault = await faultOf(execute(failing(store, kind, at, way), task, codes.includes('timeout')))
    expect(codes).toContain(fault.code)
    await expectIntact(store, expected.cid)
    expect((await execute(store, task, false)).cid).toEqual(expected.cid)
  }
  return counted.count
}

describe('a block that is read', () => {
  test.each(Object.entries(READS))('%s', async (_, [way, ...codes]) => {
    // The module, the file's root for its size and for its content, and its three leaves.
    expect(await inject('get', way, codes)).toBe(6)
  })
})

describe('a block that is written', () => {
  test.each(Object.entries(WRITES))('%s', async (_, [way, code]) => {
    // The result's leaves and root, profile, task and receipt.
    expect(await inject('put', way as unknown as Get, [code])).toBeGreaterThanOrEqual(6)
  })

  test('a block that was stored wrong is found when it is read', async () => {
    const { store, task } = await prepared()
    const lying: BlockStore = {
      get: cid => store.get(cid),
      has: cid => store.has(cid),
      put: (cid, bytes) => store.put(cid, bytes.subarray(1)),
    }
    const { cid } = await execute(lying, task, false)
    expect((await faultOf(getBlock(store, cid))).code).toBe('hash-mismatch')
  })
})
