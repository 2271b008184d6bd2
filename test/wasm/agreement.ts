/** Compares our verdict with that of the engine. */
import { admit, type Admission } from '../../src/admission/admit.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Cursor } from '../../src/wasm/code.ts'
import { OP } from '../../src/wasm/instructions.ts'
import type { Body } from '../../src/wasm/module.ts'
import { engineAccepts, line } from './bytes.ts'

/** The comparison: `both` accept, `neither` accepts, or the reason why only we refuse. */
export type Agreement = 'both' | 'neither' | 'feature' | 'limit' | 'import' | 'reserved-name' | 'lenient'

/** The reasons for which the profile refuses more modules than the standard. */
const STRICTER: readonly string[] = ['feature', 'limit', 'import', 'reserved-name']

/**
 * V8 accepts some modules that the standard does not: longer forms of block types and of the types of nulls, which must
 * have one byte (core spec 5.3.4, 5.4.1); segments that are not active, with elements that are not references (5.5.12);
 * and a select with 257 types, because V8 only reads eight bits of their number (3.3.4).
 */
const LENIENT =
  /^unknown (value|heap) type 0x[89a-f][0-9a-f]$|^reference type expected, |^select of another number of types than one$/

/**
 * Throws if one of the two is wrong: engines must accept every module that we accept, and none that we call malformed
 * or invalid.
 */
export function agreement(bytes: Uint8Array): Agreement {
  return judged(bytes, PROFILE_1).agreement
}

/** The same with a verdict of admission under any profile. */
export function judged(
  bytes: Uint8Array,
  profile: Profile,
): { readonly agreement: Agreement; readonly admission: Admission } {
  const admission = admit(bytes, profile)
  const { admitted, findings } = admission
  const engine = engineAccepts(bytes)
  if (admitted !== undefined) {
    admitted.module.bodies.forEach(body => walk(bytes, body))
    if (engine) return { agreement: 'both', admission }
    throw new Error(`accepted, and the engine refuses: ${Buffer.from(bytes).toString('hex')}`)
  }
  if (!engine) return { agreement: 'neither', admission }
  const broken = findings.find(({ code, detail }) => !STRICTER.includes(code) && !LENIENT.test(detail))
  if (broken !== undefined) {
    throw new Error(`${line(broken)} (${broken.detail}), and the engine accepts: ${Buffer.from(bytes).toString('hex')}`)
  }
  const reason = findings.find(({ code }) => STRICTER.includes(code))
  return { agreement: reason === undefined ? 'lenient' : (reason.code as Agreement), admission }
}

/** Steps through a body like the stages after admission. They must find its end. */
function walk(bytes: Uint8Array, body: Body): void {
  const cursor = new Cursor(bytes, body.code)
  for (let depth = 1; depth > 0;) {
    const { group, code } = cursor.next()
    if (group === 'block' || group === 'loop' || group === 'if') depth++
    else if (code === OP.end) depth--
  }
  if (cursor.pos === body.end) return
  throw new Error(`steps from ${body.code} to ${cursor.pos}, not ${body.end}: ${Buffer.from(bytes).toString('hex')}`)
}
