/** Which plain instructions of the table a module may use, by what they are good for. */
import { INSTRUCTIONS, type Group, type Immediate, type Instruction } from '../../src/wasm/instructions.ts'
import type { ValueType } from '../../src/wasm/types.ts'
import { ALL_TYPES, type Shape } from './shape.ts'

export interface Repertoire {
  /** Those that give one value of the type. */
  readonly producers: ReadonlyMap<ValueType, readonly Instruction[]>
  /** Those that write to memory. */
  readonly stores: readonly Instruction[]
}

/** Groups that are written one by one: their operands are no ordinary values, or their immediates name something. */
const BY_HAND: ReadonlySet<Group> = new Set<Group>([
  'const',
  'memorySize',
  'memoryGrow',
  'memoryFill',
  'memoryCopy',
  'memoryInit',
  'tableSize',
  'tableInit',
  'tableCopy',
  'refFunc',
])
const IN_MEMORY: ReadonlySet<Immediate> = new Set<Immediate>(['memarg', 'memarg lane'])

const PLAIN = INSTRUCTIONS.filter(
  (known): known is Instruction =>
    known !== undefined && !BY_HAND.has(known.group) && known.type.params.length + known.type.results.length > 0,
)

export function repertoireOf({ memory, nans }: Shape): Repertoire {
  const usable = PLAIN.filter(
    ({ immediate, nan }) => (memory !== undefined || !IN_MEMORY.has(immediate)) && (nans || nan === undefined),
  )
  return {
    producers: new Map(ALL_TYPES.map(type => [type, usable.filter(({ type: { results } }) => results[0] === type)])),
    stores: usable.filter(({ type: { results } }) => results.length === 0),
  }
}
