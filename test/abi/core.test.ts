/** The `core` ABI: every bit of every number crosses both ways. */
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { fromBits, toBits } from '../../src/abi/core.ts'
import type { Argument } from '../../src/abi/guest.ts'
import { Links } from '../../src/abi/links.ts'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { F32, F64, I32, I64, V128, type ValueType } from '../../src/wasm/types.ts'
import { jobOf, watJob } from '../support/jobs.ts'

const computer = new Computer()
const call = async (wat: string, args: readonly Argument[] = []): Promise<Outcome['out']> =>
  (await computer.compute(await watJob(wat, { args }))).out
const rejected = (code: string, subject: string): unknown => ({ error: { kind: 'rejection', code, subject } })
const identity = (type: string): string => `(module (func (export "f") (param ${type}) (result ${type}) (local.get 0)))`

describe('bits (RECEIPT-13, PROFILE-20)', () => {
  test.each<[type: string, values: readonly Argument[]]>([
    ['i32', [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n)]],
    ['i64', [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]],
    [
      'f32',
      [
        bytes('00000000'),
        bytes('00000080'),
        bytes('0100807f'),
        bytes('ffffffff'),
        bytes('0000c07f'),
        bytes('dbf94940'),
      ],
    ],
    [
      'f64',
      [
        bytes('0000000000000080'),
        bytes('010000000000f07f'),
        bytes('ffffffffffffffff'),
        bytes('000000000000f87f'),
        bytes('182d4454fb210940'),
      ],
    ],
    ['v128', [bytes('000102030405060708090a0b0c0d0e0f'), bytes('ffffffffffffffffffffffffffffffff')]],
  ])('%s goes in and comes out', async (type, values) => {
    for (const value of values) expect(await call(identity(type), [value])).toEqual({ ok: [value] })
  })

  test('conversions between bits and values are inverse', () => {
    const sized = (length: number): fc.Arbitrary<Argument> => fc.uint8Array({ minLength: length, maxLength: length })
    const numbers = fc.oneof(
      fc.tuple(fc.constant(I32), fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n })),
      fc.tuple(fc.constant(I64), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.tuple(fc.constant(F32), sized(4)),
      fc.tuple(fc.constant(F64), sized(8)),
      fc.tuple(fc.constant(V128), sized(16)),
    ) as fc.Arbitrary<[ValueType, Argument]>
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 8 }), list => {
        const bits = list.flatMap(([type, value]) => toBits(type, value, new Links())!())
        expect(
          fromBits(
            list.map(([type]) => type),
            bits,
          ),
        ).toEqual(list.map(([, value]) => value))
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  test('integer results are signed', async () => {
    expect(
      await call('(module (func (export "f") (result i32 i64) (i32.const 0xffffffff) (i64.const 0xffffffffffffffff)))'),
    ).toEqual({ ok: [-1n, -1n] })
  })

  test('any number of results, in order', async () => {
    expect(
      await call(
        `(module (func (export "f") (param v128 f32 i64) (result i64 f32 v128 i32)
      (local.get 2) (local.get 1) (local.get 0) (i32.const 7)))`,
        [bytes('0f'.repeat(16)), bytes('0000a0ff'), -5n],
      ),
    ).toEqual({ ok: [-5n, bytes('0000a0ff'), bytes('0f'.repeat(16)), 7n] })
    expect(await call('(module (func (export "f")))')).toEqual({ ok: [] })
  })

  test('255 vectors in and out', async () => {
    const all = Array.from({ length: 255 }, (_, i) => new Uint8Array(16).fill(i))
    const wat = `(module (func (export "f") (param ${'v128 '.repeat(255)}) (result ${'v128 '.repeat(255)}) ${all.map((_, i) => `(local.get ${254 - i})`).join(' ')}))`
    expect(await call(wat, all)).toEqual({ ok: [...all].reverse() })
  })
})

