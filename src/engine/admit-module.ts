/** Admission with its result as module info. The preparer imports this file when it has a module to admit, and not before. */
import { admit, rejectionOf, type AdmittedModule } from '../admission/admit.ts'
import type { Profile } from '../interface-profile.ts'
import type { Rejection } from '../interface.ts'
import { instantiationGas, segmentTrap } from './instantiation-gas.ts'
import { callableOf, type CrossingLimits, type ModuleInfo } from './module-info.ts'

/** Admits a module under a profile. Returns its module info or the rejection, and the admitted module if it is one. */
export function admitModule(
  bytes: Uint8Array,
  profile: Profile,
): { info: ModuleInfo | Rejection; admitted: AdmittedModule | undefined } {
  const { admitted, findings } = admit(bytes, profile)
  return { admitted, info: admitted === undefined ? rejectionOf(findings) : moduleInfoOf(admitted) }
}

function moduleInfoOf({ module, profile, imports }: AdmittedModule): ModuleInfo {
  return {
    callable: callableOf(module),
    pages: module.memory?.min ?? 0,
    price: instantiationGas(module, profile),
    segments: segmentTrap(module),
    host: profile.schedule.host,
    imports: [...new Set(imports.flatMap(({ grant }) => grant ?? []))],
    limits: crossingLimits(profile),
  }
}

function crossingLimits({ limits }: Profile): CrossingLimits {
  const { logBytes, fileBytes, valueBytes, valueDepth, inlineBytes, results } = limits
  return { logBytes, fileBytes, valueBytes, valueDepth, inlineBytes, results }
}
