/**
 * Code that is accepted, or refused at an exact offset. `+3` is three bytes after the first instruction of function 0.
 * All verdicts except features and limits are also compared with the engine.
 */
import { describe, expect, test } from 'vitest'
import { Reader } from '../../src/wasm/reader.ts'
import { validate } from '../../src/wasm/validate.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { engineAccepts, RULES } from './bytes.ts'

const CONTEXT = `
  (type $none (func)) (type $gives (func (result i32))) (type $maps (func (param i32) (result i32)))
  (type $mixes (func (param i32 i64) (result f32 i32))) (type $two (func (result i32 i64))) (type $takes (func (param i64)))
  (func $f1 (type $gives) i32.const 0) (func $f2 (type $maps) local.get 0) (func $f3 (type $mixes) unreachable)
  (func $f4 (type $two) unreachable) (func $f5 (type $takes))
  (table 1 funcref) (table 1 externref) (memory 1)
  (global i32 i32.const 0) (global (mut i32) i32.const 0) (global (mut externref) ref.null extern)
  (elem func 1) (elem externref (ref.null extern)) (data "a")
  (export "f2" (func 2)))`

/** The offset of the code of function 0. */
function codeStart(bytes: Uint8Array): number {
  const reader = new Reader(bytes, 8)
  for (;;) {
    const id = reader.u8()
    const length = reader.u32()
    if (id === 10) break
    reader.skip(length)
  }
  reader.u32()
  reader.u32()
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32()
    reader.u8()
  }
  return reader.pos
}

type Case = readonly [code: string, expected: string, signature?: string]

function cases(title: string, rows: readonly Case[]): void {
  describe(title, () => {
    const named = rows.map(([code, expected, signature = '']) => ({ code, expected, signature }))
    test.each(named)('$code → $expected $signature', async ({ code, expected, signature }) => {
      const bytes = await assemble(`(module (func ${signature} ${code}) ${CONTEXT}`)
      const { module, findings } = validate(bytes, RULES)
      const [first, second] = findings.sorted()
      const found =
        module !== undefined
          ? 'valid'
          : `${first!.code}${first!.subject === undefined ? '' : ` ${first!.subject}`} +${first!.offset - codeStart(bytes)}`
      expect(found).toBe(expected)
      expect(second).toBeUndefined()
      if (!/^(feature|limit)/.test(expected)) expect(engineAccepts(bytes)).toBe(expected === 'valid')
    })
  })
}

cases('code that cannot be reached takes operands of any type', [
  ['unreachable', 'valid', '(result i32)'],
  ['unreachable', 'valid', '(result i32 f64 externref)'],
  ['unreachable i32.add drop', 'valid'],
  ['unreachable drop drop drop', 'valid'],
  ['unreachable i32.const 0 i64.extend_i32_u i64.add drop', 'valid'],
  ['unreachable i64.const 0 i32.add drop', 'invalid +3'],
  ['unreachable i64.const 0 i32.const 0 i32.add i32.add drop', 'invalid +5'],
  ['br 0 i32.add drop', 'valid'],
  ['return i64.add f32.convert_i64_s drop', 'valid'],
  ['i32.const 0 return i32.add', 'valid', '(result i32)'],
  ['i32.const 0 br_table 0 i32.add drop', 'valid'],
  ['return_call 0 i32.add drop', 'valid'],
  ['i32.const 0 return_call_indirect (type $none) i32.add drop', 'valid'],
  ['i32.const 0 br_if 0 i32.add drop', 'invalid +4'],
  ['unreachable i32.add', 'invalid +2'],
  ['unreachable i32.const 1 i32.const 2', 'invalid +5', '(result i32)'],
  ['unreachable i64.const 1', 'invalid +3', '(result i32)'],
  ['(block (result i32) unreachable) drop', 'valid'],
  ['(block unreachable) i32.add drop', 'invalid +4'],
  ['(block (result i32) i32.const 1 br 0 i64.const 1) drop', 'invalid +8'],
  ['(block i32.const 1 br 0 i32.const 2)', 'invalid +8'],
  ['(block (result i32 i32) i32.const 1 unreachable i32.const 2) drop drop', 'valid'],
  ['(loop (result f32) br 0 f32.add) drop', 'valid'],
  ['unreachable (block (param i32 i64) drop drop)', 'valid'],
  ['unreachable i32.const 0 (block (param i32 i64) drop drop)', 'invalid +3'],
  ['i32.const 1 unreachable (block (param i64) drop)', 'valid'],
  ['unreachable (if (result i32) (then i32.const 1) (else unreachable)) drop', 'valid'],
  ['unreachable i64.const 0 (if (then))', 'invalid +3'],
  ['unreachable call $f3 i32.add drop', 'invalid +3'],
  ['unreachable call $f3 f32.convert_i32_s f32.add drop', 'valid'],
  ['unreachable br_if 0 i64.eqz', 'invalid +3', '(result i32)'],
  ['unreachable br_if 0 i32.eqz', 'valid', '(result i32)'],
  ['unreachable local.tee 0 i32.add drop', 'invalid +3', '(param i64)'],
  ['unreachable ref.is_null drop', 'valid'],
  ['unreachable table.set 1 table.grow 0 drop', 'valid'],
  ['unreachable memory.copy i32.store8', 'valid'],
  ['unreachable i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 i32x4.add drop', 'valid'],
  ['unreachable f32x4.splat i32.add drop', 'invalid +3'],
])

