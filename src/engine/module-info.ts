/** Module info, which is kept besides the instrumented code of a module, so that a run need not admit the module again. */
import type { Callable } from '../abi/guest.ts'
import type { ResultLimits } from '../base/measure.ts'
import type { Grant, Limits, ScaledPrice } from '../interface-profile.ts'
import type { Rejection, TrapCode } from '../interface.ts'
import { shortType, typeOf } from '../wasm/types.ts'

/** What a run needs to know of an admitted module and its profile. */
export interface ModuleInfo {
  readonly callable: Callable
  /** The initial number of pages of its memory; 0 if it has none. */
  readonly pages: number
  /** The price of its preparation, in gas (docs/spec/gas.md, GAS-4). */
  readonly price: bigint
  /** The trap that instantiation raises because an active segment is out of bounds; undefined if none is. */
  readonly segments: TrapCode | undefined
  /** The profile's price for the host's work. */
  readonly host: ScaledPrice
  /** The grants of its imports, without repetitions. */
  readonly imports: readonly Grant[]
  /** The profile's limits on parameters, results, logs and files. */
  readonly limits: CrossingLimits
}

/** Limits on the logs, the parameters, the result and the files of a run. */
export type CrossingLimits = ResultLimits & Pick<Limits, 'logBytes' | 'fileBytes'>

/** The exports of a module, with the functions and globals that they refer to and no others. Indices are renumbered. */
export function callableOf(module: Callable): Callable {
  const functions = new Selection(module.functions)
  const globals = new Selection(module.globals)
  const exports = module.exports.map(({ name, kind, index }) => {
    if (kind === 'function') return { name, kind, index: functions.indexOf(index) }
    return { name, kind, index: kind === 'global' ? globals.indexOf(index) : index }
  })
  return { exports, functions: functions.items, globals: globals.items }
}

/** Selects items of a list, each once, and numbers them in the order of selection. */
class Selection<T> {
  readonly items: T[] = []
  readonly #all: readonly T[]
  readonly #indices = new Map<number, number>()

  constructor(all: readonly T[]) {
    this.#all = all
  }

  /** The new index of the item with an old index, which is selected if it was not yet. */
  indexOf(index: number): number {
    const found = this.#indices.get(index)
    if (found !== undefined) return found
    this.#indices.set(index, this.items.length)
    return this.items.push(this.#all[index]!) - 1
  }
}

// ── Bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Encodes module info and instrumented code as bytes: the length of the module info in 4 bytes, little-endian; the module info
 * as JSON; the code. For a rejected module, the rejection stands in the place of the module info, without code.
 */
export function encodePrepared(info: ModuleInfo | Rejection, code: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify('kind' in info ? info : written(info)))
  const bytes = new Uint8Array(4 + head.length + code.length)
  new DataView(bytes.buffer).setUint32(0, head.length, true)
  bytes.set(head, 4)
  bytes.set(code, 4 + head.length)
  return bytes
}

/** The inverse of `encodePrepared`. The code is a view of the bytes, and absent for a rejection. */
export function decodePrepared(bytes: Uint8Array): {
  readonly info: ModuleInfo | Rejection
  readonly code?: Uint8Array
} {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))) as Written | Rejection
  if ('kind' in head) return { info: head }
  const { callable, price, ...rest } = head
  const functions = callable.functions.map(typeOf)
  return { info: { ...rest, price: BigInt(price), callable: { ...callable, functions } }, code: bytes.subarray(end) }
}

function written(info: ModuleInfo): Written {
  const { callable, price } = info
  return { ...info, price: String(price), callable: { ...callable, functions: callable.functions.map(shortType) } }
}

type Written = Omit<ModuleInfo, 'price' | 'callable'> & {
  readonly price: string
  readonly callable: Omit<Callable, 'functions'> & { readonly functions: readonly string[] }
}
