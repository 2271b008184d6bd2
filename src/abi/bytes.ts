/**
 * The `bytes` ABI: the parameters are byte strings, and the result is a byte string. It is for guests in C, Rust, Zig
 * or any other language that can export these:
 *
 *     memory                                 the guest's memory
 *     ipvm_alloc(length: i32) → i32          allocates a buffer, which must stay valid until the call returns
 *     ‹function›(pointer: i32, length: i32, …) → i64     takes a pair for each byte string; returns pointer << 32 | length
 *
 * If the function returns nothing, the result is an empty byte string.
 */
import { I32, I64 } from '../wasm/types.ts'
import { utf8Length } from '../base/text.ts'
import type { Link } from '../interface.ts'
import { reject, type Guest, type PrepareCall } from './guest.ts'
import { asBytes, linksAmong } from './links.ts'
import { exportedFunction, exportsFunction, exportsMemory, isRejection } from './lookup.ts'

const ALLOCATE = 'ipvm_alloc'

export const prepareBytes: PrepareCall = (module, fun, params, links) => {
  const type = exportedFunction(module, fun)
  if (isRejection(type)) return type
  const results = type.results.length === 0 || (type.results.length === 1 && type.results[0] === I64)
  if (!results || type.params.some(param => param !== I32) || type.params.length % 2 !== 0)
    return reject('no-such-function', fun)
  if (!exportsMemory(module, 'memory')) return reject('no-such-function', 'memory')
  if (params.length > 0 && !exportsFunction(module, ALLOCATE, { params: [I32], results: [I32] })) {
    return reject('no-such-function', ALLOCATE)
  }
  if (params.length !== type.params.length / 2) return reject('bad-arguments', `${type.params.length / 2} parameters`)
  const values: (Uint8Array | Link | string)[] = []
  for (const [i, param] of params.entries()) {
    const value = typeof param === 'string' ? param : asBytes(param)
    if (value === undefined) return reject('bad-arguments', `parameter ${i}: bytes`)
    values.push(value)
  }
  return {
    work: values.flatMap(value => links.sizeOf(value) ?? []),
    links: linksAmong(params),
    inputs: () => links.withContents(params),
    invoke: guest => {
      const pointers = values.flatMap(value => write(guest, typeof value === 'string' ? value : links.contentOf(value)))
      const [answer] = guest.call(fun, ...pointers)
      if (answer === undefined) return new Uint8Array(0)
      const packed = BigInt.asUintN(64, BigInt(answer))
      return read(guest, Number(packed >> 32n), Number(packed & 0xffffffffn))
    },
  }
}

/** Writes bytes, or text as UTF-8, into a buffer of the guest. Returns the pair of parameters that stands for it. */
function write(guest: Guest, value: Uint8Array | string): readonly [pointer: number, length: number] {
  const length = typeof value === 'string' ? utf8Length(value) : value.length
  const pointer = Number(guest.call(ALLOCATE, length)[0]) >>> 0
  const memory = guest.memory()
  if (pointer + length > memory.length) guest.trap('abi-violation')
  memory.set(typeof value === 'string' ? new TextEncoder().encode(value) : value, pointer)
  return [pointer, length]
}

/**
 * Copies a range of the guest's memory, and charges for it. Traps if it is not in the memory, or is too long for a
 * result.
 */
function read(guest: Guest, pointer: number, length: number): Uint8Array {
  if (pointer + length > guest.memory().length || length > guest.valueBytes) guest.trap('abi-violation')
  guest.charge(length)
  return guest.memory().slice(pointer, pointer + length)
}
