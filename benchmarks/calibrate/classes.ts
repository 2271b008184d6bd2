/**
 * Measures the time of an instruction for each price class. A loop with copies of a snippet is compared with a loop
 * with twice as many copies, so that the time of the loop itself cancels out. Each copy uses the result of the one
 * before, so that the engine's compiler cannot remove it.
 */
import type { PriceClass } from '../../src/interface-profile.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import type { Guest } from '../guest.ts'
import { interleave, type Contender } from '../measure.ts'
import { guestOf } from '../prepare.ts'
import { geometricMean, round } from '../stats.ts'

/**
 * The numbers of instructions in a snippet by class, without local moves and constants, which almost always take no
 * time.
 */
type Parts = Partial<Record<PriceClass, number>>

interface Snippet {
  readonly of: PriceClass
  readonly what: string
  readonly parts: Parts
  readonly text: string
  /** The units that a bulk instruction in one copy works on. */
  readonly units?: number
}

const set = (local: string, value: string): string => `(local.set $${local} ${value})`
const op = (name: string, ...operands: readonly string[]): string =>
  `(${name} ${operands.map(o => (o.startsWith('(') ? o : `(local.get $${o})`)).join(' ')})`
const chain = (of: PriceClass, name: string, local: string, ...others: readonly string[]): Snippet => ({
  of,
  what: name,
  parts: { [of]: 1 },
  text: set(local, op(name, local, ...others)),
})

