/** Generated modules on the host's engine as they are: no gas, no bounds, no canonical NaN. */
import { F32, F64, I32, I64, V128, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import type { Value } from '../oracle/interpret.ts'
import { argumentOf, hash, hex, line, type Subject } from './seen.ts'
import { body, list, name, type as typeEntry, u32, wasm, type Bytes } from '../wasm/bytes.ts'

export interface Bare {
  readonly out: string
  readonly logs: string
  readonly globals: string
  readonly memory: string
}

/** Calls a function. Throws what the engine throws when it traps. */
export function seenBare(subject: Subject, fun: string, args: readonly Value[]): Bare {
  const { bytes, types, profile } = subject
  const logged: number[] = []
  let memory: WebAssembly.Memory | undefined
  const log = (at: number, length: number): void => {
    const room = Math.max(0, Math.min(length, profile.limits.logBytes - logged.length))
    for (const byte of new Uint8Array(memory?.buffer ?? new ArrayBuffer(0)).subarray(at, at + room)) logged.push(byte)
  }
  const stop = (): never => {
    throw new WebAssembly.RuntimeError('an import that traps')
  }
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  const { exports } = new WebAssembly.Instance(module, { ipvm: { log }, env: { abort: stop, now: stop } })
  memory = exports['memory'] as WebAssembly.Memory | undefined
  const reactor = !types.has('_start') && isInitializer(types.get('_initialize'))
  if (reactor && fun !== '_initialize') (exports['_initialize'] as () => void)()
  const out = callThrough(exports[fun] as () => unknown, types.get(fun)!, args)
  const globals = subject.integers.map(key => `${key}=${String((exports[key] as WebAssembly.Global).value)}`)
  return {
    out: line(out),
    logs: hex(Uint8Array.from(logged)),
    globals: globals.join(' '),
    memory: hash(new Uint8Array(memory?.buffer ?? new ArrayBuffer(0))),
  }
}

function isInitializer(type: FunctionType | undefined): boolean {
  return type?.params.length === 0 && type.results.length === 0
}

// ── Bits across the border ──────────────────────────────────────────────────────────────────────────────────────────

/**
 * Calls a function by way of another module, which moves bits between the function and its own memory: 16 bytes a
 * value.
 */
function callThrough(fun: () => unknown, type: FunctionType, args: readonly Value[]): (bigint | Uint8Array)[] {
  const shim = new WebAssembly.Module(shimOf(type) as Uint8Array<ArrayBuffer>)
  const { exports } = new WebAssembly.Instance(shim, { guest: { f: fun } })
  const { buffer } = exports['m'] as WebAssembly.Memory
  type.params.forEach((param, i) => {
    const bits = argumentOf(param, args[i]!)
    if (bits instanceof Uint8Array) new Uint8Array(buffer).set(bits, 16 * i)
    else new DataView(buffer).setBigInt64(16 * i, bits, true)
  })
  ;(exports['call'] as () => void)()
  return type.results.map((result, i) => {
    if (result === I32) return BigInt(new DataView(buffer).getInt32(16 * i, true))
    if (result === I64) return new DataView(buffer).getBigInt64(16 * i, true)
    return new Uint8Array(buffer.slice(16 * i, 16 * i + SIZES[result as typeof F32]))
  })
}

const SIZES = { [F32]: 4, [F64]: 8, [V128]: 16 } as const
const LOADS: Readonly<Record<number, readonly number[]>> = {
  [I32]: [0x28],
  [I64]: [0x29],
  [F32]: [0x2a],
  [F64]: [0x2b],
  [V128]: [0xfd, 0],
}
const STORES: Readonly<Record<number, readonly number[]>> = {
  [I32]: [0x36],
  [I64]: [0x37],
  [F32]: [0x38],
  [F64]: [0x39],
  [V128]: [0xfd, 11],
}

/**
 * A module that imports a function of the type as `guest.f`. Its `call` loads the arguments from its memory `m`, 16 bytes a value,
 * calls, and stores the results there.
 */
export function shimOf({ params, results }: FunctionType): Uint8Array {
  const access = (codes: typeof LOADS, of: ValueType): Bytes => [codes[of]!, 0, 0]
  const code = [
    params.map((of, i) => [constant(16 * i), access(LOADS, of)]),
    0x10,
    0,
    results.map((_, i) => [0x21, u32(i)]).reverse(),
    results.map((of, i) => [constant(16 * i), 0x20, u32(i), access(STORES, of)]),
  ]
  return wasm(
    list(1, typeEntry(params, results), typeEntry([], [])),
    list(2, [name('guest'), name('f'), 0, 0]),
    list(3, 1),
    list(5, [0, 1]),
    list(7, [name('call'), 0, 1], [name('m'), 2, 0]),
    list(
      10,
      body(
        code,
        results.map(of => [1, of] as const),
      ),
    ),
  )
}

/** `i32.const` of a number from 0 to 8191. */
function constant(value: number): number[] {
  return [0x41, (value & 0x7f) | 0x80, value >> 7]
}
