/** Advice on stderr after a `run` that ended in a rejection or a trap. */
import type { Callable } from '../abi/guest.ts'
import type { Profile } from '../interface-profile.ts'
import type { Out, Rejection, RunLimits, Task } from '../interface.ts'
import type { Context } from './context.ts'
import { grouped } from './output.ts'
import { functionType, signature } from '../words/signature.ts'

/** A task that was run, with its module and limits. */
export interface Ran {
  readonly task: Task
  readonly limits: RunLimits
  readonly profile: Profile
  /** The module's exports; undefined if it was rejected. */
  readonly module: Callable | undefined
  readonly bytes: Uint8Array
  readonly file: string | undefined
}

export async function adviseOn({ output }: Context, out: Out, ran: Ran): Promise<void> {
  if ('ok' in out) return
  const lines = out.error.kind === 'rejection' ? await onRejection(out.error, ran) : await onTrap(out.error.code, ran)
  for (const line of lines) output.note(line)
}

async function onRejection(
  { code, subject }: Rejection,
  { module, task, bytes, file, profile }: Ran,
): Promise<readonly string[]> {
  if (code === 'limit' && subject === 'pages')
    return ['The module starts with more memory than --pages allows. Give it more.']
  if (module !== undefined) return code === 'no-such-function' ? onFunction(module, task.args, subject) : []
  const [{ admit }, { adviceOn }] = await Promise.all([
    import('../admission/admit.ts'),
    import('../admission/advice.ts'),
  ])
  const admission = admit(bytes, profile)
  const denied = admission.imports.find(
    ({ import: entry }) => code === 'import' && `${entry.module}.${entry.name}` === subject,
  )
  return [
    ...(denied === undefined ? [] : [`It is not granted, because ${denied.reason}.`]),
    ...adviceOn(bytes, profile, admission),
    `All that was found in the module: ipvm-wasm inspect ${file ?? task.args.mod}`,
  ]
}

function onFunction(module: Callable, { fun, abi }: Task['args'], subject: string | undefined): readonly string[] {
  const type = functionType(module, fun)
  if (type !== undefined && subject === fun)
    return [`The module exports ${fun} as ${signature(type)}, which the ABI ${abi} cannot call. Choose another --abi.`]
  if (type !== undefined) return [`The ABI ${abi} needs the module to export ${subject ?? ''}.`]
  const functions = module.exports.filter(
    ({ kind, name }) => kind === 'function' && functionType(module, name) !== undefined,
  )
  if (functions.length === 0) return ['The module exports no functions that can be called.']
  return ['It exports:', ...functions.map(({ name, index }) => `  ${name} ${signature(module.functions[index]!)}`)]
}

async function onTrap(code: string, { bytes, profile, limits }: Ran): Promise<readonly string[]> {
  if (code !== 'out-of-gas') return []
  const [{ admit }, { instantiationGas }] = await Promise.all([
    import('../admission/admit.ts'),
    import('../engine/instantiation-gas.ts'),
  ])
  const { admitted } = admit(bytes, profile)
  if (admitted === undefined) return []
  const price = instantiationGas(admitted.module, profile)
  const starting = `Starting this module alone costs ${grouped(price)} gas`
  return price > limits.gas
    ? [`${starting}, which is more than --gas ${grouped(limits.gas)} allows. The call itself needs some in addition.`]
    : [`${starting}. The other ${grouped(limits.gas - price)} were not enough for the call: give more with --gas.`]
}
