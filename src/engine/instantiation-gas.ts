import type { Profile } from '../interface-profile.ts'
import type { TrapCode } from '../interface.ts'
import { plainBytes, type Module, type Segment } from '../wasm/module.ts'
import { wordsOfAll } from '../wasm/types.ts'

/** The price of preparing a module (docs/spec/gas.md, GAS-4). It depends on the module's bytes and the schedule alone. */
export function instantiationGas(module: Module, { schedule }: Profile): bigint {
  const prices = schedule.instantiation
  const active = (segments: readonly Segment[]): number => segments.filter(segment => segment.mode === 'active').length
  const slots = module.tables.reduce((sum, table) => sum + table.min, 0)
  const localWords = module.bodies.reduce((sum, body) => sum + body.localWords, 0)
  const paramWords = module.functions
    .slice(module.importedFunctions)
    .reduce((sum, type) => sum + wordsOfAll(type.params), 0)
  const targets = module.bodies.reduce((sum, body) => sum + body.branchTargets, 0)
  const kept = module.bodies.reduce((sum, body) => sum + body.keptValues, 0)
  const plain = plainBytes(module)
  const carried = module.bodies.reduce((sum, body) => sum + body.carriedValues, 0)
  // Each product of two numbers is below 2⁵³, since limits and prices are bounded.
  return (
    BigInt(prices.flat) +
    BigInt(prices.perByte * plain) +
    BigInt(prices.perCustomByte * (module.bytes.length - plain)) +
    BigInt(prices.perFunction * module.bodies.length) +
    BigInt(prices.perPage * (module.memory?.min ?? 0)) +
    BigInt(prices.perSlot * slots) +
    BigInt(prices.perSegment * (active(module.elements) + active(module.data))) +
    BigInt(prices.perGlobal * module.globals.length) +
    BigInt(prices.perLocalWord * (localWords + paramWords)) +
    BigInt(prices.perBranchTarget * targets) +
    BigInt(prices.perCarriedValue) * BigInt(carried) +
    BigInt(prices.perKeptValue) * BigInt(kept) +
    BigInt(prices.perExportedWord * module.exportedWords)
  )
}

/**
 * The trap that instantiation raises if an active segment is out of bounds; undefined if none is. Element segments come before
 * data segments (core spec 4.5.4). Sizes and offsets are constants, so this is known before instantiation.
 */
export function segmentTrap(module: Module): TrapCode | undefined {
  const outside = (segments: readonly Segment[], sizeOf: (segment: Segment) => number): boolean =>
    segments.some(segment => segment.mode === 'active' && segment.at + segment.length > sizeOf(segment))
  if (outside(module.elements, segment => module.tables[segment.index]!.min)) return 'table-out-of-bounds'
  const bytes = (module.memory?.min ?? 0) * 65536
  return outside(module.data, () => bytes) ? 'memory-out-of-bounds' : undefined
}
