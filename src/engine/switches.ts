/** Loading binaryen under switches of V8, in a process that is ours alone: they hold for all of its threads. */
import { setFlagsFromString } from 'node:v8'
import { loadBinaryen } from '../instrument/binaryen/port.ts'

/** Switches of V8, as on its command line. Plain data. */
export interface Switches {
  /** Those that hold while binaryen is loaded, and what undoes them. */
  readonly during: readonly string[]
  readonly afterwards: readonly string[]
}

/** Loads binaryen under the switches, and undoes them. It never fails: whoever needs binaryen meets the fault. */
export async function loadUnder({ during, afterwards }: Switches): Promise<void> {
  turn(during)
  await loadBinaryen().catch(() => {})
  turn(afterwards)
}

function turn(switches: readonly string[]): void {
  try {
    for (const each of switches) setFlagsFromString(each)
  } catch {
    // An engine that is not V8 loads it as it does.
  }
}
