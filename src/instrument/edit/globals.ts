/** What instrumented code and the engine share: names of globals and exports, and how traps are noted. */
import type { TrapCode } from '../../interface.ts'
import type { Export } from '../../wasm/module.ts'

/** Globals of the instrumentation, by the names under which all but the stack's are also exported. */
export const METER = {
  /** Gas left, i64. */ gas: 'ipvm:gas',
  /** Which trap comes next, if one does, and in the precise mode where in the module, i32 (`placed`). */ trap: 'ipvm:trap',
  /** Words of stack left, i32: where counters live in globals, and where host functions may call the guest. */
  stack: 'ipvm:stack',
  /** If the memory may grow: its greatest number of pages, i32. */ pages: 'ipvm:pages',
  /** If the memory may grow: whether that number refused it, i32. */ refused: 'ipvm:refused',
} as const

/** Exports of the instrumentation besides the meter. */
export const EXPORT = {
  /** Of a memory that the guest does not export. */ memory: 'ipvm:memory',
  start: 'ipvm:start',
  /** Present if the module gives up where it makes a NaN that can be observed. */ watches: 'ipvm:watches',
} as const

/**
 * The name under which the instrumented module exports what the guest exports as `name`: the same, unless it has a NUL, with
 * which names end in binaryen. No guest's name begins as those of ours do.
 */
export function externalName(name: string): string {
  return name.includes('\0') ? `ipvm:export-${encodeURIComponent(name)}` : name
}

/** The name under which the instrumented module exports its memory, if it has one. */
export function memoryName(exports: readonly Pick<Export, 'name' | 'kind'>[]): string {
  const own = exports.find(({ kind }) => kind === 'memory')
  return own === undefined ? EXPORT.memory : externalName(own.name)
}

/** What instrumented code notes before it traps. `nan` and `host-memory` are not traps of the guest. */
export type Note = TrapCode | 'host-memory' | 'nan'

/** The notes by the numbers that stand for them. */
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

/** The global `trap` holds a number of `TRAP_NUMBERS` in its low five bits, and an offset below 2²⁷ in the others. */
export const PLACE_UNIT = 32

/** Number and offset as the global holds them, a signed i32. */
export function placed(number: number, offset: number): number {
  return (offset * PLACE_UNIT + number) | 0
}

/** The note in the global's value, if there is one. */
export function noteIn(value: number): Note | undefined {
  return TRAP_NUMBERS[value & (PLACE_UNIT - 1)]
}

/** The offset in the global's value; undefined if no place was noted. No instruction stands at offset 0. */
export function offsetIn(value: number): number | undefined {
  const offset = value >>> 5
  return offset === 0 ? undefined : offset
}

/** The global's value with another note, or none, at the same place. */
export function renoted(value: number, code?: Note): number {
  return (value & -PLACE_UNIT) | (code === undefined ? 0 : trapNumber(code))
}
