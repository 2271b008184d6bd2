/**
 * Reads values of unknown form. Each function returns its argument with a type, or throws a `Misfit` that names the
 * field. `orFault` turns these errors, and those of the dag-cbor decoder, into faults.
 */
import { CID } from 'multiformats/cid'
import { Fault, type FaultCode } from './fault.ts'
import { shortageOf } from './host-fault.ts'
import { fieldIn } from './field.ts'
import { Misfit } from './misfit.ts'
import { isBytes, isError, plain } from './realms.ts'
import { toInteger } from './value.ts'

export { Misfit } from './misfit.ts'
export { toInteger } from './value.ts'

/**
 * Returns what `read` returns. An error of `read` becomes Fault(`code`), with the field in its detail and a message
 * that begins "not ‹what›". Faults are passed on. If the host ran out of memory or stack, this is a fault `host-memory`
 * or `host-stack`.
 */
export function orFault<T>(code: FaultCode, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Fault || !isError(error)) throw error
    // Only errors of the engine, such as RangeError, say something about the host. Our own errors may quote the value
    // that was read.
    const shortage = error instanceof RangeError ? shortageOf(error) : undefined
    if (shortage !== undefined) throw shortage
    const field = error instanceof Misfit ? error.field : ''
    throw new Fault(code, `not ${what}: ${error.message}`, { field }, error)
  }
}

/**
 * A map that has all `required` keys, may have the `optional` ones, and has no others. A key with the value `undefined`
 * is absent.
 */
export function record(
  value: unknown,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Misfit(field, 'a map')
  const present = Object.keys(value).filter(key => value[key] !== undefined)
  for (const key of required) if (!present.includes(key)) throw new Misfit(fieldIn(field, key), 'present')
  for (const key of present) {
    if (!required.includes(key) && !optional.includes(key)) throw new Misfit(fieldIn(field, key), 'absent')
  }
  return value
}

/** True if a value is a map: an object, but not a list, a typed array or a CID. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    CID.asCID(value) === null
  )
}

/** A list. */
export function list(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misfit(field, 'a list')
  return value
}

/** Text. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new Misfit(field, 'text')
  return value
}

/** One of the `known` texts. */
export function oneOf<T extends string>(value: unknown, field: string, known: readonly T[]): T {
  const found = known.find(item => item === value)
  if (found === undefined) throw new Misfit(field, known.length === 1 ? `"${known[0]}"` : `one of ${known.join(', ')}`)
  return found
}

/** A boolean. */
export function truth(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new Misfit(field, 'true or false')
  return value
}

/** A byte string, as a plain `Uint8Array`. */
export function bytes(value: unknown, field: string): Uint8Array {
  if (!isBytes(value)) throw new Misfit(field, 'a byte string')
  return plain(value)
}

/** A CID. */
export function link(value: unknown, field: string): CID {
  const cid = CID.asCID(value)
  if (cid === null)
    throw new Misfit(
      field,
      typeof value === 'string' ? 'a CID, and it is text (parseCid turns text into a CID)' : 'a link',
    )
  return cid
}

/** An integer from `low` to `high`, given as a bigint or as a number that represents it exactly. */
export function integer(value: unknown, field: string, low: bigint, high: bigint): bigint {
  const whole = toInteger(value)
  if (whole === null || whole < low || whole > high) throw new Misfit(field, `an integer from ${low} to ${high}`)
  return whole
}
