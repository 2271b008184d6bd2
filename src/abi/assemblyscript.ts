/**
 * The `assemblyscript(…)->…` ABI: parameters and results are values of AssemblyScript. The task states their types,
 * because a compiled module does not: an i32 may be a number, or a pointer to a string or an array.
 *
 * The loader makes objects, and calls only the runtime's allocator (`--exportRuntime`). The function itself is called
 * with bits. Guests are not trusted. Each header, class id and length is checked before it is used, and a wrong one is
 * the trap `abi-violation`.
 */
import type { Bits } from '../host/host-call.ts'
import type { PlainValue, Rejection } from '../interface.ts'
import { F32, F64, I32, I64, type ValueType } from '../wasm/types.ts'
import type { Abi, AsType } from '../task/abi-name.ts'
import { attachLoader, type Loader } from './as-loader.ts'
import { toBits } from './core.ts'
import { reject, type Argument, type Call, type Callable, type Guest } from './guest.ts'
import { asBytes, linksAmong, type Links } from './links.ts'
import { exportedFunction, exportsFunction, exportsMemory, isRejection } from './lookup.ts'
import { textOf, utf8LengthOf } from './utf16.ts'

type AsAbi = Extract<Abi, { name: 'assemblyscript' }>

/** The Wasm type that represents each type. Objects are pointers; `element` is the size of an element in bytes. */
// prettier-ignore
const TYPES: Readonly<Record<AsType, { readonly wasm: ValueType; readonly element?: number }>> = {
  i32: { wasm: I32 }, u32: { wasm: I32 }, bool: { wasm: I32 }, i64: { wasm: I64 }, u64: { wasm: I64 }, f32: { wasm: F32 },
  f64: { wasm: F64 }, string: { wasm: I32 }, ArrayBuffer: { wasm: I32, element: 1 }, Int8Array: { wasm: I32, element: 1 },
  Uint8Array: { wasm: I32, element: 1 }, Uint8ClampedArray: { wasm: I32, element: 1 }, Int16Array: { wasm: I32, element: 2 },
  Uint16Array: { wasm: I32, element: 2 }, Int32Array: { wasm: I32, element: 4 }, Uint32Array: { wasm: I32, element: 4 },
  BigInt64Array: { wasm: I32, element: 8 }, BigUint64Array: { wasm: I32, element: 8 }, Float32Array: { wasm: I32, element: 4 },
  Float64Array: { wasm: I32, element: 8 },
}

/**
 * Class ids of the runtime, and sizes of an object's header and of a view, in bytes. Source: AssemblyScript's runtime.
 */
const ARRAYBUFFER_ID = 1
const STRING_ID = 2
const HEADER = 20
const VIEW = 12

/**
 * Bits in the flags of a class: the kind of array, and the size of an element in bytes. Source: AssemblyScript's
 * runtime.
 */
const KIND = 0b111
const VIEW_KIND = 0b001
const ELEMENT_SHIFT = 6
const ELEMENT = 0b11111

/** Checks a call of an AssemblyScript function against the types that the task states. See `PrepareCall`. */
export function prepareAssemblyScript(
  abi: AsAbi,
  module: Callable,
  fun: string,
  params: readonly Argument[],
  links: Links,
): Call | Rejection {
  const type = exportedFunction(module, fun)
  if (isRejection(type)) return type
  const results = abi.result === 'void' ? [] : [TYPES[abi.result].wasm]
  const expected = abi.params.map(param => TYPES[param].wasm)
  if (!same(type.params, expected) || !same(type.results, results)) return reject('no-such-function', fun)
  if (params.length !== expected.length) return reject('bad-arguments', `${expected.length} parameters`)
  const needsRuntime = abi.params.some(isObject) || (abi.result !== 'void' && isObject(abi.result))
  const missing = needsRuntime ? missingRuntime(module) : undefined
  if (missing !== undefined) return reject('no-such-function', missing)
  const values: Marshalled[] = []
  const work: number[] = []
  for (const [i, param] of abi.params.entries()) {
    const value = marshal(module, param, params[i]!, links)
    if (value === undefined) return reject('bad-arguments', `parameter ${i}: ${param}`)
    values.push(value)
    if (isObject(param)) work.push(...objectBytes(params[i]!, links))
  }
  const makesObjects = abi.params.some(isObject)
  return {
    work,
    links: linksAmong(params),
    inputs: () => links.withContents(params),
    invoke: guest =>
      invoke(guest, makesObjects ? attachLoader(guest, typesAt(module) ?? 0) : undefined, fun, abi, values),
  }
}

