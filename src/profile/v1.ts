import type { Profile } from '../interface.ts'

/**
 * Profile 1: WebAssembly 2.0 and tail calls, nothing that is not a pure function of the task.
 *
 * A draft until 1.0: it may change with a line in the CHANGELOG. A released profile is never edited.
 * One unit of gas is about a twentieth of a nanosecond of a plain instruction's time on a present-day processor, so that
 * what is cheap is still not free.
 */
export const PROFILE_1: Profile = /* @__PURE__ */ freeze({
  id: 'ipvm-wasm/1-draft',

  // What every supported engine runs, Node 20's included, and what can be made deterministic.
  features: [
    'mutable-globals', 'sign-extension', 'saturating-conversions', 'multi-value', 'bulk-memory', 'reference-types', 'simd',
    'tail-calls',
  ],

  grants: [
    { module: 'env', name: 'abort', type: 'iiii:', verdict: 'granted', does: 'abort', reason: 'it ends the run with a trap' },
    { module: 'ipvm', name: 'log', type: 'ii:', verdict: 'sink', does: 'log', reason: 'it takes output and gives nothing back' },
  ],
  denied: 'reject',

  limits: {
    moduleBytes: 16 * 1024 * 1024, // a 14 MB Go program is the largest real module measured
    types: 10_000,
    params: 255, // engines stop at 1 000; one huge signature on every function is a known bomb
    results: 255,
    imports: 1_000,
    functions: 100_000,
    tables: 64,
    tableSlots: 1_000_000, // engines stop at 10 million
    globals: 10_000,
    exports: 10_000,
    nameBytes: 10_000,
    elementSegments: 10_000,
    elements: 1_000_000,
    dataSegments: 100_000,
    bodyBytes: 512 * 1024, // C++ has a body of 323 KB; instrumented it must stay below the engines' 7 654 321
    locals: 10_000, // unoptimised C has 8 000 in one function; engines stop at 50 000
    totalLocalWords: 4_000_000,
    nesting: 4_000, // a Go program nests 3 289 blocks
    expressionDepth: 400, // beyond it the smallest stack that binaryen runs on gives out
    operandHeight: 1_000, // real programs stay below 50; binaryen nests a block for each value under a statement
    branchTargets: 32_768, // a Go program has 5 490 in one br_table
    totalBranchTargets: 1_000_000,
    stackWords: 65_536, // 512 KiB: half of what the smallest supported engine gives
    logBytes: 1024 * 1024,
    inlineBytes: 1024,
  },

  schedule: {
    instructions: {
      free: 0, // no instruction of the machine stands behind them
      local: 1, // moves between registers at most; not free, or a module that only moves is a cheap stall
      constant: 1, // an operand of the instruction that takes it
      plain: 8, // one cycle
      global: 8, // a load or store that always hits the cache
      select: 8,
      load: 10, // an address, a bounds check, and mostly a hit in the cache
      store: 10,
      multiply: 12, // three cycles
      divide: 40, // ten to forty cycles, and not pipelined
      floatArithmetic: 12, // four cycles, and the NaN's canonical form
      floatDivide: 40, // as divide
      convert: 16, // conversions between integers and floats check their range
      branch: 8, // a jump, predicted for the most part
      branchTable: 24, // a jump that is hard to predict
      call: 24, // a frame
      callIndirect: 40, // a frame, a table's bounds and a signature
      size: 8,
      table: 24, // a bounds check and, for writes, a call into the engine
      bulk: 200, // a call into the engine
      grow: 1_000, // a call into the engine that may ask the operating system
      vector: 10,
      vectorMultiply: 12,
      vectorFloat: 14,
      vectorFloatDivide: 60,
      reference: 8,
    },
    bulk: {
      memoryFill: 2, // ten bytes a nanosecond, and some of them are touched for the first time
      memoryCopy: 2,
      memoryInit: 2,
      tableFill: 40, // slots are written one by one
      tableCopy: 40,
      tableInit: 40,
      memoryGrow: 100_000, // sixteen pages of the operating system, zeroed when first touched
      tableGrow: 40,
    },
    entry: { flat: 16, perUnit: 4 },
    instantiation: {
      flat: 1_000_000, // fifty microseconds: an instance, its memory, its exports
      perByte: 30_000, // validating, instrumenting and compiling a byte takes a microsecond or two
      perFunction: 200_000, // however small it is
      perPage: 100_000,
      perSlot: 40,
      perSegment: 2_000,
      perGlobal: 1_000,
      perLocalWord: 100, // compilers keep a slot for every local
      perBranchTarget: 1_000,
    },
    host: { flat: 2_000, perUnit: 4 },
  },
})

/** Freezes a tree of plain data. */
function freeze<T>(data: T): T {
  if (typeof data === 'object' && data !== null && !Object.isFrozen(data)) {
    Object.freeze(data)
    Object.values(data).forEach(freeze)
  }
  return data
}
