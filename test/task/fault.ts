import { Fault } from '../../src/base/fault.ts'

/**
 * Returns the code, field and message of the fault that `act` throws. Fails if `act` throws nothing or anything else.
 */
export function faultOf(act: () => unknown): { code: string; field: unknown; message: string } {
  try {
    act()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { code: error.code, field: error.detail['field'], message: error.message }
  }
  throw new Error('no fault was thrown')
}
