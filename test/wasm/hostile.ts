/** Modules that try to cost much time or memory for their size. */
import { F64, FUNCREF, I32, V128 } from '../../src/wasm/types.ts'
import { body, list, name, oneBody, repeat, section, sized, type, u32, wasm, type Bytes } from './bytes.ts'

export interface Hostile {
  readonly title: string
  /** The number of repeated items in the module. */
  readonly size: number
  make(size: number): Uint8Array
  /** The verdict on `make(size)`. */
  readonly expected: string
}

const NONE = type([], [])
const ZERO = [0x41, 0, 0x0b]
const many = <T>(count: number, of: T): T[] => Array.from({ length: count }, () => of)
/** Like `list`, for many equal entries. */
const same = (id: number, count: number, ...entry: Bytes[]): Uint8Array =>
  section(id, u32(count), repeat(count, ...entry))
/** `count` functions of type 0, the only one, all with the same body. */
const functions = (count: number, of: Uint8Array, one: Uint8Array): Uint8Array =>
  wasm(list(1, of), same(3, count, 0), same(10, count, one))

const hostile = (title: string, size: number, expected: string, make: (size: number) => Uint8Array): Hostile => ({
  title,
  size,
  expected,
  make,
})

/** Counts that are greater than the number of items. */
const COUNTS: readonly Hostile[] = [
  hostile('declared locals, in 31 bytes at most', 100_000_000, 'limit locals @23', n => oneBody([], [[n, I32]])),
  hostile('types and none there', 1_000_000, 'limit types @10', n => section1(1, n)),
  hostile('imports and none there', 1_000_000, 'limit imports @10', n => section1(2, n)),
  hostile('functions and none there', 1_000_000, 'limit functions @10', n => section1(3, n)),
  hostile('tables and none there', 1_000_000, 'limit tables @10', n => section1(4, n)),
  hostile('memories and none there', 1_000_000, 'feature multi-memory @10', n => section1(5, n)),
  hostile('globals and none there', 1_000_000, 'limit globals @10', n => section1(6, n)),
  hostile('exports and none there', 1_000_000, 'limit exports @10', n => section1(7, n)),
  hostile('element segments and none there', 1_000_000, 'limit elementSegments @10', n => section1(9, n)),
  hostile('data segments and none there', 1_000_000, 'limit dataSegments @10', n => section1(11, n)),
  hostile('data segments counted', 1_000_000, 'limit dataSegments @10', n => section1(12, n)),
  hostile('bodies and none there', 1_000_000, 'malformed @10', n => section1(10, n)),
  hostile('types within the limit and none there', 10_000, 'malformed @12', n => section1(1, n)),
  hostile('parameters', 2 ** 32 - 1, 'limit params @12', n => wasm(list(1, [0x60, u32(n)]))),
  hostile('elements', 2 ** 32 - 1, 'limit elements @13', n => wasm(list(9, [1, 0, u32(n)]))),
  hostile('groups of locals', 2 ** 32 - 1, 'malformed @27', n =>
    wasm(list(1, NONE), list(3, 0), list(10, sized(u32(n)))),
  ),
  hostile('targets', 2 ** 32 - 1, `limit branchTargets @25`, n => oneBody([0x41, 0, 0x0e, u32(n)])),
  hostile('targets of a table whose count overflows with the default', 2 ** 32 - 2, `limit branchTargets @25`, n =>
    oneBody([0x41, 0, 0x0e, u32(n)]),
  ),
  hostile('types of a select', 2 ** 32 - 1, 'invalid @23', n => oneBody([0x1c, u32(n)])),
  hostile('bytes of a name', 2 ** 32 - 1, 'limit nameBytes @11', n => wasm(list(2, u32(n)))),
  hostile("bytes of a custom section's name", 2 ** 32 - 1, 'malformed @15', n => wasm(section(0, u32(n)))),
  hostile('bytes of data', 2 ** 32 - 1, 'malformed @17', n => wasm(list(11, [1, u32(n)]))),
  hostile('bytes of a body', 2 ** 32 - 1, 'limit bodyBytes @21', n =>
    wasm(list(1, NONE), list(3, 0), list(10, u32(n))),
  ),
]

function section1(id: number, count: number): Uint8Array {
  return wasm(section(id, u32(count)))
}

