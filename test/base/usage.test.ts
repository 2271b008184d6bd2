/** Wrong use is a fault that says what was expected, and never an internal TypeError. */
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import * as node from '../../src/node.ts'
import { Bench, WATS } from '../support/tasks.ts'

const {
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
  describe: say,
  Fault,
  parseCid,
} = library

const TEXT = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const WRONG: readonly unknown[] = [
  undefined,
  null,
  true,
  5,
  -1.5,
  7n,
  '',
  'x',
  TEXT,
  {},
  [],
  [undefined],
  ['x'],
  { store: {} },
  new Uint8Array([1]),
  CID.parse(TEXT),
  () => 'x',
  Symbol('x'),
  new Date(0),
  { kind: 'trap' },
  { kind: 'rejection' },
  { meta: {}, ran: {}, out: {} },
  { args: 5 },
  { verdict: 'refuted' },
]

/** The error of a call, if it is not a fault; undefined otherwise. */
async function otherError(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error instanceof Fault ? undefined : error
  }
}

async function faultOf(call: () => unknown): Promise<unknown> {
  try {
    return { 'no fault': await call() }
  } catch (error) {
    return error
  }
}

const store = createMemoryStore()
const engine = createInlineEngine()
const METHODS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  execute: createExecutor({ store, engine }).execute,
  verify: createVerifier({ store, engine }).verify,
  compute: engine.compute,
  inspect: engine.inspect,
  'compute on threads': node.createThreadEngine().compute.bind(node.createThreadEngine()),
  'get of a memory store': (...args: [never]) => [...(store.get(...args) as Iterable<unknown>)],
  'put of a memory store': (...args: [never, never]) => store.put(...args),
  'get of a gateway': library.createGatewayStore('http://localhost:1').get,
}
const FUNCTIONS = Object.entries({ ...library, ...node, ...METHODS } as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, (...args: unknown[]) => unknown] => typeof entry[1] === 'function' && entry[0] !== 'Fault',
)

test('the list of functions is complete', () => expect(FUNCTIONS.length).toBeGreaterThan(40))

test.each(FUNCTIONS)('%s throws faults for wrong arguments', async (name, fun) => {
  const found: string[] = []
  const call = async (...args: unknown[]): Promise<void> => {
    // There is no server at this address. This is not wrong use.
    if (name === 'get of a gateway' && args[0] instanceof CID) return
    const error = await otherError(() => fun(...args))
    if (error !== undefined)
      found.push(
        `${args.map(arg => String(Array.isArray(arg) ? `[${arg}]` : arg && Object(arg).constructor === Object ? JSON.stringify(arg) : String(arg))).join(', ')}: ${String(error)}`,
      )
  }
  for (const first of WRONG) for (const second of WRONG) await call(first, second)
  for (const third of WRONG) await call(store, TEXT, third)
  for (const second of WRONG) await call(store, second, CID.parse(TEXT))
  for (const second of WRONG) await call(second, store, CID.parse(TEXT))
  expect(found.slice(0, 12)).toEqual([])
})

describe('messages name the mistake', () => {
  const limits = { gas: 10n ** 9n, pages: 1 }
  const executor = createExecutor({ store, engine })
  const usage = (message: string): unknown =>
    expect.objectContaining({
      name: 'Fault',
      code: 'bad-usage',
      whose: 'requestor',
      retryable: false,
      message: expect.stringContaining(message),
    })

  test.each([
    ['text for a task', () => executor.execute(TEXT as never, limits), 'parseCid'],
    ['no options', () => createExecutor(undefined as never), 'options must be an object, and it is not given'],
    ['no store', () => createExecutor({ engine } as never), 'store must be an object with get, put'],
    [
      'a store without put',
      () => createExecutor({ store: { get() {} }, engine } as never),
      'store.put must be a function',
    ],
    [
      'an engine without compute',
      () => createVerifier({ store, engine: {} } as never),
      'engine.compute must be a function',
    ],
    ["no verifier's options", () => createVerifier(undefined as never), 'options must be an object'],
    [
      'gas of the wrong kind',
      () => createVerifier({ store, engine, maxGas: '5' } as never),
      'maxGas must be gas, a bigint from 0 on',
    ],
    [
      'threads of the wrong kind',
      () => node.createThreadEngine({ threads: 'x' } as never),
      'threads must be a whole number from 1 on, and it is text',
    ],
    ['a receipt to describe', () => say({ ran: parseCid(TEXT) } as never), 'receipt.out.error'],
    [
      'a wrong signal',
      () => library.addFile(store, new Uint8Array([1]), { signal: 5 } as never),
      'signal must be an AbortSignal',
    ],
    ['text for bytes', () => library.addFile(store, 'text' as never), 'bytes must be a Uint8Array, and it is text'],
    ['text for a CID', () => library.load(store, TEXT as never), 'parseCid'],
    [
      'text for an expected task',
      async () => {
        const bench = new Bench(engine)
        const made = await bench.run(WATS.add, { params: [1n, 2n] })
        return createVerifier({ store: bench.store, engine }).verify(made.receipt, {
          expect: { task: made.task.toString() as never },
        })
      },
      'expect.task must be a CID (parseCid makes one of text)',
    ],
  ] as const)('%s', async (_, call, message) => expect(await faultOf(call)).toEqual(usage(message)))

  test('invalid limits', async () => {
    const task = createTask({ mod: parseCid(TEXT), fun: 'f', params: [], abi: 'core' })
    for (const wrong of [undefined, 5, { gas: 1n }, { gas: '1', pages: 1 }, { gas: 1n, pages: 1.5 }]) {
      expect(await faultOf(() => executor.execute(task, wrong as never))).toMatchObject({ code: 'bad-limits' })
    }
  })

  test('text for the CID of a module', async () => {
    expect(await faultOf(() => createTask({ mod: TEXT as never, fun: 'f', params: [], abi: 'core' }))).toMatchObject({
      code: 'bad-task',
      message: expect.stringContaining('parseCid'),
      detail: { field: 'args.mod' },
    })
  })
})
