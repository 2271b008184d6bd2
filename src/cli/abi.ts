/** Chooses the ABI when a task is made. The task states the whole ABI, so that nothing is guessed when it runs. */
import { Fault } from '../base/fault.ts'
import { parseAbi, type Abi, type AsType } from '../task/abi-name.ts'
import type { Callable } from '../abi/guest.ts'
import { F32, F64, I32, I64, V128, type FunctionType, type ValueType } from '../wasm/types.ts'
import type { Word } from '../words/arguments.ts'
import { counted, isGiven } from '../words/counts.ts'
import { wholeNumber } from '../words/literals.ts'
import { functionType, signature, takesBytes } from '../words/signature.ts'
import { UsageError } from './usage.ts'

/**
 * The ABI of a call of `fun`: the one that the user named. If the user named none, it is `bytes` if the module follows that
 * convention, and otherwise `core`. The types of `assemblyscript` are derived from the arguments and the function's type. `module`
 * is undefined if it was rejected. Throws UsageError, with what to type, if only the author can know the types.
 */
export function chooseAbi(
  asked: string | undefined,
  module: Callable | undefined,
  fun: string,
  words: readonly Word[],
): Abi {
  const name = asked?.replaceAll(/\s/g, '')
  const type = module === undefined ? undefined : functionType(module, fun)
  if (name === undefined)
    return { name: module !== undefined && type !== undefined && takesBytes(module, type) ? 'bytes' : 'core' }
  if (name === 'assemblyscript') return completeAbi(module, fun, type, words)
  try {
    return parseAbi(name)
  } catch (error) {
    throw error instanceof Fault ? new UsageError(error.message) : error
  }
}

// ── AssemblyScript ──────────────────────────────────────────────────────────────────────────────────────────────────

/** The usual types of AssemblyScript that an i32 result may be. */
const RESULTS_OF_I32: readonly AsType[] = ['i32', 'u32', 'bool', 'string', 'ArrayBuffer', 'Uint8Array']

function completeAbi(
  module: Callable | undefined,
  fun: string,
  type: FunctionType | undefined,
  words: readonly Word[],
): Abi {
  // The call will be rejected, so the types do not matter.
  if (module === undefined || type === undefined) return { name: 'assemblyscript', params: [], result: 'void' }
  if (type.params.includes(V128) || type.results.includes(V128))
    throw new UsageError(`${fun} takes or gives vectors: use --abi core`)
  if (words.length !== type.params.length) {
    throw new UsageError(
      `${fun} takes ${counted(type.params.length, 'argument')} ${signature(type)}, and ${isGiven(words.length)}`,
    )
  }
  const params = type.params.map((param, i) => guessParam(module, param, words[i]!))
  const [result] = type.results
  if (result !== I32)
    return { name: 'assemblyscript', params, result: result === undefined ? 'void' : numberName(result) }
  const guess = params.includes('string') ? 'string' : 'i32'
  const others = RESULTS_OF_I32.filter(name => name !== guess).join(', ')
  throw new UsageError(
    `the module does not tell what ${fun} gives back: a number and a string look alike. Say it, for a ${guess}:`,
    `  --abi 'assemblyscript(${params.join(',')})->${guess}'`,
    `or another type in its place: ${others}, …`,
  )
}

function guessParam(module: Callable, type: ValueType, word: Word): AsType {
  if (type !== I32) return numberName(type)
  if (word.kind !== 'text')
    return module.exports.some(({ name }) => name === 'Uint8Array_ID') ? 'Uint8Array' : 'ArrayBuffer'
  return wholeNumber(word.text) === undefined ? 'string' : 'i32'
}

function numberName(type: ValueType): AsType {
  return type === I64 ? 'i64' : type === F32 ? 'f32' : type === F64 ? 'f64' : 'i32'
}
