/**
 * The table of foreign encodings: codes that proposals add to WebAssembly 2.0 with tail calls, such as opcodes, types and
 * section ids. The readers look up each code that they do not know, so that the rejection can name the proposal (PROFILE-2). A
 * code that is neither in 2.0 nor in this table is malformed (PROFILE-3). No profile accepts any of these. `npm run docs`
 * prints the table into docs/spec/profile.md.
 *
 * It contains the proposals that wasm-tools, Binaryen or V8 implement, with the encodings that they read. If two proposals
 * claim one code, it belongs to the one that is further on in the process of the WebAssembly community group:
 *
 * - value types 0x62 to 0x64: custom descriptors and function references, not the views of stringref's first draft;
 * - heap type 0x68: stack switching, not the wait queues of shared-everything threads;
 * - instruction 0xfe 0x04 (`pause`): acquire-release atomics, which took it over from shared-everything threads;
 * - bit 5 of a memory access: multibyte array access, not the orderings of shared-everything threads, which have moved to
 *   bit 4 of atomic accesses;
 * - instructions 0xfc 0x30 and 0x31: half precision, not the rounding variants, which nothing implements.
 */
import { Refused } from './findings.ts'

/** The proposals, with the address of each. The component model is included, though it is no proposal for modules. */
export const PROPOSALS = {
  'acquire-release-atomics': 'https://github.com/WebAssembly/acquire-release-atomics',
  'compact-import-section': 'https://github.com/WebAssembly/compact-import-section',
  'component-model': 'https://github.com/WebAssembly/component-model',
  'custom-descriptors': 'https://github.com/WebAssembly/custom-descriptors',
  'custom-page-sizes': 'https://github.com/WebAssembly/custom-page-sizes',
  exceptions: 'https://github.com/WebAssembly/exception-handling',
  'extended-const': 'https://github.com/WebAssembly/extended-const',
  fp16: 'https://github.com/WebAssembly/half-precision',
  'function-references': 'https://github.com/WebAssembly/function-references',
  gc: 'https://github.com/WebAssembly/gc',
  'memory-control': 'https://github.com/WebAssembly/memory-control',
  memory64: 'https://github.com/WebAssembly/memory64',
  'multi-memory': 'https://github.com/WebAssembly/multi-memory',
  'multibyte-array-access': 'https://github.com/WebAssembly/multibyte-array-access',
  'relaxed-simd': 'https://github.com/WebAssembly/relaxed-simd',
  'shared-everything-threads': 'https://github.com/WebAssembly/shared-everything-threads',
  'stack-switching': 'https://github.com/WebAssembly/stack-switching',
  stringref: 'https://github.com/WebAssembly/stringref',
  threads: 'https://github.com/WebAssembly/threads',
  'wide-arithmetic': 'https://github.com/WebAssembly/wide-arithmetic',
} as const

export type Proposal = keyof typeof PROPOSALS

/** The places in the binary format at which a code can stand. Sub-opcodes have the name of their prefix. */
export type Place =
  | 'version'
  | 'section'
  | 'type form'
  | 'value type'
  | 'heap type'
  | 'import kind'
  | 'nameless import'
  | 'export kind'
  | 'table'
  | 'table limits'
  | 'memory limits'
  | 'mutability'
  | 'element segment'
  | 'data segment'
  | 'opcode'
  | 'opcode 0xfb'
  | 'opcode 0xfc'
  | 'opcode 0xfd'
  | 'opcode 0xfe'
  | 'memory access'
  | 'memory index'

/** The codes from `first` to `last` inclusive. A code is a byte, or a number if the format has a LEB128 there. */
export interface ForeignRange {
  readonly place: Place
  readonly first: number
  readonly last: number
  readonly proposal: Proposal
  readonly what: string
}

type Row = readonly [first: number, last: number, proposal: Proposal, what: string]

