/** The profile's limit `valueBytes`, at its boundary, in every ABI. */
import { describe, expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { Computer, type LoadLinks } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { profileWith, watJob, type JobInput } from '../support/jobs.ts'

const LIMIT = 8
const profile = profileWith({ limits: { ...PROFILE_1.limits, valueBytes: LIMIT } })
const computer = new Computer()
const run = async (wat: string, input: JobInput): Promise<Outcome> =>
  computer.compute(await watJob(wat, { profile, ...input }))
const rejected = (subject: string, code = 'bad-arguments'): unknown => ({ error: { kind: 'rejection', code, subject } })
const VIOLATION = { error: { kind: 'trap', code: 'abi-violation' } }
const work = (bytes: number): bigint => BigInt(PROFILE_1.schedule.host.flat + PROFILE_1.schedule.host.perUnit * bytes)
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)

/** A module of the `bytes` ABI that takes pairs, and returns the first one. */
const taking = (
  pairs: number,
): string => `(module (memory (export "memory") 1) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "f") (param ${'i32 i32 '.repeat(pairs)}) (result i64) (i64.const 0)))`

/** A module of the `bytes` ABI that returns `length` bytes at address 0. */
const giving = (length: number): string =>
  `(module (memory (export "memory") 1) (func (export "f") (result i64) (i64.const ${String(length).padStart(5, '0')})))`

describe('parameters (PROFILE-21, RECEIPT-21)', () => {
  test.each<[title: string, args: readonly Argument[], fits: boolean]>([
    ['bytes at the limit', [bytes(LIMIT)], true],
    ['one byte more', [bytes(LIMIT + 1)], false],
    ['several, together at the limit', [bytes(5), bytes(3)], true],
    ['several, together beyond it', [bytes(5), bytes(4)], false],
    ['text is counted as UTF-8', ['é世💩'.slice(0, 2), 'abc'], true],
    ['text of fewer code units than bytes', ['💩💩a'], false],
    ['text and bytes', ['éé', bytes(5)], false],
    ['nothing', [bytes(0), '', bytes(0)], true],
  ])('bytes: %s', async (_, args, fits) => {
    const { out, gasUsed } = await run(taking(args.length), { abi: 'bytes', args })
    expect(out).toEqual(fits ? { ok: new Uint8Array(0) } : rejected('valueBytes'))
    expect(gasUsed === 0n).toBe(!fits)
  })

  test.each<[signature: string, arg: Argument, fits: boolean]>([
    ['string', 'x'.repeat(LIMIT), true],
    ['string', 'x'.repeat(LIMIT + 1), false],
    ['string', '世世', true],
    ['string', '世世世', false],
    ['ArrayBuffer', bytes(LIMIT), true],
    ['ArrayBuffer', bytes(LIMIT + 1), false],
    ['Uint8Array', bytes(LIMIT), true],
    ['Uint8Array', bytes(LIMIT + 1), false],
  ])('assemblyscript: %s, case %#', async (type, arg, fits) => {
    expect(
      (await run(ASSEMBLYSCRIPT('(param i32)'), { abi: `assemblyscript(${type})->void`, args: [arg] })).out,
    ).toEqual(fits ? { ok: null } : rejected('valueBytes'))
  })

  test('core: floats and vectors are counted, integers are not', async () => {
    const call = async (types: string, args: readonly Argument[]): Promise<unknown> =>
      (await run(`(module (func (export "f") (param ${types})))`, { args })).out
    expect(await call('i64 i64 i32 f64', [1n, 2n ** 62n, 3n, bytes(8)])).toEqual({ ok: [] })
    expect(await call('f64 f32', [bytes(8), bytes(4)])).toEqual(rejected('valueBytes'))
    expect(await call('v128', [bytes(16)])).toEqual(rejected('valueBytes'))
  })

  test.each<[what: string, wat: string, input: JobInput, rejection: unknown]>([
    ['a missing function', taking(1), { abi: 'bytes', fun: 'g', args: [bytes(9)] }, rejected('g', 'no-such-function')],
    ['their number', taking(1), { abi: 'bytes', args: [bytes(9), bytes(9)] }, rejected('1 parameters')],
    ['their kinds', taking(2), { abi: 'bytes', args: [bytes(9), 1n] }, rejected('parameter 1: bytes')],
    [
      'the length of an element',
      '(module (func (export "f") (param f64)))',
      { args: [bytes(9)] },
      rejected('parameter 0: f64'),
    ],
  ])('%s comes first', async (_, wat, input, rejection) => expect((await run(wat, input)).out).toEqual(rejection))

  test('links count by their sizes, once all are known, and are not loaded (RECEIPT-23)', async () => {
    const judged = async (
      wat: string,
      abi: string,
      args: readonly Argument[],
      sizes: Readonly<Record<string, number>>,
    ): Promise<unknown> => {
      const asked: string[] = []
      const loadLinks: LoadLinks = async ({ what, links }) => {
        asked.push(what)
        return links.map(link => ({ link, size: sizes[link['/']]! }))
      }
      return [(await computer.compute({ ...(await watJob(wat, { abi, profile, args })), loadLinks })).out, asked]
    }
    const link: Argument = { '/': 'bafy' }
    const beyond = [rejected('valueBytes'), ['sizes']]
    expect(await judged(taking(2), 'bytes', [bytes(5), link], { bafy: 4 })).toEqual(beyond)
    expect(await judged(taking(2), 'bytes', [bytes(9), link], { bafy: 0 })).toEqual(beyond)
    // The same link twice counts twice, and its size is requested once.
    expect(await judged(taking(2), 'bytes', [link, link], { bafy: 5 })).toEqual(beyond)
    expect(await judged('(module (func (export "f") (param f64)))', 'core', [link], { bafy: 9 })).toEqual([
      rejected('parameter 0: f64'),
      ['sizes'],
    ])
  })

  test('limits on values are checked before initial pages and gas (GAS-8)', async () => {
    for (const limits of [{ pages: 0 }, { gas: 0n }]) {
      expect(await run(taking(1), { abi: 'bytes', args: [bytes(9)], ...limits })).toMatchObject({
        out: rejected('valueBytes'),
        gasUsed: 0n,
        growRefused: false,
      })
    }
  })
})

