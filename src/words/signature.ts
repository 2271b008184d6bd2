/** Functions of a module as people read them, and the ABIs that fit them. */
import { exportedFunction, exportsFunction, exportsMemory, isRejection } from '../abi/lookup.ts'
import type { Callable } from '../abi/guest.ts'
import { I32, I64, typeName, type FunctionType, type ValueType } from '../wasm/types.ts'

/** The type of an exported function; undefined if the module has none with this name, or it cannot be called. */
export function functionType(module: Callable, fun: string): FunctionType | undefined {
  const found = exportedFunction(module, fun)
  return isRejection(found) ? undefined : found
}

/** A function type as text, such as `(i32, i32) → i64`. */
export function signature({ params, results }: FunctionType): string {
  const list = (types: readonly ValueType[]): string => `(${types.map(typeName).join(', ')})`
  return `${list(params)} → ${results.length === 1 ? typeName(results[0]!) : list(results)}`
}

/** True if a function and its module follow the convention of the `bytes` ABI. */
export function takesBytes(module: Callable, { params, results }: FunctionType): boolean {
  const answers = results.length === 0 || (results.length === 1 && results[0] === I64)
  const pairs = params.length % 2 === 0 && params.every(param => param === I32)
  return (
    answers &&
    pairs &&
    exportsMemory(module, 'memory') &&
    exportsFunction(module, 'ipvm_alloc', { params: [I32], results: [I32] })
  )
}

/** True if the module looks like AssemblyScript: it exports the runtime by which strings and arrays cross. */
export function isAssemblyScript(module: Callable): boolean {
  return module.exports.some(({ name, kind }) => name === '__new' && kind === 'function')
}
