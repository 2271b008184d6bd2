/** Modules whose instructions are the slowest of their price class. */
import { assemble } from '../../wasm-fixtures/wat.ts'
import { signed, type Bytes } from '../strategies/binary.ts'
import { F64, get, I32, looped, NOTHING, RUN, set, type Case } from './case.ts'
import { concat, repeat, write } from './module.ts'

const LOCALS = 4_000

/** The slowest of their class, in a loop. */
export const TO_RUN: readonly Case[] = [
  {
    name: 'permuted locals',
    idea: '4 000 locals change places in a loop',
    full: 1_500,
    quick: 5,
    make: () =>
      write({
        types: [RUN],
        functions: [
          {
            type: 0,
            locals: [[LOCALS, I32]],
            code: looped(
              concat([
                get(1),
                repeat(LOCALS - 1, i => concat([get(1 + ((i * 7 + 8) % LOCALS)), set(1 + ((i * 7 + 1) % LOCALS))])),
                set(LOCALS),
              ]),
            ),
          },
        ],
      }),
  },
  {
    name: 'square roots, looped',
    idea: '40 000 in a row',
    full: 200,
    quick: 2,
    make: () =>
      write({
        types: [RUN],
        functions: [
          { type: 0, locals: [[1, F64]], code: looped(repeat(100, concat([get(1), repeat(390, [0x9f]), set(1)]))) },
        ],
      }),
  },
  {
    name: 'calls, looped',
    idea: '100 000 calls of an empty function, again and again',
    full: 100,
    quick: 1,
    make: () =>
      write({
        types: [RUN, NOTHING],
        functions: [
          { type: 0, code: looped(repeat(100_000, [0x10, 1])) },
          { type: 1, code: [] },
        ],
      }),
  },
  {
    name: 'indirect calls',
    idea: 'through 64 slots, scattered',
    full: 3_000_000,
    quick: 20_000,
    make: () => indirect(),
  },
  {
    name: 'cache misses',
    idea: 'loads scattered over 256 MiB, each of an address that the last one gave',
    full: 4_000_000,
    quick: 20_000,
    make: () =>
      scattered(
        `(local.set $p (i32.add (i32.load (local.get $p)) (i32.and (i32.add (i32.mul (local.get $p) (i32.const
        1664525)) (i32.const 1013904224)) (i32.const 0x0ffffff0))))`,
      ),
  },
  {
    name: 'stores',
    idea: 'scattered over 256 MiB',
    full: 4_000_000,
    quick: 20_000,
    make: () =>
      scattered(
        `(local.set $p (i32.and (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904224))
        (i32.const 0x0ffffff0)))(i32.store (local.get $p) (local.get $n))`,
      ),
  },
  {
    name: 'store forwarding',
    idea: 'narrow stores, then a wide load across them',
    full: 2_000_000,
    quick: 20_000,
    make: () =>
      scattered(
        `(i32.store8 offset=3 (i32.const 0) (local.get $p)) (i32.store8 offset=7 (i32.const 0) (local.get $p))
        (local.set $p (i32.wrap_i64 (i64.load offset=1 (i32.const 0))))`,
      ),
  },
  {
    name: 'unaligned',
    idea: 'loads and stores across pages',
    full: 3_000_000,
    quick: 20_000,
    make: () =>
      scattered('(i64.store (i32.const 4093) (i64.add (i64.load (i32.const 4093)) (i64.extend_i32_u (local.get $n))))'),
  },
  {
    name: 'subnormals',
    idea: 'sums and products of numbers near zero',
    full: 2_000_000,
    quick: 20_000,
    make: () =>
      floats('(local.set $x (f64.add (f64.mul (local.get $x) (f64.const 0.999)) (f64.const 0x1p-1070)))', '0x1p-1060'),
  },
  {
    name: 'divisions',
    idea: 'i64.div_s of the largest numbers',
    full: 3_000_000,
    quick: 20_000,
    make: () =>
      scattered(
        `(local.set $p (i32.wrap_i64 (i64.div_s (i64.sub (i64.const 0x7fffffffffffffff) (i64.extend_i32_u
        (local.get $p))) (i64.or (i64.extend_i32_u (local.get $n)) (i64.const 1)))))`,
      ),
  },
  {
    name: 'mispredictions',
    idea: 'a branch by a random bit',
    full: 5_000_000,
    quick: 20_000,
    make: () =>
      scattered(
        `(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223))) (if
        (i32.lt_s (local.get $p) (i32.const 0)) (then (local.set $q (i32.add (local.get $q) (local.get $p)))))`,
      ),
  },
  {
    name: 'roundings',
    idea: 'f64.nearest and conversions',
    full: 3_000_000,
    quick: 20_000,
    make: () =>
      floats(
        `(local.set $x (f64.add (f64.convert_i64_u (i64.trunc_sat_f64_u (f64.nearest (local.get $x)))) (f64.const
        0.7)))`,
        '1.5',
      ),
  },
  {
    name: 'stored vectors',
    idea: 'f32x4.add, stored: canonical each time',
    full: 5_000_000,
    quick: 20_000,
    make: () =>
      scattered('(v128.store (i32.const 64) (f32x4.add (v128.load (i32.const 64)) (v128.load (i32.const 128))))'),
  },
  {
    name: 'growing by nothing',
    idea: 'memory.grow of 0, of 256 MiB',
    full: 30_000,
    quick: 2_000,
    make: () => scattered('(drop (memory.grow (i32.const 0)))'),
  },
  {
    name: 'growing by pages',
    idea: 'memory.grow of 1, and one write into each',
    full: 3_000,
    quick: 200,
    make: () => scattered('(i32.store (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i32.const 1))', 1),
  },
  {
    name: 'growing tables',
    idea: 'table.grow of 1',
    full: 50_000,
    quick: 500,
    make: () => tables('(drop (table.grow $t (ref.null func) (i32.const 1)))'),
  },
  {
    name: 'table writes',
    idea: 'table.set and table.get',
    full: 2_000_000,
    quick: 20_000,
    make: () => tables('(table.set $t (i32.and (local.get $n) (i32.const 7)) (table.get $t (i32.const 3)))'),
  },
  {
    name: 'small fills',
    idea: 'memory.fill of one byte',
    full: 2_000_000,
    quick: 20_000,
    make: () => scattered('(memory.fill (i32.const 5) (i32.const 1) (i32.const 1))'),
  },
  {
    name: 'large copies',
    idea: 'memory.copy of 32 MiB',
    full: 20,
    quick: 1,
    make: () => scattered('(memory.copy (i32.const 0x2000000) (i32.const 0) (i32.const 0x2000000))'),
  },
  {
    name: 'logs',
    idea: 'ipvm.log of one byte',
    full: 300_000,
    quick: 2_000,
    make: () =>
      assemble(
        `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 1) (func (export
        "run") (param $n i32) (result i32) (loop $again (call $log (i32.const 0) (i32.const 1)) (br_if $again
        (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (i32.const 0)))`,
      ),
  },
  {
    name: 'a trap at the end',
    idea: 'work that the precise mode has to do again',
    full: 3_000_000,
    quick: 20_000,
    make: () => scattered('(local.set $p (i32.mul (local.get $p) (i32.const 31)))', 1, '(unreachable)'),
  },
  {
    name: 'deep recursion',
    idea: 'frames to the bound, again and again',
    full: 300,
    quick: 3,
    make: () =>
      assemble(
        `(module (func $deep (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (call $deep
        (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0)))) (func (export "run")
        (param $n i32) (result i32) (loop $again (drop (call $deep (i32.const 3000))) (br_if $again (local.tee
        $n (i32.sub (local.get $n) (i32.const 1))))) (i32.const 0)))`,
      ),
  },
]

