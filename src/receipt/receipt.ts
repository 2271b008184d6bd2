/**
 * Receipts: the outcome of a task under a profile and limits. A receipt is a dag-cbor block with a CIDv1 and sha2-256:
 *
 *   { ran: &Task, out: { ok: Value } | { error: Rejection | Trap },
 *     meta: { profile: &Profile, limits: { gas, pages }, gasUsed, peakPages, growRefused, logs?: Bytes | &Bytes } }
 *
 * Re-execution must reproduce the CID, so each outcome has exactly one form. For example, empty `logs` are absent.
 */
import type { CID } from 'multiformats/cid'
import { DAG_CBOR, decodeStrict, encodeStrict, linkOf, SHA2_256 } from '../base/dag-cbor.ts'
import { readValue } from '../base/links.ts'
import { isBytes, plain } from '../base/realms.ts'
import { integer, link, Misfit, oneOf, orFault, record, text, truth } from '../base/shape.ts'
import { fields, givenBytes } from '../base/usage.ts'
import type { Block, Out, Receipt, Rejection, RunLimits, Trap } from '../interface.ts'
import { REJECTION_CODES, TRAP_CODES } from './codes.ts'
import { MAX_GAS, MAX_PAGES } from './limits.ts'

/** The greatest offset in a module, in bytes, that a number represents exactly. */
const MAX_OFFSET = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Encodes a receipt as a block.
 *
 * @throws Fault bad-receipt, with the path of the field, if `decodeReceipt` would refuse the block
 */
export function encodeReceipt(receipt: Receipt): Block {
  const encoded = orFault('bad-receipt', 'a receipt', () => encodeStrict(readReceipt(receipt)))
  return { cid: linkOf(encoded), bytes: encoded }
}

/**
 * Decodes a receipt. The block must be exactly what `encodeReceipt` returns for the receipt, and the fields must agree
 * with one another: for example, `gasUsed` must not exceed the limit.
 *
 * @throws Fault bad-receipt, with the path of the field in its detail
 */
export function decodeReceipt(block: Uint8Array): Receipt {
  const bytes = givenBytes(block, 'the receipt')
  return orFault('bad-receipt', 'a receipt', () => readReceipt(decodeStrict(bytes)))
}

/** Checks limits, and returns them frozen. Throws Fault('bad-limits') unless 0 ≤ gas ≤ 2⁶² and 0 ≤ pages ≤ 65 536. */
export function checkLimits(limits: RunLimits): RunLimits {
  return orFault('bad-limits', 'limits', () => readLimits(limits, 'limits'))
}

/**
 * Checks a receipt that is an argument, and converts its integers to the types in `Receipt`. For example, `fromDagJson`
 * reads small amounts of gas as numbers, and they become bigints.
 *
 * @throws Fault bad-usage for an argument that is not an object; bad-receipt for a field that receipts do not have
 */
export function givenReceipt(value: Receipt, name: string): Receipt {
  fields(value, name)
  return orFault('bad-receipt', 'a receipt', () => readFields(value))
}

