/** Converts words of a command line to the parameters of a task. */
import type { Abi, AsType } from '../task/abi-name.ts'
import { addFile } from '../content/unixfs.ts'
import type { BlockStore, Param } from '../interface.ts'
import type { Callable } from '../abi/guest.ts'
import { F32, F64, I32, I64, type ValueType } from '../wasm/types.ts'
import { functionType, signature } from './abi.ts'
import type { Context } from './context.ts'
import { counted, isGiven } from './output.ts'
import { parseFloat, parseInteger, parseVector } from './literals.ts'
import { UsageError } from './usage.ts'
import type { Word } from './words.ts'

/** The greatest size of a byte string in a task. A longer one is stored, and the task links to it. */
export const INLINE_BYTES = 1024

/** The parts of the context that store long arguments. */
export interface Keeper extends Pick<Context, 'signal'> {
  readonly store: BlockStore
}

const AS_ADVICE =
  "The module may be AssemblyScript: strings cross with --abi 'assemblyscript(string)->string', or as its types are."

/**
 * Converts words to the parameters of a call. If the module was rejected or lacks the function, the types are unknown, and words
 * are converted by their form: the call is rejected anyway. Throws UsageError for words that do not fit.
 */
export async function toParams(
  context: Keeper,
  abi: Abi,
  module: Callable | undefined,
  fun: string,
  words: readonly Word[],
): Promise<Param[]> {
  const type = module === undefined ? undefined : functionType(module, fun)
  if (type === undefined) return Promise.all(words.map(word => untyped(context, word)))
  if (abi.name === 'wasi') throw new UsageError('what a program is given is said by options: see ipvm-wasm run --help')
  const count =
    abi.name === 'core' ? type.params.length : abi.name === 'bytes' ? type.params.length / 2 : abi.params.length
  if (words.length !== count && Number.isInteger(count)) {
    const what = abi.name === 'core' ? signature(type) : `under the ABI ${abi.name}`
    throw new UsageError(`${fun} takes ${counted(count, 'argument')} ${what}, and ${isGiven(words.length)}`)
  }
  const advice = abi.name === 'core' && module!.exports.some(({ name }) => name === '__new') ? [AS_ADVICE] : []
  const convert = (word: Word, i: number): Promise<Param> => {
    if (abi.name === 'core') return toNumber(type.params[i]!, word, i)
    return abi.name === 'bytes' ? toBytes(context, word) : toAssemblyScript(context, abi.params[i]!, word, i)
  }
  return Promise.all(words.map((word, i) => explained(word, i, advice, () => convert(word, i))))
}

/** Converts a word to a number of the `core` ABI. */
async function toNumber(type: ValueType, word: Word, index: number): Promise<Param> {
  const text = requireText(word, index, 'a number')
  switch (type) {
    case I32:
      return parseInteger(text, 32)
    case I64:
      return parseInteger(text, 64)
    case F32:
      return parseFloat(text, 32)
    case F64:
      return parseFloat(text, 64)
    default:
      return parseVector(text)
  }
}

/** Converts a word to a byte string. Text becomes UTF-8, so the task is the same wherever the bytes come from. */
async function toBytes({ store, signal }: Keeper, word: Word): Promise<Param> {
  if (word.kind === 'link') return word.cid
  const bytes = word.kind === 'text' ? new TextEncoder().encode(word.text) : word.bytes
  return bytes.length > INLINE_BYTES ? addFile(store, bytes, { signal }) : bytes
}

async function toAssemblyScript(context: Keeper, type: AsType, word: Word, index: number): Promise<Param> {
  switch (type) {
    case 'string':
      return word.kind === 'bytes' ? decoded(word.bytes, index) : word.text
    case 'bool':
      return toBool(requireText(word, index, 'true or false'))
    case 'i32':
      return parseInteger(requireText(word, index, 'a number'), 32)
    case 'i64':
      return parseInteger(requireText(word, index, 'a number'), 64)
    case 'u32':
      return BigInt.asUintN(32, parseInteger(requireText(word, index, 'a number'), 32))
    case 'u64':
      return BigInt.asUintN(64, parseInteger(requireText(word, index, 'a number'), 64))
    case 'f32':
      return parseFloat(requireText(word, index, 'a number'), 32)
    case 'f64':
      return parseFloat(requireText(word, index, 'a number'), 64)
    default:
      return toBytes(context, word)
  }
}

function toBool(text: string): bigint {
  if (text === 'true' || text === '1') return 1n
  if (text === 'false' || text === '0') return 0n
  throw new UsageError(`"${text}" is neither true nor false`)
}

/** Converts a word by its form, for a call that will be rejected. */
async function untyped(context: Keeper, word: Word): Promise<Param> {
  if (word.kind !== 'text') return toBytes(context, word)
  try {
    return parseInteger(word.text, 64)
  } catch {
    return word.text
  }
}

function requireText(word: Word, index: number, wanted: string): string {
  if (word.kind === 'text') return word.text
  const given = word.kind === 'link' ? 'content' : 'bytes'
  throw new UsageError(`argument ${index + 1} must be ${wanted}, and "${word.text}" stands for ${given}`)
}

function decoded(bytes: Uint8Array, index: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new UsageError(`argument ${index + 1} must be text, and the bytes are not UTF-8`)
  }
}

/** Adds to a UsageError which argument it is about. */
async function explained<T>(
  { kind }: Word,
  index: number,
  advice: readonly string[],
  convert: () => Promise<T>,
): Promise<T> {
  try {
    return await convert()
  } catch (error) {
    if (!(error instanceof UsageError) || kind !== 'text') throw error
    const [what, ...more] = error.lines
    throw new UsageError(`argument ${index + 1}: ${what}`, ...more, ...advice)
  }
}
