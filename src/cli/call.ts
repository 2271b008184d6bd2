/** The call that a command line asks for: of a function, or of a program. */
import type { Callable } from '../abi/guest.ts'
import { START } from '../abi/wasi.ts'
import type { Profile } from '../interface-profile.ts'
import { formatAbi } from '../task/abi-name.ts'
import type { TaskInput } from '../task/task.ts'
import type { Ran } from './advice.ts'
import type { Context } from './context.ts'
import { loadParams, readCall } from './params.ts'
import {
  isProgram,
  programParams,
  requireNoParts,
  requireNoProgramOptions,
  type ProgramOptions,
} from './program-call.ts'
import { UsageError } from './usage.ts'

/** The options of `run` that are part of a call. */
interface CallOptions extends ProgramOptions {
  readonly abi?: string
  readonly params?: string
}

/** The call that a command line asks for. Throws UsageError. */
export async function callOf(
  context: Context,
  { module, bytes, profile }: Pick<Ran, 'module' | 'bytes' | 'profile'>,
  fun: string | undefined,
  typed: readonly string[],
  options: CallOptions,
): Promise<Omit<TaskInput, 'mod'>> {
  const abi = options.abi?.trim()
  const whole = options.params !== undefined
  const rejected = module === undefined
  // The call of a rejected module gives the rejection, as that of a program if it names no function.
  const program =
    isProgram(module, options) || (rejected && (fun === undefined || isProgram(await validModule(bytes, profile), {})))
  if (abi === 'wasi' || (abi === undefined && !whole && program)) {
    if (whole) requireNoParts(options)
    const params = whole
      ? (await (await readCall(context, typed, options))(module, START, context)).params
      : await programParams(context, fun === undefined ? [] : [fun, ...typed], options)
    return { fun: START, abi: 'wasi', params }
  }
  requireNoProgramOptions(options)
  if (fun === undefined) throw new UsageError(...missingFunction(module))
  const { abi: chosen, params } = await (await readCall(context, typed, options))(module, fun, context)
  await loadParams(context, params)
  return { fun, params, abi: formatAbi(chosen) }
}

/** A module that may be rejected for its imports, and whose exports are known nevertheless; undefined if it is not valid. */
async function validModule(bytes: Uint8Array, { features, limits }: Profile): Promise<Callable | undefined> {
  const { validate } = await import('../wasm/validate.ts')
  return validate(bytes, { features: new Set(features), limits }).module
}

/** That no function was named, and which there are. */
function missingFunction(module: Callable | undefined): [string, ...string[]] {
  const names = (module?.exports ?? []).filter(({ kind }) => kind === 'function').map(({ name }) => name)
  const few = names.slice(0, 10).join(', ')
  return [
    'name a function of the module',
    ...(names.length === 0 ? [] : [`it exports ${few}${names.length > 10 ? ', …' : ''}`]),
  ]
}
