import type { Rejection } from '../interface.ts'
import { parseAbi } from '../task/abi-name.ts'
import { prepareAssemblyScript } from './assemblyscript.ts'
import { prepareBytes } from './bytes.ts'
import { prepareCore } from './core.ts'
import type { Argument, Call, Callable } from './guest.ts'
import { INITIALIZE, isReactor, isRejection } from './lookup.ts'

/**
 * Judges a call by the module and the ABI that the task names: what can be called, or why not. The call of a reactor
 * initializes it first, unless that is the very call that the task asks for (docs/spec/gas.md, GAS-21).
 */
export function prepareCall(module: Callable, abi: string, fun: string, params: readonly Argument[]): Call | Rejection {
  const call = prepareInAbi(module, abi, fun, params)
  if (isRejection(call) || fun === INITIALIZE || !isReactor(module)) return call
  return {
    ...call,
    invoke: guest => {
      guest.call(INITIALIZE)
      return call.invoke(guest)
    },
  }
}

function prepareInAbi(module: Callable, abi: string, fun: string, params: readonly Argument[]): Call | Rejection {
  const parsed = parseAbi(abi)
  switch (parsed.name) {
    case 'core': return prepareCore(module, fun, params)
    case 'bytes': return prepareBytes(module, fun, params)
    case 'assemblyscript': return prepareAssemblyScript(parsed, module, fun, params)
  }
}
