import { bytesIn, depthOf } from '../base/measure.ts'
import type { Limits } from '../interface-profile.ts'
import type { Rejection } from '../interface.ts'
import { parseAbi } from '../task/abi-name.ts'
import { prepareAssemblyScript } from './assemblyscript.ts'
import { prepareBytes } from './bytes.ts'
import { prepareCore } from './core.ts'
import { reject, type Argument, type Call, type Callable } from './guest.ts'
import type { Links } from './links.ts'
import { prepareWasi } from './wasi.ts'
import { INITIALIZE, isReactor, isRejection } from './lookup.ts'

/**
 * Checks a call by the ABI that the task names. Returns the call, or the rejection of it. A call of a reactor calls
 * `_initialize` first, unless the task itself calls `_initialize` (docs/spec/gas.md, GAS-21).
 *
 * The profile's limit on the depth of parameters is checked first, so ABIs need not handle deeper ones. The limit on
 * their size is checked last, when all sizes are known (docs/spec/receipt.md, RECEIPT-21).
 */
export function prepareCall(
  module: Callable,
  { abi, fun, args, links }: AskedCall,
  { valueBytes, valueDepth }: Pick<Limits, 'valueBytes' | 'valueDepth'>,
): Call | Rejection {
  if (args.some(arg => depthOf(arg) > valueDepth)) return reject('bad-arguments', 'valueDepth')
  const call = prepareInAbi(module, abi, fun, args, links)
  if (isRejection(call)) return call
  if ((sizeOfAll(args, call.links, links) ?? 0) > valueBytes) return reject('bad-arguments', 'valueBytes')
  if (fun === INITIALIZE || !isReactor(module)) return call
  return {
    ...call,
    invoke: guest => {
      guest.call(INITIALIZE)
      return call.invoke(guest)
    },
  }
}

/** A call as the task states it, and the contents of its links that are known so far. */
export interface AskedCall {
  readonly abi: string
  readonly fun: string
  readonly args: readonly Argument[]
  readonly links: Links
}

function prepareInAbi(
  module: Callable,
  abi: string,
  fun: string,
  args: readonly Argument[],
  links: Links,
): Call | Rejection {
  const parsed = parseAbi(abi)
  switch (parsed.name) {
    case 'core':
      return prepareCore(module, fun, args, links)
    case 'bytes':
      return prepareBytes(module, fun, args, links)
    case 'wasi':
      return prepareWasi(module, fun, args, links)
    case 'assemblyscript':
      return prepareAssemblyScript(parsed, module, fun, args, links)
  }
}

/**
 * The bytes of all parameters (PROFILE-21), including links that are read as bytes; undefined while the size of one is
 * unknown.
 */
function sizeOfAll(args: readonly Argument[], read: Call['links'], links: Links): number | undefined {
  const sizes = [...args.map(bytesIn), ...read.map(link => links.sizeOf(link))]
  return sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0)
}
