/** The interface between instrumented code and the engine: names of globals and exports, and the encoding of noted traps. */
import type { TrapCode } from '../../interface.ts'
import type { Export } from '../../wasm/module.ts'

/** The names of the globals of the meter. All but `stack` are exported under the same names. */
export const METER = {
  /** The remaining gas, an i64. */
  gas: 'ipvm:gas',
  /** The trap that the next instruction that traps will raise, as an i32 (`trapNote`). */
  trap: 'ipvm:trap',
  /** The remaining words of stack, an i32. Exists if the counters live in globals, or if host functions may call the guest. */
  stack: 'ipvm:stack',
  /** The run's limit on pages, an i32. Exists if the module contains `memory.grow`, like the next one. */
  pages: 'ipvm:pages',
  /** 1 if the limit on pages has refused a growth, otherwise 0; an i32. */
  refused: 'ipvm:refused',
} as const

/** The names of further exports. */
export const EXPORT = {
  /** The memory, if the guest does not export it. */
  memory: 'ipvm:memory',
  /** The start function. */
  start: 'ipvm:start',
  /** Exists if the module watches for observed NaNs, and gives up when it meets one. */
  watches: 'ipvm:watches',
} as const

/**
 * The name under which the instrumented module exports what the guest exports as `name`. It is the same name, unless that
 * contains a NUL, since names in binaryen end at a NUL. Admission rejects guests with names that begin with `ipvm:`.
 */
export function externalName(name: string): string {
  return name.includes('\0') ? `ipvm:export-${encodeURIComponent(name)}` : name
}

/** The name under which the instrumented module exports its memory. `exports` are those of the guest. */
export function memoryName(exports: readonly Pick<Export, 'name' | 'kind'>[]): string {
  const own = exports.find(({ kind }) => kind === 'memory')
  return own === undefined ? EXPORT.memory : externalName(own.name)
}

/**
 * A note of instrumented code, which it writes before it traps. Two of them are no traps of the guest: `host-memory` says that
 * the engine could not grow memory or a table, and `nan` that the run has met an observed NaN and gives up.
 */
export type Note = TrapCode | 'host-memory' | 'nan'

/** The notes by their numbers in the global. */
export const TRAP_NUMBERS: readonly (Note | undefined)[] = [
  undefined,
  'unreachable',
  'memory-out-of-bounds',
  'table-out-of-bounds',
  'bad-indirect-call',
  'divide-by-zero',
  'integer-overflow',
  'invalid-conversion',
  'out-of-gas',
  'stack-exhausted',
  'denied-import',
  'abi-violation',
  'abort',
  'host-memory',
  'nan',
]

export function trapNumber(code: Note): number {
  return TRAP_NUMBERS.indexOf(code)
}

/** The unit of the offset in the global `trap`: its low five bits are a number of `TRAP_NUMBERS`, the others the offset. */
export const OFFSET_UNIT = 32

/**
 * The value of the global `trap` for a note and the offset of the instruction in the module, in bytes below 2²⁷. Modes other
 * than the precise one note no offset: it is 0.
 */
export function trapNote(code: Note | undefined, offset: number): number {
  return (offset * OFFSET_UNIT + (code === undefined ? 0 : trapNumber(code))) | 0
}

/** The note in a value of the global; undefined if there is none. */
export function noteIn(value: number): Note | undefined {
  return TRAP_NUMBERS[value & (OFFSET_UNIT - 1)]
}

/** The offset in a value of the global; undefined if none was noted. No instruction is at offset 0. */
export function offsetIn(value: number): number | undefined {
  const offset = value >>> 5
  return offset === 0 ? undefined : offset
}

/** A value of the global with another note, or none, and the same offset. */
export function withNote(value: number, code?: Note): number {
  return (value & -OFFSET_UNIT) | (code === undefined ? 0 : trapNumber(code))
}