cases('code that cannot be reached is looked at all the same', [
  ['return local.get 9 drop', 'invalid +1'],
  ['return global.get 9 drop', 'invalid +1'],
  ['return global.set 0', 'invalid +1'],
  ['return call 99', 'invalid +1'],
  ['return br 7', 'invalid +1'],
  ['return ref.func 5 drop', 'invalid +1'],
  ['return i32.load align=8 drop', 'invalid +1'],
  ['return i32x4.extract_lane 4 drop', 'invalid +1'],
])

cases('branches carry what their label wants', [
  ['br 0', 'valid'],
  ['br 1', 'invalid +0'],
  ['br 0', 'invalid +0', '(result i32)'],
  ['i32.const 1 br 0', 'valid', '(result i32)'],
  ['i64.const 1 br 0', 'invalid +2', '(result i32)'],
  ['i64.const 9 i32.const 1 br 0', 'valid', '(result i32)'],
  ['(block br 1) unreachable', 'valid'],
  ['(block br 2)', 'invalid +2'],
  ['(block (result i32) i32.const 1 i32.const 0 br_if 0) drop', 'valid'],
  ['(block (result i32) i32.const 1 br_if 0) drop', 'invalid +4'],
  ['(block (result i32) i32.const 1 i64.const 0 br_if 0) drop', 'invalid +6'],
  ['i32.const 0 br_if 0 drop', 'invalid +4'],
  ['(loop (result i32) br 0) drop', 'valid'],
  ['i32.const 1 (loop (param i32) br 0)', 'valid'],
  ['i32.const 1 (loop (param i32) drop br 0)', 'invalid +5'],
  ['i32.const 1 (loop (param i32) (result i64) drop i64.const 0 br 0) drop', 'invalid +7'],
  ['return', 'invalid +0', '(result i32)'],
  ['i32.const 0 i64.const 0 return', 'valid', '(result i32 i64)'],
  ['i64.const 0 i32.const 0 return', 'invalid +4', '(result i32 i64)'],
  ['(block i32.const 0 return)', 'valid', ''],
  ['i32.const 0 (block (br_if 1 (i32.const 1) (i32.const 0)) drop)', 'valid', '(result i32)'],
])

cases('labels of a br_table agree', [
  ['i32.const 0 br_table 0', 'valid'],
  ['i32.const 0 br_table 0 0 0 0', 'valid'],
  ['br_table 0', 'invalid +0'],
  ['i64.const 0 br_table 0', 'invalid +2'],
  ['i32.const 0 br_table 1 0', 'invalid +2'],
  ['i32.const 0 br_table 0 1', 'invalid +2'],
  ['(block (result i32) (block (result i32) i32.const 5 i32.const 0 br_table 0 1)) drop', 'valid'],
  ['(block (result i32) (block i32.const 0 br_table 0 1) i32.const 1) drop', 'invalid +6'],
  ['(block (result i32) (block i32.const 7 i32.const 0 br_table 1 0) i32.const 1) drop', 'invalid +8'],
  [
    '(block (result i32) (block (result i64) i32.const 5 i32.const 0 br_table 0 1) drop i32.const 1) drop',
    'invalid +8',
  ],
  [
    '(block (result i32) (block (result i64) i64.const 5 i32.const 0 br_table 0 1) drop i32.const 1) drop',
    'invalid +8',
  ],
  // A value of unknown type has every type, even two at once.
  ['(block (result i32) (block (result i64) unreachable br_table 0 1) drop i32.const 1) drop', 'valid'],
  [
    '(block (result i32) (block (result i64) unreachable i64.const 0 i32.const 0 br_table 0 1) drop i32.const 1) drop',
    'invalid +9',
  ],
  ['(block (result i32) (block unreachable br_table 0 1) i32.const 1) drop', 'invalid +5'],
  [
    `(block (result i32 i64) (block (result f32 i64) unreachable i64.const 0 i32.const 0 br_table 0 1)
      drop drop i32.const 1 i64.const 1) drop drop`,
    'valid',
  ],
  [
    `(block (result i32 i64) (block (result f32 i32) unreachable i64.const 0 i32.const 0 br_table 0 1)
      drop drop i32.const 1 i64.const 1) drop drop`,
    'invalid +9',
  ],
  ['(block (result i32) (loop (param) (result i32) i32.const 5 i32.const 0 br_table 1 0)) drop', 'invalid +8'],
  ['i32.const 1 (loop (param i32) (result i32) i32.const 0 br_table 0 1)', 'valid', '(result i32)'],
])