function invoke(
  guest: Guest,
  loader: Loader | undefined,
  fun: string,
  abi: AsAbi,
  values: readonly Marshalled[],
): PlainValue {
  const pinned: number[] = []
  const bits = values.map(value => ('make' in value ? pin(guest, value.make(guest, loader!), pinned) : value.bits()))
  const [answer] = guest.call(fun, ...bits)
  const result = answer === undefined ? null : unmarshal(guest, abi.result as AsType, answer)
  for (const pointer of pinned) guest.call('__unpin', pointer)
  return result
}

/** Pins an object, so that the guest's garbage collector keeps it while the other parameters are made. */
function pin(guest: Guest, pointer: number, pinned: number[]): number {
  guest.call('__pin', pointer)
  pinned.push(pointer)
  return pointer
}

function missingRuntime(module: Callable): string | undefined {
  if (!exportsMemory(module, 'memory')) return 'memory'
  if (!exportsFunction(module, '__new', { params: [I32, I32], results: [I32] })) return '__new'
  if (!exportsFunction(module, '__pin', { params: [I32], results: [I32] })) return '__pin'
  return exportsFunction(module, '__unpin', { params: [I32], results: [] }) ? undefined : '__unpin'
}

// ── Into the guest ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A parameter that was checked: a function that returns the bits of a number, or one that makes an object and returns
 * its address.
 */
type Marshalled = { readonly bits: () => Bits } | { readonly make: (guest: Guest, loader: Loader) => number }

function marshal(module: Callable, type: AsType, value: Argument, links: Links): Marshalled | undefined {
  if (type === 'string')
    return typeof value === 'string' ? { make: (guest, loader) => newString(guest, loader, value) } : undefined
  const { element, wasm } = TYPES[type]
  if (element === undefined) {
    const number = type === 'bool' && value !== 0n && value !== 1n ? undefined : signed(type, value)
    const bits = number === undefined ? undefined : toBits(wasm, number, links)
    return bits && { bits: () => bits()[0]! }
  }
  const bytes = asBytes(value)
  if (bytes === undefined || (links.sizeOf(bytes) ?? 0) % element !== 0) return undefined
  if (type === 'ArrayBuffer') return { make: guest => newBuffer(guest, links.contentOf(bytes)) }
  const id = constant(module, `${type}_ID`)
  if (id === undefined) return undefined
  const base = typesAt(module)
  return { make: (guest, loader) => newTypedArray(guest, loader, { base, id }, links.contentOf(bytes), element) }
}

/**
 * The size of an object's contents in bytes, as a list; empty if it is not known yet. A code unit of a string takes two
 * bytes.
 */
function objectBytes(value: Argument, links: Links): number[] {
  if (typeof value === 'string') return [2 * value.length]
  const bytes = asBytes(value)
  const size = bytes && links.sizeOf(bytes)
  return size === undefined ? [] : [size]
}

/** Converts an unsigned number to the signed number with the same bits; undefined if it is out of range. */
function signed(type: AsType, value: Argument): Argument | undefined {
  if (typeof value !== 'bigint' || (type !== 'u32' && type !== 'u64')) return value
  const width = type === 'u32' ? 32 : 64
  return BigInt.asUintN(width, value) === value ? BigInt.asIntN(width, value) : undefined
}

/**
 * The value of an immutable global that the module exports. By the loader's convention, modules export the ids of
 * classes like this: `export const Uint8Array_ID = idof<Uint8Array>()`.
 */
function constant(module: Callable, name: string): number | undefined {
  const entry = module.exports.find(e => e.kind === 'global' && e.name === name)
  const global = entry && module.globals[entry.index]!
  return global?.mutable === false ? global.init : undefined
}

/** The address of the runtime's table of types: a count, then a 32-bit word of flags for each class. */
function typesAt(module: Callable): number | undefined {
  return constant(module, '__rtti_base')
}

/** A class of the guest: the address of the table of types, and the index of the class in that table. */
interface ClassId {
  readonly base: number | undefined
  readonly id: number
}

function newString(guest: Guest, loader: Loader, text: string): number {
  const pointer = loader.__newString(text) >>> 0
  if (objectSize(guest, pointer, STRING_ID) !== 2 * text.length) guest.trap('abi-violation')
  return pointer
}

function newBuffer(guest: Guest, bytes: Uint8Array): number {
  const pointer = Number(guest.call('__new', bytes.length, ARRAYBUFFER_ID)[0]) >>> 0
  fill(guest, pointer, bytes)
  return pointer
}

