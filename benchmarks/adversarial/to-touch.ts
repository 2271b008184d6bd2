/** Modules that are slow because of memory, tables or the host. */
import { assemble } from '../../wasm-fixtures/wat.ts'
import { AGAIN, loop, type Case } from './case.ts'

/** The default limit on pages of the command line. */
const PAGES = 1_024

const LINE = 64

/**
 * Code that writes a linked list through all cache lines of a range, in an order that prefetchers do not predict. Each
 * line contains the address of the next one.
 */
function chained(bytes: number): string {
  const lines = bytes / LINE
  return `(loop $fill
    (i32.store (i32.mul (local.get $p) (i32.const ${LINE})) (i32.mul (local.tee $q (i32.and (i32.add (i32.mul (local.get $p)
      (i32.const 1664525)) (i32.const 1013904223)) (i32.const ${lines - 1}))) (i32.const ${LINE})))
    (br_if $fill (i32.ne (local.tee $p (local.get $q)) (i32.const 0))))`
}

const CHAINED = chained(PAGES * 65_536)
/** Follows one link of the list. The loop has 64 copies, so that its own instructions do not matter. */
const CHASE = '(local.set $p (i32.load (local.get $p)))'
const CHASES = 64
const SCATTER = `(local.set $p (i32.and (i32.add (i32.mul (local.get $p) (i32.const 1664525)) (i32.const 1013904223))
  (i32.const ${PAGES * 65_536 - 16})))`

const FIELDS = `(table $t 64 funcref) (table $u 64 externref) (elem $e func $g $g $g $g) (func $g) (data $d "0123456789")
  (global $r (mut funcref) (ref.null func))`

function touch(
  name: string,
  idea: string,
  snippet: string,
  full: number,
  options: Parameters<typeof loop>[1] = {},
): Case {
  return {
    name,
    idea,
    full,
    quick: Math.ceil(full / 20),
    make: () => loop(snippet, { fields: FIELDS, ...options }),
  }
}

const IN_A_ROW = 64

/**
 * Code that adds up 64 consecutive words from `$p` on, in the first `bytes` bytes. These loads do not wait for one
 * another.
 */
function summed(bytes: number): string {
  const add = (i: number): string => `(local.set $q (i32.add (local.get $q) (i32.load offset=${4 * i} (local.get $p))))`
  const sums = Array.from({ length: IN_A_ROW }, (_, i) => add(i)).join(' ')
  return `${sums} (local.set $p (i32.and (i32.add (local.get $p) (i32.const ${4 * IN_A_ROW})) (i32.const ${bytes - 1})))`
}

/**
 * The controls: ordinary programs that use the same instruction on as much memory as the linked lists. The first has
 * the same code except for one constant, the length of the list.
 */
export const CONTROLS: readonly Case[] = [
  touch('near pointers', 'pointers chased within 16 KiB of 64 MiB', CHASE, 400_000, {
    copies: CHASES,
    pages: PAGES,
    first: chained(2 ** 14),
  }),
  touch('near loads', 'loads in a row within 16 KiB of 64 MiB', summed(2 ** 14), 2_000_000, {
    copies: 1,
    pages: PAGES,
    first: chained(2 ** 14),
  }),
  touch('loads in a row', 'all of 64 MiB in order', summed(PAGES * 65_536), 1_000_000, {
    copies: 1,
    pages: PAGES,
    first: CHAINED,
  }),
]

