/** Calls of fixtures on the host's engine as it is: no admission, no gas, no canonical NaN. */
import { instantiate } from '@assemblyscript/loader'
import type { Value } from './expected.ts'
import type { Letter, Signature } from './signature.ts'
import { signatures } from './signature.ts'
import { assemble } from './wat.ts'

/** How a value type crosses into the shim: always as integers, so that JavaScript never touches a float. */
const CARRIERS: Readonly<Record<Letter, readonly string[]>> = {
  i32: ['i32'], i64: ['i64'], f32: ['i32'], f64: ['i64'], v128: ['i64', 'i64'], ref: [],
}

const SIZES: Readonly<Record<Letter, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16, ref: 0 }

function pushParam(type: Letter, at: number): string {
  if (type === 'f32') return `(f32.reinterpret_i32 (local.get ${at}))`
  if (type === 'f64') return `(f64.reinterpret_i64 (local.get ${at}))`
  if (type !== 'v128') return `(local.get ${at})`
  return `(i64x2.replace_lane 1 (i64x2.splat (local.get ${at})) (local.get ${at + 1}))`
}

/** A module that imports the function and exports one of integers that leaves the results in memory, 16 bytes each. */
function shimText({ params, results }: Signature): string {
  const carriers = params.flatMap(type => CARRIERS[type])
  let at = 0
  const pushes = params.map(type => {
    at += CARRIERS[type].length
    return pushParam(type, at - CARRIERS[type].length)
  })
  const local = (i: number): string => `$result${i}`
  return `(module
    (import "guest" "f" (func $f (param ${params.join(' ')}) (result ${results.join(' ')})))
    (memory (export "results") 1)
    (func (export "call") (param ${carriers.join(' ')}) ${results.map((t, i) => `(local ${local(i)} ${t})`).join(' ')}
      ${pushes.join('\n')}
      call $f
      ${results.map((_, i) => `local.set ${local(i)}`).reverse().join('\n')}
      ${results.map((t, i) => `(${t}.store (i32.const ${16 * i}) (local.get ${local(i)}))`).join('\n')}))`
}

function carry(type: Letter, value: Value): (number | bigint)[] {
  if (type === 'i32') return [Number(value)]
  if (type === 'i64') return [value as bigint]
  const bytes = value as Uint8Array
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (type === 'f32') return [view.getInt32(0, true)]
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigInt64(8 * i, true))
}

function instance(bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Exports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), imports)
  // A reactor's constructors come before everything else.
  if (exports['_start'] === undefined) (exports['_initialize'] as (() => void) | undefined)?.()
  return exports
}

/** The `core` ABI: integers as bigint, floats and vectors as their bytes. Traps are thrown by the engine. */
export async function callCore(
  bytes: Uint8Array, fun: string, params: readonly Value[], imports: WebAssembly.Imports = {},
): Promise<Value[]> {
  const signature = signatures(bytes).get(fun)
  if (signature === undefined) throw new Error(`no function ${fun}`)
  const guest = instance(bytes, imports)
  const shim = instance(await assemble(shimText(signature)), { guest: { f: guest[fun]! } })
  const call = shim['call'] as (...args: (number | bigint)[]) => void
  call(...signature.params.flatMap((type, i) => carry(type, params[i]!)))
  const memory = (shim['results'] as WebAssembly.Memory).buffer
  return signature.results.map((type, i) => {
    if (type === 'i32') return BigInt(new DataView(memory).getInt32(16 * i, true))
    if (type === 'i64') return new DataView(memory).getBigInt64(16 * i, true)
    return new Uint8Array(memory.slice(16 * i, 16 * i + SIZES[type]))
  })
}

/** The `bytes` ABI: byte strings in, one byte string out. */
export async function callBytes(bytes: Uint8Array, fun: string, params: readonly Uint8Array[]): Promise<Uint8Array> {
  const exports = instance(bytes, {})
  const memory = exports['memory'] as WebAssembly.Memory
  const alloc = exports['ipvm_alloc'] as (len: number) => number
  const pairs = params.flatMap(param => {
    const at = alloc(param.length) >>> 0
    new Uint8Array(memory.buffer).set(param, at)
    return [at, param.length]
  })
  const answer = BigInt.asUintN(64, (exports[fun] as (...args: number[]) => bigint | undefined)(...pairs) ?? 0n)
  const [at, len] = [Number(answer >> 32n), Number(answer & 0xffffffffn)]
  return new Uint8Array(memory.buffer.slice(at, at + len))
}

interface Loaded extends Record<string, unknown> {
  __new(size: number, id: number): number
  __pin(at: number): number
  __newString(text: string): number
  __newArrayBuffer(buffer: ArrayBuffer): number
  __newArray(id: number, values: ArrayBufferView): number
  __getString(at: number): string
  __getArrayBuffer(at: number): ArrayBuffer
  __getArrayView(at: number): ArrayBufferView
}

const ARRAYS = { Uint8Array, Int32Array, Float64Array } as const

function lower(guest: Loaded, type: string, value: Value): unknown {
  if (type === 'string') return guest.__pin(guest.__newString(value as string))
  if (type === 'i64' || type === 'u64') return value
  if (!(value instanceof Uint8Array)) return Number(value)
  const copy = value.slice().buffer
  if (type === 'f64') return new DataView(copy).getFloat64(0, true)
  if (type === 'f32') return new DataView(copy).getFloat32(0, true)
  if (type === 'ArrayBuffer') return guest.__pin(guest.__newArrayBuffer(copy))
  const id = guest[`${type}_ID`] as WebAssembly.Global
  return guest.__pin(guest.__newArray(id.value as number, new ARRAYS[type as keyof typeof ARRAYS](copy)))
}

function lift(guest: Loaded, type: string, raw: unknown): Value {
  if (type === 'void') return null
  if (type === 'string') return guest.__getString(raw as number)
  if (type === 'ArrayBuffer') return new Uint8Array(guest.__getArrayBuffer(raw as number).slice(0))
  if (type === 'f64') return new Uint8Array(new Float64Array([raw as number]).buffer)
  if (type === 'f32') return new Uint8Array(new Float32Array([raw as number]).buffer)
  if (type === 'u32') return BigInt((raw as number) >>> 0)
  if (!type.endsWith('Array')) return BigInt(raw as number | bigint)
  const view = guest.__getArrayView(raw as number)
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer)
}

/** The `assemblyscript(…)->…` ABIs, through the loader: text as text, arrays and buffers as their bytes. */
export async function callAssemblyScript(
  bytes: Uint8Array, abi: string, fun: string, params: readonly Value[],
): Promise<Value> {
  const [, list, result] = /^assemblyscript\((.*)\)->(\w+)$/.exec(abi)!
  const types = list === '' ? [] : list!.split(',')
  const abort = (): never => {
    throw new Error('env.abort')
  }
  const guest = (await instantiate<Loaded>(bytes as Uint8Array<ArrayBuffer>, { env: { abort } })).exports
  const raw = (guest[fun] as (...args: unknown[]) => unknown)(...types.map((type, i) => lower(guest, type, params[i]!)))
  return lift(guest, result!, raw)
}
