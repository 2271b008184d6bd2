/** Values of another realm, such as an iframe or a test runner with a `vm` context. */
import { createContext, runInContext } from 'node:vm'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { codeOf, isBytes, isError, isPlainObject, isDetachedBytes, messageOf, plain } from '../../src/base/realms.ts'
import { getBlock } from '../../src/content/block.ts'
import * as library from '../../src/index.ts'
import { createFsStore } from '../../src/node.ts'
import { temporaryFolder } from '../content/support.ts'
import { program, WATS } from '../support/tasks.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

const {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
  decodeReceipt,
  exportCar,
  importCar,
} = library

const realm = createContext({})
const foreign = <T>(code: string): T => runInContext(code, realm) as T

/** A copy of bytes in the other realm. */
function abroad(bytes: Uint8Array): Uint8Array {
  realm['list'] = [...bytes]
  return foreign('Uint8Array.from(list)')
}

describe('kinds of values', () => {
  test('the other realm has classes of its own', () => {
    expect(foreign('new Uint8Array(2)')).not.toBeInstanceOf(Uint8Array)
    expect(foreign('new Error("x")')).not.toBeInstanceOf(Error)
  })

  test.each([
    [new Uint8Array(1), true],
    [Buffer.from('a'), true],
    [foreign('new Uint8Array(1)'), true],
    [foreign('new (class extends Uint8Array {})(1)'), true],
    [new Uint8ClampedArray(1), false],
    [new Uint16Array(1), false],
    [new ArrayBuffer(1), false],
    [new DataView(new ArrayBuffer(1)), false],
    [[1], false],
    ['a', false],
    [null, false],
    [undefined, false],
    [{ [Symbol.toStringTag]: 'Uint8Array', length: 1 }, false],
    [Object.create(Uint8Array.prototype), false],
  ])('%o is bytes: %s', (value, is) => expect(isBytes(value)).toBe(is))

  test('bytes become plain ones, which share their memory', () => {
    for (const bytes of [
      Buffer.from('abc').subarray(1),
      foreign<Uint8Array>('new Uint8Array([0, 98, 99]).subarray(1)'),
    ]) {
      const own = plain(bytes)
      expect(Object.getPrototypeOf(own)).toBe(Uint8Array.prototype)
      expect([...own]).toEqual([98, 99])
      own[0] = 1
      expect(bytes[0]).toBe(1)
    }
    const own = new Uint8Array(2)
    expect(plain(own)).toBe(own)
  })

  test('objects and errors', () => {
    expect([{}, Object.create(null), foreign('({})')].map(isPlainObject)).toEqual([true, true, true])
    expect(
      [new Date(), new Map(), foreign('new Map()'), new (class A {})(), Object.create({})].map(isPlainObject),
    ).toEqual([false, false, false, false, false])
    const error = foreign('Object.assign(new TypeError("no"), { code: "ENOENT" })')
    expect([isError(error), isError(new DOMException('x')), isError({ message: 'x' })]).toEqual([true, true, false])
    expect([messageOf(error), messageOf('x'), codeOf(error), codeOf({ code: 'x' })]).toEqual([
      'no',
      'x',
      'ENOENT',
      undefined,
    ])
  })
})

