import type { Rejection } from '../interface.ts'
import { parseAbi } from '../task/abi-name.ts'
import { prepareAssemblyScript } from './assemblyscript.ts'
import { prepareBytes } from './bytes.ts'
import { prepareCore } from './core.ts'
import type { Argument, Call, Callable } from './guest.ts'

/** Judges a call by the module and the ABI that the task names: what can be called, or why not. */
export function prepareCall(module: Callable, abi: string, fun: string, params: readonly Argument[]): Call | Rejection {
  const parsed = parseAbi(abi)
  switch (parsed.name) {
    case 'core': return prepareCore(module, fun, params)
    case 'bytes': return prepareBytes(module, fun, params)
    case 'assemblyscript': return prepareAssemblyScript(parsed, module, fun, params)
  }
}
