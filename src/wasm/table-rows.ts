/** The compact notation of rows of the instruction table, and its expansion. */
import type { PriceClass } from '../interface-profile.ts'
import type { Group, Instruction, NanShape } from './instruction.ts'
import { typeOf } from './types.ts'

export type Options = Partial<Pick<Instruction, 'immediate' | 'traps' | 'nan' | 'feature' | 'lanes'>> & {
  align?: number
}

/** Instructions with consecutive opcodes that differ in their names only. `-` is an unused opcode; `%` stands for `prefix`. */
export type Row = readonly [
  first: number,
  type: string,
  group: Group,
  price: PriceClass,
  names: string,
  options?: Options,
]

export const INT_COMPARE = '%eq %ne %lt_s %lt_u %gt_s %gt_u %le_s %le_u %ge_s %ge_u'
export const FLOAT_COMPARE = '%eq %ne %lt %gt %le %ge'
export const SIMD: Options = { feature: 'simd' }
export const REF: Options = { feature: 'reference-types' }
export const BULK: Options = { feature: 'bulk-memory' }

export const under = (prefix: string, names: string): string => names.replaceAll('%', `${prefix}.`)
export const load = (align: number): Options => ({ immediate: 'memarg', traps: 'memory', align })
export const vector = (align: number): Options => ({ ...load(align), ...SIMD })
export const vectorLane = (align: number): Options => ({
  ...vector(align),
  immediate: 'memarg lane',
  lanes: 16 >> align,
})
export const lane = (lanes: number): Options => ({ immediate: 'lane', lanes, ...SIMD })
export const nan = (shape: NanShape): Options => (shape.includes('x') ? { nan: shape, ...SIMD } : { nan: shape })

/** The number of codes: all codes are less. */
export const CODES = 0x300

export function expand(rows: readonly Row[]): readonly (Instruction | undefined)[] {
  const table = new Array<Instruction | undefined>(CODES).fill(undefined)
  for (const [first, type, group, price, names, options = {}] of rows) {
    names.split(' ').forEach((name, i) => {
      if (name === '-') return
      const code = first + i
      table[code] = Object.freeze({
        code,
        name,
        type: typeOf(type),
        group,
        price,
        immediate: 'none',
        align: 0,
        lanes: 0,
        traps: undefined,
        nan: undefined,
        feature: undefined,
        ...options,
      })
    })
  }
  return Object.freeze(table)
}
