/** Loads binaryen under switches of V8. Used only in processes of our own, since switches hold for all threads of a process. */
import { setFlagsFromString } from 'node:v8'
import { loadBinaryen } from '../instrument/binaryen/port.ts'

/** Switches of V8, as on its command line: plain data. */
export interface Switches {
  /** The switches that are set before binaryen is loaded, and those that are set afterwards to undo them. */
  readonly during: readonly string[]
  readonly afterwards: readonly string[]
}

/** Loads binaryen under the switches, and undoes them. It never rejects: code that needs binaryen gets the fault itself. */
export async function loadUnder({ during, afterwards }: Switches): Promise<void> {
  turn(during)
  await loadBinaryen().catch(() => {})
  turn(afterwards)
}

function turn(switches: readonly string[]): void {
  try {
    for (const each of switches) setFlagsFromString(each)
  } catch {
    // The engine is not V8, and has no such switches.
  }
}