/** The snippets. Those of `plain` come first, since its time is subtracted from the others. */
const SNIPPETS: readonly Snippet[] = [
  {
    of: 'plain',
    what: 'i32.add, i32.xor',
    parts: { plain: 2 },
    text: set('a', op('i32.add', 'a', 'b')) + set('b', op('i32.xor', 'b', 'a')),
  },
  {
    of: 'plain',
    what: 'i64.sub, i64.rotl',
    parts: { plain: 2 },
    text: set('x', op('i64.sub', 'x', 'y')) + set('y', op('i64.rotl', 'y', 'x')),
  },
  {
    of: 'select',
    what: 'select',
    parts: { select: 1, plain: 1 },
    text: set('a', op('select', op('i32.add', 'a', 'c'), 'b', 'a')),
  },
  {
    of: 'global',
    what: 'global.get, global.set',
    parts: { global: 2, plain: 1 },
    text: `(global.set $g ${op('i32.add', '(global.get $g)', 'a')})`,
  },
  {
    of: 'load',
    what: 'i32.load, of its own address',
    parts: { load: 1 },
    text: set('d', op('i32.load', 'd')),
  },
  {
    of: 'load',
    what: 'i64.load8_u',
    parts: { load: 1, plain: 2 },
    text:
      set('x', op('i64.add', 'x', op('i64.load8_u offset=64', op('i32.and', 'c', '(i32.const 127)')))) +
      set('c', op('i32.xor', 'c', 'c')),
  },
  {
    of: 'store',
    what: 'i32.store',
    parts: { store: 1, plain: 1 },
    text: op('i32.store offset=4096', op('i32.and', 'a', '(i32.const 1020)'), 'b'),
  },
  chain('multiply', 'i32.mul', 'a', 'c'),
  chain('multiply', 'i64.mul', 'x', 'z'),
  {
    of: 'divide',
    what: 'i32.div_u',
    parts: { divide: 1, plain: 1 },
    text: set('a', op('i32.div_u', 'b', op('i32.or', 'a', '(i32.const 1)'))),
  },
  {
    of: 'divide',
    what: 'i64.rem_s',
    parts: { divide: 1, plain: 1 },
    text: set('x', op('i64.rem_s', 'y', op('i64.or', 'x', '(i64.const 3)'))),
  },
  chain('floatArithmetic', 'f64.add', 'p', 'q'),
  chain('floatArithmetic', 'f32.mul', 's', 't'),
  chain('floatArithmetic', 'f64.min', 'p', 'q'),
  chain('floatArithmetic', 'f64.nearest', 'p'),
  {
    of: 'floatDivide',
    what: 'f64.div',
    parts: { floatDivide: 1 },
    text: set('p', op('f64.div', 'q', 'p')),
  },
  chain('floatDivide', 'f64.sqrt', 'p'),
  {
    of: 'convert',
    what: 'f64.convert_i32_s, i32.trunc_sat',
    parts: { convert: 2 },
    text: set('a', op('i32.trunc_sat_f64_s', op('f64.convert_i32_s', 'a'))),
  },
  {
    of: 'convert',
    what: 'f32.demote, f64.promote',
    parts: { convert: 2 },
    text: set('p', op('f64.promote_f32', op('f32.demote_f64', 'p'))),
  },
  {
    of: 'branch',
    what: 'br_if, predicted',
    parts: { branch: 1, plain: 2 },
    text: `(block (br_if 0 ${op('i32.eqz', 'a')}) ${set('a', op('i32.add', 'a', 'c'))})`,
  },
  {
    of: 'branch',
    what: 'br_if, scattered',
    parts: { branch: 1, plain: 4, multiply: 1 },
    text: `${set('b', op('i32.add', op('i32.mul', 'b', '(i32.const 1664525)'), '(i32.const 1013904223)'))}
      (block (br_if 0 ${op('i32.lt_s', 'b', '(i32.const 0)')}) ${set('a', op('i32.add', 'a', 'b'))})`,
  },
  {
    of: 'branchTable',
    what: 'br_table, scattered',
    parts: { branchTable: 1, plain: 4, multiply: 1 },
    text: `${set('b', op('i32.add', op('i32.mul', 'b', '(i32.const 1664525)'), '(i32.const 1013904223)'))}
      (block (block (block (block (br_table 0 1 2 3 ${op('i32.shr_u', 'b', '(i32.const 30)')}))
      ${set('a', op('i32.add', 'a', 'b'))}) ${set('a', op('i32.xor', 'a', 'b'))}) ${set('a', op('i32.sub', 'a', 'b'))})`,
  },
  {
    of: 'call',
    what: 'call, its entry in it',
    parts: { call: 1, plain: 1 },
    text: set('a', op('call $leaf', 'a')),
  },
  {
    of: 'callIndirect',
    what: 'call_indirect, its entry in it',
    parts: { callIndirect: 1, plain: 2 },
    text: set('a', op('call_indirect (type $t)', 'a', op('i32.and', 'a', '(i32.const 1)'))),
  },
  {
    of: 'size',
    what: 'memory.size',
    parts: { size: 1, plain: 1 },
    text: set('a', op('i32.add', 'a', '(memory.size)')),
  },
  {
    of: 'table',
    what: 'table.get, table.set',
    parts: { table: 2 },
    text: '(table.set $u (i32.const 3) (table.get $u (i32.const 2)))',
  },
  {
    of: 'bulk',
    what: 'memory.fill of nothing',
    parts: { bulk: 1 },
    text: '(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))',
  },
  {
    of: 'bulk',
    what: 'memory.copy of 64 bytes',
    parts: { bulk: 1 },
    text: '(memory.copy (i32.const 8192) (i32.const 4096) (i32.const 64))',
  },
  {
    of: 'bulk',
    what: 'memory.fill, per byte',
    parts: {},
    units: 65_536,
    text: '(memory.fill (i32.const 65536) (i32.const 7) (i32.const 65536))',
  },
  {
    of: 'bulk',
    what: 'memory.copy, per byte',
    parts: {},
    units: 65_536,
    text: '(memory.copy (i32.const 131072) (i32.const 65536) (i32.const 65536))',
  },
  {
    of: 'grow',
    what: 'memory.grow by nothing',
    parts: { grow: 1, plain: 1 },
    text: set('a', op('i32.add', 'a', '(memory.grow (i32.const 0))')),
  },
  chain('vector', 'i32x4.add', 'v', 'w'),
  chain('vector', 'i8x16.swizzle', 'v', 'w'),
  chain('vectorMultiply', 'i32x4.mul', 'v', 'w'),
  chain('vectorMultiply', 'i64x2.mul', 'v', 'w'),
  chain('vectorFloat', 'f32x4.add', 'v', 'w'),
  chain('vectorFloat', 'f64x2.mul', 'v', 'w'),
  {
    of: 'vectorFloatDivide',
    what: 'f32x4.div',
    parts: { vectorFloatDivide: 1 },
    text: set('v', op('f32x4.div', 'w', 'v')),
  },
  chain('vectorFloatDivide', 'f64x2.sqrt', 'v'),
  {
    of: 'reference',
    what: 'ref.is_null',
    parts: { reference: 1, table: 1, plain: 1 },
    text: set('a', op('i32.add', 'a', '(ref.is_null (table.get $u (i32.const 1)))')),
  },
]

const COPIES = 24

/**
 * A module with `run(times)`, a loop with copies of the snippet. Its inputs come from outside, so that compilers cannot
 * fold them.
 */
