/** Control, calls, tables, memory, globals and segments, against the engine that runs this test. */
import { afterAll, describe, expect, it } from 'vitest'
import type { TrapCode } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { INSTRUCTIONS, type Group } from '../../src/wasm/instructions.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { decode } from './decode.ts'
import { GuestTrap, interpretWith } from './interpret.ts'
import type { Value } from './values.ts'

type Args = readonly (number | bigint)[]
type Call = readonly [fun: string, args?: Args, trap?: TrapCode]

interface Case {
  readonly name: string
  readonly wat: string
  readonly calls: readonly Call[]
}

/** Codes of all instructions that the modules below hold. */
const met = new Set<number>()

const CASES: readonly Case[] = [
  {
    name: 'blocks, their results, and branches out of them',
    wat: `(module
      (func (export "block") (param i32) (result i32)
        (i32.add (i32.const 100) (block (result i32) (i32.const 1) (i32.const 2) (br_if 0 (local.get 0)) (drop) (drop) (i32.const 3))))
      (func (export "br") (param i32) (result i32)
        (block $out (result i32)
          (i32.const 7)
          (block $in (result i32) (i32.const 8) (i32.const 9) (br $out (i32.const 10)))
          (drop)))
      (func (export "if") (param i32) (result i32)
        nop
        (if (result i32) (local.get 0) (then (i32.const 4) (return (i32.const 40))) (else (i32.const 5))))
      (func (export "ifParams") (param i32) (result i32)
        (i32.const 3) (i32.const 4) (local.get 0)
        (if (param i32 i32) (result i32) (then (i32.add)) (else (i32.sub))))
      (func (export "onlyThen") (param i32) (result i32) (local i32)
        (i32.const 9)
        (if (param i32) (result i32) (local.get 0) (then (local.set 1) (i32.add (local.get 1) (i32.const 1))))
      )
      (func (export "table") (param i32) (result i32)
        (block $d (result i32)
          (block $c (result i32)
            (block $b (result i32)
              (block $a (result i32)
                (br_table $a $b $c $d (i32.const 5) (local.get 0)))
              (return (i32.add (i32.const 10))))
            (return (i32.add (i32.const 20))))
          (return (i32.add (i32.const 30))))
        (i32.add (i32.const 40))))`,
    calls: [
      ['block', [0]],
      ['block', [1]],
      ['br', [0]],
      ['if', [0]],
      ['if', [-1]],
      ['ifParams', [0]],
      ['ifParams', [1]],
      ['onlyThen', [0]],
      ['onlyThen', [1]],
      ...[0, 1, 2, 3, 4, -1].map(i => ['table', [i]] as const),
    ],
  },
  {
    name: 'loops, with parameters, with several results, left from inside',
    wat: `(module
      (func (export "sum") (param i64) (result i64) (local i64)
        (loop $again
          (local.set 1 (i64.add (local.get 1) (local.get 0)))
          (br_if $again (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
        (local.get 1))
      (func (export "params") (param i32) (result i32 i64)
        (i32.const 0) (i64.const 1)
        (loop $again (param i32 i64) (result i32 i64)
          (i64.const 3) (i64.mul) (call $swap) (i32.const 1) (i32.add) (call $swapBack)
          (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_if $again)))
      (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
      (func $swapBack (param i64 i32) (result i32 i64) (local.get 1) (local.get 0))
      (func (export "nested") (param i32) (result i32) (local $n i32)
        (loop $outer
          (loop $inner
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $inner (i32.rem_u (local.get $n) (i32.const 7))))
          (br_if $outer (i32.lt_u (local.get $n) (local.get 0))))
        (local.get $n))
      (func (export "dead") (result i32)
        (block (result i32) (return (i32.const 5)) (i32.add) (select) (drop) (i32.const 1)))
      (func (export "unreachable") (param i32) (if (local.get 0) (then unreachable))))`,
    calls: [
      ['sum', [10n]],
      ['sum', [1n]],
      ['params', [5]],
      ['params', [1]],
      ['nested', [50]],
      ['dead'],
      ['unreachable', [0]],
      ['unreachable', [1], 'unreachable'],
    ],
  },
  {
    name: 'calls, recursion, tail calls',
    wat: `(module
      (type $t (func (param i32 i64) (result i64)))
      (table 4 funcref)
      (elem (i32.const 0) $count $other $count)
      (func $fac (export "fac") (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
          (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
      (func $pair (result i32 i64) (i32.const 1) (i64.const 2))
      (func (export "multi") (result i64) (call $pair) (i64.extend_i32_u (i32.const 9)) (i64.add) (drop) (drop) (i64.const 7))
      (func $count (export "count") (param i32 i64) (result i64)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (i64.const 77)
        (return_call $count (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))
      (func $other (param i32) (result i64) (i64.const 1))
      (func (export "indirect") (param i32) (result i64)
        (i64.add (i64.const 1000) (call_indirect (type $t) (i32.const 10) (i64.const 5) (local.get 0))))
      (func (export "tailIndirect") (param i32) (result i64)
        (i64.const 5) (return_call_indirect (type $t) (i32.const 10) (i64.const 6) (local.get 0)))
      (type $same (func (param i32 i64) (result i64)))
      (func (export "sameStructure") (result i64) (call_indirect (type $same) (i32.const 1) (i64.const 1) (i32.const 0))))`,
    calls: [
      ['fac', [20n]],
      ['fac', [25n]],
      ['multi'],
      ['count', [50_000, 1n]],
      ['indirect', [0]],
      ['indirect', [2]],
      ['indirect', [1], 'bad-indirect-call'],
      ['indirect', [3], 'bad-indirect-call'],
      ['indirect', [4], 'bad-indirect-call'],
      ['indirect', [-1], 'bad-indirect-call'],
      ['tailIndirect', [0]],
      ['tailIndirect', [1], 'bad-indirect-call'],
      ['sameStructure'],
    ],
  },
  {
    name: 'locals, globals, select',
    wat: `(module
      (global $g (export "g") (mut i64) (i64.const -5))
      (global $f (export "f") f32 (f32.const nan:0x200001))
      (global $i (export "i") (mut i32) (i32.const 0x80000000))
      (func (export "locals") (param i32) (result i32 i64) (local i64 f32 v128 funcref)
        (local.set 1 (i64.const 4))
        (i32.add (local.tee 0 (i32.const 3)) (local.get 0))
        (i64.add (local.get 1) (i64x2.extract_lane 1 (local.get 3))))
      (func (export "null") (result i32) (local funcref externref) (i32.add (ref.is_null (local.get 0)) (ref.is_null (local.get 1))))
      (func (export "bump") (param i64) (result i64) (global.set $g (i64.add (global.get $g) (local.get 0))) (global.get $g))
      (func (export "float") (result i32) (i32.reinterpret_f32 (global.get $f)))
      (func (export "select") (param i32) (result i64) (select (i64.const 1) (i64.const 2) (local.get 0)))
      (func $x) (elem declare func $x)
      (func (export "selectRef") (param i32) (result i32)
        (ref.is_null (select (result funcref) (ref.func $x) (ref.null func) (local.get 0)))))`,
    calls: [
      ['locals', [9]],
      ['null'],
      ['bump', [3n]],
      ['bump', [-100n]],
      ['float'],
      ['select', [0]],
      ['select', [5]],
      ['selectRef', [0]],
      ['selectRef', [1]],
    ],
  },
  {
    name: 'memory',
    wat: `(module
      (memory (export "memory") 1 3)
      (data (i32.const 65530) "abcdef")
      (data $p "0123456789")
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
      (func (export "init") (param i32 i32 i32) (memory.init $p (local.get 0) (local.get 1) (local.get 2)))
      (func (export "drop") (data.drop $p))
      (func (export "initActive") (param i32) (memory.init 0 (i32.const 0) (i32.const 0) (local.get 0)))
      (func (export "size") (result i32) (memory.size))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "load") (param i32) (result i64) (i64.load (local.get 0)))
      (func (export "store") (param i32 i64) (i64.store offset=4 (local.get 0) (local.get 1))))`,
    calls: [
      ['load', [65528]],
      ['load', [65529], 'memory-out-of-bounds'],
      ['init', [100, 0, 10]],
      ['copy', [103, 100, 8]],
      ['load', [103]],
      ['copy', [100, 103, 8]],
      ['load', [100]],
      ['init', [0, 5, 6], 'memory-out-of-bounds'],
      ['init', [65530, 0, 7], 'memory-out-of-bounds'],
      ['init', [65536, 10, 0]],
      ['init', [65537, 0, 0], 'memory-out-of-bounds'],
      ['fill', [10, 0x1ff, 5]],
      ['load', [8]],
      ['fill', [65536, 0, 0]],
      ['fill', [65537, 0, 0], 'memory-out-of-bounds'],
      ['fill', [65530, 1, 7], 'memory-out-of-bounds'],
      ['load', [65528]],
      ['fill', [-1, 1, -1], 'memory-out-of-bounds'],
      ['copy', [65536, 0, 1], 'memory-out-of-bounds'],
      ['copy', [0, 65536, 1], 'memory-out-of-bounds'],
      ['initActive', [0]],
      ['initActive', [1], 'memory-out-of-bounds'],
      ['size'],
      ['grow', [1]],
      ['size'],
      ['load', [65530]],
      ['grow', [2]],
      ['grow', [-1]],
      ['store', [131064, 7n], 'memory-out-of-bounds'],
      ['store', [131060, 7n]],
      ['grow', [1]],
      ['grow', [0]],
      ['load', [131064]],
      ['drop'],
      ['init', [0, 0, 1], 'memory-out-of-bounds'],
      ['init', [0, 0, 0]],
    ],
  },
  {
    name: 'tables and references',
    wat: `(module
      (type $i (func (result i32)))
      (table $t (export "t") 4 6 funcref)
      (table $u 3 funcref)
      (table $x 2 externref)
      (elem (table $t) (i32.const 1) func $one $two)
      (elem $p func $two $one $two)
      (elem $q funcref (ref.func $one) (ref.null func) (item ref.func $two))
      (elem declare func $three)
      (func $one (result i32) (i32.const 1))
      (func $two (result i32) (i32.const 2))
      (func $three (result i32) (i32.const 3))
      (func (export "call") (param i32) (result i32) (call_indirect $t (type $i) (local.get 0)))
      (func (export "callU") (param i32) (result i32) (call_indirect $u (type $i) (local.get 0)))
      (func (export "isNull") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
      (func (export "set3") (param i32) (table.set $t (local.get 0) (ref.func $three)))
      (func (export "clear") (param i32) (table.set $t (local.get 0) (ref.null func)))
      (func (export "size") (result i32 i32 i32) (table.size $t) (table.size $u) (table.size $x))
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $three) (local.get 0)))
      (func (export "growX") (param i32) (result i32) (table.grow $x (ref.null extern) (local.get 0)))
      (func (export "isNullX") (param i32) (result i32) (ref.is_null (table.get $x (local.get 0))))
      (func (export "fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $two) (local.get 1)))
      (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copyTU") (param i32 i32 i32) (table.copy $t $u (local.get 0) (local.get 1) (local.get 2)))
      (func (export "initP") (param i32 i32 i32) (table.init $u $p (local.get 0) (local.get 1) (local.get 2)))
      (func (export "initQ") (param i32 i32 i32) (table.init $u $q (local.get 0) (local.get 1) (local.get 2)))
      (func (export "initDeclared") (param i32) (table.init $u 3 (i32.const 0) (i32.const 0) (local.get 0)))
      (func (export "initActive") (param i32) (table.init $u 0 (i32.const 0) (i32.const 0) (local.get 0)))
      (func (export "dropP") (elem.drop $p)))`,
    calls: [
      ['call', [0], 'bad-indirect-call'],
      ['call', [1]],
      ['call', [2]],
      ['isNull', [0]],
      ['isNull', [1]],
      ['isNull', [4], 'table-out-of-bounds'],
      ['set3', [0]],
      ['call', [0]],
      ['set3', [4], 'table-out-of-bounds'],
      ['clear', [2]],
      ['call', [2], 'bad-indirect-call'],
      ['size'],
      ['initP', [0, 0, 3]],
      ['callU', [0]],
      ['callU', [1]],
      ['callU', [2]],
      ['initP', [0, 1, 3], 'table-out-of-bounds'],
      ['initP', [1, 0, 3], 'table-out-of-bounds'],
      ['initP', [3, 3, 0]],
      ['initP', [4, 0, 0], 'table-out-of-bounds'],
      ['initQ', [0, 0, 2]],
      ['callU', [0]],
      ['callU', [1], 'bad-indirect-call'],
      ['callU', [2]],
      ['copyTU', [1, 0, 3]],
      ['call', [1]],
      ['call', [3]],
      ['copy', [1, 0, 3]],
      ['call', [1]],
      ['call', [2]],
      ['copy', [0, 1, 3]],
      ['call', [0]],
      ['copy', [2, 0, 3], 'table-out-of-bounds'],
      ['copy', [0, 4, 1], 'table-out-of-bounds'],
      ['copyTU', [0, 3, 1], 'table-out-of-bounds'],
      ['fill', [2, 2]],
      ['call', [3]],
      ['fill', [2, 3], 'table-out-of-bounds'],
      ['fill', [4, 0]],
      ['fill', [5, 0], 'table-out-of-bounds'],
      ['grow', [1]],
      ['call', [4]],
      ['grow', [2]],
      ['grow', [-1]],
      ['grow', [1]],
      ['size'],
      ['growX', [5]],
      ['isNullX', [6]],
      ['isNullX', [7], 'table-out-of-bounds'],
      ['initDeclared', [0]],
      ['initDeclared', [1], 'table-out-of-bounds'],
      ['initActive', [1], 'table-out-of-bounds'],
      ['dropP'],
      ['initP', [0, 0, 0]],
      ['initP', [0, 0, 1], 'table-out-of-bounds'],
    ],
  },
  {
    name: 'vectors through locals, blocks, calls and memory',
    wat: `(module
      (memory 1)
      (func $swap (param v128 v128) (result v128 v128) (local.get 1) (local.get 0))
      (func (export "f") (param i64 i64) (result i64 i64)
        (i64x2.splat (local.get 0)) (i64x2.splat (local.get 1))
        (block (param v128 v128) (result v128 v128) (call $swap))
        (if (param v128 v128) (result v128) (i64.eqz (local.get 0)) (then (i64x2.sub)) (else (i64x2.add)))
        (call $store)
        (i64.load (i32.const 16)) (i64.load (i32.const 24)))
      (func $store (param v128) (v128.store offset=1 (i32.const 15) (local.get 0))))`,
    calls: [
      ['f', [3n, 5n]],
      ['f', [0n, 5n]],
    ],
  },
  {
    name: 'a start function and active segments',
    wat: `(module
      (memory 1) (table 3 funcref)
      (global $ran (mut i32) (i32.const 0))
      (data (i32.const 0) "\\01\\02") (data (i32.const 1) "\\03")
      (elem (i32.const 0) $a $b) (elem (i32.const 1) $a)
      (func $a (result i32) (i32.const 10)) (func $b (result i32) (i32.const 20))
      (func $start (global.set $ran (i32.add (i32.load16_u (i32.const 0)) (call_indirect (result i32) (i32.const 1)))))
      (start $start)
      (func (export "ran") (result i32) (global.get $ran)))`,
    calls: [['ran']],
  },
]

