/** The `bytes` ABI: byte strings cross in both directions, even with guests that return wrong pointers. */
import { describe, expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { Computer } from '../../src/engine/compute.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { admitted } from '../support/instrumented.ts'
import { watJob } from '../support/jobs.ts'

const computer = new Computer()

/** A guest with a bump allocator that begins at 1 024, and the given `f`. */
const guest = (
  fun: string,
  alloc = '(local.tee $at (global.get $top)) (global.set $top (i32.add (global.get $top) (local.get $n)))',
): string => `(module
  (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
  (func (export "ipvm_alloc") (param $n i32) (result i32) (local $at i32) ${alloc}) ${fun})`

/** A guest that returns its argument in place. */
const ECHO = guest(`(func (export "f") (param i32 i32) (result i64)
  (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))`)
const answer = (packed: string): string => guest(`(func (export "f") (result i64) (i64.const ${packed}))`)

const run = async (wat: string, args: readonly Argument[] = [], gas = 10n ** 10n): Promise<Outcome> =>
  computer.compute(await watJob(wat, { abi: 'bytes', args, gas }))
const rejected = (code: string, subject: string): unknown => ({ error: { kind: 'rejection', code, subject } })
const VIOLATION = { error: { kind: 'trap', code: 'abi-violation' } }

describe('bytes in and out (RECEIPT-14)', () => {
  test.each([0, 1, 2, 1024, 64_512])('%i bytes', async length => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff)
    expect((await run(ECHO, [bytes])).out).toEqual({ ok: bytes })
  })

  test('text is passed as UTF-8', async () => {
    expect((await run(ECHO, ['grüße, 世界 💩'])).out).toEqual({ ok: new TextEncoder().encode('grüße, 世界 💩') })
  })

  test('several parameters, in order', async () => {
    const many = 20
    const wat = guest(`(func (export "f") (param ${'i32 '.repeat(2 * many)}) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (i32.sub (global.get $top) (local.get 0)))))`)
    const args = Array.from({ length: many }, (_, i) => new Uint8Array(i).fill(i))
    expect((await run(wat, args)).out).toEqual({ ok: new Uint8Array(Buffer.concat(args)) })
  })

  test('without parameters no allocator is needed, and without a result there are no bytes', async () => {
    expect((await run('(module (memory (export "memory") 1) (func (export "f")))')).out).toEqual({
      ok: new Uint8Array(0),
    })
    expect(
      (
        await run(
          '(module (memory (export "memory") 1) (data (i32.const 3) "abc") (func (export "f") (result i64) (i64.const 0x300000003)))',
        )
      ).out,
    ).toEqual({ ok: new TextEncoder().encode('abc') })
  })

  test('the allocator may grow the memory', async () => {
    const wat = guest(
      '(func (export "f") (param i32 i32) (result i64) (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))',
      '(i32.mul (memory.grow (i32.const 3)) (i32.const 65536))',
    )
    const outcome = await run(wat, [new Uint8Array(150_000).fill(5)])
    expect(outcome).toMatchObject({ out: { ok: new Uint8Array(150_000).fill(5) }, peakPages: 4 })
  })

  test('a range may end at the end of the memory, and an empty one may begin there', async () => {
    expect((await run(answer('0xffff00000001'))).out).toEqual({ ok: new Uint8Array(1) })
    expect((await run(answer('0x1000000000000'))).out).toEqual({ ok: new Uint8Array(0) })
  })
})

