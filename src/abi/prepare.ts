import type { Rejection } from '../interface.ts'
import { parseAbi } from '../task/abi-name.ts'
import { prepareAssemblyScript } from './assemblyscript.ts'
import { prepareBytes } from './bytes.ts'
import { prepareCore } from './core.ts'
import { reject, sizeOf, type Argument, type Call, type Callable } from './guest.ts'
import { INITIALIZE, isReactor, isRejection } from './lookup.ts'

/**
 * Judges a call by the module and the ABI that the task names: what can be called, or why not. The call of a reactor
 * initializes it first, unless that is the very call that the task asks for (docs/spec/gas.md, GAS-21). `valueBytes` is the
 * profile's limit on the size of all parameters. It is judged last, once all sizes are known (docs/spec/receipt.md, RECEIPT-21).
 */
export function prepareCall(
  module: Callable,
  abi: string,
  fun: string,
  params: readonly Argument[],
  valueBytes: number,
): Call | Rejection {
  const call = prepareInAbi(module, abi, fun, params)
  if (isRejection(call)) return call
  if ((valueSize(params) ?? 0) > valueBytes) return reject('bad-arguments', 'valueBytes')
  if (fun === INITIALIZE || !isReactor(module)) return call
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
    case 'core':
      return prepareCore(module, fun, params)
    case 'bytes':
      return prepareBytes(module, fun, params)
    case 'assemblyscript':
      return prepareAssemblyScript(parsed, module, fun, params)
  }
}

/** Bytes of all parameters, integers not counted (PROFILE-21); undefined as long as that of a link is not known. */
function valueSize(params: readonly Argument[]): number | undefined {
  const sizes = params.map(param => (typeof param === 'bigint' ? 0 : sizeOf(param)))
  return sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0)
}
