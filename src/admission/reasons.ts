/**
 * The reason why an import is denied, and advice for the author of the module: text for people. It is not part of receipts, and
 * decides nothing. Imports are recognised by their exact names.
 */
import type { Grant } from '../interface-profile.ts'
import type { Import } from '../wasm/module.ts'
import { typeName, typeOf, type ValueType } from '../wasm/types.ts'
import {
  ASSEMBLYSCRIPT,
  C,
  EMSCRIPTEN,
  GETRANDOM,
  GO,
  WASI,
  WASI_2,
  WASM_BINDGEN,
  type Effect,
  type Names,
  type Origin,
} from './known-imports.ts'

export interface Explanation {
  /** The reason why the profile does not provide the import. */
  readonly reason: string
  /** How to build the module without it. Absent if that is not known. */
  readonly advice?: string
}

const REASONS: Readonly<Record<Effect, string>> = {
  clock: 'a clock gives another answer each time',
  randomness: 'randomness gives another answer each time',
  network: 'the network is no part of the task',
  threads: 'threads have no fixed order',
  files: "the host's files are no part of the task",
  environment: "the host's environment is no part of the task",
  exit: 'there is no process that it could end or signal',
  waiting: 'how long it waits depends on the host',
  output: 'the profile takes output through ipvm.log alone',
  javascript: 'it calls JavaScript, which could do anything',
  unwinding: 'it unwinds the stack through JavaScript',
  growth: 'memory grows by memory.grow, without the host being told',
  unlinked: 'it is code that was not linked into the module',
}

const UNKNOWN = 'the profile does not provide it'

const BARE_TARGETS =
  "clang --target=wasm32 -nostdlib, Rust's wasm32-unknown-unknown, Zig's wasm32-freestanding, " +
  "TinyGo's -target=wasm-unknown"

const ADVICE: Readonly<Record<Origin, string>> = {
  wasi:
    'It asks for what the profile "pure" leaves out of WASI. Run it with --profile virtual, where clock and randomness are functions of ' +
    `the task; or build it for a target without WASI (${BARE_TARGETS}): input comes as arguments, output is the result.`,
  'wasi-unstable':
    'It was built for a draft of WASI. Build it with a compiler that imports wasi_snapshot_preview1, or for a target without WASI ' +
    `(${BARE_TARGETS}).`,
  'wasi-threads':
    'It was built with threads. Build it for one thread: without -pthread, and for a target without threads.',
  'wasi-0.2': `It was built for WASI 0.2, as components are. Build it for a target without WASI (${BARE_TARGETS}).`,
  assemblyscript:
    'It is AssemblyScript that calls the host. Take what it asks for as an argument, and write output with ipvm.log.',
  emscripten:
    "It was linked for emscripten's JavaScript. Link it with emcc -sSTANDALONE_WASM --no-entry -sFILESYSTEM=0, " +
    'and without calls that need a host.',
  go: "Go's own compiler needs a JavaScript or WASI host. TinyGo builds modules that need none: tinygo build -target=wasm-unknown.",
  'wasm-bindgen':
    'It was built with wasm-bindgen, whose glue is JavaScript. Export functions with #[no_mangle] extern "C" ' +
    '(the ABIs core and bytes), and drop wasm-bindgen, js-sys, web-sys and the features js, wasm_js and wasmbind of other crates.',
  getrandom:
    "Rust's getrandom crate asks for it. Seed the generator from an argument, and drop the crates that call getrandom.",
  ruby: 'It is Ruby with the gem js, whose other half is JavaScript. Build Ruby without that gem, as a program with _start.',
  c:
    'The linker left it undefined. Link the library that has it, or remove the call; without -Wl,--allow-undefined the linker ' +
    'names the object file that needs it.',
}

/** Advice for single imports, which is used instead of the advice for their origin. */
const ADVICE_FOR: Readonly<Record<string, string>> = {
  'env.seed':
    "AssemblyScript's Math.random asks for it. Compile with asc --use seed=FILE/FUNCTION, a function () → f64 of yours " +
    'that gives a fixed seed, or call a generator of your own.',
  'env.trace':
    "AssemblyScript's trace asks for it. Remove the calls, or compile with asc --use trace=FILE/FUNCTION, a function of yours.",
  'env.emscripten_notify_memory_growth': 'Link with emcc -sINITIAL_MEMORY=BYTES, and without -sALLOW_MEMORY_GROWTH.',
  'env.__assert_fail':
    'Compile with -DNDEBUG, which leaves the assertions out, or link a function of that name that traps.',
}

