/** Advice for the author of a module that a profile rejects: text for people, which is never part of a receipt. */
import { fields, givenBytes, givenList } from '../base/usage.ts'
import type { Profile } from '../interface-profile.ts'
import type { Finding } from '../interface.ts'
import type { Proposal } from '../wasm/foreign.ts'
import { Reader, Unreadable } from '../wasm/reader.ts'
import { admit, type Admission } from './admit.ts'
import { originOf } from './reasons.ts'
import { recognize } from './recognize.ts'

const WASI_MODULE = 'wasi_snapshot_preview1'

/** Advice for denied functions of WASI beside other denied imports, for which another profile is of no use. */
const MIXED =
  'Clocks, randomness and polling of WASI are granted by --profile virtual, but no profile grants all the other imports.'

const FEATURES: Readonly<Partial<Record<Proposal, string>>> = {
  'component-model':
    "It is a component. This profile runs core modules: build one, for example with Rust's target " +
    'wasm32-unknown-unknown in place of wasm32-wasip2.',
  threads: 'Compile it for one thread: without -pthread, -matomics and shared memory.',
  exceptions: 'Compile it without exceptions: -fno-exceptions for C++, panic = "abort" for Rust.',
  'relaxed-simd': 'Compile it without -mrelaxed-simd: what these instructions give depends on the processor.',
  gc: 'Languages that compile to WasmGC, such as Kotlin, Dart and Java, cannot be run under this profile.',
  'function-references':
    'Languages that compile to WasmGC, such as Kotlin, Dart and Java, cannot be run under this profile.',
  memory64: 'Compile it for wasm32 in place of wasm64 (emcc without -sMEMORY64).',
  'multi-memory': 'Let it have one memory.',
  'extended-const': 'Compile it with -mno-extended-const, and without dynamic linking.',
}

/**
 * Advice on how to change a module so that it is admitted, one sentence or two for each problem. Empty if the module is admitted,
 * or if there is no advice. Takes time linear in the bytes. `admission` is the result of `admit`, if the caller has it.
 */
export function adviceOn(
  module: Uint8Array,
  profile: Profile,
  admission: Admission = admit(module, profile),
): readonly string[] {
  const bytes = givenBytes(module, 'module')
  givenList(fields(admission, 'admission').findings, 'admission.findings')
  givenList(admission.imports, 'admission.imports')
  fields(fields(profile, 'profile').limits, 'profile.limits')
  if (admission.admitted !== undefined) return []
  const sections = customSections(bytes)
  const denied = admission.imports.filter(({ verdict }) => verdict === 'denied')
  // Emscripten's JavaScript has functions of every name in `env`.
  const emscripten = denied.some(({ import: entry }) => originOf(entry) === 'emscripten')
  const mixed = denied.some(({ import: entry }) => entry.module !== WASI_MODULE)
  const advice = [
    recognize(bytes),
    kindOf(sections),
    ...admission.findings.map(finding => adviceOnFinding(finding, bytes, profile, sections)),
    ...denied.map(({ import: entry, advice }) => {
      if (mixed && entry.module === WASI_MODULE) return MIXED
      return emscripten && entry.module === 'env' && originOf(entry) !== 'emscripten' ? undefined : advice
    }),
  ]
  return [...new Set(advice.filter(item => item !== undefined))]
}

function adviceOnFinding(
  { code, subject }: Finding,
  bytes: Uint8Array,
  profile: Profile,
  sections: readonly Custom[],
): string | undefined {
  if (code === 'feature')
    return subject !== undefined && Object.hasOwn(FEATURES, subject) ? FEATURES[subject as Proposal] : undefined
  if (code === 'reserved-name')
    return 'It may be the output of ipvm-wasm instrument. Give the module that was instrumented.'
  if (code !== 'limit') return undefined
  if (subject === 'totalBytes') return smaller(bytes.length, profile.limits.totalBytes, sections)
  // Custom sections do not count for this limit, so stripping them would not help.
  const counted = bytes.length - sections.reduce((sum, { size }) => sum + size, 0)
  return subject === 'moduleBytes'
    ? `It has ${megabytes(counted)}${sections.length === 0 ? '' : ' without its custom sections'}. ${FOR_SIZE}`
    : undefined
}

// ── Custom sections ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Custom {
  readonly name: string
  readonly size: number
}

/** The custom sections, up to the first section that cannot be read. */
function customSections(bytes: Uint8Array): Custom[] {
  const found: Custom[] = []
  const reader = new Reader(bytes, Math.min(8, bytes.length))
  try {
    while (!reader.done) {
      const start = reader.pos
      const id = reader.u8()
      const length = reader.u32()
      const contents = reader.pos
      reader.skip(length)
      if (id === 0) found.push({ name: new Reader(bytes, contents, reader.pos).name(), size: reader.pos - start })
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
  }
  return found
}

function kindOf(sections: readonly Custom[]): string | undefined {
  if (sections.some(({ name }) => name === 'linking'))
    return 'It is an object file. Link it into a module, for example with clang or wasm-ld.'
  if (sections.some(({ name }) => name === 'dylink.0' || name === 'dylink'))
    return 'It is a library for dynamic linking. Link it into a program: without -shared, and emcc without -sSIDE_MODULE.'
  return undefined
}

/** True if only debuggers use a custom section. */
function isDebug({ name }: Custom): boolean {
  return name === 'name' || name.startsWith('.debug_') || name === 'sourceMappingURL' || name === 'external_debug_info'
}

/** Advice for code that is too large. */
const FOR_SIZE = 'Compile it for size (-Os, wasm-opt -Oz), or leave parts of it out.'

function smaller(size: number, limit: number, sections: readonly Custom[]): string {
  const debug = sections.filter(isDebug).reduce((sum, section) => sum + section.size, 0)
  const how = 'wasm-strip FILE, strip = true in Cargo.toml, or without -g'
  if (debug < size / 100) return `It has ${megabytes(size)}. ${FOR_SIZE}`
  const rest = size - debug
  const then =
    rest <= limit
      ? `The rest has ${megabytes(rest)}.`
      : `The rest has ${megabytes(rest)}, which is still too much: compile it for size, too (-Os, wasm-opt -Oz).`
  return `Strip it (${how}): ${megabytes(debug)} of it are debug sections, which never run. ${then}`
}

function megabytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 9_950_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`
}
