/**
 * Isolates AssemblyScript's loader from the guest.
 *
 * The loader copies every export of a module to one object, and gives some names a meaning. A guest that exports
 * `memory.buffer` or `__newString` would make it throw, or would replace its functions. Therefore the loader gets a
 * facade: a module of ours that re-exports only what the loader needs to make objects. Its functions call the guest by
 * `Guest.call`, so gas is checked after each call, and an exception of the loader is not taken for a trap.
 */
import { instantiateSync, type ASUtil } from '@assemblyscript/loader'
import { compileSmall } from '../base/compile.ts'
import type { Bits } from '../host/host-call.ts'
import type { Guest } from './guest.ts'

export type Loader = Pick<ASUtil, '__newString' | '__newArray'>

/**
 *     (module
 *       (import "g" "m" (memory 0)) (import "g" "n" (func (param i32 i32) (result i32)))
 *       (import "g" "p" (func (param i32) (result i32))) (import "g" "u" (func (param i32))) (import "g" "r" (global i32))
 *       (export "memory" (memory 0)) (export "__new" (func 0)) (export "__pin" (func 1)) (export "__unpin" (func 2))
 *       (export "__rtti_base" (global 0)))
 */
const FACADE = [
  '\x00asm\x01\x00\x00\x00',
  '\x01\x10\x03\x60\x02\x7f\x7f\x01\x7f\x60\x01\x7f\x01\x7f\x60\x01\x7f\x00',
  '\x02\x21\x05\x01g\x01m\x02\x00\x00\x01g\x01n\x00\x00\x01g\x01p\x00\x01\x01g\x01u\x00\x02\x01g\x01r\x03\x7f\x00',
  '\x07\x32\x05\x06memory\x02\x00\x05__new\x00\x00\x05__pin\x00\x01\x07__unpin\x00\x02\x0b__rtti_base\x03\x00',
].join('')

/** Compiled and instantiated synchronously. Browsers allow this on the main thread for a module of that size. */
let compiled: WebAssembly.Module | undefined

/**
 * The loader for a guest that exports its memory, and the functions of the runtime with the right types. `typesAt` is
 * the address of the runtime's table of types.
 */
export function attachLoader(guest: Guest, typesAt: number): Loader {
  compiled ??= compileSmall(Uint8Array.from(FACADE, letter => letter.charCodeAt(0)))
  const through =
    (name: string) =>
    (...params: readonly Bits[]): Bits | undefined =>
      guest.call(name, ...params)[0]
  const passed = {
    m: guest.memoryObject!,
    n: through('__new'),
    p: through('__pin'),
    u: through('__unpin'),
    r: new WebAssembly.Global({ value: 'i32' }, typesAt),
  }
  return instantiateSync(compiled, { g: passed } as Parameters<typeof instantiateSync>[1]).exports as unknown as Loader
}
