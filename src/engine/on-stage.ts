import { Fault } from '../base/fault.ts'
import { messageOf } from '../base/realms.ts'
import { perhapsFunction } from '../base/usage.ts'
import type { Stage } from './preparer.ts'

/** What is told the stages of a preparation. */
export type OnStage = ((stage: Stage) => void) | undefined

/**
 * The `onStage` of a caller: what it throws is the fault `bad-usage` of that caller's job, and not of the engine, nor an error that
 * nobody catches. Throws Fault('bad-usage') for what is no function.
 */
export function givenOnStage(onStage: OnStage): OnStage {
  if (perhapsFunction(onStage, 'onStage') === undefined) return undefined
  return stage => {
    try {
      onStage!(stage)
    } catch (error) {
      throw new Fault('bad-usage', `onStage has thrown an error: ${messageOf(error)}`, { argument: 'onStage' }, error)
    }
  }
}
