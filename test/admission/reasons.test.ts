import { describe, expect, test } from 'vitest'
import { WASI as NodeWasi } from 'node:wasi'
import { C, EMSCRIPTEN, GO, ASSEMBLYSCRIPT, WASI } from '../../src/admission/known-imports.ts'
import { explain } from '../../src/admission/reasons.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Import } from '../../src/wasm/module.ts'

const imported = (module: string, name: string, kind: Import['kind'] = 'function'): Import =>
  ({ module, name, kind, offset: 0, type: undefined }) as Import
const reasonOf = (module: string, name: string): string => explain(imported(module, name), undefined).reason
const adviceOf = (module: string, name: string): string | undefined => explain(imported(module, name), undefined).advice

const UNKNOWN = 'the profile does not provide it'
const CLOCK = 'a clock gives another answer each time'
const RANDOMNESS = 'randomness gives another answer each time'

describe('imports that only resemble known ones', () => {
  test.each([
    ['env', 'update'],
    ['env', 'validate'],
    ['env', 'planet'],
    ['env', 'awaited_sum'],
    ['profile', 'x'],
    ['env', 'runtime_alloc'],
    ['env', 'clock_time_get'],
    ['env', 'Clock'],
    ['clock', 'x'],
    ['wasi_snapshot_preview1', 'clock_time_get2'],
    ['wasi_snapshot_preview2', 'random_get'],
    ['wasi_unstable', 'sock_accept'],
    ['wasi:clocks/monotonic', 'now'],
    ['wasi:clocks', 'now'],
    ['gojs', 'runtime.wasm'],
    ['env', 'invoke_'],
    ['env', 'invoke_update'],
    ['env', 'constructor'],
    ['constructor', '__proto__'],
    ['', ''],
    ['a', 'abc'],
  ])('%s.%s is not one', (module, name) => expect(reasonOf(module, name)).toBe(UNKNOWN))
})

describe('known imports', () => {
  test.each([
    ['gojs', 'runtime.wasmWrite', 'the profile takes output through ipvm.log alone'],
    ['gojs', 'runtime.walltime', CLOCK],
    ['env', 'emscripten_date_now', CLOCK],
    ['env', 'Date.now', CLOCK],
    ['env', 'seed', RANDOMNESS],
    ['wasi:random/random@0.2.3', 'get-random-u64', RANDOMNESS],
    ['wasi:clocks/wall-clock@0.2.0', 'now', CLOCK],
    ['wasi:clocks/wall-clock', 'now', CLOCK],
    ['wasi:http/types@0.2.0', '[constructor]fields', 'the network is no part of the task'],
    ['wbg', '__wbg_now_69d776cd24f5215b', CLOCK],
    ['__wbindgen_placeholder__', '__wbg_getRandomValues_1c61fac11405ffdc', RANDOMNESS],
    ['./glue_bg.js', '__wbindgen_throw', 'it calls JavaScript, which could do anything'],
    ['env', 'invoke_vii', 'it unwinds the stack through JavaScript'],
    ['env', 'malloc', 'it is code that was not linked into the module'],
    ['env', '__getrandom_v03_custom', RANDOMNESS],
    ['wasi', 'thread-spawn', 'threads have no fixed order'],
    ['wasi_unstable', 'fd_write', "the host's files are no part of the task"],
  ])('%s.%s: %s', (module, name, reason) => expect(reasonOf(module, name)).toBe(reason))

  test('the table of WASI has the functions of an engine', () => {
    const { wasiImport } = new NodeWasi({ version: 'preview1' })
    expect(Object.values(WASI).flat().sort()).toEqual(Object.keys(wasiImport).sort())
    expect(Object.values(WASI).flat()).toHaveLength(46)
  })

  test.each(Object.entries({ C, EMSCRIPTEN, GO, ASSEMBLYSCRIPT, WASI }))('%s has no name twice', (_, names) => {
    const all = Object.values(names).flat()
    expect(all.length).toBe(new Set(all).size)
  })
})

describe('advice for an import', () => {
  test.each([
    ['wasi_snapshot_preview1', 'fd_write', '-nostdlib'],
    ['wasi:cli/stdout@0.2.0', 'get-stdout', 'wasm32-freestanding'],
    ['wasi', 'thread-spawn', 'without -pthread'],
    ['env', 'seed', 'asc --use seed='],
    ['env', 'console.log', 'ipvm.log'],
    ['env', 'emscripten_resize_heap', 'emcc -sSTANDALONE_WASM'],
    ['env', 'emscripten_notify_memory_growth', 'without -sALLOW_MEMORY_GROWTH'],
    ['env', '__cxa_throw', '-fno-exceptions'],
    ['env', '__assert_fail', '-DNDEBUG'],
    ['a', 'b', 'emcc -sSTANDALONE_WASM'],
    ['gojs', 'runtime.wasmExit', 'tinygo build -target=wasm-unknown'],
    ['wbg', '__wbindgen_throw', '#[no_mangle]'],
    ['env', 'mystery', '-Wl,--allow-undefined'],
  ])('from %s.%s: %s', (module, name, said) => expect(adviceOf(module, name)).toContain(said))

  test('of an unknown module has no advice', () => expect(adviceOf('mystery', 'x')).toBeUndefined())

  test.each([
    ['memory', '--import-memory'],
    ['table', '--import-table'],
    ['global', '-sSIDE_MODULE'],
  ] as const)('from a %s', (kind, said) => {
    expect(explain(imported('env', 'x', kind), undefined).advice).toContain(said)
  })

  test('with another type than the granted one names the granted type', () => {
    const grant = PROFILE_1.grants.find(({ name }) => name === 'log')
    expect(explain(imported('ipvm', 'log'), grant)).toEqual({
      reason: 'it is granted with another type: (i32, i32) → ()',
      advice: 'Declare ipvm.log as (i32, i32) → ().',
    })
  })
})
