/** A host that fails between guest and outcome is always a fault, and never a trap or another result (RECEIPT-11). */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Fault } from '../../src/base/fault.ts'
import { hostFault, shortageOf } from '../../src/base/host-fault.ts'
import { Computer } from '../../src/engine/compute.ts'
import { BoundedSink } from '../../src/host/sinks.ts'
import { program } from '../support/tasks.ts'
import { jobOf, watJob, type JobInput } from '../support/jobs.ts'
import { MODES } from '../support/instrumented.ts'

afterEach(() => vi.restoreAllMocks())

describe('the message of the engine decides between faults', () => {
  test.each([
    ['host-memory', new RangeError('Array buffer allocation failed')],
    ['host-memory', new RangeError('Invalid typed array length: 4294967296')],
    ['host-memory', new RangeError('Invalid string length')],
    ['host-memory', new RangeError('Invalid array length')],
    ['host-memory', new RangeError('Invalid array buffer length')],
    ['host-memory', new RangeError('Out of memory')],
    ['host-memory', 'out of memory'],
    [
      'host-memory',
      new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance'),
    ],
    ['host-memory', new RangeError('WebAssembly.Memory(): could not allocate memory')],
    ['host-memory', new Error('Data cannot be cloned, out of memory.')],
    ['host-memory', new Error('Cannot create a string longer than 0x1fffffe8 characters')],
    ['host-memory', new WebAssembly.RuntimeError('Aborted(OOM)')],
    ['host-stack', new RangeError('Maximum call stack size exceeded')],
    ['host-stack', new Error('too much recursion')],
    ['engine-failed', new Error('something else')],
    ['engine-failed', new WebAssembly.LinkError('no such import')],
  ])('%s: %s', (code, error) => expect(hostFault(error).code).toBe(code))

  test.each([
    'unreachable',
    'memory access out of bounds',
    'divide by zero',
    'divide result unrepresentable',
    'remainder by zero',
    'float unrepresentable in integer range',
    'table index is out of bounds',
    'null function or function signature mismatch',
    'unreachable executed',
    'index out of bounds',
    'integer divide by zero',
    'integer overflow',
    'invalid conversion to integer',
    'indirect call to null',
    'indirect call signature mismatch',
    'Unreachable code should not be executed',
    'Out of bounds memory access',
    'Out of bounds table access',
    'call_indirect to a null table entry',
    'Out of bounds Trunc operation',
    'Division by zero',
  ])('a trap is not taken for a lack of memory or stack: %s', message =>
    expect(shortageOf(new WebAssembly.RuntimeError(message))).toBeUndefined(),
  )

  test('errors of the current engine for lack of memory', () => {
    const thrown = (what: () => unknown): unknown => {
      try {
        return what()
      } catch (error) {
        return error
      }
    }
    for (const much of [() => new Uint8Array(2 ** 52), () => 'x'.repeat(2 ** 30), () => new ArrayBuffer(2 ** 52)]) {
      expect(hostFault(thrown(much)).code).toBe('host-memory')
    }
    const deep = (): number => 1 + deep()
    expect(hostFault(thrown(deep)).code).toBe('host-stack')
  })
})

/** Ways in which the host may fail. The first two look like traps. */
const FAILURES = [
  new WebAssembly.RuntimeError('unreachable'),
  new WebAssembly.RuntimeError('memory access out of bounds'),
  new RangeError('Array buffer allocation failed'),
  new RangeError('Maximum call stack size exceeded'),
  new TypeError('not what was thought'),
]

describe.each(MODES)('in the mode %s', mode => {
  const computer = new Computer(mode)
  const LOGGING = `(module (import "ipvm" "log" (func (param i32 i32))) (memory 1)
    (func (export "f") (result i32) (call 0 (i32.const 0) (i32.const 5)) (i32.div_u (i32.const 1) (i32.const 1))))`

  test.each(FAILURES)('an import that throws: case %#', async failure => {
    vi.spyOn(BoundedSink.prototype, 'append').mockImplementation(() => {
      throw failure
    })
    const fault = computer.compute(await watJob(LOGGING))
    await expect(fault).rejects.toMatchObject({ name: 'Fault', cause: failure })
  })

  const greet = (name: string, input: JobInput = {}): Promise<unknown> =>
    computer.compute(
      jobOf(program('greet'), { fun: 'greet', abi: 'assemblyscript(string)->string', args: [name], ...input }),
    )

  test.each(FAILURES)('text that cannot be decoded: case %#', async failure => {
    vi.spyOn(String, 'fromCharCode').mockImplementation(() => {
      throw failure
    })
    await expect(greet('World')).rejects.toMatchObject({ name: 'Fault', cause: failure })
  })

  test.each(FAILURES)('a copy that cannot be allocated: case %#', async failure => {
    const wat = '(module (memory (export "memory") 1) (func (export "f") (result i64) (i64.const 12345)))'
    const job = await watJob(wat, { abi: 'bytes' })
    await computer.compute(job)
    const slice = Uint8Array.prototype.slice
    vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(function (this: Uint8Array, ...range) {
      if (range[1] === 12345) throw failure
      return slice.apply(this, range) as Uint8Array<ArrayBuffer>
    })
    await expect(computer.compute(job)).rejects.toMatchObject({ name: 'Fault', cause: failure })
  })

  test.each(FAILURES)("AssemblyScript's loader that fails: case %#", async failure => {
    await greet('World')
    let read = 0
    vi.spyOn(String.prototype, 'charCodeAt').mockImplementation(function (this: string, at) {
      // The text is measured first; then the loader writes it.
      if (String(this) === 'Wörld' && at === 4 && ++read === 2) throw failure
      return String(this).codePointAt(at) ?? NaN
    })
    await expect(greet('Wörld')).rejects.toMatchObject({ name: 'Fault', cause: failure })
  })

  test('the decoder of the engine does not decide about text', async () => {
    vi.stubGlobal(
      'TextDecoder',
      class {
        decode(): never {
          throw new TypeError('The encoded data was not valid for encoding utf-16le')
        }
      },
    )
    try {
      expect(await greet('世界 💩')).toMatchObject({ out: { ok: 'Hello, 世界 💩!' } })
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

test('text that the host cannot encode is a fault with the error as its cause', async () => {
  const failure = new RangeError('Array buffer allocation failed')
  vi.spyOn(TextEncoder.prototype, 'encode').mockImplementation(() => {
    throw failure
  })
  const job = await watJob(
    `(module (memory (export "memory") 1) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
    (func (export "f") (param i32 i32)))`,
    { abi: 'bytes', args: ['text'] },
  )
  const fault = await new Computer().compute(job).then(
    () => undefined,
    (error: Fault) => error,
  )
  expect(fault).toMatchObject({ name: 'Fault', code: 'host-memory' })
})
