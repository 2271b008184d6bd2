/** Writes modules that are large in one respect only, unlike those of compilers. */
import { section, unsigned, type Bytes } from '../strategies/binary.ts'

/** A function: the index of its type, its declared locals as counts and types, and its code without the final `end`. */
export interface Fn {
  readonly type: number
  readonly locals?: readonly (readonly [count: number, type: number])[]
  readonly code: Bytes
}

/** The parts of a module. Function 0 is exported as `run`. */
export interface Shape {
  readonly types: readonly (readonly [params: Bytes, results: Bytes])[]
  readonly functions: readonly Fn[]
  readonly pages?: number
  readonly slots?: number
  readonly globals?: number
  /** The functions in the table, from slot 0 on. */
  readonly elements?: readonly number[]
  /** The number of active data segments, of one byte each. */
  readonly data?: number
}

const END = 0x0b
const I32_CONST = 0x41

const list = (items: readonly Bytes[]): number[] => concat([unsigned(items.length), ...items])

/** Concatenates lists without spreading them into arguments, whose number engines bound. */
export function concat(parts: readonly Bytes[]): number[] {
  return parts.flat() as number[]
}

/** Repeats bytes. */
export function repeat(times: number, bytes: Bytes | ((i: number) => Bytes)): number[] {
  return concat(Array.from({ length: times }, (_, i) => (typeof bytes === 'function' ? bytes(i) : bytes)))
}

export function write({ types, functions, pages, slots, globals, elements, data }: Shape): Uint8Array {
  const sized = (bytes: Bytes): Bytes => concat([unsigned(bytes.length), bytes])
  const body = ({ locals = [], code }: Fn): Bytes =>
    sized(concat([list(locals.map(([count, type]) => [...unsigned(count), type])), code, [END]]))
  const parts: Bytes[] = [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(
      1,
      list(types.map(([params, results]) => [0x60, ...list(params.map(p => [p])), ...list(results.map(r => [r]))])),
    ),
    section(3, list(functions.map(({ type }) => unsigned(type)))),
    slots === undefined ? [] : section(4, list([[0x70, 0, ...unsigned(slots)]])),
    pages === undefined ? [] : section(5, list([[0, ...unsigned(pages)]])),
    globals === undefined ? [] : section(6, list(Array.from({ length: globals }, () => [0x7f, 1, I32_CONST, 0, END]))),
    section(7, list([[3, 0x72, 0x75, 0x6e, 0, 0]])),
    elements === undefined ? [] : section(9, list([concat([[0, I32_CONST, 0, END], list(elements.map(unsigned))])])),
    section(10, list(functions.map(body))),
    data === undefined ? [] : section(11, list(Array.from({ length: data }, () => [0, I32_CONST, 0, END, 1, 7]))),
  ]
  return Uint8Array.from(concat(parts))
}