describe('guests that violate the ABI (RECEIPT-14)', () => {
  test.each([
    '0x1000000000001',
    '0xffff00000002',
    '0x10001_00000000'.replace('_', ''),
    '-1',
    '0xffffffff',
    '0x7fffffff7fffffff',
    '-0x8000000000000000',
  ])('an answer %s', async packed => expect((await run(answer(packed))).out).toEqual(VIOLATION))

  test.each(['(i32.const 65536)', '(i32.const -1)', '(i32.const 65534)', '(i32.const 0x80000000)'])(
    'an allocator that answers %s',
    async alloc => {
      expect((await run(guest('(func (export "f") (param i32 i32))', alloc), [new Uint8Array(3)])).out).toEqual(
        VIOLATION,
      )
    },
  )

  test('an allocator that traps, runs out of gas, or returns memory in use', async () => {
    const f =
      '(func (export "f") (param i32 i32 i32 i32) (result i64) (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))'
    const args = [new Uint8Array([1, 2]), new Uint8Array([3])]
    expect((await run(guest(f, 'unreachable'), args)).out).toEqual({ error: { kind: 'trap', code: 'unreachable' } })
    expect((await run(guest(f, '(loop (br 0)) (i32.const 0)'), args)).out).toEqual({
      error: { kind: 'trap', code: 'out-of-gas' },
    })
    expect((await run(guest(f, '(i32.const 0)'), args)).out).toEqual({ ok: new Uint8Array([3, 2]) })
  })
})

describe('calls that do not fit (RECEIPT-14)', () => {
  const memory = '(memory (export "memory") 1)'
  test.each<[title: string, wat: string, args: readonly Argument[], rejection: unknown]>([
    ['an odd number of parameters', guest('(func (export "f") (param i32))'), [], rejected('no-such-function', 'f')],
    ['parameters of another type', guest('(func (export "f") (param i32 i64))'), [], rejected('no-such-function', 'f')],
    ['another result', guest('(func (export "f") (result i32) (i32.const 0))'), [], rejected('no-such-function', 'f')],
    [
      'two results',
      guest('(func (export "f") (result i64 i64) (i64.const 0) (i64.const 0))'),
      [],
      rejected('no-such-function', 'f'),
    ],
    ['no memory', '(module (memory 1) (func (export "f")))', [], rejected('no-such-function', 'memory')],
    [
      'a memory that is a function',
      '(module (memory 1) (func (export "f")) (func (export "memory")))',
      [],
      rejected('no-such-function', 'memory'),
    ],
    [
      'no allocator',
      `(module ${memory} (func (export "f") (param i32 i32)))`,
      [new Uint8Array(0)],
      rejected('no-such-function', 'ipvm_alloc'),
    ],
    [
      'an allocator of another type',
      `(module ${memory} (func (export "f") (param i32 i32)) (func (export "ipvm_alloc") (param i64) (result i32) (i32.const 0)))`,
      [new Uint8Array(0)],
      rejected('no-such-function', 'ipvm_alloc'),
    ],
    ['too few parameters', ECHO, [], rejected('bad-arguments', '1 parameters')],
    ['too many parameters', ECHO, ['a', 'b'], rejected('bad-arguments', '1 parameters')],
    ['an integer', ECHO, [7n], rejected('bad-arguments', 'parameter 0: bytes')],
  ])('%s', async (_, wat, args, rejection) => expect((await run(wat, args)).out).toEqual(rejection))
})