/** Counts run's argument down to 0. */
const AGAIN = '(br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))'

/** A loop over a snippet with a memory of 256 MiB, or of so many pages. */
function scattered(snippet: string, pages = 4096, last = ''): Promise<Uint8Array> {
  return assemble(`(module
    (memory ${pages})
    (func (export "run") (param $n i32) (result i32) (local $p i32) (local $q i32)
      (local.set $p (i32.const 16))
      (loop $again ${snippet} ${AGAIN})
      ${last}
      (i32.add (local.get $p) (local.get $q))))`)
}

function floats(snippet: string, start: string): Promise<Uint8Array> {
  return assemble(`(module
    (func (export "run") (param $n i32) (result f64) (local $x f64)
      (local.set $x (f64.const ${start}))
      (loop $again ${snippet} ${AGAIN})
      (local.get $x)))`)
}

function tables(snippet: string): Promise<Uint8Array> {
  return assemble(`(module
    (table $t 8 funcref)
    (func (export "run") (param $n i32) (result i32)
      (loop $again ${snippet} ${AGAIN})
      (i32.const 0)))`)
}

/** 64 functions that differ, called in scattered order. */
function indirect(): Uint8Array {
  const step: Bytes = [...get(1), 0x41, ...signed(1664525), 0x6c, 0x41, ...signed(1013904223), 0x6a, 0x22, 1]
  const call: Bytes = [...get(1), ...step, 0x41, ...signed(26), 0x76, 0x11, 0, 0, ...set(1)]
  return write({
    types: [RUN],
    slots: 64,
    elements: Array.from({ length: 64 }, (_, i) => 1 + i),
    functions: [
      { type: 0, locals: [[1, I32]], code: looped(call) },
      ...Array.from({ length: 64 }, (_, i) => ({ type: 0, code: [...get(0), 0x41, ...signed(i), 0x73] })),
    ],
  })
}