/** Code that is deep, high or wide. */
const SHAPES: readonly Hostile[] = [
  hostile('nested blocks', 1_000_000, 'limit bodyBytes @24', n => oneBody([repeat(n, 0x02, 0x40), repeat(n, 0x0b)])),
  hostile('nested blocks in a body that is not too long', 150_000, 'valid', n =>
    oneBody([repeat(n, 0x02, 0x40), repeat(n, 0x0b)]),
  ),
  hostile('nested blocks that are never closed', 50_000, 'malformed @100028', n => oneBody([repeat(n, 0x02, 0x40)])),
  hostile('nested loops in dead code', 50_000, 'limit treeDepth @106028', n =>
    oneBody([0x00, repeat(n, 0x03, 0x40), repeat(n, 0x0b)]),
  ),
  hostile('nested ifs', 50_000, 'limit treeDepth @206026', n =>
    oneBody([repeat(n, 0x41, 0, 0x04, 0x40), repeat(n, 0x0b)]),
  ),
  hostile('nested elses', 50_000, 'limit treeDepth @256026', n =>
    oneBody([repeat(n, 0x41, 0, 0x04, 0x40, 0x05), repeat(n, 0x0b)]),
  ),
  hostile('nested blocks, as many as are allowed', 4_000, 'valid', n =>
    oneBody([repeat(n, 0x02, 0x40), repeat(n, 0x0b)]),
  ),
  hostile('blocks one after the other', 100_000, 'valid', n => oneBody(repeat(n, 0x02, 0x40, 0x0b))),
  hostile('ifs with elses one after the other', 50_000, 'valid', n =>
    oneBody(repeat(n, 0x41, 0, 0x04, 0x40, 0x05, 0x0b)),
  ),
  hostile('multiplications of the last product', 20_000, 'limit treeDepth @24028', n =>
    oneBody([0x41, 1, repeat(n, 0x41, 1, 0x6c), 0x1a]),
  ),
  hostile('multiplications of the next product', 9_999, 'limit treeDepth @28026', n =>
    oneBody([repeat(n + 1, 0x41, 1), repeat(n, 0x6c), 0x1a]),
  ),
  hostile('operands', 20_000, 'limit operandHeight @20027', n => oneBody([repeat(n, 0x41, 1), repeat(n, 0x1a)])),
  hostile('operands, as many as are allowed', 10_000, 'valid', n => oneBody([repeat(n, 0x41, 1), repeat(n, 0x1a)])),
  hostile('blocks around one value', 3_999, 'valid', n =>
    oneBody([repeat(n, 0x02, I32), 0x41, 0, repeat(n, 0x0b), 0x1a]),
  ),
  hostile('calls of two results', 20_000, 'valid', n => twoResults(repeat(n, 0x10, 0x01, 0x1a, 0x1a))),
  hostile('calls of two results that are kept', 20_000, 'limit operandHeight @10033', n =>
    twoResults([repeat(n, 0x10, 0x01), repeat(2 * n, 0x1a)]),
  ),
  hostile('calls of 255 parameters and results that nothing reaches', 200_000, 'valid', n =>
    wide([0x00, repeat(n / 2, 0x10, 0x01, 0x0c, 0x00)]),
  ),
  hostile('instructions that nothing reaches', 500_000, 'valid', n => oneBody([0x00, repeat(n / 2, 0x6a, 0x1a)])),
  hostile('unreachable', 500_000, 'valid', n => oneBody(repeat(n, 0x00))),
  hostile('branches in dead code', 200_000, 'valid', n => oneBody(repeat(n, 0x0c, 0))),
]

function twoResults(code: Bytes): Uint8Array {
  return wasm(list(1, NONE, type([], [I32, I32])), list(3, 0, 1), list(10, body(code), body([0x41, 0, 0x41, 0])))
}

function wide(code: Bytes): Uint8Array {
  const all = many(255, I32)
  return wasm(list(1, NONE, type(all, all)), list(3, 0, 1), list(10, body(code), body([0x00])))
}

const TARGETS: readonly Hostile[] = [
  hostile('targets of one br_table', 1_000_000, 'limit bodyBytes @23', n =>
    oneBody([0x41, 0, 0x0e, u32(n), repeat(n + 1, 0)]),
  ),
  hostile('targets of one br_table in a body that is not too long', 500_000, 'limit branchTargets @29', n =>
    oneBody([0x41, 0, 0x0e, u32(n), repeat(n + 1, 0)]),
  ),
  hostile('targets, as many as are allowed, in one br_table', 32_767, 'valid', n =>
    oneBody([0x41, 0, 0x0e, u32(n), repeat(n + 1, 0)]),
  ),
  hostile('br_tables of two targets', 70_000, 'valid', n => oneBody(repeat(n, 0x41, 0, 0x0e, 1, 0, 0))),
  hostile('br_tables with too many targets in all', 31, 'limit totalBranchTargets @983426', n =>
    functions(n, NONE, body([0x41, 0, 0x0e, u32(32_767), repeat(32_768, 0)])),
  ),
  hostile('targets of as many types with 255 values each', 3_500, 'valid', targetsOfTypes),
]

