/** What admission says about a module, as evidence for its safety class. */
import type { CID } from 'multiformats/cid'
import { admit, rejectionOf } from '../admission/admit.ts'
import { Fault } from '../base/fault.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../profile/virtual.ts'
import type { ModuleEvidence } from '../task/classify.ts'
import { MAX_FILE_BYTES, type Context } from './context.ts'

/** The result of admission, under the profile `pure` or else `virtual`. Undefined if the module cannot be loaded: then the class is not proved. */
export async function evidenceOf(context: Context, module: CID): Promise<ModuleEvidence | undefined> {
  try {
    const bytes = await context.loadFile(module, MAX_FILE_BYTES)
    const { admitted, findings } = admit(bytes, PROFILE_1)
    if (admitted !== undefined) return { admitted: true }
    const isVirtual = admit(bytes, PROFILE_1_VIRTUAL).admitted !== undefined
    return isVirtual ? { admitted: true, profile: PROFILE_1_VIRTUAL.id } : { rejection: rejectionOf(findings) }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'block-missing') throw error
    context.output.note(
      `The module ${module} is not in the store, so its class cannot be proved. Add it, or give a --gateway to fetch it from.`,
    )
    return undefined
  }
}
