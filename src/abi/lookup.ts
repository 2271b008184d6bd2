import type { Rejection } from '../interface.ts'
import { isReference, type FunctionType } from '../wasm/types.ts'
import { reject, type Callable } from './guest.ts'

/**
 * The type of an exported function that can be called from outside. Rejects (`no-such-function`) a name that is not
 * exported, an export that is not a function, and a function whose type contains references.
 */
export function exportedFunction(module: Callable, name: string): FunctionType | Rejection {
  const entry = module.exports.find(e => e.kind === 'function' && e.name === name)
  const type = entry && module.functions[entry.index]!
  if (type === undefined || type.params.some(isReference) || type.results.some(isReference))
    return reject('no-such-function', name)
  return type
}

/** Returns true if the module exports a function of that name with exactly that type. */
export function exportsFunction(module: Callable, name: string, type: FunctionType): boolean {
  const found = exportedFunction(module, name)
  return !isRejection(found) && sameTypes(found.params, type.params) && sameTypes(found.results, type.results)
}

/** The function that initializes a reactor. Source: the application ABI of WASI. */
export const INITIALIZE = '_initialize'

/**
 * Returns true if a module is a reactor: it exports `_initialize: () → ()`, and no function `_start`. Its other
 * functions may only be called after `_initialize`.
 */
export function isReactor(module: Callable): boolean {
  const isCommand = module.exports.some(e => e.kind === 'function' && e.name === '_start')
  return !isCommand && exportsFunction(module, INITIALIZE, { params: [], results: [] })
}

/** Returns true if the module exports its memory under that name. */
export function exportsMemory(module: Callable, name: string): boolean {
  return module.exports.some(e => e.kind === 'memory' && e.name === name)
}

export function isRejection(value: object): value is Rejection {
  return 'kind' in value && value.kind === 'rejection'
}

function sameTypes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
