/** Gas computed by hand, with prices that cannot be taken for one another. */
import { describe, expect, it } from 'vitest'
import type { PriceClass, Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { Gas } from './gas.ts'
import { GuestTrap, interpret, interpretWith, OracleGaveUp, type OracleOutcome, type Value } from './interpret.ts'

const PRICES: Readonly<Record<PriceClass, number>> = {
  free: 0,
  local: 1,
  constant: 2,
  plain: 10,
  global: 20,
  select: 30,
  load: 40,
  store: 50,
  multiply: 60,
  divide: 70,
  floatArithmetic: 80,
  floatDivide: 90,
  convert: 100,
  branch: 200,
  branchTable: 300,
  call: 400,
  callIndirect: 500,
  size: 600,
  table: 700,
  bulk: 800,
  grow: 900,
  vector: 1_000,
  vectorMultiply: 2_000,
  vectorFloat: 3_000,
  vectorFloatDivide: 4_000,
  reference: 5_000,
}
const ENTRY = 100_000
const PER_LOCAL_WORD = 10_000

/** Without a price for instantiation: that is tested by itself. */
const PROFILE: Profile = {
  ...PROFILE_1,
  denied: 'trap-on-call',
  grants: PROFILE_1.grants.map(grant =>
    grant.name === 'log' ? { ...grant, price: { flat: 70_000, perUnit: 23, unit: 1 } } : grant,
  ),
  limits: { ...PROFILE_1.limits, stackWords: 200, logBytes: 8, tableSlots: 20 },
  schedule: {
    instructions: PRICES,
    bulk: {
      memoryFill: 3,
      memoryCopy: 5,
      memoryInit: 7,
      tableFill: 11,
      tableCopy: 13,
      tableInit: 17,
      memoryGrow: 1_000,
      tableGrow: 19,
    },
    entry: { flat: ENTRY, perUnit: PER_LOCAL_WORD },
    instantiation: {
      flat: 0,
      perByte: 0,
      perFunction: 0,
      perPage: 0,
      perSlot: 0,
      perSegment: 0,
      perGlobal: 0,
      perLocalWord: 0,
      perBranchTarget: 0,
      perCarriedValue: 0,
      perCustomByte: 0,
      perKeptValue: 0,
      perExportedWord: 0,
    },
    host: { flat: 70_000, perUnit: 23 },
  },
}

interface Limits {
  readonly gas?: bigint
  readonly pages?: number
  readonly profile?: Profile
  readonly maxSteps?: number
}

async function run(
  wat: string,
  args: readonly Value[] = [],
  { gas = 1n << 62n, pages = 10, profile = PROFILE, maxSteps = 1e6 }: Limits = {},
): Promise<OracleOutcome> {
  return interpret(await assemble(`(module ${wat})`), { fun: 'f', args }, { profile, gas, pages, maxSteps })
}

describe('instructions', () => {
  it.each<[name: string, wat: string, args: Value[], gas: number]>([
    ['an empty function is charged for its entry', '(func (export "f"))', [], ENTRY],
    [
      'declared locals are charged, vectors twice, parameters not',
      '(func (export "f") (param i64 v128) (local i32 f64 v128 funcref))',
      [0n, new Uint8Array(16)],
      ENTRY + 5 * PER_LOCAL_WORD,
    ],
    ['free instructions', '(func (export "f") nop (block (loop (return))))', [], ENTRY],
    [
      'locals, constants, arithmetic',
      '(func (export "f") (param i32) (drop (i32.mul (i32.add (local.get 0) (i32.const 3)) (local.tee 0 (i32.const 4)))))',
      [1],
      ENTRY + 1 + 2 + 10 + 2 + 1 + 60,
    ],
    [
      'an if not taken skips its arm',
      '(func (export "f") (param i32) (if (local.get 0) (then (drop (i32.const 1)))))',
      [0],
      ENTRY + 1 + 200,
    ],
    [
      'an if taken',
      '(func (export "f") (param i32) (if (local.get 0) (then (drop (i32.const 1)))))',
      [1],
      ENTRY + 1 + 200 + 2,
    ],
    [
      'else',
      '(func (export "f") (param i32) (if (local.get 0) (then) (else (drop (f64.const 1)) (drop (i64.const 2)))))',
      [0],
      ENTRY + 1 + 200 + 2 + 2,
    ],
    [
      'each iteration of a loop: get, const, sub, tee, br_if',
      '(func (export "f") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))',
      [7],
      ENTRY + 7 * (1 + 2 + 10 + 1 + 200),
    ],
    ['br_table', '(func (export "f") (block (block (br_table 0 1 0 (i32.const 9)))))', [], ENTRY + 2 + 300],
    [
      'code after a branch is not charged',
      '(func (export "f") (block (br 0) (drop (i32.div_u (i32.const 1) (i32.const 1)))))',
      [],
      ENTRY + 200,
    ],
    [
      'a call is charged, and so is the entry',
      '(func $g (local i32)) (func (export "f") (call $g) (call $g))',
      [],
      ENTRY + 2 * (400 + ENTRY + PER_LOCAL_WORD),
    ],
    [
      'an indirect call',
      '(table funcref (elem $g)) (func $g) (func (export "f") (call_indirect (i32.const 0)))',
      [],
      ENTRY + 2 + 500 + ENTRY,
    ],
    ['a tail call', '(func $g) (func (export "f") (return_call $g))', [], ENTRY + 400 + ENTRY],
    [
      'an indirect tail call',
      '(table funcref (elem $g)) (func $g) (func (export "f") (return_call_indirect (i32.const 0)))',
      [],
      ENTRY + 2 + 500 + ENTRY,
    ],
    ['a start function', '(func $s (drop (i32.const 0))) (start $s) (func (export "f"))', [], ENTRY + 2 + ENTRY],
    [
      'globals, select, references',
      `(global $g (mut i64) (i64.const 0)) (func (export "f")
      (global.set $g (select (global.get $g) (i64.const 1) (ref.is_null (ref.null func)))))`,
      [],
      ENTRY + 20 + 2 + 2 + 5_000 + 30 + 20,
    ],
    [
      'vectors',
      `(func (export "f") (param v128) (drop (i32x4.mul (local.get 0) (local.get 0)))
      (drop (f32x4.sqrt (f32x4.add (local.get 0) (v128.const i64x2 0 0)))) (drop (v128.not (local.get 0))))`,
      [new Uint8Array(16)],
      ENTRY + (1 + 1 + 2_000) + (1 + 2 + 3_000 + 4_000) + (1 + 1_000),
    ],
    [
      'floats',
      '(func (export "f") (drop (f64.div (f64.const 1) (f64.promote_f32 (f32.neg (f32.add (f32.const 1) (f32.const 2)))))))',
      [],
      ENTRY + 2 + 2 + 2 + 80 + 10 + 100 + 90,
    ],
  ])('%s', async (_, wat, args, gas) => {
    const outcome = await run(wat, args)
    expect(outcome.out).toHaveProperty('ok')
    expect(outcome.gasUsed).toBe(BigInt(gas))
  })
})

const BULK = `(memory 1) (data $d "0123456789") (table 10 20 funcref) (elem $e func $g $g $g) (func $g)`

describe('bulk instructions are charged for their operand before bounds are checked', () => {
  it.each<[instruction: string, args: [number, number, number], perUnit: number, trap?: string]>([
    ['memory.fill', [0, 0, 1000], 3],
    ['memory.fill', [0, 0, 0], 3],
    ['memory.fill', [0, 0, 0xffffffff], 3, 'memory-out-of-bounds'],
    ['memory.copy', [0, 9, 1000], 5],
    ['memory.copy', [0, 1, 65536], 5, 'memory-out-of-bounds'],
    ['memory.init $d', [0, 0, 10], 7],
    ['memory.init $d', [0, 0, 11], 7, 'memory-out-of-bounds'],
    ['table.copy', [0, 1, 9], 13],
    ['table.copy', [0, 1, 10], 13, 'table-out-of-bounds'],
    ['table.init $e', [7, 0, 3], 17],
    ['table.init $e', [8, 0, 3], 17, 'table-out-of-bounds'],
  ])('%s %j', async (instruction, args, perUnit, trap) => {
    const { out, gasUsed } = await run(
      `${BULK} (func (export "f") (param i32 i32 i32) (${instruction} (local.get 0) (local.get 1) (local.get 2)))`,
      args,
    )
    expect(out).toEqual(trap === undefined ? { ok: [] } : { trap })
    expect(gasUsed).toBe(BigInt(ENTRY + 3 + 800) + BigInt(perUnit) * BigInt(args[2]))
  })

  it('table.fill', async () => {
    const { gasUsed } = await run(
      `${BULK} (func (export "f") (table.fill (i32.const 0) (ref.null func) (i32.const 9)))`,
    )
    expect(gasUsed).toBe(BigInt(ENTRY + 3 * 2 + 800 + 9 * 11))
  })

  it('dropping a segment has no operand', async () => {
    const { gasUsed } = await run(`${BULK} (func (export "f") (data.drop $d) (elem.drop $e))`)
    expect(gasUsed).toBe(BigInt(ENTRY + 2 * 800))
  })
})

describe('growing', () => {
  const grow = '(func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))'
  const base = BigInt(ENTRY + 1 + 900)

  it.each<[name: string, memory: string, delta: number, result: number, units: number, refused: boolean, peak: number]>(
    [
      ['granted', '1', 9, 1, 9, false, 10],
      ['by nothing', '1', 0, 1, 0, false, 1],
      ['beyond the limit on pages', '1', 10, 0xffffffff, 0, true, 1],
      ['beyond the declared maximum, and the limit as well', '1 5', 10, 0xffffffff, 0, false, 1],
      ['beyond the address space', '1', 65536, 0xffffffff, 0, false, 1],
      ['by 2³² − 1', '1', 0xffffffff, 0xffffffff, 0, false, 1],
    ],
  )('of memory, %s', async (_, memory, delta, result, units, growRefused, peakPages) => {
    expect(await run(`(memory ${memory}) ${grow}`, [delta])).toMatchObject({
      out: { ok: [result] },
      gasUsed: base + BigInt(units) * 1_000n,
      growRefused,
      peakPages,
    })
  })

  it.each<[table: string, delta: number, result: number, units: number]>([
    ['10', 10, 10, 10],
    ['10', 11, 0xffffffff, 0],
    ['10 15', 5, 10, 5],
    ['10 15', 6, 0xffffffff, 0],
    ['10', 0xffffffff, 0xffffffff, 0],
  ])('of a table of %s by %i', async (table, delta, result, units) => {
    const wat = `(table ${table} funcref) (func (export "f") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))`
    expect(await run(wat, [delta])).toMatchObject({
      out: { ok: [result] },
      gasUsed: base + 2n + BigInt(units) * 19n,
      growRefused: false,
    })
  })
})

describe('out of gas', () => {
  const wat = `(import "ipvm" "log" (func $log (param i32 i32))) (memory 1)
    (func (export "f") (call $log (i32.const 0) (i32.const 1)) (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 20))))`
  const total = BigInt(ENTRY + (2 + 2 + 400 + 70_000 + 23) + (2 + 900 + 1_000) + (2 + 900))

  it('a limit equal to the used gas suffices', async () => {
    expect(await run(wat, [], { gas: total })).toMatchObject({
      out: { ok: [] },
      gasUsed: total,
      peakPages: 2,
      growRefused: true,
      logs: Uint8Array.of(0),
    })
  })

  it('with one unit less nothing is visible', async () => {
    expect(await run(wat, [], { gas: total - 1n })).toMatchObject({
      out: { trap: 'out-of-gas' },
      gasUsed: total - 1n,
      peakPages: 0,
      growRefused: false,
      logs: new Uint8Array(0),
    })
  })

  it('changes once over all limits', async () => {
    const loop = '(func (export "f") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))'
    const bytes = await assemble(`(module ${loop})`)
    const profile = { ...PROFILE, schedule: { ...PROFILE.schedule, entry: { flat: 5, perUnit: 0 } } }
    const used = 5n + 3n * 214n
    for (let gas = 0n; gas <= used + 2n; gas++) {
      const { out, gasUsed } = interpret(bytes, { fun: 'f', args: [3] }, { profile, gas, pages: 0 })
      expect([gas, 'ok' in out, gasUsed]).toEqual([gas, gas >= used, gas >= used ? used : gas])
    }
  })

  it('comes before any other trap of the instruction that cannot be paid', async () => {
    expect(
      (
        await run('(func (export "f") (drop (i32.div_u (i32.const 1) (i32.const 0))))', [], {
          gas: BigInt(ENTRY + 2 + 2 + 69),
        })
      ).out,
    ).toEqual({ trap: 'out-of-gas' })
    expect(
      await run('(func (export "f") (drop (i32.div_u (i32.const 1) (i32.const 0))))', [], {
        gas: BigInt(ENTRY + 2 + 2 + 70),
      }),
    ).toMatchObject({ out: { trap: 'divide-by-zero' }, gasUsed: BigInt(ENTRY + 2 + 2 + 70) })
  })

  it('counts sums beyond 2⁵³', () => {
    const gas = new Gas(2n ** 62n)
    for (let i = 0; i < 1023; i++) gas.charge(2 ** 52)
    gas.charge(1)
    expect(gas.used).toBe(1023n * 2n ** 52n + 1n)
    expect(() => gas.charge(2 ** 52)).toThrow(GuestTrap)
    gas.charge(2 ** 52 - 1)
    expect(gas.used).toBe(2n ** 62n)
    expect(() => gas.charge(1)).toThrow(GuestTrap)
  })
})

describe('the stack', () => {
  /** How often `$f`, which calls itself, is entered: what else it does is free, constants hardly count. */
  const entries = async (body: string): Promise<number> => {
    const profile = { ...PROFILE, schedule: { ...PROFILE.schedule, entry: { flat: ENTRY, perUnit: 0 } } }
    const { out, gasUsed } = await run(`(func $f (export "f") ${body})`, [], { profile })
    expect(out).toEqual({ trap: 'stack-exhausted' })
    return Number(gasUsed / BigInt(ENTRY))
  }

  it.each<[name: string, body: string, weight: number]>([
    ['nothing', '(call $f)', 10],
    ['two operands', '(i32.const 1) (i32.const 2) (drop) (drop) (call $f)', 10 + 2 * 2],
    ['locals', '(local i32 v128) (call $f)', 10 + 3],
    ['a vector operand', '(v128.const i64x2 0 0) (drop) (call $f)', 10 + 2 * 2],
    [
      'unreachable operands',
      '(call $f) (return) (i32.const 1) (i64.const 2) (v128.const i64x2 0 0) (drop) (drop) (drop)',
      10 + 2 * 4,
    ],
    ['parameters of a block are pushed once', '(i32.const 1) (block (param i32) (drop)) (call $f)', 10 + 2],
    [
      'br_if in unreachable code pushes the types of its label',
      '(call $f) (block (result i64 i64) (unreachable) (br_if 0)) (drop) (drop)',
      10 + 2 * (2 + 2),
    ],
    ['select of unknowns', '(call $f) (unreachable) (select) (drop)', 10 + 2],
  ])('%s', async (_, body, weight) => {
    // The call that does not fit pays its entry, too.
    expect(await entries(body)).toBe(Math.floor(200 / weight) + 1)
  })

  it('a parameter counts, a tail call releases the frame first, and so does a return', async () => {
    const tail =
      '(func $f (export "f") (param i32) (if (local.get 0) (then (return_call $f (i32.sub (local.get 0) (i32.const 1))))))'
    expect((await run(tail, [1000])).out).toEqual({ ok: [] })
    const loop = `(func $g (param i32)) (func (export "f") (param i32)
      (loop (call $g (i32.const 0)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`
    expect((await run(loop, [1000])).out).toEqual({ ok: [] })
    // f weighs 11 + 2, g 10 + 177; together exactly the limit, with one parameter more beyond it.
    const params = (count: number): string => `(func $g (param ${'i32 '.repeat(count)})) (func (export "f") (param i32)
      (call $g ${'(local.get 0)'.repeat(count)}))`
    const weight = (count: number): number => 11 + 2 * count + 10 + count
    expect([weight(59), weight(60)]).toEqual([198, 201])
    expect((await run(params(59), [0])).out).toEqual({ ok: [] })
    expect((await run(params(60), [0])).out).toEqual({ trap: 'stack-exhausted' })
  })

  it('each call by the host begins with an empty stack', async () => {
    const bytes = await assemble(`(module (func $f (export "f") (param i32)
      (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))`)
    const outcome = interpretWith(bytes, { profile: PROFILE, gas: 2n ** 62n, pages: 0 }, instance => {
      expect(() => instance.call('f', [100])).toThrow(expect.objectContaining({ code: 'stack-exhausted' }))
      for (let i = 0; i < 50; i++) instance.call('f', [10])
      return []
    })
    expect(outcome.out).toEqual({ ok: [] })
  })
})

describe('instantiation', () => {
  const profile: Profile = {
    ...PROFILE,
    schedule: {
      ...PROFILE.schedule,
      entry: { flat: 0, perUnit: 0 },
      instantiation: {
        flat: 1,
        perByte: 1_000,
        perFunction: 1_000_000,
        perPage: 10_000_000,
        perSlot: 100_000_000,
        perSegment: 1_000_000_000,
        perGlobal: 10_000_000_000,
        perLocalWord: 100_000_000_000,
        perBranchTarget: 1_000_000_000_000,
        perCarriedValue: 100_000_000_000_000,
        perCustomByte: 0,
        perKeptValue: 3,
        perExportedWord: 11,
      },
    },
  }

  it('is charged for everything that is declared', async () => {
    const wat = `(memory 2) (table 3 funcref) (table 1 externref) (global i32 (i32.const 0)) (global v128 (v128.const i64x2 0 0))
      (data (i32.const 0) "a") (data "b") (elem (i32.const 0) $g) (elem func $g) (elem declare func $g)
      (func $g (param i32 v128) (local f64 v128)) (func (export "f") (return) (block (br_table 0 1 0 (i32.const 0))))`
    const { length } = await assemble(`(module ${wat})`)
    const { gasUsed } = await run(wat, [], { profile })
    expect(gasUsed).toBe(
      1n +
        BigInt(length) * 1_000n +
        2n * 1_000_000n +
        2n * 10_000_000n +
        4n * 100_000_000n +
        2n * 1_000_000_000n +
        2n * 10_000_000_000n +
        6n * 100_000_000_000n +
        3n * 1_000_000_000_000n +
        3n,
    )
  })

  it.each<[wat: string, trap: string, price: bigint]>([
    [
      '(memory 1) (data (i32.const 65536) "a") (func $s unreachable) (start $s)',
      'memory-out-of-bounds',
      1n + 2n * 1_000_000n + 10_000_000n + 1_000_000_000n,
    ],
    [
      '(memory 1) (table 1 funcref) (data (i32.const 65536) "a") (elem (i32.const 1) func $s) (func $s)',
      'table-out-of-bounds',
      1n + 2n * 1_000_000n + 10_000_000n + 100_000_000n + 2n * 1_000_000_000n,
    ],
  ])('a segment out of bounds traps at the price of instantiation: %s', async (segments, trap, price) => {
    const wat = `${segments} (func (export "f"))`
    const { length } = await assemble(`(module ${wat})`)
    expect(await run(wat, [], { profile })).toMatchObject({
      out: { trap },
      gasUsed: price + BigInt(length) * 1_000n,
      peakPages: 1,
    })
  })

  it('out of gas before anything else', async () => {
    expect(
      await run('(memory 1) (data (i32.const 65536) "a") (func (export "f"))', [], { profile, gas: 5n }),
    ).toMatchObject({ out: { trap: 'out-of-gas' }, gasUsed: 5n, peakPages: 0 })
  })

  it('comes after the rejection of a memory beyond the limit on pages', async () => {
    await expect(run('(memory 11) (func (export "f"))')).rejects.toThrow('rejection')
  })
})

describe('imports', () => {
  const log =
    '(import "ipvm" "log" (func $log (param i32 i32))) (memory (export "m") 1) (data (i32.const 0) "abcdefghij")'

  it('log is charged before its bounds are checked, and keeps bytes up to the limit', async () => {
    const wat = `${log} (func (export "f") (param i32 i32) (call $log (local.get 0) (local.get 1)))`
    const price = (bytes: bigint): bigint => BigInt(ENTRY + 2 + 400 + 70_000) + 23n * bytes
    expect(await run(wat, [1, 3])).toMatchObject({
      out: { ok: [] },
      gasUsed: price(3n),
      logs: new TextEncoder().encode('bcd'),
    })
    expect(await run(wat, [0, 10])).toMatchObject({
      out: { ok: [] },
      gasUsed: price(10n),
      logs: new TextEncoder().encode('abcdefgh'),
    })
    expect(await run(wat, [65536, 0])).toMatchObject({ out: { ok: [] }, gasUsed: price(0n) })
    expect(await run(wat, [1, 0xffffffff])).toMatchObject({
      out: { trap: 'memory-out-of-bounds' },
      gasUsed: price(0xffffffffn),
    })
  })

  it('logs before a trap are kept', async () => {
    const wat = `${log} (func (export "f") (call $log (i32.const 0) (i32.const 2)) (call $log (i32.const 5) (i32.const 1)) unreachable)`
    expect(await run(wat)).toMatchObject({ out: { trap: 'unreachable' }, logs: new TextEncoder().encode('abf') })
  })

  it('are called through tables and by tail calls, without entry price or frame', async () => {
    const wat = `${log} (table funcref (elem $log)) (func (export "f")
      (call_indirect (param i32 i32) (i32.const 0) (i32.const 1) (i32.const 0))
      (return_call $log (i32.const 1) (i32.const 1)))`
    expect(await run(wat)).toMatchObject({
      out: { ok: [] },
      gasUsed: BigInt(ENTRY + 6 + 500 + 70_023 + 4 + 400 + 70_023),
      logs: new TextEncoder().encode('ab'),
    })
  })

  it('abort traps, and so do denied imports', async () => {
    const abort = `(import "env" "abort" (func $a (param i32 i32 i32 i32)))
      (func (export "f") (call $a (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`
    expect(await run(abort)).toMatchObject({ out: { trap: 'abort' }, gasUsed: BigInt(ENTRY + 8 + 400) })
    const denied = '(import "env" "now" (func $n (result f64))) (func (export "f") (drop (call $n)))'
    expect(await run(denied)).toMatchObject({ out: { trap: 'denied-import' }, gasUsed: BigInt(ENTRY + 400) })
    const other = '(import "env" "abort" (func $a (param i32))) (func (export "f") (call $a (i32.const 0)))'
    expect(await run(other)).toMatchObject({ out: { trap: 'denied-import' }, gasUsed: BigInt(ENTRY + 2 + 400) })
  })

  it('an import that is exported again is called without a frame', async () => {
    const wat = '(import "ipvm" "log" (func $log (param i32 i32))) (memory 1) (export "f" (func $log))'
    expect(await run(wat, [0, 2])).toMatchObject({ out: { ok: [] }, gasUsed: 70_046n, logs: new Uint8Array(2) })
  })
})

describe('the interface', () => {
  it('stops after a number of instructions', async () => {
    await expect(run('(func (export "f") (loop (br 0)))', [], { maxSteps: 1000 })).rejects.toThrow(OracleGaveUp)
  })

  it('shares gas between the calls of one instance and takes prices of the host', async () => {
    const bytes = await assemble('(module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 8))))')
    const outcome = interpretWith(bytes, { profile: PROFILE, gas: 2n ** 62n, pages: 1 }, instance => {
      instance.memory.set([1, 2, 3, 4], 8)
      instance.charge(7)
      expect(instance.call('f', [])).toEqual([0x04030201])
      expect(instance.gasUsed).toBe(BigInt(7 + ENTRY + 2 + 40))
      instance.call('f', [])
      return instance.trap('abi-violation')
    })
    expect(outcome).toMatchObject({
      out: { trap: 'abi-violation' },
      gasUsed: BigInt(7 + 2 * (ENTRY + 2 + 40)),
      peakPages: 1,
    })
  })

  it('shows exported globals as bits', async () => {
    const { globals } =
      await run(`(global (export "a") (mut f32) (f32.const nan:0x200001)) (global (export "b") i64 (i64.const -1))
      (global i32 (i32.const 1)) (func (export "f"))`)
    expect([...globals]).toEqual([
      ['a', { type: 0x7d, mutable: true, bits: 0x7fa00001 }],
      ['b', { type: 0x7e, mutable: false, bits: 2n ** 64n - 1n }],
    ])
  })

  it('requires the class free to cost 0', async () => {
    const priced = { ...PROFILE, schedule: { ...PROFILE.schedule, instructions: { ...PRICES, free: 1 } } }
    await expect(run('(func (export "f"))', [], { profile: priced })).rejects.toThrow('free')
  })
})
