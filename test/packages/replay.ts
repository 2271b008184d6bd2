/**
 * Makes one module from a recording: the package's module, joined with a function `job` that repeats the actions of its
 * JavaScript. `job` writes the same bytes, calls the same functions with the same arguments, and implements the
 * imports. Its result is the whole memory. It executes `unreachable` if a result differs from the recording, or if the
 * guest calls an import differently.
 *
 *     package.wasm   imports env.now                                  exports memory, malloc, hash
 *     job            imports memory, malloc, hash of the package      exports job, and a function for env.now
 *
 * Both are joined by binaryen's wasm-merge. The code of the package is not changed.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { validate } from '../../src/wasm/validate.ts'
import type { Module } from '../../src/wasm/module.ts'
import { F32, F64, I32, I64, typeName, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { flat, HEADER, list, name, section, u32 } from '../wasm/bytes.ts'
import type { Crossing, ImportCall, Recording, Step } from './record.ts'

const MERGE = fileURLToPath(new URL('../../node_modules/binaryen/bin/wasm-merge', import.meta.url))
const FEATURES = [
  'mutable-globals',
  'sign-ext',
  'nontrapping-float-to-int',
  'multivalue',
  'bulk-memory',
  'reference-types',
  'simd',
  'tail-call',
]

/** The module of a recording. */
export async function replay(recording: Recording): Promise<Uint8Array> {
  const { module, findings } = validate(recording.bytes, {
    features: new Set(PROFILE_1.features),
    limits: PROFILE_1.limits,
  })
  if (module === undefined) throw new Error(`the package's module is refused: ${JSON.stringify(findings.sorted()[0])}`)
  const writer = new Writer(module, recording)
  const parts: [name: string, bytes: Uint8Array][] = [
    ['package', recording.bytes],
    ['job', await assemble(writer.job())],
  ]
  for (const from of new Set(module.imports.map(entry => entry.module)))
    parts.push([from, await assemble(writer.forwards(from))])
  return withoutExports(merged(parts))
}