/** A guest with a bump allocator, and the given `f`. */
const ASSEMBLYSCRIPT = (
  f: string,
  more = '',
): string => `(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
  (data (i32.const 256) "\\05\\00\\00\\00") (data (i32.const 276) "\\41\\08\\00\\00")
  (func (export "__new") (param $size i32) (param $id i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 35)) (i32.const -16)))
    (i32.store (i32.sub (local.get $at) (i32.const 8)) (local.get $id)) (i32.store (i32.sub (local.get $at) (i32.const 4)) (local.get $size))
    (global.set $top (i32.add (local.get $at) (local.get $size))) (local.get $at))
  (func (export "__pin") (param i32) (result i32) (local.get 0)) (func (export "__unpin") (param i32))
  (global (export "Uint8Array_ID") i32 (i32.const 4)) (global (export "__rtti_base") i32 (i32.const 256))
  (func (export "f") ${f}) ${more})`

const hex = (values: Uint8Array): string =>
  Array.from(values, byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')
const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer)

/** A guest that returns an object at 4 104, with its header and contents. */
const object = (id: number, contents: Uint8Array): string =>
  ASSEMBLYSCRIPT(
    '(result i32) (i32.const 4104)',
    `(data (i32.const 4096) "${hex(words(id, contents.length))}${hex(contents)}")`,
  )
const string = (text: string): string =>
  object(2, new Uint8Array(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).buffer))