describe('parameters that do not fit are rejected before anything runs (RECEIPT-13, GAS-8)', () => {
  test.each<[type: string, value: Argument]>([
    ['i32', 2n ** 31n],
    ['i32', -(2n ** 31n) - 1n],
    ['i32', new Uint8Array(4)],
    ['i32', '1'],
    ['i64', 2n ** 63n],
    ['i64', -(2n ** 63n) - 1n],
    ['f32', new Uint8Array(3)],
    ['f32', new Uint8Array(8)],
    ['f32', 1n],
    ['f64', new Uint8Array(4)],
    ['f64', '1.0'],
    ['v128', new Uint8Array(15)],
  ])('%s from %s', async (type, value) => {
    const { out, gasUsed } = await computer.compute(await watJob(identity(type), { args: [value] }))
    expect(out).toEqual(rejected('bad-arguments', `parameter 0: ${type}`))
    expect(gasUsed).toBe(0n)
  })

  test('too few and too many parameters', async () => {
    expect(await call(identity('i32'), [])).toEqual(rejected('bad-arguments', '1 parameters'))
    expect(await call(identity('i32'), [1n, 2n])).toEqual(rejected('bad-arguments', '1 parameters'))
  })

  test.each(['missing', 'memory', 'global', 'table', 'takes', 'gives', 'ipvm:gas', ''])(
    'no function "%s"',
    async fun => {
      const job = await watJob(
        `(module (memory (export "memory") 1) (global (export "global") i32 (i32.const 1)) (table (export "table") 1 funcref)
      (func (export "takes") (param funcref)) (func (export "gives") (result externref) (ref.null extern)) (func (export "f")))`,
        { fun },
      )
      expect((await computer.compute(job)).out).toEqual(rejected('no-such-function', fun))
    },
  )
})

test('host work of this ABI is free (GAS-13)', async () => {
  const gas = async (wat: string, args: readonly Argument[]): Promise<bigint> =>
    (await computer.compute(await watJob(wat, { args }))).gasUsed
  const [one, two] = [
    await gas(identity('i32'), [1n]),
    await gas('(module (func (export "f") (param i32 i32) (result i32) (local.get 1)))', [1n, 2n]),
  ]
  // The other module has one more byte, and one more word of parameters of an exported function.
  const { perByte, perLocalWord, perExportedWord } = PROFILE_1.schedule.instantiation
  expect(two - one).toBe(BigInt(perByte + perLocalWord + perExportedWord))
})

describe('denied imports', () => {
  const wat =
    '(module (import "env" "now" (func (result f64))) (func (export "f") (result f64) (call 0)) (func (export "g") (result i32) (i32.const 3)))'

  test('reject the module by default, called or not (PROFILE-11, PROFILE-12)', async () => {
    const job = await watJob(wat, { fun: 'g' })
    expect((await computer.compute(job)).out).toMatchObject({
      error: { kind: 'rejection', code: 'import', subject: 'env.now' },
    })
  })

  test('trap when they are called, under a profile that says so (PROFILE-12, GAS-16)', async () => {
    const { PROFILE_1 } = await import('../../src/profile/v1.ts')
    const profile = { ...PROFILE_1, id: 'test/trap-on-call', denied: 'trap-on-call' } as const
    const job = await watJob(wat, { profile })
    expect((await computer.compute({ ...job, fun: 'g' })).out).toEqual({ ok: [3n] })
    const outcome = await computer.compute(job)
    expect(outcome.out).toEqual({ error: { kind: 'trap', code: 'denied-import' } })
    const used = outcome.gasUsed - (await computer.compute({ ...job, fun: 'g' })).gasUsed
    const { call: price, constant } = PROFILE_1.schedule.instructions
    expect(used).toBe(BigInt(price - constant))
  })
})

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

test('a fixture that returns its parameter keeps all bits', async () => {
  // The argument is a view of a longer buffer. Only the view is the value.
  const part = new Uint8Array(64).fill(9).subarray(20, 36)
  expect((await computer.compute(jobOf((await watJob(identity('v128'))).module, { args: [part] }))).out).toEqual({
    ok: [new Uint8Array(16).fill(9)],
  })
})