describe('tasks with bytes of another realm are the same', () => {
  const limits = { gas: 10n ** 10n, pages: 100 }
  const engine = createInlineEngine()

  /** A store that returns bytes of the other realm, in pieces or at once, and throws errors of that realm. */
  function foreignStore(): library.BlockStore {
    const inner = createMemoryStore()
    return {
      put: (cid, bytes) => inner.put(cid, bytes),
      has: cid => inner.has(cid),
      async get(cid) {
        try {
          return abroad(await getBlock(inner, cid))
        } catch {
          throw foreign('Object.assign(new Error("none"), { code: "ERR_NOT_FOUND" })')
        }
      },
    }
  }

  test.each([
    ['bytes', WATS.echo, 'f', 'bytes', [1, 2, 3]],
    [
      'core',
      '(module (func (export "f") (param f64) (result f64) (local.get 0)))',
      'f',
      'core',
      [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    ],
  ] as const)('%s', async (_, wat, fun, abi, given) => {
    const wasm = await assemble(wat)
    const [here, there] = [createMemoryStore(), foreignStore()]
    const own = createTask({ mod: await addFile(here, wasm), fun, params: [Uint8Array.from(given)], abi })
    const expected = await createExecutor({ store: here, engine }).execute(own, limits)
    expect('ok' in expected.receipt.out).toBe(true)

    const mod = await addFile(there, abroad(wasm))
    const task = createTask({ mod, fun, params: [abroad(Uint8Array.from(given))], abi })
    expect(library.encodeTask(task)).toEqual(library.encodeTask(own))
    const executor = createExecutor({ store: there, engine })
    const made = await executor.execute(task, foreign('({ gas: 10n ** 10n, pages: 100 })'))
    expect(made.cid).toEqual(expected.cid)
    expect(library.toDagJson(made.receipt)).toBe(library.toDagJson(expected.receipt))
    const raw = {
      cmd: '/wasm/run',
      args: { mod, fun, params: [abroad(Uint8Array.from(given))], abi },
      nonce: abroad(new Uint8Array()),
    } as const
    expect((await executor.execute(raw, limits)).cid).toEqual(expected.cid)

    const verifier = createVerifier({ store: there, engine })
    expect(decodeReceipt(abroad(made.bytes))).toEqual(expected.receipt)
    for (const claim of [abroad(made.bytes), made.cid, made.receipt])
      expect(await verifier.verify(claim)).toMatchObject({ verdict: 'reproduced' })

    const car = await exportCar(there, [made.cid])
    for (const source of [abroad(car), [abroad(car.subarray(0, 100)), abroad(car.subarray(100))], Buffer.from(car)]) {
      const target = createMemoryStore()
      expect((await importCar(target, source)).roots).toEqual([made.cid])
      expect(await target.has(made.cid)).toBe(true)
    }
  })

  test('an engine without an executor accepts values of another realm', async () => {
    const job = {
      key: 'abroad',
      module: abroad(await assemble(WATS.echo)),
      profile: library.PROFILE_1,
      fun: 'f',
      abi: 'bytes',
      args: [abroad(new Uint8Array([5]))],
      limits,
    }
    expect((await engine.compute(job)).out).toEqual({ ok: new Uint8Array([5]) })
  })

  test('a module of another realm is admitted by its bytes', () => {
    expect(library.admit(abroad(program('fibonacci')), library.PROFILE_1).findings).toEqual([])
    expect(library.admit(Buffer.from(program('fibonacci')), library.PROFILE_1).findings).toEqual([])
  })

  test('parts of another realm make the same receipt', async () => {
    const cid = CID.parse('bafyreifidi5ofupyb6hgpeqzf3nrcitotlytwckpmu3rfixr4naigd7uje')
    const of = (ok: Uint8Array): library.Receipt => ({
      ran: cid,
      out: { ok },
      meta: { profile: cid, limits: { gas: 5n, pages: 1 }, gasUsed: 1n, peakPages: 0, growRefused: false, logs: ok },
    })
    const [own, other] = [of(new Uint8Array([1])), of(abroad(new Uint8Array([1])))]
    expect(library.encodeReceipt(other)).toEqual(library.encodeReceipt(own))
    expect(library.mismatches(own, other)).toEqual([])
    expect(library.compare([own, other]).contests).toHaveLength(1)
    expect(library.toDagJson(other)).toBe(library.toDagJson(own))
  })

  test('a store of another realm may lack a block, and a folder stores bytes of another realm', async () => {
    const missing = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
    await expect(library.load(foreignStore(), missing)).rejects.toMatchObject({ code: 'block-missing' })
    const store = createFsStore(await temporaryFolder())
    const cid = await addFile(store, abroad(new Uint8Array([1, 2])))
    expect(await library.load(store, cid)).toEqual(new Uint8Array([1, 2]))
  })

  test('a signal of another realm distinguishes a timeout from an abort', async () => {
    const signal = AbortSignal.abort(foreign('Object.assign(new Error("late"), { name: "TimeoutError" })'))
    await expect(addFile(createMemoryStore(), new Uint8Array([1]), { signal })).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  test('classify accepts a URL of another realm', () => {
    const url = foreign<object>('({ href: "https://example.com/", get [Symbol.toStringTag]() { return "URL" } })')
    expect(library.classify({ on: url, do: 'http/get', with: url }).kind).toBe('query')
  })
})

test('transferred bytes are recognised even by optimised code that has met a resizable buffer', () => {
  const resizable = (length: number): Uint8Array =>
    new Uint8Array(Reflect.construct(ArrayBuffer, [length, { maxByteLength: 8 }]) as ArrayBuffer)
  const missed: number[] = []
  for (let round = 0; round < 10; round++) {
    expect(isBytes(resizable(4))).toBe(true)
    // Enough iterations for the engine to optimise the code.
    for (let i = 0; i < 20_000; i++) if (!isBytes(new Uint8Array(i % 3))) missed.push(i)
    const gone = new Uint8Array(3)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    if (isBytes(gone) || !isDetachedBytes(gone)) missed.push(-1)
  }
  expect(missed).toEqual([])
})
