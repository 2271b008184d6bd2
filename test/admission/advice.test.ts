import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { adviceOn } from '../../src/admission/advice.ts'
import { admit, rejectionOf } from '../../src/admission/admit.ts'
import { recognize } from '../../src/admission/recognize.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const JSON_WASM = readFileSync(new URL('../../wasm-fixtures/programs/json/json.wasm', import.meta.url))

/** A custom section with that many zeros in it. */
function custom(name: string, size: number): Uint8Array {
  const leb: number[] = []
  for (let rest = 1 + name.length + size; ; rest >>>= 7) {
    leb.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80)
    if (rest < 0x80) break
  }
  return Buffer.concat([Uint8Array.of(0, ...leb, name.length), utf8(name), new Uint8Array(size)])
}

describe('bytes that are not a module', () => {
  test.each([
    [utf8(''), 'It is empty.'],
    [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1), 'It is cut off'],
    [Uint8Array.of(0x1f, 0x8b, 8), 'gzip'],
    [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), 'Zstandard'],
    [Uint8Array.of(0x50, 0x4b, 3, 4), 'ZIP'],
    [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), 'ELF'],
    [utf8('!<arch>\n'), 'static library'],
    [utf8('\ufeff\n;; words\n(; more ; of them ;)(module)'), 'WebAssembly text'],
    [utf8('(component)'), 'It is a component as text.'],
    [utf8('<!doctype html>'), 'HTML'],
    [utf8('{"a": 1}'), 'JSON'],
    [utf8('export const a = 1'), 'program text'],
    [utf8('#!/bin/sh\n'), 'program text'],
    [utf8('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
    [utf8('AGFzbQEAAAA='), 'base64 -d'],
    [utf8('Hello'), 'It is text.'],
  ])('%#', (bytes, said) => {
    expect(recognize(bytes)).toContain(said)
    expect(adviceOn(bytes, PROFILE_1)[0]).toContain(said)
  })

  test('a CAR, of either version', () => {
    expect(recognize(Uint8Array.of(0x3a, 0xa2, 0x65, ...utf8('roots'), 0x81))).toContain('It is a CAR.')
    expect(recognize(Uint8Array.of(0x0a, 0xa1, 0x67, ...utf8('version'), 2))).toContain('It is a CAR.')
  })

  test('unknown bytes get no advice', () => {
    expect(recognize(Uint8Array.of(0xff, 0xfe, 0))).toBeUndefined()
    expect(adviceOn(Uint8Array.of(0xff, 0xfe, 0), PROFILE_1)).toEqual([])
  })

  test('a hostile text takes no time', () => {
    const begun = performance.now()
    recognize(utf8('(;'.repeat(1e6)))
    recognize(utf8(' '.repeat(1e6)))
    recognize(utf8(';;\n'.repeat(1e6)))
    expect(performance.now() - begun).toBeLessThan(1000)
  })
})

describe('modules', () => {
  test('that are admitted get no advice', () => expect(adviceOn(JSON_WASM, PROFILE_1)).toEqual([]))

  test('a component', () => {
    expect(adviceOn(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), PROFILE_1)[0]).toMatch(/^It is a component\./)
  })

  test('advice for several imports is given once, and is not part of a receipt', async () => {
    const bytes = await assemble(`(module
      (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
      (import "env" "seed" (func (result f64))))`)
    const advice = adviceOn(bytes, PROFILE_1)
    expect(advice).toHaveLength(2)
    expect(advice[0]).toContain('but no profile grants all the other imports')
    expect(advice[1]).toContain('Math.random')
    expect(Object.keys(rejectionOf(admit(bytes, PROFILE_1).findings))).toEqual(['kind', 'code', 'subject', 'offset'])
  })

  test('another profile is advised only where it is enough', async () => {
    const clock = '(import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))'
    const adviceFor = async (imports: string): Promise<string> =>
      adviceOn(await assemble(`(module ${imports})`), PROFILE_1).join('\n')
    expect(await adviceFor(clock)).toContain('Run it with --profile virtual')
    const mixed = await adviceFor(`${clock} (import "rb-js-abi-host" "global-this" (func (result i32)))`)
    expect(mixed).not.toContain('Run it with')
    expect(mixed).toContain('Build Ruby without that gem')
  })

  test("an import of emscripten's is not taken for one of another compiler", async () => {
    const bytes = await assemble(`(module
      (import "env" "abort" (func))
      (import "env" "mp_js_write" (func (param i32 i32)))
      (import "env" "emscripten_resize_heap" (func (param i32) (result i32))))`)
    const advice = adviceOn(bytes, PROFILE_1)
    expect(advice).toEqual([expect.stringContaining("It was linked for emscripten's JavaScript")])
  })

  test.each([
    ['an object file', custom('linking', 4), 'It is an object file.'],
    ['a library', custom('dylink.0', 4), 'It is a library for dynamic linking.'],
  ])('%s', async (_, section, said) => {
    const bytes = Buffer.concat([await assemble('(module (import "env" "x" (func)))'), section])
    expect(adviceOn(bytes, PROFILE_1)[0]).toContain(said)
  })

  describe('that are too large', () => {
    const small = { ...PROFILE_1, limits: { ...PROFILE_1.limits, moduleBytes: 5_000, totalBytes: 2_000_000 } }
    const large = { ...PROFILE_1, limits: { ...PROFILE_1.limits, totalBytes: 2_000_000 } }
    const debug = custom('.debug_info', 3_100_000)

    test('as a whole are advised to strip sections', () => {
      expect(adviceOn(Buffer.concat([JSON_WASM, debug]), large)).toEqual([
        'Strip it (wasm-strip FILE, strip = true in Cargo.toml, or without -g): 3.1 MB of it are debug sections, which never run. ' +
          'The rest has 10 kB.',
      ])
      expect(adviceOn(Buffer.concat([JSON_WASM, custom('x', 2.7e6), debug]), large)[0]).toContain(
        'The rest has 2.7 MB, which is still too much',
      )
      expect(adviceOn(Buffer.concat([JSON_WASM, custom('x', 2.7e6)]), large)[0]).toMatch(
        /^It has 2\.7 MB\. Compile it for size/,
      )
    })

    test('without custom sections are not advised to strip them', () => {
      expect(adviceOn(JSON_WASM, small)[0]).toMatch(/^It has 10 kB\. Compile it for size/)
      expect(adviceOn(Buffer.concat([JSON_WASM, custom('x', 1e6)]), small)[0]).toMatch(
        /^It has 10 kB without its custom sections\./,
      )
    })
  })

  test.each([
    ['threads', '(module (memory 1 1 shared))', 'without -pthread'],
    ['exceptions', '(module (tag))', '-fno-exceptions'],
  ])('that use %s', async (_, text, said) => {
    expect(adviceOn(await assemble(text), PROFILE_1)[0]).toContain(said)
  })
})
