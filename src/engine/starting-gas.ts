/** The price of a call's parameters, which is charged before the guest runs. */
import type { Call } from '../abi/guest.ts'
import type { ModuleInfo } from './module-info.ts'

/** The gas for the host's work on all parameters (docs/spec/gas.md, GAS-18). */
export function parameterGas({ host }: Pick<ModuleInfo, 'host'>, { work }: Pick<Call, 'work'>): bigint {
  return work.reduce((sum, bytes) => sum + BigInt(host.flat) + BigInt(host.perUnit) * BigInt(bytes), 0n)
}