describe('results (PROFILE-21, RECEIPT-21)', () => {
  test.each<[title: string, abi: string, wat: string, result: unknown, paid: number]>([
    ['bytes at the limit', 'bytes', giving(LIMIT), new Uint8Array(LIMIT), LIMIT],
    ['bytes beyond it', 'bytes', giving(LIMIT + 1), undefined, 0],
    ['a buffer at the limit', 'assemblyscript()->ArrayBuffer', object(1, bytes(LIMIT)), bytes(LIMIT), LIMIT],
    ['a buffer beyond it', 'assemblyscript()->ArrayBuffer', object(1, bytes(LIMIT + 1)), undefined, 0],
    [
      'an array at the limit',
      'assemblyscript()->Uint8Array',
      object(4, words(4096, 4096, LIMIT)),
      expect.any(Uint8Array),
      LIMIT,
    ],
    ['an array beyond it', 'assemblyscript()->Uint8Array', object(4, words(4096, 4096, LIMIT + 1)), undefined, 0],
    ['text at the limit', 'assemblyscript()->string', string('abcdefgh'), 'abcdefgh', 16],
    ['text beyond it', 'assemblyscript()->string', string('abcdefghi'), undefined, 0],
    ['text of two bytes each', 'assemblyscript()->string', string('éééé'), 'éééé', 8],
    ['one byte more', 'assemblyscript()->string', string('éééée'), undefined, 0],
    ['text of three', 'assemblyscript()->string', string('世世ab'), '世世ab', 8],
    ['and one byte more', 'assemblyscript()->string', string('世世世'), undefined, 0],
    ['text of four', 'assemblyscript()->string', string('💩💩'), '💩💩', 8],
    ['and a character more', 'assemblyscript()->string', string('💩💩.'), undefined, 0],
    ['a lone high surrogate, which is not charged', 'assemblyscript()->string', string('ab\ud83d'), undefined, 0],
    ['a lone low surrogate', 'assemblyscript()->string', string('\udca9ab'), undefined, 0],
    ['empty text', 'assemblyscript()->string', string(''), '', 0],
  ])('%s', async (_, abi, wat, result, paid) => {
    const { out, gasUsed } = await run(wat, { abi })
    expect(out).toEqual(result === undefined ? VIOLATION : { ok: result })
    // A run of the same module that returns a number. Its gas is that of the guest only.
    const own =
      abi === 'bytes'
        ? (await run(giving(0), { abi })).gasUsed - work(0)
        : (await run(wat, { abi: 'assemblyscript()->i32' })).gasUsed
    expect(gasUsed - own).toBe(result === undefined ? 0n : work(paid))
  })

  test('a result that is too long is a violation even if the gas does not pay for it', async () => {
    const wat = string('abcdefghi')
    const { gasUsed } = await run(wat, { abi: 'assemblyscript()->string' })
    expect((await run(wat, { abi: 'assemblyscript()->string', gas: gasUsed })).out).toEqual(VIOLATION)
    expect((await run(wat, { abi: 'assemblyscript()->string', gas: gasUsed - 1n })).out).toEqual({
      error: { kind: 'trap', code: 'out-of-gas' },
    })
  })

  test('numbers do not count, although floats are byte strings', async () => {
    const many = 100
    expect(
      (
        await run(
          `(module (func (export "f") (result ${'v128 '.repeat(many)}) ${'(v128.const i64x2 0 0) '.repeat(many)}))`,
          {},
        )
      ).out,
    ).toEqual({ ok: Array.from({ length: many }, () => new Uint8Array(16)) })
    const tiny = profileWith({ limits: { ...PROFILE_1.limits, valueBytes: 0 } })
    const half = new Uint8Array(Float64Array.of(0.5).buffer)
    expect(
      (
        await run('(module (func (export "f") (result f64) (f64.const 0.5)))', {
          abi: 'assemblyscript()->f64',
          profile: tiny,
        })
      ).out,
    ).toEqual({ ok: half })
  })
})

describe('the limit of profile 1', () => {
  /** A module that returns a text of `size` bytes. It only writes the header, since its pages are zero. */
  const zeros = (size: number): string =>
    ASSEMBLYSCRIPT(
      '(result i32) (drop (memory.grow (i32.const 2100))) (i32.store (i32.const 4096) (i32.const 2)) ' +
        `(i32.store (i32.const 4100) (i32.const ${size})) (i32.const 4104)`,
    )

  test('is below the limits of engines: text of one byte more is refused unread', async () => {
    const { valueBytes } = PROFILE_1.limits
    const { out } = await run(zeros(2 * (valueBytes + 1)), {
      abi: 'assemblyscript()->string',
      profile: PROFILE_1,
      pages: 3000,
    })
    expect(out).toEqual(VIOLATION)
  })

  test('bytes at the limit', async () => {
    const { valueBytes } = PROFILE_1.limits
    const wat = `(module (memory (export "memory") 1025) (func (export "f") (param) (result i64) (i64.const ${valueBytes})))`
    const { out } = await run(wat, { abi: 'bytes', profile: PROFILE_1, pages: 3000 })
    expect('ok' in out && (out.ok as Uint8Array).length).toBe(valueBytes)
    expect(
      (
        await run(wat.replace(String(valueBytes), String(valueBytes + 1)), {
          abi: 'bytes',
          profile: PROFILE_1,
          pages: 3000,
        })
      ).out,
    ).toEqual(VIOLATION)
  })
})