export const TO_TOUCH: readonly Case[] = [
  touch('chased pointers', 'each load waits for the last one, and misses', CHASE, 20_000, {
    copies: CHASES,
    pages: PAGES,
    first: CHAINED,
  }),
  touch('chased pointers, 1 MiB', 'the same, where the caches are fast', CHASE, 20_000, {
    copies: CHASES,
    pages: 16,
    first: chained(2 ** 20),
  }),
  touch(
    'scattered loads',
    'they need not wait',
    `${SCATTER} (local.set $q (i32.add (local.get $q) (i32.load8_u (local.get $p))))`,
    200_000,
    { pages: PAGES, first: CHAINED },
  ),
  touch('scattered stores', 'over all of memory', `${SCATTER} (i32.store8 (local.get $p) (local.get $n))`, 200_000, {
    pages: PAGES,
    first: CHAINED,
  }),
  {
    name: 'fresh pages',
    idea: 'a store into each page of the operating system',
    full: PAGES,
    quick: PAGES,
    make: () =>
      loop('(i32.store8 (local.get $p) (i32.const 1)) (local.set $p (i32.add (local.get $p) (i32.const 4096)))', {
        pages: PAGES,
      }),
  },
  touch(
    'store forwarding',
    'narrow stores, then a wide load across them',
    `(i32.store8 offset=3 (i32.const 0) (local.get $p)) (local.set $p (i32.load (i32.const 0)))`,
    100_000,
  ),
  touch(
    'unaligned',
    'loads and stores across pages',
    '(i64.store offset=4093 (local.get $q) (i64.add (i64.load offset=4093 (local.get $q)) (local.get $j)))',
    100_000,
  ),
  touch(
    'stored vectors',
    'f32x4.add, stored: canonical each time',
    '(v128.store (i32.const 64) (f32x4.add (v128.load (i32.const 64)) (v128.load (i32.const 80))))',
    200_000,
  ),
  touch(
    'small stores',
    'four bytes through memory',
    '(i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (local.get $q)))',
    200_000,
  ),
  touch('growing by nothing', 'memory.grow of 0', '(drop (memory.grow (i32.const 0)))', 20_000, { pages: PAGES }),
  touch('growing beyond', 'memory.grow that is refused', '(drop (memory.grow (i32.const -1)))', 20_000, {
    pages: PAGES,
  }),
  {
    name: 'growing by pages',
    idea: 'memory.grow of 1, and one write into each',
    full: 1_000,
    quick: 100,
    make: () => loop('(i32.store (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i32.const 1))', { copies: 1 }),
  },
  touch('growing tables by nothing', 'table.grow of 0', '(drop (table.grow $t (ref.null func) (i32.const 0)))', 3_000),
  {
    name: 'growing tables',
    idea: 'table.grow of 1',
    full: 20_000,
    quick: 500,
    make: () =>
      loop('(drop (table.grow $t (ref.null func) (i32.const 1)))', {
        fields: FIELDS,
        copies: 1,
      }),
  },
  touch(
    'growing large tables',
    'table.grow of 1 beyond a hundred thousand',
    '(drop (table.grow $b (ref.null func) (i32.const 1)))',
    100,
    { fields: '(table $b 100000 funcref)' },
  ),
  touch(
    'table writes',
    'table.set and table.get',
    '(table.set $t (i32.and (local.get $n) (i32.const 7)) (table.get $t (i32.const 3)))',
    50_000,
  ),
  touch(
    'table writes of functions',
    'table.set of ref.func',
    '(table.set $t (i32.and (local.get $n) (i32.const 7)) (ref.func $g))',
    20_000,
    { fields: `${FIELDS} (elem declare func $g)` },
  ),
  touch(
    'table reads',
    'table.get and ref.is_null',
    '(local.set $p (i32.add (local.get $p) (ref.is_null (table.get $t (local.get $q)))))',
    50_000,
  ),
  touch(
    'externals',
    'table.set and table.get of externref',
    '(table.set $u (i32.const 7) (table.get $u (i32.const 3)))',
    50_000,
  ),
  touch('reference globals', 'global.set of ref.func', '(global.set $r (ref.func $g))', 50_000, {
    fields: `${FIELDS} (elem declare func $g)`,
  }),
  touch(
    'filling by nothing',
    'memory.fill of no byte',
    '(memory.fill (local.get $q) (i32.const 1) (i32.const 0))',
    50_000,
  ),
  touch('small fills', 'memory.fill of one byte', '(memory.fill (local.get $q) (i32.const 1) (i32.const 1))', 50_000),
  touch(
    'small copies',
    'memory.copy of nine bytes',
    '(memory.copy (i32.const 100) (i32.const 3) (i32.const 9))',
    50_000,
  ),
  touch(
    'small inits',
    'memory.init of nine bytes',
    '(memory.init $d (i32.const 100) (i32.const 0) (i32.const 9))',
    50_000,
  ),
  touch('drops', 'data.drop and elem.drop', '(data.drop $d) (elem.drop $e)', 50_000),
  touch('table fills', 'table.fill of nothing', '(table.fill $t (i32.const 0) (ref.null func) (i32.const 0))', 20_000),
  touch(
    'table copies',
    'table.copy of nothing',
    '(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 0))',
    20_000,
  ),
  touch('table inits', 'table.init of four', '(table.init $t $e (i32.const 3) (i32.const 0) (i32.const 4))', 5_000),
  touch(
    'large table fills',
    'table.fill of 100 000',
    '(table.fill $b (i32.const 0) (ref.null func) (i32.const 100000))',
    20,
    { copies: 1, fields: '(table $b 100000 funcref)' },
  ),
  touch(
    'large table copies',
    'table.copy of 50 000',
    '(table.copy $b $b (i32.const 0) (i32.const 50000) (i32.const 50000))',
    20,
    { copies: 1, fields: '(table $b 100000 funcref)' },
  ),
  touch(
    'large copies',
    'memory.copy of 32 MiB',
    '(memory.copy (i32.const 0x2000000) (i32.const 0) (i32.const 0x2000000))',
    20,
    { copies: 1, pages: PAGES },
  ),
  touch(
    'large fills',
    'memory.fill of 64 MiB',
    '(memory.fill (i32.const 0) (local.get $n) (i32.const 0x4000000))',
    20,
    { copies: 1, pages: PAGES },
  ),
  {
    name: 'logs',
    idea: 'ipvm.log of one byte',
    full: 100_000,
    quick: 2_000,
    make: () =>
      assemble(
        `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 1) (func (export
        "run") (param $n i32) (result i32) (loop $again (call $log (i32.const 0) (i32.const 1)) ${AGAIN}) (i32.const 0)))`,
      ),
  },
]