describe('host work (GAS-12, GAS-14)', () => {
  const { host, instructions, entry } = PROFILE_1.schedule
  const work = (bytes: number): bigint => BigInt(host.flat + host.perUnit * bytes)
  const preparing = async (): Promise<bigint> =>
    instantiationGas(admitted((await watJob(ECHO)).module).module, PROFILE_1)

  /** `ipvm_alloc`: two gets, a tee, an addition, two globals and one of them set. */
  const alloc =
    BigInt(entry.flat + entry.perUnit) + BigInt(3 * instructions.global + 2 * instructions.local + instructions.plain)
  const echo = BigInt(entry.flat + 2 * instructions.local + instructions.constant + 4 * instructions.plain)

  test.each([0, 1, 100])('%i bytes in and out take exactly this gas', async length => {
    expect((await run(ECHO, [new Uint8Array(length)])).gasUsed).toBe(
      (await preparing()) + work(length) + alloc + echo + work(length),
    )
  })

  test('a limit that does not suffice for the answer', async () => {
    const exact = (await run(ECHO, [new Uint8Array(50)])).gasUsed
    expect((await run(ECHO, [new Uint8Array(50)], exact)).out).toEqual({ ok: new Uint8Array(50) })
    expect(await run(ECHO, [new Uint8Array(50)], exact - 1n)).toMatchObject({
      out: { error: { code: 'out-of-gas' } },
      gasUsed: exact - 1n,
    })
  })

  test('an argument that the gas does not pay for is never written', async () => {
    const gas = (await preparing()) + work(1_000_000) - 1n
    expect(await run(ECHO, [new Uint8Array(1_000_000)], gas)).toMatchObject({
      out: { error: { code: 'out-of-gas' } },
      gasUsed: gas,
    })
    // If the gas suffices, the argument does not fit.
    expect((await run(ECHO, [new Uint8Array(1_000_000)], gas + alloc + 1n)).out).toEqual(VIOLATION)
  })

  test('a range that does not lie in memory is found before it is charged', async () => {
    const { gasUsed, out } = await run(answer('0xffffffff'))
    expect(out).toEqual(VIOLATION)
    const none = await run(answer('0'))
    expect(none.gasUsed - gasUsed).toBe(
      work(0) +
        BigInt(PROFILE_1.schedule.instantiation.perByte) *
          BigInt((await watJob(answer('0'))).module.length - (await watJob(answer('0xffffffff'))).module.length),
    )
  })
})

describe('moving the parameters is charged before anything runs (GAS-8, GAS-18)', () => {
  const { host } = PROFILE_1.schedule
  const work = (bytes: number): bigint => BigInt(host.flat + host.perUnit * bytes)
  const args = [new Uint8Array(10), 'grüße']
  const takesTwo = (
    start: string,
    alloc = 'unreachable',
    more = '',
  ): string => `(module (memory (export "memory") 1) ${more}
    (func (export "ipvm_alloc") (param i32) (result i32) ${alloc}) (func (export "f") (param i32 i32 i32 i32)) (func $start ${start}) (start $start))`
  const price = async (wat: string): Promise<bigint> =>
    instantiationGas(admitted((await watJob(wat)).module).module, PROFILE_1)
  const outcome = (code: string, gasUsed: bigint): unknown =>
    expect.objectContaining({ out: { error: { kind: 'trap', code } }, gasUsed })

  test('a trap of the start function comes after the charge for all parameters', async () => {
    const wat = takesTwo('unreachable')
    const paid = (await price(wat)) + work(10) + work(7)
    const entry = BigInt(PROFILE_1.schedule.entry.flat)
    expect(await run(wat, args, 10n ** 10n)).toEqual(outcome('unreachable', paid + entry))
    expect(await run(wat, args, paid + entry)).toEqual(outcome('unreachable', paid + entry))
    for (const gas of [paid + entry - 1n, paid - 1n, await price(wat)])
      expect(await run(wat, args, gas)).toEqual(outcome('out-of-gas', gas))
  })

  test('a trap of the allocator at the first parameter comes after the charge for all parameters', async () => {
    const wat = takesTwo('nop')
    const entry = BigInt(PROFILE_1.schedule.entry.flat)
    expect(await run(wat, args)).toEqual(outcome('unreachable', (await price(wat)) + work(10) + work(7) + 2n * entry))
  })

  test('a segment out of bounds traps before parameters are charged', async () => {
    const wat = takesTwo('nop', 'unreachable', '(data (i32.const 65536) "x")')
    expect(await run(wat, args)).toEqual(outcome('memory-out-of-bounds', await price(wat)))
    expect(await run(wat, args, await price(wat))).toEqual(outcome('memory-out-of-bounds', await price(wat)))
  })

  test('a rejected call is not charged for parameters', async () => {
    expect(await run(takesTwo('nop'), [...args, 'more'])).toMatchObject({
      out: rejected('bad-arguments', '2 parameters'),
      gasUsed: 0n,
    })
  })
})