cases('blocks take and give values', [
  ['i32.const 1 (block (param i32) (result i32)) drop', 'valid'],
  ['(block (param i32) drop)', 'invalid +0'],
  ['i64.const 1 (block (param i32) drop)', 'invalid +2'],
  ['i32.const 1 i64.const 2 (block (param i32 i64) (result f32 i32) call $f3) drop drop', 'valid'],
  ['i32.const 1 (block drop)', 'invalid +4'],
  ['i32.const 1 (block (param i32))', 'invalid +4'],
  ['(block (result i32))', 'invalid +2'],
  ['(block (result i32 i32) i32.const 1) drop drop', 'invalid +4'],
  ['(block (result i32) i32.const 1 i32.const 2) drop', 'invalid +6'],
  ['(block (result i32) i64.const 1) drop', 'invalid +4'],
  ['i32.const 0', 'invalid +2'],
  ['', 'invalid +0', '(result i32)'],
  ['i32.const 0', 'valid', '(result i32)'],
  ['i32.const 0 i64.const 0', 'valid', '(result i32 i64)'],
  ['i32.const 0 i64.const 0', 'invalid +4', '(result i64 i32)'],
])

cases('if and else', [
  ['i32.const 0 (if (then))', 'valid'],
  ['i32.const 0 (if (then) (else))', 'valid'],
  ['(if (then))', 'invalid +0'],
  ['f32.const 0 (if (then))', 'invalid +5'],
  ['i32.const 0 (if (result i32) (then i32.const 1) (else i32.const 2)) drop', 'valid'],
  ['i32.const 0 (if (result i32) (then i32.const 1)) drop', 'invalid +6'],
  ['i32.const 0 (if (result i32) (then unreachable)) drop', 'invalid +5'],
  ['i32.const 0 (if (result i32) (then i64.const 1) (else i32.const 2)) drop', 'invalid +6'],
  ['i32.const 0 (if (result i32) (then i32.const 1) (else i64.const 2)) drop', 'invalid +9'],
  ['i32.const 0 (if (result i32) (then i32.const 1) (else nop)) drop', 'invalid +8'],
  ['i32.const 5 i32.const 0 (if (param i32) (result i32) (then)) drop', 'valid'],
  ['i32.const 5 i32.const 0 (if (param i32) (then drop))', 'invalid +7'],
  [
    'i32.const 5 i32.const 0 (if (param i32) (result i64) (then drop i64.const 1) (else i64.extend_i32_s)) drop',
    'valid',
  ],
  ['i32.const 5 i32.const 0 (if (param i32) (result i32) (then drop i32.const 1) (else drop)) drop', 'invalid +11'],
])

