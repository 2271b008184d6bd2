import { wasiGrants } from '../host/wasi/grants.ts'
import type { Profile } from '../interface-profile.ts'

/**
 * Profile 1: WebAssembly 2.0 and tail calls. All imports that it grants are pure functions of the task.
 *
 * It is a draft until version 1.0. Until then it may change, with a line in the CHANGELOG. A released profile is never
 * edited.
 *
 * A unit of gas stands for about a hundredth of a nanosecond of a typical program on a current processor. The unit is
 * that small so that cheap operations still have a price above 0. The prices come from `npm run bench -- calibrate`.
 * RATIONALE.md explains what they can and cannot do.
 */
export const PROFILE_1: Profile = /* @__PURE__ */ freeze({
  id: 'ipvm-wasm/1-draft',

  // Features that every supported engine has, Node 20 included, and that can be made deterministic.
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

  // docs/spec/profile.md and docs/spec/wasi.md define their semantics.
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
      price: { flat: 20_000, perUnit: 200, unit: 1 }, // the same as host work: half a microsecond, and copying bytes
    },
    ...wasiGrants('pure'),
  ],
  denied: 'reject',

  limits: {
    moduleBytes: 32 * 1024 * 1024, // the largest real module measured, a typesetter of 28 MB, takes 1.6 GB
    totalBytes: 64 * 1024 * 1024, // custom sections are dropped; debug information may be far larger than code
    types: 10_000,
    params: 255, // engines stop at 1 000; one huge signature on every function is a known bomb
    results: 255,
    imports: 1_000,
    functions: 100_000,
    tables: 8, // compilers make one or two; each may have a million slots, of up to 32 bytes in engines
    tableSlots: 1_000_000, // engines stop at 10 million
    globals: 10_000,
    exports: 10_000,
    exportedWords: 500_000, // Python has 10 000 exports of a few words each; a word takes ten bytes of generated code
    nameBytes: 10_000,
    elementSegments: 10_000,
    elements: 1_000_000,
    dataSegments: 100_000,
    bodyBytes: 640 * 1024, // real bodies have up to 600 KB; nested calls grow ninefold; engines stop at 7 654 321
    locals: 10_000, // unoptimised C has 8 000 in one function; engines stop at 50 000
    totalLocalWords: 4_000_000,
    treeDepth: 2_400, // the stack of a browser's worker has room for 3 200; the deepest real body measured has 1 183
    operandHeight: 1_000, // real programs stay below 50; binaryen makes a nested block for each value below a statement
    branchTargets: 32_768, // a Go program has 5 490 in one br_table
    totalBranchTargets: 1_000_000,
    keptValues: 12_000_000, // preparing takes up to 44 bytes for each in all modes, so 530 MB
    parameterLoops: 1_000, // binaryen's time grows with the square of their number; compilers do not emit them
    carriedValues: 250_000, // compilers emit a few; each takes 1 000 bytes during instrumentation
    stackWords: 65_536, // 512 KiB: half of the stack of the smallest supported engine
    reentryWords: 1_024, // 8 KiB: `npm run measure:reentry` prints what native frames take
    logBytes: 1024 * 1024,
    fileBytes: 64 * 1024 * 1024, // as much as a task may bring; programs rarely need more memory for files
    valueBytes: 64 * 1024 * 1024, // decoders and strings of Node 20 fail at four to eight times as much
    valueDepth: 32, // typical data has a dozen levels at most; a document has room for 61 besides those of the task
    inlineBytes: 1024,
  },

  schedule: {
    instructions: {
      free: 0, // they compile to no machine code
      local: 1, // at most a move between registers; if it were free, code of moves alone could stall a host
      constant: 1, // an operand of the instruction that uses it
      plain: 8, // one cycle, and several run in parallel
      global: 8, // a load or store that always hits the cache
      select: 8,
      load: 32, // usually a cache hit, which is cheaper; a miss takes a hundred cycles or more
      store: 48, // as a load, and the operating system may have to allocate a page
      multiply: 80, // three cycles; priced high because it computes the scattered addresses that miss the cache
      divide: 80, // ten to forty cycles, and not pipelined
      floatArithmetic: 20, // four cycles, and canonicalising a NaN; subnormal numbers take far longer
      floatDivide: 80, // as divide
      convert: 48, // conversions between integers and floats check the range
      branch: 8, // a jump, which is usually predicted
      branchTable: 200, // a jump that is hard to predict: ten nanoseconds if mispredicted, one and a half otherwise
      call: 120, // making a frame
      callIndirect: 140, // making a frame, and checking the bounds of the table and the signature
      size: 8,
      table: 800, // a bounds check and, for writes, a call of the engine's runtime: up to 40 nanoseconds
      bulk: 600, // a call of the engine's runtime: up to 20 nanoseconds
      grow: 2_000, // a call of the engine's runtime, and perhaps of the operating system
      vector: 20, // one to three cycles, and shuffles and shifts that take several instructions
      vectorMultiply: 64, // 64-bit products take ten cycles
      vectorFloat: 48, // conversions and minima take many instructions
      vectorFloatDivide: 120,
      reference: 8,
    },
    bulk: {
      memoryFill: 3, // twenty to a hundred bytes per nanosecond in the cache, and ten outside
      memoryCopy: 3,
      memoryInit: 3,
      tableFill: 600, // slots are written one by one, fifteen to thirty nanoseconds each
      tableCopy: 600,
      tableInit: 600,
      memoryGrow: 1_000_000, // sixteen pages of the system, zeroed at their first use: 20 to 50 microseconds
      tableGrow: 600,
    },
    entry: { flat: 96, perUnit: 6 }, // the stack is checked, and locals are zeroed
    instantiation: {
      flat: 100_000_000, // one or two milliseconds for the smallest module, from its bytes to an instance
      perByte: 100_000, // validating, instrumenting and compiling a byte takes one to four microseconds
      perCustomByte: 2_000, // skipping an empty section of three bytes takes a tenth of a microsecond
      perFunction: 500_000, // the smallest function takes ten microseconds
      perPage: 1_000_000, // as memoryGrow
      perSlot: 600,
      perSegment: 20_000,
      perGlobal: 20_000,
      perLocalWord: 20_000, // half a microsecond: binaryen and compilers have an entry for every local
      perBranchTarget: 1_000, // besides the price of its byte
      perKeptValue: 1_000, // fifty nanoseconds in each mode: 24 bytes of memory, used for the first time
      perCarriedValue: 20_000, // added code moves each of them through a local
      perExportedWord: 50_000, // ten microseconds in all modes: code that converts each value to bits and back
    },
    host: { flat: 20_000, perUnit: 200 }, // half a microsecond, and hashing results
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