const UNWINDING =
  'C++ exceptions and longjmp need a host here. Compile with -fno-exceptions and without setjmp ' +
  '(emcc -sSUPPORT_LONGJMP=0).'

/** For imports that are no functions: the flags with which a linker does not make them. */
const KINDS: Readonly<Record<Exclude<Import['kind'], 'function'>, string>> = {
  memory:
    'Let the module have a memory of its own, and export it: wasm-ld without --import-memory, asc without --importMemory, ' +
    'emcc -sSTANDALONE_WASM.',
  table: 'Let the module have a table of its own: wasm-ld without --import-table, asc without --importTable.',
  global:
    'It may be a library for dynamic linking. Link it as a program of its own: without -shared, -fPIC, and emcc -sSIDE_MODULE.',
}

/** Explains why an import is denied. `grant` is the profile's grant for the same name and another type, if there is one. */
export function explain({ module, name, kind }: Import, grant: Grant | undefined): Explanation {
  if (kind !== 'function')
    return { reason: `a ${kind} from outside can change while the guest runs`, advice: KINDS[kind] }
  if (grant !== undefined) return wrongType(grant)
  const [origin, effect] = know(module, name) ?? []
  const reason = effect === undefined ? UNKNOWN : REASONS[effect]
  const advice = ADVICE_FOR[`${module}.${name}`] ?? (effect === 'unwinding' ? UNWINDING : origin && ADVICE[origin])
  return advice === undefined ? { reason } : { reason, advice }
}

/** The platform that an import belongs to, as far as its name shows. */
export function originOf({ module, name }: Import): Origin | undefined {
  return know(module, name)?.[0]
}

function wrongType({ module, name, type }: Grant): Explanation {
  const { params, results } = typeOf(type)
  const list = (types: readonly ValueType[]): string => `(${types.map(typeName).join(', ')})`
  const wanted = `${list(params)} → ${list(results)}`
  return { reason: `it is granted with another type: ${wanted}`, advice: `Declare ${module}.${name} as ${wanted}.` }
}

type Known = readonly [origin: Origin, effect: Effect | undefined]

function know(module: string, name: string): Known | undefined {
  switch (module) {
    case 'env':
      return knowEnv(name)
    case 'wasi_snapshot_preview1':
      return ['wasi', effectOf(WASI, name)]
    case 'wasi_unstable':
      return ['wasi-unstable', name === 'sock_accept' ? undefined : effectOf(WASI, name)]
    case 'wasi':
      return name === 'thread-spawn' ? ['wasi-threads', 'threads'] : undefined
    case 'gojs':
    case 'go':
      return ['go', effectOf(GO, name)]
    case 'wbg':
    case '__wbindgen_placeholder__':
    case '__wbindgen_externref_xform__':
      return knowWasmBindgen(name)
    case 'rb-js-abi-host':
      return ['ruby', 'javascript']
    // Emscripten's optimiser renames the module to `a`, and the imports to one or two letters.
    case 'a':
      return /^[A-Za-z]{1,2}$/.test(name) ? ['emscripten', undefined] : undefined
    default:
      return knowElsewhere(module, name)
  }
}

function knowEnv(name: string): Known | undefined {
  for (const [origin, names] of [
    ['assemblyscript', ASSEMBLYSCRIPT],
    ['emscripten', EMSCRIPTEN],
    ['getrandom', GETRANDOM],
    ['c', C],
  ] as const) {
    const effect = effectOf(names, name)
    if (effect !== undefined) return [origin, effect]
  }
  // Emscripten calls functions that may throw through these imports. The letters are the function's types.
  return /^invoke_[vijfdp]+$/.test(name) ? ['emscripten', 'unwinding'] : ['c', undefined]
}

function knowWasmBindgen(name: string): Known {
  const [, bare = ''] = /^__wbg_(\w+)_[\da-f]{16}$/.exec(name) ?? []
  return ['wasm-bindgen', effectOf(WASM_BINDGEN, bare) ?? 'javascript']
}

function knowElsewhere(module: string, name: string): Known | undefined {
  const [face = ''] = module.split('@', 1)
  const effect = effectOf(WASI_2, face)
  if (effect !== undefined) return ['wasi-0.2', effect]
  return /^__wb(?:g|indgen)_/.test(name) ? knowWasmBindgen(name) : undefined
}

function effectOf(names: Names, name: string): Effect | undefined {
  return Object.entries(names).find(([, list]) => list.includes(name))?.[0] as Effect | undefined
}
