/** Turns the codes in receipts, faults and verdicts into sentences for people. */
import { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_DEPTH } from '../base/bounds.ts'
import { Fault, type Whose } from '../base/fault.ts'
import { isBytes, isError } from '../base/realms.ts'
import { badUsage, count, fields, givenList } from '../base/usage.ts'
import { visible } from '../base/visible.ts'
import type { Mismatch, Rejection, RejectionCode, Trap, TrapCode, UndecidedReason, Verdict } from '../interface.ts'

/** The greatest number of differing fields that a sentence names, besides the first. */
const MAX_FIELDS = 10

/** The length at which foreign text in a sentence is cut, in code units of UTF-16. */
const LONGEST_QUOTE = 120

/** The text for each rejection. The argument is the quoted subject, if there is one. */
const REJECTIONS: Readonly<Record<RejectionCode, (subject: string | undefined) => string>> = {
  malformed: subject => `the bytes are no WebAssembly module${about(subject)}`,
  invalid: subject => `the module is not valid WebAssembly${about(subject)}`,
  feature: subject => `the module uses ${subject ?? 'a feature'}, which the profile does not accept`,
  import: subject => `the module imports ${subject ?? 'something'}, which the profile does not grant`,
  limit: subject => `the module or its call goes beyond a limit${about(subject)}`,
  'reserved-name': subject => `the module exports ${subject ?? 'a name'}, a name that is reserved`,
  'no-such-function': subject => `the module exports no function ${subject ?? 'of that name'}`,
  'bad-arguments': subject => `the parameters do not fit the function${about(subject)}`,
}

const TRAPS: Readonly<Record<TrapCode, string>> = {
  unreachable: 'it executed unreachable',
  'memory-out-of-bounds': 'it accessed memory out of bounds',
  'table-out-of-bounds': 'it accessed a table out of bounds',
  'bad-indirect-call': 'it called through a table to no function, or to one of another type',
  'divide-by-zero': 'it divided an integer by zero',
  'integer-overflow': 'the result of an integer division or of a conversion was out of range',
  'invalid-conversion': 'it converted a NaN to an integer',
  'out-of-gas': 'its gas ran out; a run with a higher limit may come to another end',
  'stack-exhausted': 'its calls nested beyond the stack that the profile allows',
  'denied-import': 'it called an import that the profile does not grant',
  'abi-violation': 'it did not keep to the ABI of the task',
  abort: 'it gave up by calling abort, or ended itself by an exit',
}

const WHOSE: Readonly<Record<Whose, string>> = {
  requestor: 'Whoever asked has to correct it',
  runner: 'The problem lies with this host',
  network: 'The problem lies with the source of the blocks: it may work later, or with another source',
}

const UNDECIDED: Readonly<Record<UndecidedReason, string>> = {
  signer: 'the receipt is not signed by whom it is expected from',
  task: 'the receipt is for another task than expected',
  profile: 'the receipt is under a profile that is not expected or not trusted here',
  limits: 'the receipt is under other limits than expected',
  gas: 'the claim needs more gas than this verifier is ready to run',
  pages: 'the claim gives its guest more memory than this verifier is ready to give',
}

/**
 * A sentence that says why there is no result. Foreign text in it is quoted, and its invisible characters are escaped.
 *
 * @throws Fault bad-usage for a value that is not a rejection, a trap or a fault
 */
export function describe(problem: Rejection | Trap | Fault): string {
  if (isFault(problem)) return `${visible(sentence(problem.message))} ${WHOSE[problem.whose]}.`
  if (problem?.kind === 'trap' && isKey(TRAPS, problem.code)) return `Trapped: ${TRAPS[problem.code]}.`
  if (problem?.kind !== 'rejection' || !isKey(REJECTIONS, problem.code)) {
    throw badUsage('what is described', 'a rejection, a trap or a fault, such as receipt.out.error', problem)
  }
  if (problem.subject !== undefined && typeof problem.subject !== 'string')
    throw badUsage("the rejection's subject", 'text', problem.subject)
  count(problem.offset, "the rejection's offset")
  const subject = problem.subject === undefined ? undefined : quote(problem.subject)
  const place = problem.offset === undefined ? '' : ` (at byte ${problem.offset} of the module)`
  return `Rejected: ${REJECTIONS[problem.code](subject)}${place}.`
}

