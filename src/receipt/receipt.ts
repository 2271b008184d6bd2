/**
 * Receipts: what came out of a task under a profile and limits. A dag-cbor block, CIDv1, sha2-256:
 *
 *   { ran: &Task, out: { ok: Value } | { error: Rejection | Trap },
 *     meta: { profile: &Profile, limits: { gas, pages }, gasUsed, peakPages, growRefused, logs?: Bytes | &Bytes } }
 *
 * Re-execution reproduces the CID, so there is one form for one outcome: fields that carry nothing are absent.
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

/** Greatest byte offset into a module that a number holds exactly. */
const MAX_OFFSET = BigInt(Number.MAX_SAFE_INTEGER)

/** The block of a receipt. Throws Fault('bad-receipt') with the field's path if `decodeReceipt` would not read it. */
export function encodeReceipt(receipt: Receipt): Block {
  const encoded = orFault('bad-receipt', 'a receipt', () => encodeStrict(readReceipt(receipt)))
  return { cid: linkOf(encoded), bytes: encoded }
}

/**
 * The receipt in a block. Strict: Fault('bad-receipt'), with the field's path in its detail, unless these bytes are
 * what `encodeReceipt` makes of it, and its fields agree with one another: no run has used more gas than its limit.
 */
export function decodeReceipt(block: Uint8Array): Receipt {
  const bytes = givenBytes(block, 'the receipt')
  return orFault('bad-receipt', 'a receipt', () => readReceipt(decodeStrict(bytes)))
}

/** Limits as given. Throws Fault('bad-limits') unless 0 ≤ gas ≤ 2⁶² and 0 ≤ pages ≤ 65 536. */
export function checkLimits(limits: RunLimits): RunLimits {
  return orFault('bad-limits', 'limits', () => readLimits(limits, 'limits'))
}

/**
 * A receipt that is given to the library, with every integer in the one form that receipts have here, whichever it came in: those
 * that `fromDagJson` reads have numbers where others have bigints. Throws Fault('bad-usage') for what is no object of fields, and
 * Fault('bad-receipt') for a field that no receipt has.
 */
export function givenReceipt(value: Receipt, name: string): Receipt {
  fields(value, name)
  return orFault('bad-receipt', 'a receipt', () => readFields(value))
}

/** Whether a receipt says that gas ran out. */
export function ranOutOfGas(out: Out): boolean {
  return 'error' in out && out.error.kind === 'trap' && out.error.code === 'out-of-gas'
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function readReceipt(value: unknown): Receipt {
  const receipt = readFields(value)
  assertConsistent(receipt.out, receipt.meta)
  return receipt
}

/** The fields, each in its own form, whether they agree or not. */
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

/** A link to a document of ours: there is one name for each, so that equal receipts have equal bytes. */
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

// ── Fields against one another ──────────────────────────────────────────────────────────────────────────────────────

/** A rejected call did not run; nothing that a guest did before its gas ran out is visible (docs/spec/gas.md, GAS-3). */
function assertConsistent(out: Out, meta: Receipt['meta']): void {
  if (!('error' in out)) return
  const { error } = out
  if (error.kind === 'rejection') {
    if (meta.gasUsed !== 0n) throw new Misfit('meta.gasUsed', '0 for a rejection')
    // A module whose memory starts above the limit on pages is rejected by that limit, and by none of the profile's.
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