function moduleText(text: string, copies: number): string {
  return `(module
    (type $t (func (param i32) (result i32)))
    (memory 4 64)
    (table $f funcref (elem $leaf $other))
    (table $u 8 funcref)
    (global $g (mut i32) (i32.const 1))
    (func $leaf (type $t) (i32.add (local.get 0) (i32.const 3)))
    (func $other (type $t) (i32.xor (local.get 0) (i32.const 5)))
    (func (export "run") (param $n i32) (result i32)
      (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $x i64) (local $y i64) (local $z i64)
      (local $p f64) (local $q f64) (local $s f32) (local $t f32) (local $v v128) (local $w v128)
      (local.set $a (i32.add (local.get $n) (i32.const 77)))
      (local.set $b (i32.mul (local.get $n) (i32.const 40503)))
      (local.set $c (i32.or (local.get $n) (i32.const 3)))
      (local.set $x (i64.extend_i32_u (local.get $b)))
      (local.set $y (i64.mul (local.get $x) (i64.const 6364136223846793005)))
      (local.set $z (i64.or (local.get $y) (i64.const 5)))
      (local.set $p (f64.add (f64.convert_i32_u (local.get $n)) (f64.const 1.5)))
      (local.set $q (f64.add (f64.div (f64.const 1) (f64.convert_i32_u (local.get $n))) (f64.const 1)))
      (local.set $s (f32.const 1.5))
      (local.set $t (f32.add (f32.div (f32.const 1) (f32.convert_i32_u (local.get $b))) (f32.const 1)))
      (local.set $v (f64x2.splat (local.get $p)))
      (local.set $w (f64x2.splat (local.get $q)))
      (loop $again
        ${text.repeat(copies)}
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.store (i32.const 16) (i32.add (i32.add (local.get $a) (local.get $b)) (i32.add (local.get $c) (local.get $d))))
      (i64.store (i32.const 24) (i64.xor (local.get $x) (local.get $y)))
      (f64.store (i32.const 32) (local.get $p))
      (f32.store (i32.const 40) (local.get $s))
      (v128.store (i32.const 48) (local.get $v))
      (i32.load (i32.const 16))))`
}

export interface ClassRow {
  readonly of: PriceClass
  readonly what: string
  /** The nanoseconds of one instruction or unit, without metering and in the fast mode. */
  readonly bare: number
  readonly fast: number
  readonly perUnit: boolean
}

/** Measures all snippets. */
export async function measureClasses(quick: boolean, each: (row: ClassRow) => void): Promise<ClassRow[]> {
  const rows: ClassRow[] = []
  for (const snippet of SNIPPETS) {
    const times =
      (snippet.units === undefined ? (quick ? 2_000 : 60_000) : quick ? 3 : 40) /
      (snippet.of === 'bulk' || snippet.of === 'grow' ? 6 : 1)
    const took = await measureSnippet(snippet, Math.ceil(times), quick ? 3 : 9)
    const own = (ms: number, which: 'bare' | 'fast'): number => {
      const ns = (ms * 1e6) / Math.ceil(times) / COPIES
      if (snippet.units !== undefined) return round(ns / snippet.units)
      const others = Object.entries(snippet.parts).filter(([name]) => name !== snippet.of)
      const known = others.reduce((sum, [name, count]) => sum + count * nsOf(rows, name as PriceClass, which), 0)
      // An instruction that overlaps with others still takes a slot in the pipeline: a quarter of a cycle.
      return round(Math.max(nsOf(rows, 'plain', which) / 4, (ns - known) / snippet.parts[snippet.of]!))
    }
    const row = {
      of: snippet.of,
      what: snippet.what,
      bare: own(took.bare, 'bare'),
      fast: own(took.fast, 'fast'),
      perUnit: snippet.units !== undefined,
    }
    rows.push(row)
    each(row)
  }
  return rows
}

/** The nanoseconds of a class: the geometric mean of its snippets. */
export function nsOf(rows: readonly ClassRow[], name: PriceClass, which: 'bare' | 'fast'): number {
  const own = rows.filter(row => row.of === name && !row.perUnit)
  return own.length === 0 ? 0 : geometricMean(own.map(row => row[which]))
}

/** The milliseconds that `COPIES` copies take in a number of iterations. */
async function measureSnippet(
  { text }: Snippet,
  times: number,
  rounds: number,
): Promise<Record<'bare' | 'fast', number>> {
  const guests = new Map<string, Guest>()
  for (const copies of [1, 2]) {
    const bytes = await assemble(moduleText(text, copies * COPIES))
    for (const strategy of ['bare', 'fast'])
      guests.set(`${strategy} ${copies}`, await guestOf(bytes, strategy, 'run', [BigInt(times)]))
  }
  const contenders = [...guests].map(([name, guest]): Contender => ({
    name,
    run: () => guest.run().processorMs,
  }))
  const measured = await interleave(contenders, {
    rounds,
    warmups: 3,
    warmupMs: rounds > 3 ? 60 : 0,
  })
  const of = (name: string): number => measured.get(name)!.ms.min
  return {
    bare: Math.max(0, of('bare 2') - of('bare 1')),
    fast: Math.max(0, of('fast 2') - of('fast 1')),
  }
}
