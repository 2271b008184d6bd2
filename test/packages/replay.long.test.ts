/** Tests recording and replaying with a small package made here. `npm run test:packages` uses real packages. */
import { beforeAll, describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { jobOf, trapOf } from '../support/jobs.ts'
import { record, type Recording, type Step } from './record.ts'
import { replay } from './replay.ts'

/** A module that adds up bytes, and calls the host for a factor. The host calls it back meanwhile. */
const PACKAGE = `(module
  (import "env" "factor" (func $factor (param i32 f64) (result i64)))
  (import "other" "note" (func $note (param i32)))
  (import "other" "unused" (func))
  (memory (export "m") 1) (table (export "t") 1 funcref)
  (func (export "room") (result i32) (i32.const 1024))
  (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func (export "nothing") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "sum") (param $at i32) (param $length i32) (result i64) (local $sum i64)
    (loop $next (if (local.get $length) (then
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (local.set $sum (i64.add (local.get $sum) (i64.load8_u (i32.add (local.get $at) (local.get $length)))))
      (br $next))))
    (call $note (i32.const 7))
    (i64.store (i32.const 8) (local.get $sum))
    (i64.mul (local.get $sum) (call $factor (i32.const -1) (f64.const 2.5)))))`

let bytes: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  bytes = (await assemble(PACKAGE)) as Uint8Array<ArrayBuffer>
})

/** Acts like the JavaScript of a package: writes, calls, grows the memory, and implements an import. */
async function session(): Promise<bigint> {
  type Exports = Record<'room' | 'nothing', () => number> & {
    half(x: number): number
    sum(at: number, length: number): bigint
    m: WebAssembly.Memory
  }
  let exports: Exports
  const env = {
    factor: (_: number, scale: number) => {
      new Uint8Array(exports.m.buffer)[16] = exports.half(8 * scale)
      return 3n
    },
  }
  const { instance } = await WebAssembly.instantiate(bytes, {
    env,
    other: { note: () => undefined, unused: () => undefined },
  })
  exports = instance.exports as unknown as Exports
  exports.nothing()
  exports.m.grow(1)
  new Uint8Array(exports.m.buffer).set([1, 2, 3, 4], exports.room())
  new Uint8Array(exports.m.buffer)[131_071] = 9
  return exports.sum(1024, 4)
}

async function run(recording: Recording): Promise<Outcome> {
  return new Computer().compute(jobOf(await replay(recording), { fun: 'job', abi: 'bytes' }))
}

describe('a recording', () => {
  test('has all calls, writes and results in order', async () => {
    const { answer, recording } = await record(session)
    expect(answer).toBe(30n)
    expect(recording.steps.map(step => (step.kind === 'call' ? step.name : step.kind))).toEqual([
      'nothing',
      'grow',
      'room',
      'write',
      'write',
      'sum',
    ])
    expect(recording.imports.map(({ name, args, result }) => [name, args, result])).toEqual([
      ['note', [7], undefined],
      ['factor', [-1, 2.5], 3n],
    ])
    expect(recording.imports[1]!.steps.map(({ kind }) => kind)).toEqual(['call', 'write'])
    expect([recording.memory.name, recording.memory.bytes.length, recording.memory.bytes[16]]).toEqual([
      'm',
      131_072,
      10,
    ])
  })

  test('does not change WebAssembly, even after a failure', async () => {
    const { Module, Instance, compile, instantiate } = WebAssembly
    await record(session)
    await expect(record(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(record(() => Promise.resolve())).rejects.toThrow('0 instances are called')
    expect([WebAssembly.Module, WebAssembly.Instance, WebAssembly.compile, WebAssembly.instantiate]).toEqual([
      Module,
      Instance,
      compile,
      instantiate,
    ])
  })
})

describe('its replay', () => {
  test('ends with the same memory as the package', async () => {
    const { recording } = await record(session)
    expect((await run(recording)).out).toEqual({ ok: recording.memory.bytes })
  })

  test('traps if a result, or a call of an import, differs', async () => {
    const { recording } = await record(session)
    const other = (change: (step: Step) => Step): Recording => ({ ...recording, steps: recording.steps.map(change) })
    const first = recording.imports[0]!
    for (const changed of [
      other(step => (step.kind === 'call' && step.name === 'sum' ? { ...step, result: 31n } : step)),
      { ...recording, imports: [{ ...first, args: [8] }, recording.imports[1]!] },
    ])
      expect(trapOf(await run(changed))).toBe('unreachable')
    expect(trapOf(await run({ ...recording, imports: [first] }))).toBe('bad-indirect-call')
  })
})