function merged(parts: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'))
  try {
    const files = parts.flatMap(([name, bytes], i) => {
      writeFileSync(join(folder, `${i}.wasm`), bytes)
      return [`${i}.wasm`, name]
    })
    execFileSync(
      process.execPath,
      [MERGE, ...files, '-o', 'all.wasm', '--skip-export-conflicts', ...FEATURES.map(feature => `--enable-${feature}`)],
      { cwd: folder, stdio: 'pipe' },
    )
    return new Uint8Array(readFileSync(join(folder, 'all.wasm')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The module with two exports: the memory and `job`. */
function withoutExports(bytes: Uint8Array): Uint8Array {
  const { module } = validate(bytes, { features: new Set(PROFILE_1.features), limits: PROFILE_1.limits })
  if (module === undefined) throw new Error('what wasm-merge made is no module')
  const job = module.exports.find(entry => entry.name === 'job' && entry.kind === 'function')!
  const parts = [...sectionsOf(bytes)].map(({ id, contents }) =>
    id === 7 ? list(7, [name('memory'), 2, 0], [name('job'), 0, u32(job.index)]) : section(id, contents),
  )
  return flat(HEADER, ...parts)
}

function* sectionsOf(bytes: Uint8Array): Generator<{ readonly id: number; readonly contents: Uint8Array }> {
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at++]!
    let length = 0
    for (let shift = 0; ; shift += 7) {
      length += (bytes[at]! & 0x7f) * 2 ** shift
      if (bytes[at++]! < 0x80) break
    }
    yield { id, contents: bytes.subarray(at, at + length) }
    at += length
  }
}

/** Writes the text of the modules that are joined with the package. */
class Writer {
  readonly #module: Module
  readonly #recording: Recording
  readonly #called = new Set<string>()
  readonly #data: string[] = []

  constructor(module: Module, recording: Recording) {
    this.#module = module
    this.#recording = recording
  }

  /**
   * The module `job`. Each recorded call of an import is a function in a table. The import counts its calls, and calls
   * the next function.
   */
  job(): string {
    const { imports, steps, memory } = this.#recording
    const main = this.#steps(steps)
    const occurrences = imports.map((call, i) => this.#occurrence(call, i))
    const stubs = this.#functions().map(({ module, name, type }) => this.#stub(module, name, type!))
    const called = [...this.#called].map(
      name => `(import "package" ${quoted(name)} (func ${id(name)} ${typeText(this.#exported(name))}))`,
    )
    return `(module
      ${called.join('\n')}
      (import "package" ${quoted(memory.name)} (memory 0))
      (table ${imports.length} funcref) (elem (i32.const 0) ${imports.map((_, i) => `$at${i}`).join(' ')})
      (global $next (mut i32) (i32.const 0))
      (func (export "job") (result i64)
        ${main}
        (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      ${occurrences.join('\n')}
      ${stubs.join('\n')}
      ${this.#data.join('\n')})`
  }

  /** A module with the name from which the package imports. It forwards calls to `job`. */
  forwards(from: string): string {
    const entries = this.#functions().filter(({ module }) => module === from)
    return `(module
      ${entries.map(({ name, type }, i) => `(import "job" ${quoted(`${from}.${name}`)} (func $f${i} ${typeText(type!)}))`).join('\n')}
      ${entries.map(({ name }, i) => `(export ${quoted(name)} (func $f${i}))`).join('\n')})`
  }

  /** Imports, each once. */
  #functions(): readonly { readonly module: string; readonly name: string; readonly type: FunctionType | undefined }[] {
    const other = this.#module.imports.find(({ kind }) => kind !== 'function')
    if (other !== undefined) throw new Error(`the package imports the ${other.kind} ${other.module}.${other.name}`)
    return [...new Map(this.#module.imports.map(entry => [`${entry.module}.${entry.name}`, entry])).values()]
  }

  #exported(name: string): FunctionType {
    const entry = this.#module.exports.find(e => e.kind === 'function' && e.name === name)!
    return this.#module.functions[entry.index]!
  }

  #stub(module: string, name: string, type: FunctionType): string {
    return `(func (export ${quoted(`${module}.${name}`)}) ${typeText(type)}
      (global.set $next (i32.add (global.get $next) (i32.const 1)))
      (call_indirect ${typeText(type)} ${type.params.map((_, i) => `(local.get ${i})`).join(' ')} (i32.sub (global.get $next) (i32.const 1))))`
  }

  #occurrence({ module, name, args, steps, result }: ImportCall, index: number): string {
    const { type } = this.#module.imports.find(entry => entry.module === module && entry.name === name)!
    const checks = type!.params.map((param, i) => check(param, `(local.get ${i})`, args[i]))
    return `(func $at${index} ${typeText(type!)} ${checks.join(' ')}
      ${this.#steps(steps)}
      ${type!.results.map(of => constant(of, result)).join(' ')})`
  }

  #steps(steps: readonly Step[]): string {
    return steps
      .map(step => {
        switch (step.kind) {
          case 'grow':
            return `(drop (memory.grow (i32.const ${step.pages})))`
          case 'write': {
            this.#data.push(
              `(data "${[...step.bytes].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`,
            )
            return `(memory.init ${this.#data.length - 1} (i32.const ${step.at}) (i32.const 0) (i32.const ${step.bytes.length}))`
          }
          case 'call': {
            this.#called.add(step.name)
            const { params, results } = this.#exported(step.name)
            const call = `(call ${id(step.name)} ${params.map((param, i) => constant(param, step.args[i])).join(' ')})`
            return results.length === 0 ? call : check(results[0]!, call, step.result)
          }
        }
      })
      .join('\n')
  }
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The constant for a JavaScript value that is an argument or result of the type. */
function constant(type: ValueType, value: Crossing | undefined): string {
  if (type === I32) return `(i32.const ${Number(value ?? 0) | 0})`
  if (type === I64) return `(i64.const ${BigInt.asIntN(64, BigInt(value ?? 0))})`
  const view = new DataView(new ArrayBuffer(8))
  if (type === F32) {
    view.setFloat32(0, Number(value))
    return `(f32.reinterpret_i32 (i32.const ${view.getInt32(0)}))`
  }
  if (type !== F64) throw new Error(`a value of type ${typeName(type)} crosses`)
  view.setFloat64(0, Number(value))
  return `(f64.reinterpret_i64 (i64.const ${view.getBigInt64(0)}))`
}

/** Ends the run if the bits of a value differ from the recorded ones. All NaNs are equal. */
function check(type: ValueType, value: string, recorded: Crossing | undefined): string {
  if ((type === F32 || type === F64) && Number.isNaN(recorded)) return `(drop ${value})`
  const expected = constant(type, recorded)
  if (type === I32 || type === I64) return `(if (${typeName(type)}.ne ${value} ${expected}) (then unreachable))`
  const bits = type === F32 ? 'i32' : 'i64'
  const reinterpret = (of: string): string => `(${bits}.reinterpret_${typeName(type)} ${of})`
  return `(if (${bits}.ne ${reinterpret(value)} ${reinterpret(expected)}) (then unreachable))`
}

function typeText({ params, results }: FunctionType): string {
  return `(param ${params.map(typeName).join(' ')}) (result ${results.map(typeName).join(' ')})`
}

/** A name as a string of the text format. */
function quoted(name: string): string {
  return `"${[...new TextEncoder().encode(name)].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`
}

/** A name as an identifier of the text format. */
function id(name: string): string {
  return `$x${Buffer.from(name).toString('hex')}`
}