cases('select', [
  ['i32.const 1 i32.const 2 i32.const 0 select drop', 'valid'],
  ['v128.const i64x2 0 0 v128.const i64x2 0 0 i32.const 0 select drop', 'valid'],
  ['i32.const 1 i64.const 2 i32.const 0 select drop', 'invalid +6'],
  ['i32.const 1 i32.const 2 i64.const 0 select drop', 'invalid +6'],
  ['i32.const 2 i32.const 0 select drop', 'invalid +4'],
  ['ref.null func ref.null func i32.const 0 select drop', 'invalid +6'],
  ['unreachable ref.null func i32.const 0 select drop', 'invalid +5'],
  ['ref.null func ref.null func i32.const 0 select (result funcref) drop', 'valid'],
  ['ref.null extern ref.null func i32.const 0 select (result funcref) drop', 'invalid +6'],
  ['i32.const 1 i32.const 2 i32.const 0 select (result i64) drop', 'invalid +6'],
  ['i32.const 1 i32.const 2 i32.const 0 select (result i32 i32) drop', 'invalid +6'],
  ['unreachable select i64.add drop', 'valid'],
  ['unreachable select', 'invalid +2'],
  ['unreachable i32.const 0 f32.const 0 i32.const 0 select drop', 'invalid +10'],
  ['unreachable f32.const 0 i32.const 0 select i64.eqz drop', 'invalid +9'],
  ['unreachable f32.const 0 i32.const 0 select f32.neg drop', 'valid'],
  ['unreachable i32.const 0 select ref.is_null drop', 'valid'],
])

cases('references', [
  ['ref.func 1 drop', 'valid'],
  ['ref.func 2 drop', 'valid'],
  ['ref.func 3 drop', 'invalid +0'],
  ['ref.func 0 drop', 'invalid +0'],
  ['ref.func 99 drop', 'invalid +0'],
  ['ref.func 1 ref.is_null drop', 'valid'],
  ['ref.null extern ref.is_null drop', 'valid'],
  ['i32.const 0 ref.is_null drop', 'invalid +2'],
  ['ref.null func global.set 2', 'invalid +2'],
  ['i32.const 0 table.get 0 drop', 'valid'],
  ['i32.const 0 table.get 2 drop', 'invalid +2'],
  ['i32.const 0 ref.null extern table.set 0', 'invalid +4'],
  ['i32.const 0 ref.null extern table.set 1', 'valid'],
  ['ref.null extern i32.const 0 table.grow 1 drop', 'valid'],
  ['ref.null func i32.const 0 table.grow 1 drop', 'invalid +4'],
  ['i32.const 0 ref.null func i32.const 0 table.fill 0', 'valid'],
  ['i32.const 0 i32.const 0 ref.null func table.fill 0', 'invalid +6'],
  ['table.size 1 drop', 'valid'],
  ['table.size 2 drop', 'invalid +0'],
  ['i32.const 0 i32.const 0 i32.const 0 table.copy 0 0', 'valid'],
  ['i32.const 0 i32.const 0 i32.const 0 table.copy 0 1', 'invalid +6'],
  ['i32.const 0 i32.const 0 i32.const 0 table.copy 2 0', 'invalid +6'],
  ['i32.const 0 i32.const 0 i32.const 0 table.init 0 0', 'valid'],
  ['i32.const 0 i32.const 0 i32.const 0 table.init 1 1', 'valid'],
  ['i32.const 0 i32.const 0 i32.const 0 table.init 0 1', 'invalid +6'],
  ['i32.const 0 i32.const 0 i32.const 0 table.init 0 2', 'invalid +6'],
  ['elem.drop 1', 'valid'],
  ['elem.drop 2', 'invalid +0'],
])

cases('calls', [
  ['call $f1 drop', 'valid'],
  ['call 6', 'invalid +0'],
  ['call $f2 drop', 'invalid +0'],
  ['i64.const 0 call $f2 drop', 'invalid +2'],
  ['i32.const 0 i64.const 0 call $f3 drop f32.neg drop', 'valid'],
  ['i32.const 0 i32.const 0 call_indirect (type $maps) drop', 'valid'],
  ['i32.const 0 i64.const 0 call_indirect (type $maps) drop', 'invalid +4'],
  ['i32.const 0 call_indirect (type $maps) drop', 'invalid +2'],
  ['i32.const 0 call_indirect 1 (type $none)', 'invalid +2'],
  ['i32.const 0 call_indirect 2 (type $none)', 'invalid +2'],
  ['i32.const 0 call_indirect (type 9)', 'invalid +2'],
])