/** Nested blocks of different types of the same 255 results, and one br_table to all of them. */
function targetsOfTypes(count: number): Uint8Array {
  const labels = Array.from({ length: count }, (_, i) => u32(i))
  const blocks = labels.map(index => [
    0x02,
    index.at(-1)! < 0x40 ? index : [...index.slice(0, -1), index.at(-1)! | 0x80, 0],
  ])
  const code = [
    blocks,
    repeat(255, 0x41, 0),
    repeat(20, 0x41, 0, 0x0e, u32(count - 1), labels, repeat(255, 0x41, 0)),
    0x00,
    repeat(count, 0x0b),
    repeat(255, 0x1a),
  ]
  return wasm(
    same(1, count, type([], many(255, I32))),
    section(3, 1, u32(0)),
    list(10, body([code, repeat(255, 0x41, 0)])),
  )
}

/** Many small items. */
const MASSES: readonly Hostile[] = [
  hostile('custom sections', 1_000_000, 'valid', n => wasm(repeat(n, 0, 1, 0))),
  hostile('bytes of one custom section', 10_000_000, 'valid', n => wasm(section(0, name(''), new Uint8Array(n)))),
  hostile("bytes of a custom section's name", 10_000_000, 'valid', n => wasm(section(0, sized(repeat(n, 0x61))))),
  hostile('bytes beyond the limit', 16 * 1024 * 1024, 'limit moduleBytes @0', n =>
    wasm(section(11, new Uint8Array(n))),
  ),
  hostile('bytes of a custom section beyond the limit', 64 * 1024 * 1024, 'limit totalBytes @0', n =>
    wasm(section(0, name(''), new Uint8Array(n))),
  ),
  hostile('types of 255 parameters', 10_000, 'valid', n => wasm(same(1, n, type(many(255, I32), [])))),
  hostile('functions of 1 000 parameters', 100_000, 'limit params @13', n =>
    functions(n, type(many(1_000, I32), []), body([])),
  ),
  hostile('functions of 255 parameters', 100_000, 'limit totalLocalWords @100282', n =>
    functions(n, type(many(255, I32), []), body([])),
  ),
  hostile('functions of 255 parameters, as many as are allowed', 15_000, 'valid', n =>
    functions(n, type(many(255, I32), []), body([])),
  ),
  hostile('empty functions', 100_000, 'valid', n => functions(n, NONE, body([]))),
  hostile('functions that are wrong', 100_000, 'invalid @100030', n => functions(n, NONE, body([0x1a]))),
  hostile('functions with ten thousand vectors', 50_000, 'limit totalLocalWords @51229', n =>
    functions(n, NONE, body([], [[10_000, V128]])),
  ),
  hostile('groups of no locals', 250_000, 'valid', n => oneBody([], many(n, [0, F64]))),
  hostile('groups of one local', 250_000, 'limit locals @20029', n => oneBody([], many(n, [1, F64]))),
  hostile('exports of long names', 500, 'valid', n =>
    wasm(list(5, [0, 0]), list(7, ...Array.from({ length: n }, (_, i) => [name(`${i}`.padEnd(10_000, 'x')), 2, 0]))),
  ),
  hostile('exports of the same name', 10_000, 'invalid @23', n => wasm(list(5, [0, 0]), same(7, n, [name('x'), 2, 0]))),
  hostile('data segments', 100_000, 'valid', n => wasm(list(5, [0, 1]), same(11, n, [0, ZERO, 0]))),
  hostile('element segments', 10_000, 'valid', n => wasm(list(4, [FUNCREF, 0, 1]), same(9, n, [0, ZERO, 0]))),
  hostile('elements of one segment', 1_000_000, 'valid', n =>
    wasm(list(1, NONE), list(3, 0), list(9, [1, 0, u32(n), new Uint8Array(n)]), list(10, body([]))),
  ),
  hostile('elements beyond the limit', 1_000_001, 'limit elements @25', n =>
    wasm(list(1, NONE), list(3, 0), list(9, [1, 0, u32(n), new Uint8Array(n)]), list(10, body([]))),
  ),
  hostile('elements written as expressions', 200_000, 'valid', n =>
    wasm(list(9, [5, FUNCREF, u32(n), repeat(n, 0xd0, FUNCREF, 0x0b)])),
  ),
  hostile('numbers with redundant bytes', 100_000, 'valid', n => oneBody(repeat(n, 0x41, 0x80, 0x00, 0x1a))),
]

export const HOSTILE: readonly Hostile[] = [...COUNTS, ...SHAPES, ...TARGETS, ...MASSES]