function isKey(table: object, key: unknown): boolean {
  return typeof key === 'string' && Object.hasOwn(table, key)
}

/** Returns true if a value is a fault of this library or of another copy of it. */
function isFault(problem: unknown): problem is Fault {
  return (
    problem instanceof Fault || (isError(problem) && problem.name === 'Fault' && isKey(WHOSE, (problem as Fault).whose))
  )
}

/**
 * One or two sentences that say what a verifier found.
 *
 * @throws Fault bad-usage for a value that is not a verdict
 */
export function describeVerdict(verdict: Verdict): string {
  fields(verdict, 'the verdict')
  switch (verdict.verdict) {
    case 'reproduced':
      return 'Reproduced: running the task again gave this very receipt.'
    case 'refuted':
      return `Refuted: ${differences(verdict.mismatches, 'running the task again gave')}`
    case 'undecided': {
      const { mismatches, reason } = verdict
      if (!isKey(UNDECIDED, reason))
        throw badUsage("the verdict's reason", `one of ${Object.keys(UNDECIDED).join(', ')}`, reason)
      const details =
        givenList(mismatches, "the verdict's mismatches").length === 0
          ? '.'
          : `: ${differences(mismatches, 'expected is')}`
      return `Undecided: ${UNDECIDED[reason]}${details}`
    }
    default:
      throw badUsage('the verdict', 'what verify gives', verdict)
  }
}

function differences(found: readonly Mismatch[], against: string): string {
  const [first, ...others] = givenList(found, "the verdict's mismatches")
  if (first === undefined) return 'the receipts differ.'
  for (const one of found) fields(one, 'a mismatch of the verdict')
  const named = others.slice(0, MAX_FIELDS).map(({ field }) => visible(field))
  const unnamed = others.length > MAX_FIELDS ? `, and ${others.length - MAX_FIELDS} more` : ''
  const more = others.length === 0 ? '' : ` Also different: ${named.join(', ')}${unnamed}.`
  return `${visible(first.field)} is claimed to be ${describeValue(first.claimed)}; ${against} ${describeValue(first.reproduced)}.${more}`
}

/**
 * A short form of a value in a receipt, such as one of a mismatch. Foreign text in it is quoted and cut, and its
 * invisible characters are escaped.
 */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return showPart(value, 0)
}

function showPart(value: unknown, depth: number): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quote(value)
  if (isBytes(value)) return value.length === 0 ? 'no bytes' : `bytes ${shorten(hex(value))}`
  const cid = CID.asCID(value)
  if (cid !== null) return cid.toString()
  if (typeof value !== 'object') return String(value)
  if (depth > MAX_DOCUMENT_DEPTH) return '…'
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const parts: string[] = []
  // The rest of a value that is too long is not read.
  for (let keys = Object.keys(value), i = 0, length = 0; i < keys.length && length <= LONGEST_QUOTE; i++) {
    const part = showPart((value as Readonly<Record<string, unknown>>)[keys[i]!], depth + 1)
    parts.push(
      Array.isArray(value) ? part : `${/^[A-Za-z_]\w*$/.test(keys[i]!) ? shorten(keys[i]!) : quote(keys[i]!)}: ${part}`,
    )
    length += parts.at(-1)!.length
  }
  return shorten(`${open}${parts.join(', ')}${close}`)
}

/** Foreign text in quotation marks, with its invisible characters escaped. */
function quote(foreign: string): string {
  return `"${visible(shorten(foreign).replaceAll(/["\\]/g, '\\$&'))}"`
}

function about(subject: string | undefined): string {
  return subject === undefined ? '' : `: ${subject}`
}

function shorten(long: string): string {
  return long.length <= LONGEST_QUOTE ? long : `${long.slice(0, LONGEST_QUOTE)}…`
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, LONGEST_QUOTE), byte => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Makes a message a sentence. Its first letter becomes a capital, unless it begins with a name such as a CID, a path or
 * a field.
 */
function sentence(message: string): string {
  const isWord = /^[a-z]{1,20}[ ,:;]/.test(message)
  return (isWord ? message.charAt(0).toUpperCase() + message.slice(1) : message) + (/[.!?]$/.test(message) ? '' : '.')
}
