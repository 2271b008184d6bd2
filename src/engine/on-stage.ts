import { Fault } from '../base/fault.ts'
import { messageOf } from '../base/realms.ts'
import { optionalFunction } from '../base/usage.ts'
import type { Stage } from './preparer.ts'

/** A callback for the stages of preparing a module. */
export type OnStage = ((stage: Stage) => void) | undefined

/**
 * Wraps the callback of a caller, so that an error that it throws becomes the fault `bad-usage` of the caller's job. Throws
 * Fault('bad-usage') if it is no function.
 */
export function givenOnStage(onStage: OnStage): OnStage {
  if (optionalFunction(onStage, 'onStage') === undefined) return undefined
  return stage => {
    try {
      onStage!(stage)
    } catch (error) {
      throw new Fault('bad-usage', `onStage has thrown an error: ${messageOf(error)}`, { argument: 'onStage' }, error)
    }
  }
}
