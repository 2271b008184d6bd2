/** The `assemblyscript(…)->…` ABI: real modules of the compiler, and guests that imitate one. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { ROOT } from '../support/fixtures.ts'
import { jobOf, watJob } from '../support/jobs.ts'

const computer = new Computer()
const program = (name: string): Uint8Array => new Uint8Array(readFileSync(`${ROOT}/programs/${name}/${name}.wasm`))
const rejected = (code: string, subject: string): unknown => ({ error: { kind: 'rejection', code, subject } })
const trapped = (code: string): unknown => ({ error: { kind: 'trap', code } })
const VIOLATION = trapped('abi-violation')

describe('modules of the compiler (RECEIPT-15, RECEIPT-16)', () => {
  const greet = program('greet')
  const call = async (fun: string, signature: string, args: readonly Argument[]): Promise<Outcome['out']> =>
    (await computer.compute(jobOf(greet, { fun, abi: `assemblyscript${signature}`, args }))).out

  test.each([
    '',
    'World',
    'Jürgen',
    '世界',
    '💩',
    '\u0000',
    '\ufeffmark',
    'x'.repeat(193),
    `\ufeff${'long'.repeat(100)}`,
    'a💩'.repeat(3000),
  ])('greets %j', async name => {
    expect(await call('greet', '(string)->string', [name])).toEqual({
      ok: `Hello, ${name === '' ? 'stranger' : name}!`,
    })
  })

  test.each(['\ufeff', `\ufeff${'b'.repeat(500)}`, `${'b'.repeat(500)}\ufeff`])(
    'a byte order mark is a character like others: %#',
    async text => {
      // Reversed, the mark is at the beginning or at the end.
      expect(await call('reverse', '(string)->string', [text])).toEqual({ ok: [...text].reverse().join('') })
    },
  )

  test('numbers, signed and unsigned', async () => {
    expect(await call('fibonacci', '(i32)->i64', [93n])).toEqual({ ok: -6246583658587674878n })
    expect(await call('fibonacci', '(u32)->u64', [93n])).toEqual({ ok: 12200160415121876738n })
    expect(await call('adler', '(ArrayBuffer)->u32', [new Uint8Array(5000).fill(255)])).toEqual({
      ok: expect.any(BigInt) as bigint,
    })
    const f64 = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer)
    expect(await call('hypotenuse', '(f64,f64)->f64', [f64(3), f64(4)])).toEqual({ ok: f64(5) })
  })

  test('typed arrays', async () => {
    const { out } = await computer.compute(
      jobOf(program('mandelbrot'), {
        fun: 'render',
        abi: 'assemblyscript(i32,i32,i32)->Uint8Array',
        args: [16n, 8n, 50n],
      }),
    )
    expect('ok' in out && (out.ok as Uint8Array).length).toBe(128)
  })

  test.each<[fun: string, signature: string, args: readonly Argument[], rejection: unknown]>([
    ['greet', '(string,string)->string', ['a', 'b'], rejected('no-such-function', 'greet')],
    ['greet', '(i64)->string', [1n], rejected('no-such-function', 'greet')],
    ['greet', '(string)->void', ['a'], rejected('no-such-function', 'greet')],
    ['greet', '(string)->f64', ['a'], rejected('no-such-function', 'greet')],
    ['nothing', '(string)->string', ['a'], rejected('no-such-function', 'nothing')],
    ['greet', '(string)->string', [], rejected('bad-arguments', '1 parameters')],
    ['greet', '(string)->string', [new Uint8Array(1)], rejected('bad-arguments', 'parameter 0: string')],
    ['greet', '(Uint8Array)->string', [new Uint8Array(1)], rejected('bad-arguments', 'parameter 0: Uint8Array')],
    ['fibonacci', '(i32)->i64', ['1'], rejected('bad-arguments', 'parameter 0: i32')],
    ['fibonacci', '(i32)->i64', [2n ** 31n], rejected('bad-arguments', 'parameter 0: i32')],
    ['fibonacci', '(u32)->i64', [-1n], rejected('bad-arguments', 'parameter 0: u32')],
    ['fibonacci', '(u32)->i64', [2n ** 32n], rejected('bad-arguments', 'parameter 0: u32')],
    ['fibonacci', '(bool)->i64', [2n], rejected('bad-arguments', 'parameter 0: bool')],
    ['adler', '(ArrayBuffer)->u32', ['text'], rejected('bad-arguments', 'parameter 0: ArrayBuffer')],
    [
      'hypotenuse',
      '(f64,f64)->f64',
      [new Uint8Array(8), new Uint8Array(4)],
      rejected('bad-arguments', 'parameter 1: f64'),
    ],
  ])('%s%s does not fit: case %#', async (fun, signature, args, rejection) =>
    expect(await call(fun, signature, args)).toEqual(rejection),
  )
})

// ── Guests in disguise ──────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A correct allocator: header and contents, aligned to 16 bytes, with ids and sizes at the positions of the runtime.
 */