cases('tail calls give what their caller gives', [
  ['return_call $f1', 'valid', '(result i32)'],
  ['return_call $f1', 'invalid +0'],
  ['return_call $f1', 'invalid +0', '(result i64)'],
  ['return_call $f4', 'valid', '(result i32 i64)'],
  ['return_call $f4', 'invalid +0', '(result i64 i32)'],
  ['return_call $f4', 'invalid +0', '(result i32)'],
  ['return_call $f2', 'invalid +0', '(result i32)'],
  ['local.get 0 return_call $f2', 'valid', '(param i32) (result i32)'],
  ['i64.const 9 local.get 0 return_call $f2', 'valid', '(param i32) (result i32)'],
  ['(block (result i64) local.get 0 return_call $f2) drop i32.const 0', 'valid', '(param i32) (result i32)'],
  ['i32.const 0 return_call_indirect (type $gives)', 'valid', '(result i32)'],
  ['i32.const 0 return_call_indirect (type $gives)', 'invalid +2'],
  ['i32.const 0 return_call_indirect 1 (type $none)', 'invalid +2'],
  ['return_call_indirect (type $none)', 'invalid +0'],
  ['return_call 6', 'invalid +0'],
])

cases('locals and globals', [
  ['local.get 0 drop', 'invalid +0'],
  ['local.get 0 drop', 'valid', '(param i32)'],
  ['local.get 1 drop', 'invalid +0', '(param i32)'],
  ['local.get 2 i64.eqz drop', 'valid', '(param i32) (local f32 i64)'],
  ['local.get 1 i64.eqz drop', 'invalid +2', '(param i32) (local f32 i64)'],
  ['i32.const 0 local.set 0', 'invalid +2', '(param i64)'],
  ['i64.const 0 local.tee 0 i64.eqz drop', 'valid', '(param i64)'],
  ['i64.const 0 local.tee 0', 'invalid +4', '(param i64)'],
  ['local.set 0', 'invalid +0', '(param i64)'],
  ['global.get 0 global.set 1', 'valid'],
  ['i32.const 0 global.set 0', 'invalid +2'],
  ['i64.const 0 global.set 1', 'invalid +2'],
  ['global.get 3 drop', 'invalid +0'],
  ['i32.const 0 global.set 3', 'invalid +2'],
  ['global.get 2 ref.is_null drop', 'valid'],
])

cases('memory', [
  ['i32.const 0 i32.load align=4 drop', 'valid'],
  ['i32.const 0 i32.load align=8 drop', 'invalid +2'],
  ['i32.const 0 i32.load8_u align=2 drop', 'invalid +2'],
  ['i32.const 0 i64.load align=8 drop', 'valid'],
  ['i32.const 0 v128.load align=16 drop', 'valid'],
  ['i32.const 0 v128.load align=32 drop', 'invalid +2'],
  ['i32.const 0 v128.load8x8_s align=16 drop', 'invalid +2'],
  ['i32.const 0 i32.load offset=4294967295 drop', 'valid'],
  ['i64.const 0 i32.load drop', 'invalid +2'],
  ['i32.const 0 i64.const 0 i32.store', 'invalid +4'],
  ['i32.const 0 memory.grow drop', 'valid'],
  ['memory.grow drop', 'invalid +0'],
  ['i32.const 0 i32.const 0 i32.const 0 memory.init 0', 'valid'],
  ['i32.const 0 i32.const 0 i32.const 0 memory.init 1', 'invalid +6'],
  ['data.drop 0', 'valid'],
  ['data.drop 1', 'invalid +0'],
  ['i32.const 0 i32.const 0 i64.const 0 memory.fill', 'invalid +6'],
  ['memory.size 1 drop', 'feature multi-memory +0'],
])

cases('lanes', [
  ['v128.const i64x2 0 0 i8x16.extract_lane_s 15 drop', 'valid'],
  ['v128.const i64x2 0 0 i8x16.extract_lane_s 16 drop', 'invalid +18'],
  ['v128.const i64x2 0 0 i64x2.extract_lane 2 drop', 'invalid +18'],
  ['v128.const i64x2 0 0 f32.const 0 f32x4.replace_lane 3 drop', 'valid'],
  ['v128.const i64x2 0 0 f32.const 0 f32x4.replace_lane 4 drop', 'invalid +23'],
  ['i32.const 0 v128.const i64x2 0 0 v128.load16_lane 7 drop', 'valid'],
  ['i32.const 0 v128.const i64x2 0 0 v128.load16_lane 8 drop', 'invalid +20'],
  ['i32.const 0 v128.const i64x2 0 0 v128.store64_lane 2', 'invalid +20'],
])

cases('other proposals are named', [
  ['i32.const 0 i32.atomic.load drop', 'feature threads +2'],
  ['atomic.fence', 'feature threads +0'],
  ['try end', 'feature exceptions +0'],
  ['v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle drop', 'feature relaxed-simd +36'],
])
