/** The parameters of a call: from words, or given whole with `--params`. */
import { CID } from 'multiformats/cid'
import { fromDagJson } from '../base/dag-json.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { readValue } from '../base/links.ts'
import { Misfit } from '../base/misfit.ts'
import type { Callable } from '../abi/guest.ts'
import type { Param } from '../interface.ts'
import type { Abi } from '../task/abi-name.ts'
import { toParams, type Keeper, type Word } from '../words/arguments.ts'
import { isAssemblyScript } from '../words/signature.ts'
import { chooseAbi } from './abi.ts'
import { MAX_FILE_BYTES, type Context } from './context.ts'
import { readInput } from './inputs.ts'
import { UsageError } from './usage.ts'
import { readWords } from './words.ts'

/** The options of a call that say how its parameters are given. */
export interface CallOptions {
  readonly abi?: string
  readonly params?: string
}

/** A call once its module is known, which is absent if it was not admitted. Long parameters go to `keeper`. Throws UsageError. */
export type AskedCall = (
  module: Callable | undefined,
  fun: string,
  keeper: Keeper,
) => Promise<{ readonly abi: Abi; readonly params: readonly Param[] }>

/** Reads what was typed for a call, with all files in it. Throws UsageError. */
export async function readCall(
  context: Context,
  typed: readonly string[],
  { abi: asked, params: whole }: CallOptions,
): Promise<AskedCall> {
  if (whole === undefined) {
    const words = await readWords(context, typed)
    return async (module, fun, keeper) => {
      const abi = chooseAbi(asked, module, fun, words)
      return { abi, params: await paramsOf(keeper, abi, module, fun, words) }
    }
  }
  if (typed.length > 0) throw new UsageError('give the arguments as words or with --params, not both')
  if (asked?.trim() === 'assemblyscript')
    throw new UsageError("with --params, write out the ABI, such as --abi 'assemblyscript(string)->string'")
  const params = await readParams(whole)
  return async (module, fun) => ({ abi: chooseAbi(asked, module, fun, []), params })
}

const AS_ADVICE =
  "The module may be AssemblyScript: strings cross with --abi 'assemblyscript(string)->string', or as its types are."

/** Converts words to parameters, as `toParams` does. Throws UsageError for words that do not fit. */
async function paramsOf(
  keeper: Keeper,
  abi: Abi,
  module: Callable | undefined,
  fun: string,
  words: readonly Word[],
): Promise<Param[]> {
  if (abi.name === 'wasi' && module !== undefined)
    throw new UsageError('what a program is given is said by options: see ipvm-wasm run --help')
  try {
    return await toParams(keeper, abi, module, fun, words)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-usage') throw error
    const isText = abi.name === 'core' && 'argument' in error.detail && module !== undefined && isAssemblyScript(module)
    throw new UsageError(error.message, ...(isText ? [AS_ADVICE] : []))
  }
}

/** Loads the parameters that are given by CID, since they have to be in the store for a run. */
export async function loadParams(context: Context, params: readonly Param[]): Promise<void> {
  for (const param of params) {
    const link = CID.asCID(param)
    if (link !== null) await context.loadFile(link, MAX_FILE_BYTES)
  }
}

/** Where the parameters stand, if that is a file; `-` is standard input. */
export function paramsFile(given: string | undefined): string | undefined {
  return given === '-' ? given : given?.startsWith('@') === true ? given.slice(1) : undefined
}

/** The parameters in a list of dag-json, or in the file `@FILE` that holds one. Throws UsageError with the path of what is no value. */
async function readParams(given: string): Promise<readonly Param[]> {
  const file = paramsFile(given)
  const text = file === undefined ? given : decoded(await readInput(file))
  const list = parsed(text)
  if (!Array.isArray(list)) throw new UsageError('--params takes a list: write [ and ] around the parameters')
  try {
    return list.map((item, i) => readValue(item, fieldIn('params', i), 'as-1'))
  } catch (error) {
    throw error instanceof Misfit ? new UsageError(error.message) : error
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError('--params takes text, and the bytes are not UTF-8')
  }
}

function parsed(text: string): unknown {
  try {
    return fromDagJson(text)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-json') throw error
    throw new UsageError(
      `--params: ${error.message}`,
      `It takes a list in dag-json, such as '[1, "text", {"/": {"bytes": "AQID"}}, {"/": "bafy…"}]'`,
    )
  }
}