function newTypedArray(guest: Guest, loader: Loader, type: ClassId, bytes: Uint8Array, element: number): number {
  if (!isViewClass(guest, type, element)) guest.trap('abi-violation')
  const pointer = loader.__newArray(type.id, (bytes.length / element) as unknown as number[]) >>> 0
  const { start, length } = view(guest, pointer)
  if (length !== bytes.length) guest.trap('abi-violation')
  fill(guest, start, bytes)
  return pointer
}

/** Writes bytes into memory. Writing them through a float array could change the bits of NaNs. */
function fill(guest: Guest, pointer: number, bytes: Uint8Array): void {
  const memory = guest.memory()
  if (pointer + bytes.length > memory.length) guest.trap('abi-violation')
  memory.set(bytes, pointer)
}

/**
 * Returns true if the runtime's table of types contains the class, and it is a typed array with elements of that size.
 */
function isViewClass(guest: Guest, { base, id }: ClassId, element: number): boolean {
  if (base === undefined || base % 4 !== 0) return false
  const words = new DataView(guest.memory().buffer, guest.memory().byteOffset, guest.memory().length)
  const at = (base >>> 0) + 4 + 4 * (id >>> 0)
  if (at + 4 > words.byteLength || id >>> 0 >= words.getUint32(base >>> 0, true)) return false
  const flags = words.getUint32(at, true)
  return (flags & KIND) === VIEW_KIND && ((flags >>> ELEMENT_SHIFT) & ELEMENT) === element
}

// ── Out of the guest ────────────────────────────────────────────────────────────────────────────────────────────────

function unmarshal(guest: Guest, type: AsType, bits: Bits): PlainValue {
  switch (type) {
    case 'i32':
    case 'i64':
      return BigInt(bits)
    case 'u32':
      return BigInt.asUintN(32, BigInt(bits))
    case 'u64':
      return BigInt.asUintN(64, BigInt(bits))
    case 'bool':
      return Number(bits) === 0 ? 0n : 1n
    case 'f32':
      return floatBytes(BigInt(bits), 4)
    case 'f64':
      return floatBytes(BigInt(bits), 8)
    default:
      break
  }
  const pointer = Number(bits) >>> 0
  if (pointer === 0) return null
  if (type === 'string') return readString(guest, pointer)
  const { start, length } =
    type === 'ArrayBuffer'
      ? { start: pointer, length: objectSize(guest, pointer, ARRAYBUFFER_ID) }
      : view(guest, pointer)
  if (length % TYPES[type].element! !== 0 || length > guest.valueBytes) guest.trap('abi-violation')
  guest.charge(length)
  return guest.memory().slice(start, start + length)
}

/**
 * Reads a string. Text in a receipt is UTF-8, so a lone surrogate is the trap `abi-violation`. The loader is not used,
 * since it decodes by the engine, and drops a byte order mark from the beginning of long strings, but not of short
 * ones.
 */
function readString(guest: Guest, pointer: number): string {
  const size = objectSize(guest, pointer, STRING_ID)
  const units = new DataView(guest.memory().buffer, pointer, size)
  const length = utf8LengthOf(units, guest.valueBytes)
  if (length === undefined || length > guest.valueBytes) guest.trap('abi-violation')
  guest.charge(size)
  return textOf(units)
}

/** The size of an object in bytes. Traps unless its class is `id`, and its header and contents are in the memory. */
function objectSize(guest: Guest, pointer: number, id: number): number {
  const memory = guest.memory()
  if (pointer < HEADER || pointer > memory.length || pointer % 4 !== 0) guest.trap('abi-violation')
  const words = new DataView(memory.buffer)
  const size = words.getUint32(pointer - 4, true)
  const odd = id === STRING_ID && size % 2 !== 0
  if (words.getUint32(pointer - 8, true) !== id || odd || pointer + size > memory.length) guest.trap('abi-violation')
  return size
}

/** The range of bytes that a typed array views. Traps unless it is in the memory. */
function view(guest: Guest, pointer: number): { start: number; length: number } {
  const memory = guest.memory()
  if (pointer < HEADER || pointer + VIEW > memory.length) guest.trap('abi-violation')
  const words = new DataView(memory.buffer)
  const start = words.getUint32(pointer + 4, true)
  const length = words.getUint32(pointer + 8, true)
  if (start + length > memory.length) guest.trap('abi-violation')
  return { start, length }
}

function floatBytes(bits: bigint, size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt.asUintN(64, bits), true)
  return new Uint8Array(view.buffer, 0, size).slice()
}

const isObject = (type: AsType): boolean => type === 'string' || TYPES[type].element !== undefined

function same(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
