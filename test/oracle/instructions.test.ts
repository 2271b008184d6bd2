/** Every instruction that computes, loads or stores, against the engine that runs this test: bits against bits. */
import { describe, expect, it } from 'vitest'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { INSTRUCTIONS, type Group, type Instruction } from '../../src/wasm/instructions.ts'
import { F32, F64, I32, V128, type ValueType } from '../../src/wasm/types.ts'
import { accessOperands, edgeValues, immediatesOf } from './edge-values.ts'
import { GuestTrap, interpretWith, type OracleInstance } from './interpret.ts'
import { moduleAround } from './one-instruction.ts'
import { lanesOf, vectorOf } from './simd.ts'
import type { Value } from './values.ts'

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
const ALL = INSTRUCTIONS.filter(instruction => instruction !== undefined)

type EngineFunction = (...args: (number | bigint)[]) => number | bigint | (number | bigint)[] | undefined

/** Trap codes by the words of V8, which are for this test alone. */
const WORDS: readonly [RegExp, string][] = [
  [/divide by zero|remainder by zero/, 'divide-by-zero'],
  [/divide result unrepresentable/, 'integer-overflow'],
  [/float unrepresentable/, 'integer-overflow or invalid-conversion'],
  [/memory access out of bounds/, 'memory-out-of-bounds'],
]

function carried(type: ValueType, value: Value): (number | bigint)[] {
  return type === V128 ? lanesOf(64, value as Uint8Array) : [value as number | bigint]
}

/** The carriers as bits, one text for each. */
function text(values: readonly (number | bigint)[]): string {
  return values.map(x => (typeof x === 'bigint' ? BigInt.asUintN(64, x) : x >>> 0).toString(16)).join(' ')
}

function engineSays(fn: EngineFunction, args: readonly (number | bigint)[]): string {
  try {
    const result = fn(...args)
    return text(Array.isArray(result) ? result : result === undefined ? [] : [result])
  } catch (error) {
    const code = WORDS.find(([words]) => words.test((error as Error).message))?.[1]
    return `trap ${code ?? String(error)}`
  }
}

function oracleSays(instance: OracleInstance, fun: string, args: readonly Value[]): string {
  try {
    return text(instance.call(fun, args) as (number | bigint)[])
  } catch (error) {
    if (error instanceof GuestTrap) return `trap ${error.code}`
    throw error
  }
}

const NAN = { f32: 0x7fc00000, f64: 0x7ff8000000000000n }
const isNan32 = (bits: bigint): boolean => (bits & 0x7fffffffn) > 0x7f800000n
const isNan64 = (bits: bigint): boolean => (bits & 0x7fffffffffffffffn) > 0x7ff0000000000000n

/** What the engine said, with each NaN in the shape that the instruction makes NaNs in replaced by the canonical one. */
function canonical({ nan, type }: Instruction, said: string): string {
  if (nan === undefined || said.startsWith('trap')) return said
  const wide = nan === 'f64' || nan === 'f64x2'
  const fix = (bits: bigint): bigint =>
    wide ? (isNan64(bits) ? NAN.f64 : bits) : isNan32(bits) ? BigInt(NAN.f32) : bits
  const words = said.split(' ').map(word => BigInt(`0x${word}`))
  if (type.results[0] !== V128) return words.map(bits => fix(bits).toString(16)).join(' ')
  const lanes = lanesOf(wide ? 64 : 32, vectorOf(64, words)).map(fix)
  return lanesOf(64, vectorOf(wide ? 64 : 32, lanes))
    .map(bits => bits.toString(16))
    .join(' ')
}

function combinations(lists: readonly (readonly Value[])[]): Value[][] {
  return lists.reduce<Value[][]>((rows, list) => rows.flatMap(row => list.map(value => [...row, value])), [[]])
}

/** A truncation traps for two reasons that the engine gives one name. */
function settled(instruction: Instruction, said: string, operands: readonly Value[]): string {
  if (!said.endsWith('integer-overflow or invalid-conversion')) return said
  const bits = BigInt(operands[0] as number | bigint)
  const nan = instruction.type.params[0] === F32 ? isNan32(bits) : isNan64(bits)
  return `trap ${nan ? 'invalid-conversion' : 'integer-overflow'}`
}

