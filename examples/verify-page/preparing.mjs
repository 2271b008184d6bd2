/**
 * Measures what preparing a module takes: `node examples/verify-page/preparing.mjs` for programs of the fixtures. Each
 * module is prepared in a process of its own. The memory is the peak of the process, less that of one that prepares an
 * empty module.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { admit, instrument, PROFILE_1_VIRTUAL } from 'ipvm-wasm'

const FIXTURES = new URL('../../wasm-fixtures/', import.meta.url)
const MODULES = [
  'programs/wordcount/wordcount.wasm',
  'wasi/ledger/ledger.wasm',
  'wasi/sqlite/sqlite.wasm',
  'wasi/report/report.wasm.gz',
]
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const MIB = 1024 * 1024

const [path] = process.argv.slice(2)
if (path === undefined) {
  const measure = name =>
    JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], { encoding: 'utf8' }))
  const nothing = measure('-')
  for (const name of MODULES) {
    const { bytes, ms, peak } = measure(name)
    const memory = peak - nothing.peak
    console.log(
      `${name.split('/')[1].padEnd(10)} ${(bytes / MIB).toFixed(2)} MiB: ${(ms / 1000).toFixed(1)} s, ` +
        `${Math.round(memory / MIB)} MiB of memory, ${Math.round(memory / bytes)} times its size`,
    )
  }
} else {
  const file = path === '-' ? EMPTY : readFileSync(new URL(path, FIXTURES))
  const bytes = new Uint8Array(path.endsWith('.gz') ? gunzipSync(file) : file)
  const began = performance.now()
  const { bytes: made } = await instrument(admit(bytes, PROFILE_1_VIRTUAL).admitted, 'fast')
  await WebAssembly.compile(made)
  const ms = performance.now() - began
  console.log(JSON.stringify({ bytes: bytes.length, ms, peak: process.resourceUsage().maxRSS * 1024 }))
}
