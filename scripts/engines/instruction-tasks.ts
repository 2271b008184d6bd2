/**
 * Tasks from the instruction table. Each instruction that computes, loads or stores runs on edge cases. Instructions
 * that make NaNs run on many more values, both once and in loops that are long enough for the engine's second tier.
 */
import type { Argument } from '../../src/abi/guest.ts'
import { INSTRUCTIONS, type Group, type Instruction } from '../../src/wasm/instructions.ts'
import { I32, F32, F64, V128, type ValueType } from '../../src/wasm/types.ts'
import { accessOperands, edgeValues, immediatesOf } from '../../test/oracle/edge-values.ts'
import { moduleAround } from '../../test/oracle/one-instruction.ts'
import type { Value } from '../../test/oracle/values.ts'
import { lanesOf, vectorOf } from '../../test/oracle/simd.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ENOUGH, type CorpusTask } from './tasks.ts'

const COMPUTING = new Set<Group>([
  'const',
  'unary',
  'binary',
  'ternary',
  'shift',
  'extractLane',
  'replaceLane',
  'shuffle',
])
const ACCESSING = new Set<Group>(['load', 'store', 'vectorLoad', 'vectorLane'])

/**
 * The tested instructions: not those with references, which have no values outside of a module. The fixtures test
 * these.
 */
const TESTED = INSTRUCTIONS.filter(
  (instruction): instruction is Instruction =>
    instruction !== undefined &&
    instruction.immediate !== 'reftype' &&
    (COMPUTING.has(instruction.group) || ACCESSING.has(instruction.group)),
)

/** All instructions of the table that make NaNs. */
export const NAN_MAKERS: readonly Instruction[] = TESTED.filter(instruction => instruction.nan !== undefined)

const common = { abi: 'core', gas: ENOUGH, pages: 1 }

// ── Every instruction ───────────────────────────────────────────────────────────────────────────────────────────────

/** Tasks with a few sets of operands for each instruction, spread evenly over all sets. */
export function instructionTasks(sets = 3): CorpusTask[] {
  return TESTED.flatMap(instruction => {
    const immediates = immediatesOf(instruction).slice(0, 4)
    const module = moduleAround(instruction, immediates)
    return spread(instruction, sets, immediates.length).map((operands, i) => ({
      ...common,
      group: 'instructions',
      name: `${instruction.name} ${i}`,
      module,
      fun: String(i % immediates.length),
      params: argumentsOf(instruction, operands),
      gasEdges: i === 0 && instruction.traps !== undefined,
    }))
  })
}

function spread(instruction: Instruction, sets: number, immediates: number): Value[][] {
  if (ACCESSING.has(instruction.group)) return accessOperands(instruction).filter((_, i) => i % 5 === 1)
  const { params } = instruction.type
  if (params.length === 0) return Array.from({ length: immediates }, () => [])
  return Array.from({ length: sets }, (_, set) =>
    params.map((param, at) => {
      const values = edgeValues(instruction, param)
      return values[(17 * set + 29 * at + instruction.code) % values.length]!
    }),
  )
}

/** Converts operands to parameters of `moduleAround`, whose function takes integers. */
function argumentsOf({ type }: Instruction, operands: readonly Value[]): Argument[] {
  return operands.flatMap((value, i) => bitsOf(type.params[i]!, value))
}

function bitsOf(type: ValueType, value: Value): bigint[] {
  if (type === V128) return lanesOf(64, value as Uint8Array).map(lane => BigInt.asIntN(64, lane))
  const width = type === I32 || type === F32 ? 32 : 64
  return [BigInt.asIntN(width, BigInt(value as number | bigint))]
}

// ── NaNs and payloads ───────────────────────────────────────────────────────────────────────────────────────────────

/**
 * NaNs of both signs, quiet and signalling, with and without payload; and numbers from which instructions make NaNs.
 */
const SINGLES = [
  0x7fc00000, 0xffc00000, 0x7fa00123, 0xffc54321, 0x7f800001, 0x7fffffff, 0x7f800000, 0xff800000, 0x00000000,
  0x80000000, 0xbf800000, 0x3fc00000,
].map(BigInt)
const DOUBLES = [
  0x7ff8000000000000n,
  0xfff8000000000000n,
  0x7ff4000000000123n,
  0xfff8abcdef012345n,
  0x7ff0000000000001n,
  0x7fffffffffffffffn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0n,
  0x8000000000000000n,
  0xbff0000000000000n,
  0x3ff8000000000000n,
]
/** Pairs of first and second operands, among them those of ∞ − ∞, 0 × ∞, 0 / 0 and ∞ / ∞. */
const PAIRS = [
  [0, 11],
  [11, 1],
  [2, 11],
  [11, 3],
  [2, 3],
  [3, 2],
  [4, 5],
  [6, 7],
  [6, 6],
  [8, 6],
  [8, 8],
  [9, 8],
  [10, 0],
  [5, 10],
] as const

