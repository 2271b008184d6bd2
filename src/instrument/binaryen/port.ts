/**
 * The port to binaryen: the raw C functions that we call, with types.
 *
 * Expressions, functions, types and names are pointers into binaryen's memory. binaryen interns names: equal names have
 * equal pointers. binaryen is pinned to one WebAssembly module, because engines run what it writes. None of its optimising
 * passes is ever called.
 */
import { Fault } from '../../base/fault.ts'
import { compileAsset } from './asset.ts'
import { FEATURES, FUNCTIONS, KINDS } from './names.ts'
import { instantiate, type Functions, type Instance, type Pointer } from './runtime.ts'

export type { Pointer }

/** Functions whose parameters are not all numbers. */
interface Literals {
  readonly LiteralInt64: (out: Pointer, value: bigint) => void
  readonly LiteralFloat32Bits: (out: Pointer, bits: number) => void
  readonly LiteralFloat64Bits: (out: Pointer, bits: bigint) => void
  readonly LiteralVec128: (out: Pointer, bytes: Pointer) => void
}

/** binaryen's C functions by name, without the prefix `Binaryen`. Pointers, sizes and indices are numbers. */
export type Raw = Literals & {
  readonly [name in Exclude<keyof typeof FUNCTIONS, keyof Literals>]: (...args: number[]) => number
}

/** The C API names no functions for these kinds. `checkLayout` verifies their numbers. */
const UNNAMED_KINDS = { TableFill: 50, TableCopy: 51, TableInit: 52, ElemDrop: 53 }

/** The number that this version of binaryen gives to each kind of expression. */
export type ExpressionIds = Readonly<Record<keyof typeof KINDS | keyof typeof UNNAMED_KINDS, number>>

export interface Binaryen {
  readonly raw: Raw
  readonly ids: ExpressionIds
  load32(pointer: Pointer): number
  store32(pointer: Pointer, value: number): void
  malloc(bytes: number): Pointer
  free(pointer: Pointer): void
  /** Parses an admitted module. The caller must dispose of the returned module with `raw.ModuleDispose`. */
  read(bytes: Uint8Array): Pointer
  /** Serialises a module. The same module and edits give the same bytes on every host. */
  write(module: Pointer): Uint8Array
}

let loading: Promise<Binaryen> | undefined

/**
 * Loads binaryen on the first call, and returns the same instance later: it takes tens of megabytes of memory. After a
 * failure, the next call tries again.
 */
export function loadBinaryen(): Promise<Binaryen> {
  loading ??= compileAsset()
    .then(instantiate)
    .then(open)
    .catch((error: unknown) => {
      loading = undefined
      throw error
    })
  return loading
}

function open({ functions, memory, malloc, free, load32, store32 }: Instance): Binaryen {
  const raw = pick(functions, FUNCTIONS) as unknown as Raw
  const kinds = pick(functions, KINDS) as Record<keyof typeof KINDS, () => number>
  const features = pick(functions, FEATURES) as Record<keyof typeof FEATURES, () => number>
  const ids = Object.fromEntries(Object.entries(kinds).map(([kind, number]) => [kind, number()]))
  const mask = Object.values(features).reduce((bits, bit) => bits | bit(), 0)
  const binaryen: Binaryen = {
    raw,
    ids: { ...ids, ...UNNAMED_KINDS } as ExpressionIds,
    malloc,
    free,
    load32,
    store32,
    read(bytes) {
      const pointer = malloc(bytes.length)
      new Uint8Array(memory.buffer).set(bytes, pointer)
      try {
        return raw.ModuleReadWithFeatures(pointer, bytes.length, mask)
      } catch (error) {
        throw new Fault('internal', 'binaryen cannot read a module that was admitted', {}, error)
      } finally {
        free(pointer)
      }
    },
    write(module) {
      // The address and the size of the binary, and the address of a source map, which is null.
      const result = malloc(12)
      try {
        raw.ModuleAllocateAndWrite(result, module, 0)
        const [binary, size] = [load32(result) >>> 0, load32(result + 4) >>> 0]
        const bytes = new Uint8Array(memory.buffer).slice(binary, binary + size)
        free(binary)
        return bytes
      } finally {
        free(result)
      }
    },
  }
  checkLayout(binaryen)
  return binaryen
}

/** The functions of a table of names. */
function pick(functions: Functions, names: Readonly<Record<string, string>>): Record<string, Functions[string]> {
  return Object.fromEntries(Object.entries(names).map(([name, short]) => [name, functions[short]!]))
}

/** Offsets of operands, in 4-byte words, in expressions of the table instructions for which the C API has no accessors. */
export const TABLE_OPERANDS = { TableFill: [3, 4, 5], TableCopy: [2, 3, 4], TableInit: [3, 4, 5] } as const

/**
 * Checks the assumptions that this file makes about binaryen's memory layout.
 *
 * The C API has no accessors for `table.fill`, `table.copy`, `table.init` and `elem.drop`, so their operands are read from
 * the memory of the expression (`TABLE_OPERANDS`). This parses a module that consists of these instructions and checks the
 * kind of each expression and operand. Another version of binaryen with another layout makes it throw a fault.
 */
function checkLayout(binaryen: Binaryen): void {
  const { raw, ids } = binaryen
  const module = binaryen.read(
    Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 4, 4, 1, 0x70, 0, 1, 9, 4, 1, 1, 0, 0, 10, 39, 1,
      37, 0, 0x41, 11, 0xd0, 0x70, 0x41, 13, 0xfc, 17, 0, 0x41, 21, 0x41, 22, 0x41, 23, 0xfc, 14, 0, 0, 0x41, 31, 0x41,
      32, 0x41, 33, 0xfc, 12, 0, 0, 0xfc, 13, 0, 0x41, 41, 0x1a, 0x0b,
    ]),
  )
  const body = raw.FunctionGetBody(raw.GetFunctionByIndex(module, 0))
  const kinds = ['TableFill', 'TableCopy', 'TableInit'] as const
  const operands = [
    ['Const', 'RefNull', 'Const'],
    ['Const', 'Const', 'Const'],
    ['Const', 'Const', 'Const'],
  ] as const
  const ok =
    kinds.every((kind, i) => {
      const expression = raw.BlockGetChildAt(body, i)
      const places = TABLE_OPERANDS[kind]
      return (
        raw.ExpressionGetId(expression) === ids[kind] &&
        places.every(
          (place, n) => raw.ExpressionGetId(binaryen.load32(expression + 4 * place)) === ids[operands[i]![n]!],
        )
      )
    }) && raw.ExpressionGetId(raw.BlockGetChildAt(body, 3)) === ids.ElemDrop
  raw.ModuleDispose(module)
  if (!ok) throw new Fault('internal', 'this binaryen lays out its table instructions in an unknown way')
}
