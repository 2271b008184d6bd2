/**
 * Chrome does not compile or instantiate more than 8 MB synchronously on the main thread. So modules of guests are
 * compiled asynchronously.
 */
import { afterEach, expect, test } from 'vitest'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { Bench, program, WATS } from '../support/tasks.ts'

const { Module, Instance } = WebAssembly

/** A bound that every guest exceeds, but not the facade for the AssemblyScript loader. */
const MAX_BYTES = 256

afterEach(() => {
  WebAssembly.Module = Module
  WebAssembly.Instance = Instance
})

function refuseAtOnce(): void {
  const small = new WeakSet<WebAssembly.Module>()
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [bytes]: [Uint8Array<ArrayBuffer>]) {
      if (bytes.byteLength > MAX_BYTES)
        throw new RangeError(`WebAssembly.Module is disallowed for ${bytes.byteLength} bytes`)
      const module = new target(bytes)
      small.add(module)
      return module
    },
  })
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports]) {
      if (!small.has(module)) throw new RangeError('WebAssembly.Instance is disallowed')
      return new target(module, imports)
    },
  })
}

test('the bound on synchronous compilation works', () => {
  refuseAtOnce()
  expect(() => new WebAssembly.Module(program('greet') as Uint8Array<ArrayBuffer>)).toThrow(RangeError)
})

test.each([
  ['core', program('fibonacci'), { fun: 'recursive', abi: 'core', params: [10n] }, [55n]],
  ['bytes', WATS.echo, { abi: 'bytes', params: [new Uint8Array([1, 2])] }, new Uint8Array([1, 2])],
  [
    'assemblyscript',
    program('greet'),
    { fun: 'greet', abi: 'assemblyscript(string)->string', params: ['IPVM'] },
    expect.stringContaining('IPVM'),
  ],
] as const)('%s compiles and instantiates asynchronously', async (_, module, input, ok) => {
  const bench = new Bench(createInlineEngine())
  const task = await bench.task(module, input)
  refuseAtOnce()
  expect((await bench.execute(task)).receipt.out).toEqual({ ok })
})
