/** What a call of a function of WASI costs beyond the call of an import that does nothing. */
import { Computer } from './built.ts'
import { TABLE } from '../../src/host/wasi/table.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { interleave, type Turns } from '../measure.ts'
import { round } from '../stats.ts'

export interface CallRow {
  readonly name: string
  /** Nanoseconds of a call of the function, and of one of an import that does nothing. */
  readonly ns: number
  readonly bareNs: number
}

/** A kind of call: the function, and its parameters in text. The descriptor 4 is a file that has bytes. */
export const KINDS: readonly (readonly [name: string, fun: string, ...params: string[]])[] = [
  ['fd_write, a byte to the standard output', 'fd_write', 'i32 1', 'i32 0', 'i32 1', 'i32 8'],
  ['fd_write, a byte to a file', 'fd_write', 'i32 4', 'i32 0', 'i32 1', 'i32 8'],
  ['fd_read, a byte of a file', 'fd_read', 'i32 4', 'i32 0', 'i32 1', 'i32 8'],
  ['fd_seek', 'fd_seek', 'i32 4', 'i64 5', 'i32 0', 'i32 8'],
  ['clock_time_get', 'clock_time_get', 'i32 0', 'i64 0', 'i32 8'],
  ['path_filestat_get', 'path_filestat_get', 'i32 3', 'i32 0', 'i32 32', 'i32 1', 'i32 64'],
]

/** Bytes of the file, in pieces. */
const PIECES = 4
const PIECE = 50_000

const importOf = (fun: string): string => {
  const { type } = TABLE.find(({ name }) => name === fun)!
  const [params] = type.split(':') as [string]
  const types = [...params].map(letter => (letter === 'I' ? 'i64' : 'i32')).join(' ')
  return `(import "wasi_snapshot_preview1" "${fun}" (func $${fun} (param ${types}) (result i32)))`
}

export function watOf(fun: string, params: readonly string[]): string {
  const value = (param: string): string => `(${param.replace(' ', '.const ')})`
  const write = `(drop (call $fd_write (i32.const 4) (i32.const 16) (i32.const 1) (i32.const 8)))`
  return `(module ${[...new Set(['path_open', 'fd_write', 'fd_seek', fun])].map(importOf).join(' ')}
    (memory (export "memory") 1)
    ;; A buffer of one byte, one of many, and a path.
    (data (i32.const 0) "\\1c\\00\\00\\00\\01\\00\\00\\00")
    (data (i32.const 16) "\\00\\01\\00\\00\\50\\c3\\00\\00") (data (i32.const 32) "a")
    (func (export "f") (param $n i32) (result i32) (local $errors i32)
      (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 1) (i64.const 66)
        (i64.const 0) (i32.const 0) (i32.const 8)))
      ${write.repeat(PIECES)}
      (drop (call $fd_seek (i32.const 4) (i64.const 0) (i32.const 0) (i32.const 8)))
      (block (loop
        (br_if 1 (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $errors (i32.add (local.get $errors) (call $${fun} ${params.map(value).join(' ')})))
        (br 0)))
      (local.get $errors)))`
}

const LIMITS = { gas: 10n ** 13n, pages: 10 } as const

/** `calls` are made in each run, up to the bytes of the file. */
export async function measureCalls(calls: number, turns: Turns): Promise<CallRow[]> {
  if (calls > PIECES * PIECE) throw new Error('the file has fewer bytes')
  const rows: CallRow[] = []
  for (const [name, fun, ...params] of KINDS) {
    const module = await assemble(watOf(fun, params))
    const computer = new Computer('fast')
    const ours = async (count: number): Promise<number> => {
      const job = { key: fun, module, profile: PROFILE_1_VIRTUAL, fun: 'f', abi: 'core', limits: LIMITS }
      const start = performance.now()
      const { out } = await computer.compute({ ...job, args: [BigInt(count)] })
      const ms = performance.now() - start
      if (!('ok' in out) || String(out.ok) !== '0') throw new Error(`${name}: ${JSON.stringify(out, textOfBigint)}`)
      return ms
    }
    const compiled = new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)
    const nothing = Object.fromEntries(TABLE.map(row => [row.name, () => 0]))
    const bare = (count: number): number => {
      const { exports } = new WebAssembly.Instance(compiled, { wasi_snapshot_preview1: nothing })
      const start = performance.now()
      ;(exports['f'] as (n: number) => number)(count)
      return performance.now() - start
    }
    const measured = await interleave(
      [
        { name: 'bare', run: () => bare(calls) },
        { name: 'ours', run: () => ours(calls) },
        { name: 'no calls', run: () => ours(0) },
      ],
      turns,
    )
    const ms = (of: string): number => measured.get(of)!.ms.median
    const perCall = (of: number): number => round((of / calls) * 1e6)
    rows.push({ name, ns: perCall(ms('ours') - ms('no calls')), bareNs: perCall(ms('bare')) })
  }
  return rows
}

function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