/** Runs all combinations on both; gives what differs, and how many were tried. */
function compare(instruction: Instruction, operands: readonly Value[][]): { wrong: string[]; tried: number } {
  const immediates = immediatesOf(instruction)
  const bytes = moduleAround(instruction, immediates)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
  const wrong: string[] = []
  const outcome = interpretWith(bytes, { profile: PROFILE_1, gas: 2n ** 62n, pages: 1 }, instance => {
    for (let fun = 0; fun < immediates.length; fun++) {
      for (const values of operands) {
        const args = instruction.type.params.flatMap((type, i) => carried(type, values[i]!))
        const engine = settled(
          instruction,
          canonical(instruction, engineSays(exports[fun] as EngineFunction, args)),
          values,
        )
        const oracle = oracleSays(instance, String(fun), args)
        const call = `${instruction.name} [${immediates[fun]!.join(' ')}] (${text(args)})`
        if (engine !== oracle) wrong.push(`${call}: ${oracle}, engine ${engine}`)
      }
    }
    return []
  })
  expect(outcome.out).toEqual({ ok: [] })
  const memory = new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer)
  if (Buffer.compare(memory, outcome.memory) !== 0) wrong.push(`${instruction.name}: memories differ`)
  return { wrong: wrong.slice(0, 5), tried: immediates.length * operands.length }
}

/** `ref.null` gives what cannot cross; it is tested with tables. */
const computing = ALL.filter(({ group, immediate }) => COMPUTING.has(group) && immediate !== 'reftype')
const accessing = ALL.filter(({ group }) => ACCESSING.has(group))

describe('values are those of the engine, NaNs canonical', () => {
  it.each(computing.map(instruction => [instruction.name, instruction] as const))('%s', (_, instruction) => {
    const operands = combinations(instruction.type.params.map(param => edgeValues(instruction, param)))
    const { wrong, tried } = compare(instruction, operands)
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThanOrEqual(4)
  })
})

describe('loads and stores are those of the engine, at every edge of the memory', () => {
  it.each(accessing.map(instruction => [instruction.name, instruction] as const))('%s', (_, instruction) => {
    expect(compare(instruction, accessOperands(instruction)).wrong).toEqual([])
  })
})

describe('NaNs', () => {
  it.each(
    ALL.filter(({ nan }) => nan === 'f32' || nan === 'f64').map(
      instruction => [instruction.name, instruction] as const,
    ),
  )('%s makes the canonical one of a signalling one', (_, instruction) => {
    const bytes = moduleAround(instruction, [[]])
    const args = instruction.type.params.map(type => (type === F32 ? 0xffa00123 : 0xfff4000000000123n))
    const expected = instruction.type.results[0] === F32 ? NAN.f32 : NAN.f64
    const outcome = interpretWith(bytes, { profile: PROFILE_1, gas: 2n ** 62n, pages: 1 }, instance =>
      instance.call('0', args),
    )
    expect(outcome.out).toEqual({ ok: [expected] })
  })

  it.each(['f32.abs', 'f32.neg', 'f64.abs', 'f64.neg', 'f32.copysign', 'f64.copysign'])(
    '%s keeps the payload',
    name => {
      const instruction = ALL.find(entry => entry.name === name)!
      const wide = instruction.type.params[0] === F64
      const signalling: Value = wide ? 0x7ff4000000000123n : 0x7fa00123
      const negative: Value = wide ? 0xfff4000000000123n : 0xffa00123
      const args = name.endsWith('abs') ? [negative] : name.endsWith('neg') ? [signalling] : [signalling, negative]
      const outcome = interpretWith(
        moduleAround(instruction, [[]]),
        { profile: PROFILE_1, gas: 2n ** 62n, pages: 1 },
        instance => instance.call('0', args),
      )
      expect(outcome.out).toEqual({ ok: [name.endsWith('abs') ? signalling : negative] })
    },
  )
})

it('covers every instruction of the table that it should', () => {
  const covered = new Set([...computing, ...accessing])
  const rest = new Set(ALL.filter(instruction => !covered.has(instruction)).map(({ group }) => group))
  // These are tested by execution.test.ts, which checks that it meets each of their instructions.
  expect([...rest].sort()).toEqual([
    'block',
    'branch',
    'branchTable',
    'call',
    'callIndirect',
    'const',
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
  expect(covered.size).toBeGreaterThan(350)
  expect(computing.some(({ type }) => type.params[0] === I32)).toBe(true)
})
