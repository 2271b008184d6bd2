/** Converts words that somebody has typed to the parameters of a task. */
import type { CID } from 'multiformats/cid'
import type { Callable } from '../abi/guest.ts'
import { Fault } from '../base/fault.ts'
import type { BlockSink } from '../content/block.ts'
import { addFile } from '../content/unixfs.ts'
import type { Abortable, Param } from '../interface.ts'
import type { Abi, AsType } from '../task/abi-name.ts'
import { F32, F64, I32, I64, type ValueType } from '../wasm/types.ts'
import { counted, isGiven } from './counts.ts'
import { parseFloat, parseInteger, parseVector } from './literals.ts'
import { functionType, signature } from './signature.ts'

/**
 * A word for a parameter: text as it was typed, bytes such as those of a file, or content that is named by its CID.
 * `text` names it in messages.
 */
export type Word =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly text: string; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly text: string; readonly cid: CID }

/** The greatest size of a byte string in a task. A longer one is stored, and the task links to it. */
export const INLINE_BYTES = 1024

/** Where long parameters are stored. */
export interface Keeper extends Abortable {
  /** The store for byte strings that are too long for a task. */
  readonly store: BlockSink
}

/**
 * Converts words to the parameters of a call under an ABI. Numbers are written as in the text format of WebAssembly. A
 * byte string of more than 1024 bytes is put into the store, and the parameter links to it. If `module` is undefined or
 * lacks the function, the types are unknown, and words are converted by their form: the call is rejected anyway.
 *
 * @throws Fault bad-usage if the words do not fit, with the index of the word in its detail, if it is one; and
 *   store-failed
 */
export async function toParams(
  keeper: Keeper,
  abi: Abi,
  module: Callable | undefined,
  fun: string,
  words: readonly Word[],
): Promise<Param[]> {
  const type = module === undefined ? undefined : functionType(module, fun)
  if (type === undefined) return Promise.all(words.map(word => untyped(keeper, word)))
  if (abi.name === 'wasi') throw misused('a program of WASI has one parameter, a map, and no arguments that are typed')
  const count =
    abi.name === 'core' ? type.params.length : abi.name === 'bytes' ? type.params.length / 2 : abi.params.length
  if (words.length !== count && Number.isInteger(count)) {
    const what = abi.name === 'core' ? signature(type) : `under the ABI ${abi.name}`
    throw misused(`${fun} takes ${counted(count, 'argument')} ${what}, and ${isGiven(words.length)}`)
  }
  const convert = (word: Word, i: number): Promise<Param> => {
    if (abi.name === 'core') return toNumber(type.params[i]!, word, i)
    return abi.name === 'bytes' ? toBytes(keeper, word) : toAssemblyScript(keeper, abi.params[i]!, word, i)
  }
  return Promise.all(words.map((word, i) => explained(word, i, () => convert(word, i))))
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

async function toAssemblyScript(keeper: Keeper, type: AsType, word: Word, index: number): Promise<Param> {
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
      return toBytes(keeper, word)
  }
}

function toBool(text: string): bigint {
  if (text === 'true' || text === '1') return 1n
  if (text === 'false' || text === '0') return 0n
  throw misused(`"${text}" is neither true nor false`)
}

/** Converts a word by its form, for a call that will be rejected. */
async function untyped(keeper: Keeper, word: Word): Promise<Param> {
  if (word.kind !== 'text') return toBytes(keeper, word)
  try {
    return parseInteger(word.text, 64)
  } catch {
    return word.text
  }
}

function requireText(word: Word, index: number, wanted: string): string {
  if (word.kind === 'text') return word.text
  const given = word.kind === 'link' ? 'content' : 'bytes'
  throw misused(`argument ${index + 1} must be ${wanted}, and "${word.text}" stands for ${given}`)
}

function decoded(bytes: Uint8Array, index: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw misused(`argument ${index + 1} must be text, and the bytes are not UTF-8`)
  }
}

/** Adds to the fault of a word that was typed which argument it is about. */
async function explained<T>({ kind }: Word, index: number, convert: () => Promise<T>): Promise<T> {
  try {
    return await convert()
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-usage' || kind !== 'text') throw error
    throw new Fault('bad-usage', `argument ${index + 1}: ${error.message}`, { argument: index }, error)
  }
}

function misused(message: string): Fault {
  return new Fault('bad-usage', message)
}