const HONEST = `(local $at i32) (local.set $at (i32.and (i32.add (global.get $top) (i32.const 35)) (i32.const -16)))
  (i32.store (i32.sub (local.get $at) (i32.const 8)) (local.get $id)) (i32.store (i32.sub (local.get $at) (i32.const 4)) (local.get $size))
  (global.set $top (i32.add (local.get $at) (local.get $size))) (local.get $at)`

interface Disguise {
  readonly alloc?: string
  readonly f?: string
  /** The globals `Uint8Array_ID` and `__rtti_base`. */
  readonly id?: string
  readonly types?: string
  /** The table of types at 256: the number of classes, and the flags of class 4. */
  readonly flags?: string
  readonly more?: string
  readonly pin?: string
}

function disguised({
  alloc = HONEST,
  f = '(param i32) (result i32) (local.get 0)',
  id,
  types,
  flags = '\\05\\00\\00\\00',
  more = '',
  pin = '(local.get 0)',
}: Disguise): string {
  return `(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
    (data (i32.const 256) "${flags}") (data (i32.const 276) "\\41\\08\\00\\00")
    (func (export "__new") (param $size i32) (param $id i32) (result i32) ${alloc})
    (func (export "__pin") (param i32) (result i32) ${pin}) (func (export "__unpin") (param i32))
    (global (export "Uint8Array_ID") ${id ?? 'i32 (i32.const 4)'}) (global (export "Float64Array_ID") i32 (i32.const 4))
    ${types === '' ? '' : `(global (export "__rtti_base") ${types ?? 'i32 (i32.const 256)'})`}
    (func (export "f") ${f}) ${more})`
}

const call = async (disguise: Disguise, signature: string, args: readonly Argument[] = []): Promise<Outcome['out']> =>
  (await computer.compute(await watJob(disguised(disguise), { abi: `assemblyscript${signature}`, args }))).out

/** A guest that returns a pointer, with these bytes in memory at 4 096. */
const gives = (pointer: number, words: string = ''): Disguise => ({
  f: `(result i32) (i32.const ${pointer})`,
  more: words === '' ? '' : `(data (i32.const 4096) "${words}")`,
})
const text = (id: string, size: string, contents: string): string =>
  `\\${id}\\00\\00\\00\\${size}\\00\\00\\00${contents}`

