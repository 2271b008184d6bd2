/** The `--json` form of answers: one dag-json object, in one line. */
import type { Fault } from '../base/fault.ts'

/**
 * A value of the IPLD data model as a line of dag-json: CIDs are links, byte strings are base 64, keys are sorted.
 * Fields that are `undefined` are left out.
 */
export async function toDagJson(value: unknown): Promise<string> {
  // The encoder is loaded only here, since most commands are not called with `--json`.
  const { plainDagJson } = await import('../base/plain-dag-json.ts')
  return plainDagJson(value) ?? (await import('../base/dag-json.ts')).toDagJson(value)
}

/** A fault as JSON: `{fault: {code, message, retryable, whose}}`. */
export function faultObject({ code, whose, retryable, message }: Fault): object {
  return { fault: { code, whose, retryable, message } }
}
