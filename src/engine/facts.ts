/** What is kept of a module's admission beside its instrumented code, so that a run need not admit it again. */
import type { Callable } from '../abi/guest.ts'
import type { ResultLimits } from '../base/measure.ts'
import type { Grant, Limits, ScaledPrice } from '../interface-profile.ts'
import type { Rejection, TrapCode } from '../interface.ts'
import { shortType, typeOf } from '../wasm/types.ts'

/** All that a run has to know of an admitted module and its profile. */
export interface Facts {
  readonly callable: Callable
  /** Pages that its memory starts with; 0 if it has none. */
  readonly pages: number
  /** Gas that preparing it costs (docs/spec/gas.md, GAS-4). */
  readonly price: bigint
  /** The trap that writing its segments raises, if one does. */
  readonly segments: TrapCode | undefined
  /** The profile's price of the host's work. */
  readonly host: ScaledPrice
  /** The grants of its imports, each once. */
  readonly imports: readonly Grant[]
  /** The profile's limits on what crosses in a run. */
  readonly limits: CrossingLimits
}

/** Limits on the logs, the parameters and the result of a run. */
export type CrossingLimits = ResultLimits & Pick<Limits, 'logBytes'>

/** The exports with the functions and globals that they name, and without all others. */
export function callableOf(module: Callable): Callable {
  const functions = new Chosen(module.functions)
  const globals = new Chosen(module.globals)
  const exports = module.exports.map(({ name, kind, index }) => {
    if (kind === 'function') return { name, kind, index: functions.place(index) }
    return { name, kind, index: kind === 'global' ? globals.place(index) : index }
  })
  return { exports, functions: functions.items, globals: globals.items }
}

/** Some items of a list, each once, in a list of their own. */
class Chosen<T> {
  readonly items: T[] = []
  readonly #all: readonly T[]
  readonly #places = new Map<number, number>()

  constructor(all: readonly T[]) {
    this.#all = all
  }

  /** Where the item of that index stands in the list. */
  place(index: number): number {
    const found = this.#places.get(index)
    if (found !== undefined) return found
    this.#places.set(index, this.items.length)
    return this.items.push(this.#all[index]!) - 1
  }
}

// ── Bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Facts and instrumented code in one array: the length of the facts, 4 bytes little-endian, the facts as JSON, the code. A
 * rejection has no code.
 */
export function encodePrepared(judged: Facts | Rejection, code: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify('kind' in judged ? judged : written(judged)))
  const bytes = new Uint8Array(4 + head.length + code.length)
  new DataView(bytes.buffer).setUint32(0, head.length, true)
  bytes.set(head, 4)
  bytes.set(code, 4 + head.length)
  return bytes
}

/** The inverse of `encodePrepared`, for bytes of its making; the code is a view of them, and absent for a rejection. */
export function decodePrepared(bytes: Uint8Array): { readonly judged: Facts | Rejection; readonly code?: Uint8Array } {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))) as Written | Rejection
  if ('kind' in head) return { judged: head }
  const { callable, price, ...rest } = head
  const functions = callable.functions.map(typeOf)
  return { judged: { ...rest, price: BigInt(price), callable: { ...callable, functions } }, code: bytes.subarray(end) }
}

function written(facts: Facts): Written {
  const { callable, price } = facts
  return { ...facts, price: String(price), callable: { ...callable, functions: callable.functions.map(shortType) } }
}

type Written = Omit<Facts, 'price' | 'callable'> & {
  readonly price: string
  readonly callable: Omit<Callable, 'functions'> & { readonly functions: readonly string[] }
}