describe('an honest guest', () => {
  test.each<[signature: string, value: Argument]>([
    ['(string)->string', 'text'],
    ['(string)->string', ''],
    ['(string)->string', '💩'.repeat(200)],
    ['(ArrayBuffer)->ArrayBuffer', new Uint8Array([1, 2, 3])],
    ['(ArrayBuffer)->ArrayBuffer', new Uint8Array(0)],
    ['(Uint8Array)->Uint8Array', new Uint8Array([9, 8, 7, 6, 5])],
    ['(Uint8Array)->Uint8Array', new Uint8Array(0)],
  ])('%s returns its parameter', async (signature, value) =>
    expect(await call({}, signature, [value])).toEqual({ ok: value }),
  )

  test('null', async () => {
    for (const type of ['string', 'ArrayBuffer', 'Uint8Array', 'Float64Array'])
      expect(await call(gives(0), `()->${type}`)).toEqual({ ok: null })
    expect(await call({ f: '' }, '()->void')).toEqual({ ok: null })
  })

  test('numbers need no runtime', async () => {
    const wat = '(module (func (export "f") (param i32 i64 f32) (result i32) (i32.and (local.get 0) (i32.const 6))))'
    const out = async (result: string, first: bigint): Promise<unknown> =>
      (
        await computer.compute(
          await watJob(wat, {
            abi: `assemblyscript(i32,u64,f32)->${result}`,
            args: [first, 2n ** 64n - 1n, new Uint8Array(4)],
          }),
        )
      ).out
    expect(await out('bool', 6n)).toEqual({ ok: 1n })
    expect(await out('bool', 1n)).toEqual({ ok: 0n })
    expect(await out('u32', -2n)).toEqual({ ok: 6n })
  })

  test('the memory may grow while objects are made', async () => {
    const alloc = '(local $at i32) (drop (memory.grow (i32.const 1))) ' + HONEST.replace('(local $at i32)', '')
    expect(await call({ alloc }, '(Uint8Array)->Uint8Array', [new Uint8Array(70_000).fill(3)])).toEqual({
      ok: new Uint8Array(70_000).fill(3),
    })
  })

  test('objects are pinned in the order of the parameters, and unpinned at the end (GAS-15)', async () => {
    const wat = disguised({
      f: '(param i32 i32) (result i32) (global.get $pinned)',
      pin: '(global.set $pinned (i32.add (i32.mul (global.get $pinned) (i32.const 10)) (i32.const 1))) (local.get 0)',
      more: '(global $pinned (mut i32) (i32.const 0))',
    })
    // Both strings are pinned once. Both arrays are pinned, and so are their buffers while they are made.
    const pinned = async (type: string, value: Argument): Promise<unknown> =>
      (await computer.compute(await watJob(wat, { abi: `assemblyscript(${type},${type})->i32`, args: [value, value] })))
        .out
    expect(await pinned('string', 'x')).toEqual({ ok: 11n })
    expect(await pinned('Uint8Array', new Uint8Array(1))).toEqual({ ok: 1111n })
  })

  test('other exports of the guest do not matter', async () => {
    const names = [
      'memory.buffer',
      '__newString',
      '__getString',
      '__newArray',
      '__new.name',
      '__new.prototype',
      '__rtti_base.value',
      'A#constructor',
      'A#get:b',
      'A#set:b',
      'A#c',
      '__proto__',
      '__proto__.x',
      'constructor',
      'a.b.c',
      '.',
      '#',
      'f#g',
      'memory#x',
      'get:__new',
      '__argumentsLength',
      '__setArgumentsLength',
      'table',
      '__collect',
      'toString',
    ]
    const more = names.map(name => `(func (export "${name}") (param i64 f64) unreachable)`).join('\n')
    expect(await call({ more }, '(string)->string', ['text'])).toEqual({ ok: 'text' })
    expect(await call({ more }, '(Uint8Array)->Uint8Array', [new Uint8Array([1, 2])])).toEqual({
      ok: new Uint8Array([1, 2]),
    })
  })
})

describe('a missing runtime (RECEIPT-15)', () => {
  const parts: Readonly<Record<string, string>> = {
    memory: '(memory (export "memory") 1)',
    __new: '(func (export "__new") (param i32 i32) (result i32) (i32.const 0))',
    __pin: '(func (export "__pin") (param i32) (result i32) (i32.const 0))',
    __unpin: '(func (export "__unpin") (param i32))',
  }

  test.each(Object.keys(parts))('without %s', async name => {
    const others = Object.keys(parts)
      .filter(other => other !== name)
      .map(other => parts[other]!)
    for (const signature of ['(string)->void', '()->string']) {
      const f = signature.startsWith('()') ? '(result i32) (i32.const 0)' : '(param i32)'
      const job = await watJob(`(module ${others.join(' ')} (func (export "f") ${f}))`, {
        abi: `assemblyscript${signature}`,
        args: f.includes('param') ? ['x'] : [],
      })
      expect((await computer.compute(job)).out).toEqual(rejected('no-such-function', name))
    }
  })

  test.each([
    ['__new', '(param i32) (result i32) (i32.const 0)'],
    ['__pin', '(param i32)'],
    ['__unpin', '(param i64)'],
  ])('with another %s', async (name, type) => {
    const others = Object.keys(parts)
      .filter(other => other !== name)
      .map(other => parts[other]!)
    const job = await watJob(
      `(module ${others.join(' ')} (func (export "${name}") ${type}) (func (export "f") (param i32)))`,
      { abi: 'assemblyscript(string)->void', args: ['x'] },
    )
    expect((await computer.compute(job)).out).toEqual(rejected('no-such-function', name))
  })

  test.each(['(mut i32) (i32.const 4)', 'i64 (i64.const 4)', 'f32 (f32.const 4)', 'funcref (ref.null func)'])(
    'with an id that is %s',
    async id => {
      expect(await call({ id }, '(Uint8Array)->Uint8Array', [new Uint8Array(1)])).toEqual(
        rejected('bad-arguments', 'parameter 0: Uint8Array'),
      )
    },
  )

  test('a length that is not a multiple of the element', async () => {
    expect(await call({}, '(Float64Array)->void', [new Uint8Array(12)])).toEqual(rejected('no-such-function', 'f'))
    expect(await call({ f: '(param i32)' }, '(Float64Array)->void', [new Uint8Array(12)])).toEqual(
      rejected('bad-arguments', 'parameter 0: Float64Array'),
    )
  })
})

