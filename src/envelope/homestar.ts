/**
 * Reads receipts of homestar 0.2, which have no signature (ENV-9):
 *
 *   { ran: link, out: ["ok" | "error" | "just", Any], meta: Any, iss: DID | null, prf: [link] }
 *
 * Source: https://github.com/ipvm-wg/homestar, homestar-invocation/src/receipt.rs
 */
import { did, links, listOf, mapOf } from '../base/marked-shape.ts'
import type { MarkedValue } from '../base/marked-value.ts'
import { link, Misfit, oneOf } from '../base/shape.ts'
import type { Envelope, EnvelopeOut } from './envelope.ts'

/**
 * Reads the value of a receipt.
 *
 * @throws Misfit with the path of the field that does not fit
 */
export function readHomestar(value: MarkedValue): Omit<Envelope, 'form' | 'cid' | 'bytes'> {
  const { ran, out, iss, prf } = mapOf(value, '', ['ran', 'out', 'meta', 'iss', 'prf'])
  if (iss !== null) did(iss, 'iss')
  links(prf, 'prf')
  return { signer: null, ran: link(ran, 'ran'), out: outcome(out), vouchers: [] }
}

function outcome(value: MarkedValue | undefined): EnvelopeOut {
  const parts = listOf(value, 'out')
  if (parts.length !== 2) throw new Misfit('out', 'a list of a word and a value')
  const [word, inner] = [oneOf(parts[0], 'out[0]', ['ok', 'error', 'just'] as const), parts[1]!]
  return word === 'error' ? { error: inner } : { ok: inner }
}