/** Returns true if gas ran out. */
export function ranOutOfGas(out: Out): boolean {
  return 'error' in out && out.error.kind === 'trap' && out.error.code === 'out-of-gas'
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function readReceipt(value: unknown): Receipt {
  const receipt = readFields(value)
  assertConsistent(receipt.out, receipt.meta)
  return receipt
}

/** Reads the fields, without checking that they agree with one another. */
function readFields(value: unknown): Receipt {
  const receipt = record(value, '', ['ran', 'out', 'meta'])
  const ran = documentLink(receipt['ran'], 'ran')
  return Object.freeze({ ran, out: readOut(receipt['out']), meta: readMeta(receipt['meta']) })
}

function readMeta(value: unknown): Receipt['meta'] {
  const meta = record(value, 'meta', ['profile', 'limits', 'gasUsed', 'peakPages', 'growRefused'], ['logs'])
  const limits = readLimits(meta['limits'], 'meta.limits')
  const read = {
    profile: documentLink(meta['profile'], 'meta.profile'),
    limits,
    gasUsed: integer(meta['gasUsed'], 'meta.gasUsed', 0n, limits.gas),
    peakPages: Number(integer(meta['peakPages'], 'meta.peakPages', 0n, BigInt(limits.pages))),
    growRefused: truth(meta['growRefused'], 'meta.growRefused'),
  }
  return Object.freeze(meta['logs'] !== undefined ? { ...read, logs: readLogs(meta['logs']) } : read)
}

function readLimits(value: unknown, field: string): RunLimits {
  const limits = record(value, field, ['gas', 'pages'])
  return Object.freeze({
    gas: integer(limits['gas'], `${field}.gas`, 0n, MAX_GAS),
    pages: Number(integer(limits['pages'], `${field}.pages`, 0n, BigInt(MAX_PAGES))),
  })
}

function readLogs(value: unknown): Uint8Array | CID {
  if (!isBytes(value)) return blockLink(value, 'meta.logs')
  if (value.length === 0) throw new Misfit('meta.logs', 'absent if nothing was logged')
  return plain(value)
}

function readOut(value: unknown): Out {
  const out = record(value, 'out', [], ['ok', 'error'])
  if ((out['ok'] === undefined) === (out['error'] === undefined)) throw new Misfit('out', 'a map of either ok or error')
  return Object.freeze(
    out['ok'] !== undefined ? { ok: readValue(out['ok'], 'out.ok', '1') } : { error: readError(out['error']) },
  )
}

function readError(value: unknown): Rejection | Trap {
  const { kind } = record(value, 'out.error', ['kind', 'code'], ['subject', 'offset'])
  if (oneOf(kind, 'out.error.kind', ['rejection', 'trap'] as const) === 'trap') {
    const trap = record(value, 'out.error', ['kind', 'code'])
    return Object.freeze({ kind: 'trap', code: oneOf(trap['code'], 'out.error.code', TRAP_CODES) })
  }
  const rejection = record(value, 'out.error', ['kind', 'code'], ['subject', 'offset'])
  const { subject, offset } = rejection
  return Object.freeze({
    kind: 'rejection',
    code: oneOf(rejection['code'], 'out.error.code', REJECTION_CODES),
    ...(subject === undefined ? {} : { subject: text(subject, 'out.error.subject') }),
    ...(offset === undefined ? {} : { offset: Number(integer(offset, 'out.error.offset', 0n, MAX_OFFSET)) }),
  })
}

/** A link to a task or profile. Only one form of CID is allowed, so that equal receipts have equal bytes. */
function documentLink(value: unknown, field: string): CID {
  const cid = link(value, field)
  const { code, size } = cid.multihash
  if (cid.version !== 1 || cid.code !== DAG_CBOR || code !== SHA2_256 || size !== 32) {
    throw new Misfit(field, 'a CIDv1 of dag-cbor under sha2-256')
  }
  return cid
}

function blockLink(value: unknown, field: string): CID {
  const cid = link(value, field)
  if (cid.version !== 1) throw new Misfit(field, 'a CIDv1')
  return cid
}

// ── Agreement of fields ──────────────────────────────────────────────────────────────────────────────────────

/**
 * A rejected call did not run, so the receipt shows no gas, pages or logs. If gas ran out, the receipt shows neither
 * pages nor logs (docs/spec/gas.md, GAS-3).
 */
function assertConsistent(out: Out, meta: Receipt['meta']): void {
  if (!('error' in out)) return
  const { error } = out
  if (error.kind === 'rejection') {
    if (meta.gasUsed !== 0n) throw new Misfit('meta.gasUsed', '0 for a rejection')
    // Only the rejection `limit` may have `growRefused`: the module's initial memory exceeded the limit on pages.
    if (meta.growRefused && error.code !== 'limit') throw new Misfit('meta.growRefused', `false for ${error.code}`)
    assertNothingVisible(meta, 'for a rejection')
  } else if (error.code === 'out-of-gas') {
    if (meta.gasUsed !== meta.limits.gas) throw new Misfit('meta.gasUsed', 'the limit when gas ran out')
    if (meta.growRefused) throw new Misfit('meta.growRefused', 'false when gas ran out')
    assertNothingVisible(meta, 'when gas ran out')
  }
}

function assertNothingVisible(meta: Receipt['meta'], when: string): void {
  if (meta.peakPages !== 0) throw new Misfit('meta.peakPages', `0 ${when}`)
  if (meta.logs !== undefined) throw new Misfit('meta.logs', `absent ${when}`)
}