const ROWS: Readonly<Record<Place, readonly Row[]>> = {
  version: [[0x0001000d, 0x0001000d, 'component-model', 'a component']],
  section: [
    [13, 13, 'exceptions', 'tags'],
    [14, 14, 'stringref', 'string literals'],
  ],
  'type form': [
    [0x4c, 0x4d, 'custom-descriptors', 'describes, descriptor'],
    [0x4e, 0x50, 'gc', 'rec, sub final, sub'],
    [0x5d, 0x5d, 'stack-switching', 'cont'],
    [0x5e, 0x5f, 'gc', 'array, struct'],
    [0x65, 0x65, 'shared-everything-threads', 'shared'],
  ],
  'value type': [[0x63, 0x64, 'function-references', 'ref null, ref']],
  // A value type may also be a heap type. It stands for nullable references to it.
  'heap type': [
    [0x61, 0x61, 'stringref', 'stringview_iter'],
    [0x62, 0x62, 'custom-descriptors', 'exact'],
    [0x65, 0x65, 'shared-everything-threads', 'shared'],
    [0x66, 0x67, 'stringref', 'stringview_wtf8, string'],
    [0x68, 0x68, 'stack-switching', 'cont'],
    [0x69, 0x69, 'exceptions', 'exn'],
    [0x6a, 0x6e, 'gc', 'array, struct, i31, eq, any'],
    [0x71, 0x73, 'gc', 'none, noextern, nofunc'],
    [0x74, 0x74, 'exceptions', 'noexn'],
    [0x75, 0x75, 'stack-switching', 'nocont'],
  ],
  'import kind': [
    [0x04, 0x04, 'exceptions', 'tag'],
    [0x20, 0x20, 'custom-descriptors', 'function of an exact type'],
  ],
  'nameless import': [[0x7e, 0x7f, 'compact-import-section', 'several imports of one module']],
  'export kind': [[0x04, 0x04, 'exceptions', 'tag']],
  table: [[0x40, 0x40, 'function-references', 'a table with an initial value']],
  'table limits': [
    [0x02, 0x03, 'shared-everything-threads', 'shared'],
    [0x04, 0x07, 'memory64', '64-bit indices'],
  ],
  'memory limits': [
    [0x02, 0x03, 'threads', 'shared'],
    [0x04, 0x07, 'memory64', '64-bit addresses'],
    [0x08, 0x0f, 'custom-page-sizes', 'a page size'],
  ],
  mutability: [[0x02, 0x03, 'shared-everything-threads', 'shared']],
  'element segment': [[0x08, 0x0f, 'shared-everything-threads', 'shared']],
  'data segment': [[0x08, 0x0a, 'shared-everything-threads', 'shared']],
  opcode: [
    [0x06, 0x0a, 'exceptions', 'try, catch, throw, rethrow, throw_ref'],
    [0x14, 0x15, 'function-references', 'call_ref, return_call_ref'],
    [0x18, 0x19, 'exceptions', 'delegate, catch_all'],
    [0x1f, 0x1f, 'exceptions', 'try_table'],
    [0xd3, 0xd3, 'gc', 'ref.eq'],
    [0xd4, 0xd6, 'function-references', 'ref.as_non_null, br_on_null, br_on_non_null'],
    [0xe0, 0xe6, 'stack-switching', 'cont.new, cont.bind, suspend, resume, resume_throw, resume_throw_ref, switch'],
  ],
  'opcode 0xfb': [
    [0x00, 0x1e, 'gc', 'struct.new to i31.get_u'],
    [0x1f, 0x1f, 'shared-everything-threads', 'ref.i31_shared'],
    [0x20, 0x26, 'custom-descriptors', 'struct.new_desc to br_on_cast_desc_eq_fail'],
    [0x80, 0x95, 'stringref', 'string.new_utf8 to stringview_wtf8.encode_wtf8'],
    [0x98, 0x9c, 'stringref', 'string.as_wtf16 to stringview_wtf16.slice'],
    [0xa0, 0xa4, 'stringref', 'string.as_iter to stringview_iter.slice'],
    [0xa8, 0xaa, 'stringref', 'string.compare, string.from_code_point, string.hash'],
    [0xb0, 0xb8, 'stringref', 'string.new_utf8_array to string.new_utf8_array_try'],
  ],
  'opcode 0xfc': [
    [0x12, 0x12, 'memory-control', 'memory.discard'],
    [0x13, 0x16, 'wide-arithmetic', 'i64.add128, i64.sub128, i64.mul_wide_s, i64.mul_wide_u'],
    [0x30, 0x31, 'fp16', 'f32.load_f16, f32.store_f16'],
  ],
  'opcode 0xfd': [
    [0x100, 0x113, 'relaxed-simd', 'i8x16.relaxed_swizzle to i32x4.relaxed_dot_i8x16_i7x16_add_s'],
    [0x120, 0x122, 'fp16', 'f16x8.splat, f16x8.extract_lane, f16x8.replace_lane'],
    [0x130, 0x14f, 'fp16', 'f16x8.abs to f16x8.nmadd'],
  ],
  'opcode 0xfe': [
    [0x00, 0x03, 'threads', 'memory.atomic.notify to atomic.fence'],
    [0x04, 0x04, 'acquire-release-atomics', 'pause'],
    [0x10, 0x4e, 'threads', 'i32.atomic.load to i64.atomic.rmw32.cmpxchg_u'],
    [0x4f, 0x72, 'shared-everything-threads', 'global.atomic.get to ref.i31_shared'],
  ],
  'memory access': [
    [0x20, 0x2f, 'multibyte-array-access', 'of an array'],
    [0x40, 0x7f, 'multi-memory', 'names its memory'],
  ],
  // In 2.0 the index of a memory is the byte 0x00. Any other form belongs to the multi-memory proposal.
  'memory index': [[0x01, 0xff, 'multi-memory', 'another memory']],
}

/** The table as a list, ordered by place. */
export const FOREIGN: readonly ForeignRange[] = /* @__PURE__ */ Object.entries(ROWS).flatMap(([place, rows]) =>
  rows.map(([first, last, proposal, what]) => ({ place: place as Place, first, last, proposal, what })),
)

/** Throws `Refused` for a code that 2.0 does not have at these places: `feature` if the table has it there, else `malformed`. */
export function refuseCode(places: readonly Place[], code: number, offset: number): never {
  const known = FOREIGN.find(({ place, first, last }) => places.includes(place) && code >= first && code <= last)
  if (known === undefined) throw new Refused('malformed', offset, `unknown ${places[0]!} ${hex(code)}`)
  const { place, proposal } = known
  throw new Refused('feature', offset, `${place} ${hex(code)} is of the proposal ${proposal}`, proposal)
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}