/** Tasks for each instruction that makes NaNs: on NaNs with payloads, and on numbers such as those of 0 / 0. */
export function nanTasks(): CorpusTask[] {
  return NAN_MAKERS.flatMap(instruction => {
    const module = moduleAround(instruction, [[]])
    return PAIRS.map(([a, b], i) => ({
      ...common,
      group: 'NaN payloads',
      name: `${instruction.name} of ${a} and ${b}`,
      module,
      fun: '0',
      params: instruction.type.params.flatMap((type, at) =>
        bitsOf(type, nanOperand(instruction, type, at === 0 ? a : b)),
      ),
      gasEdges: i === 0,
    }))
  })
}

/** The operand with that index. A vector has the value in its first lane, and the next values in the others. */
function nanOperand({ name }: Instruction, type: ValueType, index: number): Value {
  if (type === F32) return Number(SINGLES[index]!)
  if (type === F64) return DOUBLES[index]!
  const double = name.includes('demote') || (name.includes('f64x2') && !name.includes('promote'))
  const values = double ? DOUBLES : SINGLES
  const lanes = double ? 2 : 4
  return vectorOf(
    128 / lanes,
    Array.from({ length: lanes }, (_, lane) => values[(index + lane) % values.length]!),
  )
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const ROUNDS = 20_000

/**
 * Tasks that run these instructions several thousand times on changing bits, and use each result. Engines change tiers
 * meanwhile.
 */
export async function nanLoopTasks(): Promise<CorpusTask[]> {
  const tasks = await Promise.all(
    NAN_MAKERS.map(async instruction => {
      const module = await assemble(loopText(instruction))
      return [1n, 0x7ff4000000000123n].map(seed => ({
        ...common,
        group: 'NaN loops',
        name: `${instruction.name} from ${seed}`,
        module,
        fun: 'loop',
        params: [seed, BigInt(ROUNDS)],
      }))
    }),
  )
  return tasks.flat()
}

/**
 * The text of such a module. All exponent bits are set in every third operand, so that half of the results are NaNs.
 */
function loopText({ name, type }: Instruction): string {
  const operand = (param: ValueType): string => {
    const bits = '(call $next)'
    if (param === F32) return `(f32.reinterpret_i32 (i32.wrap_i64 ${bits}))`
    return param === F64 ? `(f64.reinterpret_i64 ${bits})` : `(i64x2.replace_lane 1 (i64x2.splat ${bits}) ${bits})`
  }
  const result = `(${name} ${type.params.map(operand).join(' ')})`
  const kept = {
    [F32]: '(i64.extend_i32_u (i32.reinterpret_f32 (local.get $r)))',
    [F64]: '(i64.reinterpret_f64 (local.get $r))',
  } as Record<number, string>
  const both =
    '(i64.add (i64x2.extract_lane 0 (local.get $r)) (i64.rotl (i64x2.extract_lane 1 (local.get $r)) (i64.const 7)))'
  const results = { [F32]: 'f32', [F64]: 'f64' } as Record<number, string>
  const produced = type.results[0]!
  return `(module
    (global $state (mut i64) (i64.const 0))
    (func $next (result i64)
      (global.set $state (i64.add (i64.mul (global.get $state) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (select
        (i64.or (global.get $state) (i64.const 0x7ff800007f800000))
        (global.get $state)
        (i64.eqz (i64.rem_u (i64.shr_u (global.get $state) (i64.const 33)) (i64.const 3)))))
    (func (export "loop") (param $seed i64) (param $rounds i32) (result i64) (local $sum i64) (local $r ${results[produced] ?? 'v128'})
      (global.set $state (local.get $seed))
      (loop $again
        (local.set $r ${result})
        (local.set $sum (i64.xor (i64.rotl (local.get $sum) (i64.const 5)) ${kept[produced] ?? both}))
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
      (local.get $sum)))`
}
