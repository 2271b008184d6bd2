import { wasiGrants } from '../host/wasi/grants.ts'
import type { Profile } from '../interface-profile.ts'

/**
 * Profile 1: WebAssembly 2.0 and tail calls, nothing that is not a pure function of the task.
 *
 * A draft until 1.0: it may change with a line in the CHANGELOG. A released profile is never edited.
 * One unit of gas is about a hundredth of a nanosecond of a usual program on a present-day processor, so that what is cheap
 * is still not free. The prices come from `npm run bench -- calibrate`; RATIONALE.md says what they can and cannot do.
 */
export const PROFILE_1: Profile = /* @__PURE__ */ freeze({
  id: 'ipvm-wasm/1-draft',

  // What every supported engine runs, Node 20's included, and what can be made deterministic.
  features: [
    'mutable-globals',
    'sign-extension',
    'saturating-conversions',
    'multi-value',
    'bulk-memory',
    'reference-types',
    'simd',
    'tail-calls',
  ],

  // What each of them does is in docs/spec/profile.md.
  grants: [
    {
      module: 'env',
      name: 'abort',
      type: 'iiii:',
      semantics: 'assemblyscript/abort@1',
      may: [],
      price: { flat: 0, perUnit: 0 },
    },
    {
      module: 'ipvm',
      name: 'log',
      type: 'ii:',
      semantics: 'ipvm/log@1',
      may: [],
      price: { flat: 20_000, perUnit: 200, unit: 1 }, // as host work: half a microsecond, and bytes are copied
    },
    ...wasiGrants('pure'),
  ],
  denied: 'reject',

  limits: {
    moduleBytes: 32 * 1024 * 1024, // 28 MB, a compiler of documents in Rust, take 1.6 GB in the precise mode: the largest real module measured
    totalBytes: 64 * 1024 * 1024, // custom sections are read over and dropped: debugging information may be far larger than code
    types: 10_000,
    params: 255, // engines stop at 1 000; one huge signature on every function is a known bomb
    results: 255,
    imports: 1_000,
    functions: 100_000,
    tables: 8, // of a million slots each: engines take up to 32 bytes for one, and compilers make one table or two
    tableSlots: 1_000_000, // engines stop at 10 million
    globals: 10_000,
    exports: 10_000,
    exportedWords: 500_000, // Python has 10 000 exports of a few words each; each word takes ten bytes of code
    nameBytes: 10_000,
    elementSegments: 10_000,
    elements: 1_000_000,
    dataSegments: 100_000,
    bodyBytes: 640 * 1024, // real bodies of 600 KB are known; calls of calls grow ninefold, and engines stop at 7 654 321
    locals: 10_000, // unoptimised C has 8 000 in one function; engines stop at 50 000
    totalLocalWords: 4_000_000,
    treeDepth: 2_400, // the stack of a browser's worker has room for 3 200; the most in a real body measured is 1 183
    operandHeight: 1_000, // real programs stay below 50; binaryen nests a block for each value under a statement
    branchTargets: 32_768, // a Go program has 5 490 in one br_table
    totalBranchTargets: 1_000_000,
    keptValues: 12_000_000, // preparing takes up to 44 bytes for each in all modes: 530 MB, however many bodies are compiled at once
    parameterLoops: 1_000, // binaryen's time grows with their square; compilers write none
    carriedValues: 250_000, // compilers carry a few; each takes a thousand bytes while it is instrumented, and ten afterwards
    stackWords: 65_536, // 512 KiB: half of what the smallest supported engine gives
    reentryWords: 1_024, // 8 KiB: `npm run measure:reentry` prints what native frames take
    logBytes: 1024 * 1024,
    fileBytes: 64 * 1024 * 1024, // as much as a task may bring along; a program that needs more memory for files than that is rare
    valueBytes: 64 * 1024 * 1024, // Node 20's decoders and strings give out between four and eight times as far
    valueDepth: 32, // descriptions of data nest a dozen levels at most; documents have room for 61 beside the task around them
    inlineBytes: 1024,
  },

  schedule: {
    instructions: {
      free: 0, // no instruction of the machine corresponds to them
      local: 1, // moves between registers at most; not free, or a module that only moves is a cheap stall
      constant: 1, // an operand of the instruction that takes it
      plain: 8, // a cycle, of which several run at once
      global: 8, // a load or store that always hits the cache
      select: 8,
      load: 32, // mostly a hit in the cache and cheaper than this, but one that misses takes a hundred cycles and more
      store: 48, // the same, and a page of the operating system may have to be found for it
      multiply: 80, // three cycles; addresses that scatter are made of it
      divide: 80, // ten to forty cycles, and not pipelined
      floatArithmetic: 20, // four cycles, and the NaN's canonical form; numbers near zero take far longer
      floatDivide: 80, // as divide
      convert: 48, // conversions between integers and floats check their range
      branch: 8, // a jump, predicted for the most part
      branchTable: 200, // a jump that is hard to predict: ten nanoseconds if it was not, one and a half if it was
      call: 120, // a frame
      callIndirect: 140, // a frame, a table's bounds and a signature
      size: 8,
      table: 800, // a bounds check and, for writes, a call into the engine: up to 40 nanoseconds
      bulk: 600, // a call into the engine: up to 20 nanoseconds
      grow: 2_000, // a call into the engine that may ask the operating system
      vector: 20, // one to three cycles, and shuffles and shifts that take several instructions
      vectorMultiply: 64, // products of 64 bits take ten cycles
      vectorFloat: 48, // conversions and minima take many instructions
      vectorFloatDivide: 120,
      reference: 8,
    },
    bulk: {
      memoryFill: 3, // twenty to a hundred bytes a nanosecond in the cache, ten outside of it
      memoryCopy: 3,
      memoryInit: 3,
      tableFill: 600, // slots are written one by one, fifteen to thirty nanoseconds each
      tableCopy: 600,
      tableInit: 600,
      memoryGrow: 1_000_000, // sixteen pages of the operating system, zeroed when first touched: 20 to 50 microseconds
      tableGrow: 600,
    },
    entry: { flat: 96, perUnit: 6 }, // bounds are checked, locals zeroed
    instantiation: {
      flat: 100_000_000, // a millisecond or two: reading and making a module however small, an instance, its memory
      perByte: 100_000, // validating, instrumenting and compiling a byte takes one to four microseconds
      perCustomByte: 2_000, // a section of no use takes three bytes and a tenth of a microsecond
      perFunction: 500_000, // however small it is: ten microseconds, its bytes not counted
      perPage: 1_000_000, // as growth
      perSlot: 600,
      perSegment: 20_000,
      perGlobal: 20_000,
      perLocalWord: 20_000, // half a microsecond: binaryen and compilers keep an entry for every local
      perBranchTarget: 1_000, // beyond the byte that it takes
      perKeptValue: 1_000, // fifty nanoseconds in each mode: 24 bytes of memory that nobody has touched before
      perCarriedValue: 20_000, // what is added moves each of them through a local
      perExportedWord: 50_000, // ten microseconds in all modes: code that takes each value apart and puts it together
    },
    host: { flat: 20_000, perUnit: 200 }, // half a microsecond, and results are hashed
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
