import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Call, FileCall, Value } from '../expected.ts'

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The eight bytes of a double, little-endian. */
export function f64(value: number): Uint8Array {
  return new Uint8Array(new Float64Array([value]).buffer)
}

/** The bytes of floats of four bytes each, little-endian. */
export function f32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer)
}

/** The bytes of integers of four bytes each, little-endian. */
export function u32s(values: readonly number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(values).buffer)
}

/** The first `length` bytes of a fixed sequence that is not regular. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => (state = (state * 16807) % 2147483647) >> 8)
}

/** A file of `inputs/`. */
export function input(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../inputs/${name}`, import.meta.url)))
}

/** A call with a file of `inputs/` whose answer is known. */
export function fileCall(fun: string, name: string, answer: Uint8Array): FileCall {
  const sha256 = createHash('sha256').update(answer).digest('hex')
  return { fun, files: [`inputs/${name}`], bytes: answer.length, sha256 }
}

/** A call in the `bytes` ABI. */
export function bytesCall(fun: string, params: readonly Uint8Array[], ok: Uint8Array): Call {
  return { fun, params, ok }
}

/** A call in the `core` ABI. */
export function coreCall(fun: string, params: readonly Value[], ...ok: readonly Value[]): Call {
  return { fun, params, ok }
}