function bits(values: readonly (number | bigint)[]): string {
  return values.map(x => (typeof x === 'bigint' ? `${BigInt.asUintN(64, x)}` : `${x >>> 0}`)).join(' ')
}

function onEngine(exports: WebAssembly.Exports, [fun, args = [], trap]: Call): string {
  try {
    const result = (exports[fun] as (...args: Args) => number | bigint | (number | bigint)[] | undefined)(...args)
    return bits(Array.isArray(result) ? result : result === undefined ? [] : [result])
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    return `trap ${trap}`
  }
}

describe('the oracle has the same results as the engine', () => {
  it.each(CASES.map(entry => [entry.name, entry] as const))('%s', async (_, { wat, calls }) => {
    const bytes = await assemble(wat)
    for (const { ops } of decode(bytes).bodies) for (const { instruction } of ops) met.add(instruction.code)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
    const said: string[] = []
    const outcome = interpretWith(bytes, { profile: PROFILE_1, gas: 2n ** 62n, pages: 10 }, instance => {
      for (const [fun, args = []] of calls) {
        try {
          said.push(bits(instance.call(fun, args as Value[]) as (number | bigint)[]))
        } catch (error) {
          if (!(error instanceof GuestTrap)) throw error
          said.push(`trap ${error.code}`)
        }
      }
      return []
    })
    const label = (call: Call, text: string): string => `${call[0]}(${call[1] ?? ''}) → ${text}`
    expect(calls.map((call, i) => label(call, said[i]!))).toEqual(
      calls.map(call => label(call, onEngine(exports, call))),
    )
    const memory = exports['memory'] as WebAssembly.Memory | undefined
    if (memory !== undefined) expect(Buffer.compare(new Uint8Array(memory.buffer), outcome.memory)).toBe(0)
    for (const [name, { bits: value }] of outcome.globals) {
      // A float of the engine would have lost its bits on the way.
      if (name !== 'f')
        expect(bits([value as number | bigint])).toBe(bits([(exports[name] as WebAssembly.Global).value]))
    }
  })

  afterAll(() => {
    // What instructions.test.ts leaves to this file.
    const groups = new Set<Group>([
      'block',
      'branch',
      'branchTable',
      'call',
      'callIndirect',
      'control',
      'dataDrop',
      'drop',
      'elemDrop',
      'globalGet',
      'globalSet',
      'if',
      'localGet',
      'localSet',
      'loop',
      'memoryCopy',
      'memoryFill',
      'memoryGrow',
      'memoryInit',
      'memorySize',
      'refFunc',
      'refIsNull',
      'return',
      'select',
      'tableCopy',
      'tableFill',
      'tableGet',
      'tableGrow',
      'tableInit',
      'tableSet',
      'tableSize',
      'unreachable',
    ])
    const wanted = INSTRUCTIONS.filter(
      entry => entry !== undefined && (groups.has(entry.group) || entry.immediate === 'reftype'),
    )
    expect(wanted.filter(entry => !met.has(entry!.code)).map(entry => entry!.name)).toEqual([])
  })
})
