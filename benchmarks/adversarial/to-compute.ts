/** Modules whose instructions are the slowest of their price class. Each waits for the one before. */
import { signed, type Bytes } from '../strategies/binary.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { AGAIN, chain, F64, get, I32, loop, looped, NOTHING, RUN, set, start, type Case } from './case.ts'
import { concat, repeat, write } from './module.ts'

const LOCALS = 4_000

const RANDOM = '(local.set $p (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223)))'

export const TO_COMPUTE: readonly Case[] = [
  {
    name: 'permuted locals',
    idea: '4 000 locals change places in a loop',
    full: 1_500,
    quick: 5,
    make: () => {
      const moved = (i: number): number => 1 + ((i * 7 + 1) % LOCALS)
      const begin = repeat(LOCALS, i => concat([get(0), [0x41, ...signed(i)], [0x6a], set(1 + i)]))
      const turn = concat([
        get(moved(0)),
        repeat(LOCALS - 1, i => concat([get(moved(i + 1)), set(moved(i))])),
        set(moved(LOCALS - 1)),
      ])
      const sum = concat([repeat(LOCALS - 1, i => concat([get(1), get(i + 2), [0x73], set(1)])), get(1)])
      const code = concat([begin, looped(turn), [0x1a], sum])
      return write({
        types: [RUN],
        functions: [{ type: 0, locals: [[LOCALS, I32]], code }],
      })
    },
  },
  {
    name: 'square roots, looped',
    idea: '40 000 in a row',
    full: 20,
    quick: 2,
    make: () =>
      write({
        types: [RUN],
        functions: [
          {
            type: 0,
            locals: [[1, F64]],
            // The value is the result, since compilers remove unused code.
            code: concat([
              [...get(0), 0xb7, ...set(1)],
              looped(repeat(100, concat([get(1), repeat(390, [0x9f]), set(1)]))),
              [0x1a, ...get(1), 0xfc, 2],
            ]),
          },
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
    full: 1_000_000,
    quick: 20_000,
    make: () => indirect(),
  },
  {
    name: 'parameters',
    idea: 'calls with 250 of them',
    full: 100_000,
    quick: 2_000,
    make: () => passing(`(param ${'i64 '.repeat(250)})`, `(call $g ${'(local.get $j)'.repeat(250)})`),
  },
  {
    name: 'results',
    idea: 'calls with 250 of them',
    full: 100_000,
    quick: 2_000,
    make: () =>
      passing(
        `(result ${'i64 '.repeat(250)})`,
        `(call $g) ${'drop '.repeat(249)} (local.set $j)`,
        'i64.const 7 '.repeat(250),
      ),
  },
  chain(
    'divisions',
    'i64.div_s of the largest numbers',
    '(local.set $i (i64.div_s (local.get $j) (local.get $i)))',
    100_000,
    start.i64('3037000500', '0x7fffffffffffffff'),
  ),
  chain(
    'remainders',
    'i64.rem_u of the largest numbers',
    '(local.set $i (i64.add (i64.rem_u (local.get $j) (local.get $i)) (local.get $j)))',
    100_000,
    start.i64('0x7ffffffffffffffe', '0x7fffffffffffffff'),
  ),
  chain('products', 'i64.mul', '(local.set $i (i64.mul (local.get $i) (local.get $j)))', 500_000, start.i64('3', '5')),
  chain(
    'mispredictions',
    'a branch by a random bit',
    `${RANDOM} (if (i32.lt_s (local.get $p) (i32.const 0)) (then (local.set $q (i32.xor (i32.rotl (local.get $q) (i32.const 5)) (local.get $p)))))`,
    100_000,
  ),
  chain(
    'mispredicted tables',
    'a br_table by random bits',
    `${RANDOM} (block $a (block $b (block $c (block $d (br_table $a $b $c $d (i32.shr_u (local.get $p) (i32.const 30))))
    (local.set $q (i32.rotl (local.get $q) (local.get $p)))) (local.set $q (i32.xor (local.get $q) (local.get $p)))) (local.set $q (i32.sub (local.get $p) (local.get $q))))`,
    100_000,
  ),
  {
    name: 'a trap at the end',
    idea: 'work that the precise mode has to do again',
    full: 200_000,
    quick: 20_000,
    make: () =>
      loop('(local.set $p (i32.mul (local.get $p) (i32.const 31)))', {
        last: '(unreachable)',
      }),
  },
  {
    name: 'a trap behind loads',
    idea: 'precise mode, which charges before each of them',
    full: 100_000,
    quick: 5_000,
    make: () =>
      loop('(local.set $p (i32.load (local.get $p)))', {
        first: '(i32.store (i32.const 0) (i32.const 0)) (local.set $p (i32.const 0))',
        last: '(unreachable)',
      }),
  },
  {
    name: 'deep recursion',
    idea: 'frames to the bound, again and again',
    full: 100,
    quick: 3,
    make: () =>
      assemble(
        `(module (func $deep (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (call $deep
        (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0)))) (func (export "run")
        (param $n i32) (result i32) (loop $again (drop (call $deep (i32.const 3000))) ${AGAIN}) (i32.const 0)))`,
      ),
  },
]

/** A module that calls a function with many parameters or results. */
function passing(type: string, call: string, body = ''): Promise<Uint8Array> {
  return loop(call, {
    copies: 1,
    fields: `(func $g ${type} ${body})`,
    first: start.i64('1', '5'),
  })
}

/** A module with 64 different functions, which are called in scattered order. */
function indirect(): Uint8Array {
  const step: Bytes = [...get(1), 0x41, ...signed(1664525), 0x6c, 0x41, ...signed(1013904223), 0x6a, 0x22, 1]
  const call: Bytes = [...get(1), ...step, 0x41, ...signed(26), 0x76, 0x11, 0, 0, ...set(1)]
  return write({
    types: [RUN],
    slots: 64,
    elements: Array.from({ length: 64 }, (_, i) => 1 + i),
    functions: [
      { type: 0, locals: [[1, I32]], code: looped(call) },
      ...Array.from({ length: 64 }, (_, i) => ({
        type: 0,
        code: [...get(0), 0x41, ...signed(i), 0x73],
      })),
    ],
  })
}
