/** Whether a request may write (docs/spec/gateway.md, SERVE-13). */
import { sha256 } from 'multiformats/hashes/sha2'
import { Refusal } from './refusal.ts'

/**
 * Checks the bearer token of a request (RFC 6750).
 *
 * @throws Refusal 403 if nothing can be written here, 401 if the token is missing or wrong
 */
export async function requireToken(request: Request, token: string | undefined): Promise<void> {
  if (token === undefined) throw new Refusal(403, 'nothing can be written here: this gateway has no token')
  const [, given] = /^bearer +([^ ]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (given === undefined) throw unauthorized('Bearer', 'writing takes a token, as in Authorization: Bearer TOKEN')
  if (!(await isSame(given, token))) throw unauthorized('Bearer error="invalid_token"', 'this is not the token')
}

function unauthorized(challenge: string, message: string): Refusal {
  return new Refusal(401, message, { 'WWW-Authenticate': challenge })
}

/**
 * Compares two texts by their hashes, and looks at every byte of these. So the time that it takes says nothing about how much of
 * a guess is right.
 */
async function isSame(one: string, other: string): Promise<boolean> {
  const encoder = new TextEncoder()
  const [a, b] = await Promise.all([one, other].map(text => sha256.encode(encoder.encode(text))))
  return a!.reduce((difference, byte, i) => difference | (byte ^ b![i]!), 0) === 0
}