describe('wrong pointers and headers are violations, never exceptions (RECEIPT-15, RECEIPT-16)', () => {
  describe.each([0, 1, 3, 4, 19, 20, 65_532, 65_535, 65_536, 65_537, 2 ** 31 - 1, -1, -4, -20, -2147483648])(
    'an allocator that answers %i',
    pointer => {
      test.each<[type: string, value: Argument]>([
        ['string', 'text'],
        ['Uint8Array', new Uint8Array(70_000)],
        ['ArrayBuffer', new Uint8Array(70_000)],
      ])('for a %s', async (type, value) => {
        expect(await call({ alloc: `(i32.const ${pointer})` }, `(${type})->i32`, [value])).toEqual(VIOLATION)
      })
    },
  )

  test.each<[title: string, type: string, words: string, pointer?: number]>([
    ['text of another class', 'string', text('01', '04', 'abcd')],
    ['text of an odd size', 'string', text('02', '03', 'abcd')],
    [
      'text that is longer than the memory',
      'string',
      text('02', 'ff', 'abcd').replace('\\ff\\00\\00\\00', '\\fe\\ff\\ff\\ff'),
    ],
    ['text at an unaligned address', 'string', text('02', '04', 'abcd'), 4106],
    ['a lone high surrogate', 'string', text('02', '02', '\\00\\d8')],
    ['a lone low surrogate', 'string', text('02', '04', '\\00\\dca\\00')],
    ['surrogates in the wrong order', 'string', text('02', '04', '\\00\\dc\\00\\d8')],
    [
      'a lone surrogate in long text',
      'string',
      `${text('02', '00', '').replace('\\02\\00\\00\\00\\00\\00', '\\02\\00\\00\\00\\00\\04')}\\00\\d8`,
    ],
    ['a buffer that is text', 'ArrayBuffer', text('02', '04', 'abcd')],
    ['a buffer beyond the memory', 'ArrayBuffer', text('01', 'ff', '').replace('\\ff\\00\\00\\00', '\\00\\00\\01\\00')],
    [
      'an array beyond the memory',
      'Uint8Array',
      '\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\ff\\ff\\00\\00\\02\\00\\00\\00',
    ],
    [
      'an array of wide elements and odd length',
      'Float64Array',
      '\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\0c\\00\\00\\00',
    ],
    [
      'an array that wraps around',
      'Uint8Array',
      '\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\ff\\ff\\ff\\ff\\01\\00\\00\\00',
    ],
  ])('%s', async (_, type, words, pointer = 4104) =>
    expect(await call(gives(pointer, words), `()->${type}`)).toEqual(VIOLATION),
  )

  test.each([1, 4, 19, 65_533, 65_536, 70_000, -1, -65_536])('a result at %i', async pointer => {
    for (const type of ['string', 'ArrayBuffer', 'Uint8Array', 'Float64Array'])
      expect(await call(gives(pointer), `()->${type}`), type).toEqual(VIOLATION)
  })

  test.each<[title: string, disguise: Disguise]>([
    ['no table of types', { types: '' }],
    ['a table of types that is not constant', { types: '(mut i32) (i32.const 256)' }],
    ['a table of types of another type', { types: 'i64 (i64.const 256)' }],
    ['a table of types beyond the memory', { types: 'i32 (i32.const 65536)' }],
    ['a table of types at -4', { types: 'i32 (i32.const -4)' }],
    ['a table of types at an unaligned address', { types: 'i32 (i32.const 257)' }],
    ['a table of types that is too short', { flags: '\\04\\00\\00\\00' }],
    ['an id of -1', { id: 'i32 (i32.const -1)' }],
    ['an id of -100', { id: 'i32 (i32.const -100)' }],
    ['an id of 2³¹ - 1, in a table as long', { id: 'i32 (i32.const 2147483647)', flags: '\\ff\\ff\\ff\\ff' }],
    ['an id of a class that is not an array', { id: 'i32 (i32.const 0)' }],
    ['a class of static arrays', { more: '(data (i32.const 276) "\\44\\08")' }],
    ['a class of arrays', { more: '(data (i32.const 276) "\\42\\08")' }],
    ['a class of wider elements', { more: '(data (i32.const 276) "\\81\\08")' }],
    ['a class of elements without size', { more: '(data (i32.const 276) "\\01\\00")' }],
  ])('%s', async (_, disguise) =>
    expect(await call(disguise, '(Uint8Array)->Uint8Array', [new Uint8Array([1, 2])])).toEqual(VIOLATION),
  )

  test('an allocator that returns the same address twice', async () => {
    // Buffer and array overlap, so the contents overwrite the words of the array.
    const out = await call({ alloc: '(i32.const 4096)' }, '(Uint8Array)->i32', [new Uint8Array(8)])
    expect(out).toEqual({ ok: 4096n })
  })

  test("traps, gas and stack of the runtime's functions are those of the run", async () => {
    expect(await call({ alloc: 'unreachable' }, '(string)->i32', ['x'])).toEqual(trapped('unreachable'))
    expect(
      await call({ alloc: '(i32.div_u (i32.const 1) (i32.const 0))' }, '(Uint8Array)->i32', [new Uint8Array(1)]),
    ).toEqual(trapped('divide-by-zero'))
    expect(await call({ pin: 'unreachable' }, '(Uint8Array)->i32', [new Uint8Array(1)])).toEqual(trapped('unreachable'))
    expect(await call({ alloc: '(call 0 (i32.const 1) (i32.const 2))' }, '(string)->i32', ['x'])).toEqual(
      trapped('stack-exhausted'),
    )
    // The gas runs out in the allocator, so its result does not matter (GAS-3).
    const spending = (pointer: number): string =>
      `(local $n i32) (local.set $n (i32.const 100)) (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (i32.const ${pointer})`
    for (const type of ['string', 'Uint8Array']) {
      const lying = await watJob(disguised({ alloc: spending(3) }), {
        abi: `assemblyscript(${type})->i32`,
        args: [type === 'string' ? 'x' : new Uint8Array(1)],
      })
      const { gasUsed, out } = await computer.compute(lying)
      expect(out).toEqual(VIOLATION)
      const short = { ...lying, limits: { gas: gasUsed - 1n, pages: 1 } }
      expect(await computer.compute(short)).toMatchObject({ out: trapped('out-of-gas'), gasUsed: gasUsed - 1n })
    }
    const job = await watJob(disguised({ alloc: '(loop (br 0)) (i32.const 0)' }), {
      abi: 'assemblyscript(Uint8Array)->i32',
      args: [new Uint8Array(1)],
      gas: 10n ** 8n,
    })
    expect(await computer.compute(job)).toMatchObject({ out: trapped('out-of-gas'), gasUsed: 10n ** 8n })
  })
})

