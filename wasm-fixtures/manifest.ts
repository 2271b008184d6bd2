/** Writes manifest.json: what each program is and which bytes it has. `npx tsx wasm-fixtures/manifest.ts` */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'

export interface ManifestEntry {
  readonly name: string
  /** Of the module, from this folder. */
  readonly path: string
  readonly idea: string
  readonly language: string
  readonly toolchain: string
  readonly license: 'Apache-2.0'
  /** CIDv1, raw, sha2-256: every program fits into one chunk of 256 KiB. */
  readonly cid: string
}

const CHUNK = 256 * 1024

const CLANG = 'Debian 12: clang-14 and lld-14 1:14.0.6'
const RUSTC = 'Debian 12: rustc and libstd-rust-dev-wasm32 1.63.0, lld-14 1:14.0.6'
const ASC = 'npm: assemblyscript 0.28.20'
const WABT = 'npm: wabt 1.0.39'

const PROGRAMS: readonly (readonly [name: string, language: string, toolchain: string, idea: string])[] = [
  ['base64', 'Rust (no_std)', RUSTC, 'bytes in and out without the standard library'],
  ['collatz', 'WAT', WABT, 'branches, i64 arithmetic and indirect calls'],
  ['fibonacci', 'WAT', WABT, 'recursion, tail calls, and a loop that carries two values'],
  ['forth', 'C', CLANG, 'an interpreter: the input is a program, and may run for ever'],
  ['greet', 'AssemblyScript', ASC, 'strings, numbers and buffers; imports env.abort'],
  ['image', 'C', CLANG, 'filters in f32 that the compiler turned into SIMD'],
  ['json', 'C', CLANG, 'a strict parser without recursion that never traps'],
  ['lz', 'C', CLANG, 'compression and back; damaged input ends in unreachable'],
  ['mandelbrot', 'AssemblyScript', ASC, 'typed arrays, f64 loops and strings, without imports'],
  ['matrix', 'C', CLANG, 'f64 sums whose order matters, numbers in and out'],
  ['pi', 'C++', CLANG, 'long division in templates'],
  ['picture', 'AssemblyScript', ASC, 'a PNG that browsers show, without imports'],
  ['sha256', 'C', CLANG, 'integer arithmetic in a tight loop'],
  ['simd-dot', 'WAT', WABT, 'vectors as parameters, results and in memory; memory.grow'],
  ['sort', 'C', CLANG, 'data-dependent branches, bulk memory, comparison through a table'],
  ['wordcount', 'Rust', RUSTC, 'the standard library: maps, strings, Unicode tables, an allocator'],
]

/** The manifest of the modules as they are on disk. */
export async function manifest(): Promise<ManifestEntry[]> {
  const entries = PROGRAMS.map(async ([name, language, toolchain, idea]): Promise<ManifestEntry> => {
    const path = `programs/${name}/${name}.wasm`
    const bytes = new Uint8Array(readFileSync(new URL(path, import.meta.url)))
    if (bytes.length > CHUNK) throw new Error(`${path} is more than one chunk`)
    const cid = CID.createV1(raw.code, await sha256.digest(bytes)).toString()
    return { name, path, idea, language, toolchain, license: 'Apache-2.0', cid }
  })
  return Promise.all(entries)
}

/** Writes it. */
export async function main(): Promise<void> {
  writeFileSync(new URL('manifest.json', import.meta.url), `${JSON.stringify(await manifest(), null, 2)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
