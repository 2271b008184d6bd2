import { Fault } from '../../src/base/fault.ts'

/** The fault that `act` throws, as code and field; fails if it throws anything else. */
export function faultOf(act: () => unknown): { code: string; field: unknown; message: string } {
  try {
    act()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { code: error.code, field: error.detail['field'], message: error.message }
  }
  throw new Error('no fault was thrown')
}