describe('env.abort (RECEIPT-10)', () => {
  test('is a trap for all arguments', async () => {
    const wat = `(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory (export "memory") 1)
      (func (export "f") (call $abort (i32.const -1) (i32.const 7) (i32.const 0) (i32.const 0))))`
    for (const abi of ['assemblyscript()->void', 'core', 'bytes']) {
      expect((await computer.compute(await watJob(wat, { abi }))).out).toEqual(trapped('abort'))
    }
  })
})

describe('host work (GAS-15)', () => {
  let gas: (signature: string, args: readonly Argument[]) => Promise<bigint>
  beforeAll(async () => {
    const job = await watJob(disguised({}))
    gas = async (signature, args) =>
      (await computer.compute({ ...job, abi: `assemblyscript${signature}`, args })).gasUsed
  })

  test('is charged by the byte for parameters and result', async () => {
    const { flat, perUnit } = PROFILE_1.schedule.host
    const work = (bytes: number): bigint => BigInt(flat + perUnit * bytes)
    // The gas of the guest's functions (__new, __pin, f, __unpin) does not depend on the length.
    const own = (await gas('(string)->string', [''])) - 2n * work(0)
    expect(await gas('(string)->string', ['abc'])).toBe(own + 2n * work(6))
    expect(await gas('(string)->i32', ['abc'])).toBe(own + work(6))
    expect(await gas('(ArrayBuffer)->ArrayBuffer', [new Uint8Array(10)])).toBe(own + 2n * work(10))
    expect(await gas('(ArrayBuffer)->i32', [new Uint8Array(10)])).toBe(own + work(10))
    expect(await gas('(i32)->string', [0n])).toBe(await gas('(i32)->i32', [0n]))
  })
})
