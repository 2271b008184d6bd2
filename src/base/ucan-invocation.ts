/**
 * The form of all invocations of UCAN 1.0.0-rc.1:
 *
 *   [ signature,
 *     { h: Bytes, "ucan/inv@1.0.0-rc.1":
 *       { iss: DID, sub: DID, aud?: DID, cmd, args: { … }, prf: [link], meta?: { … }, nonce: Bytes,
 *         exp: time | null, iat?: time, cause?: link } } ]
 *
 * Source: https://github.com/ucan-wg/invocation
 */
import { fieldIn } from './field.ts'
import { did, links, listOf, mapOf, openMap } from './marked-shape.ts'
import type { MarkedMap, MarkedValue } from './marked-value.ts'
import { bytes, integer, link, Misfit, text } from './shape.ts'

/** The key of the payload. It names the type and the version. */
export const INVOCATION_TAG = 'ucan/inv@1.0.0-rc.1'

/** The path of the payload. */
export const PAYLOAD_FIELD = fieldIn('[1]', INVOCATION_TAG)

/** The latest time that UCAN can represent, in seconds. Its integers have 53 bits. */
const MAX_TIME = 2n ** 53n - 1n

/** An invocation whose fields have the right types. Its signature and its proofs are not verified. */
export interface Invocation {
  /** The signature, at the path `[0]`. */
  readonly signature: Uint8Array
  /** The varsig header, at the path `[1].h`. */
  readonly header: Uint8Array
  /** The fields of the payload. Their paths begin with `PAYLOAD_FIELD`. */
  readonly payload: MarkedMap
}

/**
 * Reads an invocation.
 *
 * @throws Misfit with the path of the part that does not fit
 */
export function readInvocation(value: MarkedValue): Invocation {
  const parts = listOf(value, '')
  if (parts.length !== 2) throw new Misfit('', 'a list of a signature and a payload')
  const signature = bytes(parts[0], '[0]')
  const { h, [INVOCATION_TAG]: inner } = mapOf(parts[1], '[1]', ['h', INVOCATION_TAG])
  const header = bytes(h, '[1].h')
  const payload = mapOf(
    inner,
    PAYLOAD_FIELD,
    ['iss', 'sub', 'cmd', 'args', 'prf', 'nonce', 'exp'],
    ['aud', 'meta', 'iat', 'cause'],
  )
  for (const [key, check] of Object.entries(KINDS))
    if (payload[key] !== undefined) check(payload[key], fieldIn(PAYLOAD_FIELD, key))
  return { signature, header, payload }
}

const KINDS: Readonly<Record<string, (value: MarkedValue, field: string) => unknown>> = {
  iss: did,
  sub: did,
  aud: did,
  cmd: text,
  args: openMap,
  prf: links,
  nonce: bytes,
  exp: (value, field) => value === null || time(value, field),
  iat: time,
  meta: openMap,
  cause: link,
}

function time(value: MarkedValue, field: string): bigint {
  return integer(value, field, 0n, MAX_TIME)
}
