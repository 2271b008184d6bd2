/**
 * Commands of the suite for which a rule of the profile requires another result. A run fails if one of them no longer
 * differs, so that the list stays up to date.
 */

/** Some commands and one reason. */
export interface Exception {
  readonly why: string
  /** The rule of docs/spec. */
  readonly rule: string
  /** The beginning of the description of the difference. */
  readonly says: string
  /** The lines of the commands, by collection and name of the script. */
  readonly where: Readonly<Record<string, readonly number[]>>
}

const V3: Exception['where'] = {
  'wasm-v3/address': [214],
  'wasm-v3/align': [1005],
  'wasm-v3/memory': [78, 82, 86, 91, 95, 99],
  'wasm-v3/table': [36, 40, 44],
}

/** Adds the commands of `wasm-v3` for `wasm-latest`, which contains them, too. */
function alsoLatest(where: Exception['where']): Exception['where'] {
  const latest = Object.entries(where).map(([name, lines]) => [name.replace('wasm-v3', 'wasm-latest'), lines] as const)
  return { ...where, ...Object.fromEntries(latest) }
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    why: 'A number of more than 32 bits is malformed. With memory64, the format has 64 bits there, and validation decides.',
    rule: 'PROFILE-3',
    says: 'malformed (integer too long or too large)',
    where: {
      'simd/simd_address': [144, 152],
      'memory64/address': [214],
      'memory64/memory': [80, 84, 88],
      'memory64/simd_address': [144, 152],
      ...alsoLatest(V3),
    },
  },
  {
    why: 'Unknown flags of a memory access are malformed. In WebAssembly 3.0 they are an alignment that is too large.',
    rule: 'PROFILE-3',
    says: 'malformed (unknown memory access 0x3f)',
    where: alsoLatest({ 'wasm-v3/align': [930, 1017] }),
  },
  {
    why: 'Reading a body ends at the first thing that is wrong, and here something is invalid before something is malformed.',
    rule: 'PROFILE-7',
    says: 'invalid (',
    where: {
      'multi-value/binary': [741],
      'reference-types/binary': [613],
      'reference-types/binary-leb128': [844],
      'wasm-v1/binary': [741],
      'wasm-v1/binary-leb128': [843],
    },
  },
  {
    why: 'Since WebAssembly 2.0, the byte after `call_indirect` is the index of a table.',
    rule: 'PROFILE-2',
    says: 'invalid (no table 1)',
    where: { 'multi-value/binary': [50] },
  },
  {
    why: 'Since WebAssembly 2.0, a module may have several tables.',
    rule: 'PROFILE-2',
    says: 'refused for its imports alone',
    where: { 'threads/imports': [310, 314] },
  },
  {
    why: 'Since WebAssembly 2.0, a module may have several tables.',
    rule: 'PROFILE-2',
    says: 'admitted',
    where: { 'threads/imports': [318] },
  },
  {
    why: 'A draft of reference types compared the labels of a `br_table` that is never reached; WebAssembly 2.0 does not.',
    rule: 'PROFILE-5',
    says: 'admitted',
    where: { 'reference-types/unreached-invalid': [540] },
  },
  {
    why: 'Negation makes no NaN: it changes the sign of the one that it gets. The suite allows both signs.',
    rule: 'PROFILE-14',
    says: 'precise mode: {"ok":["000000000000f8ff000000000000f0bf"]}',
    where: { 'simd/simd_f64x2_arith': [5297] },
  },
]

/** The exception for a command, if the difference is the one that the exception describes. */
export function exceptionOf(script: string, line: number, what: string): Exception | undefined {
  return EXCEPTIONS.find(({ where, says }) => where[script]?.includes(line) === true && what.startsWith(says))
}

/** All exceptions, as `script:line`. */
export function exceptionNames(): readonly string[] {
  return EXCEPTIONS.flatMap(({ where }) =>
    Object.entries(where).flatMap(([script, lines]) => lines.map(line => `${script}:${line}`)),
  )
}
