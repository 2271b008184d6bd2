import { INITIALIZE } from '../abi/lookup.ts'
import type { Inspection } from './inspection.ts'

/** Describes the kind of a module (a reactor or a command) by its exports; undefined if calls do not depend on it. */
export function describeKind({ reactor, exports }: Inspection): string | undefined {
  if (reactor) return 'a reactor: `_initialize` runs first, before every call'
  const typeOf = (wanted: string): string | undefined =>
    exports?.find(({ name, kind }) => name === wanted && kind === 'function')?.type
  const initialize = typeOf(INITIALIZE)
  if (typeOf('_start') !== undefined) {
    const alone = 'a command: `_start` is its whole program'
    return initialize === undefined ? alone : `${alone}, and \`${INITIALIZE}\` does not run before other calls`
  }
  if (initialize === undefined) return undefined
  return `no reactor: \`${INITIALIZE}\` is ${initialize} instead of () → (), and does not run before other calls`
}
