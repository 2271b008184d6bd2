/** `verify` of many receipts: a table of what they came to, and those that did not come to what they claim. */
import type { CID } from 'multiformats/cid'
import { abortFault, type Fault, type FaultCode } from '../../base/fault.ts'
import type { UndecidedReason } from '../../interface.ts'
import { describe, describeVerdict } from '../../receipt/describe.ts'
import type { Expectation } from '../../verifier/options.ts'
import type { Verifier } from '../../verifier/verifier.ts'
import type { Counts, ClaimResult } from '../../verifier/verify-many.ts'
import type { Broken, Found } from '../claims.ts'
import type { Context } from '../context.ts'
import { counted, grouped, type Output } from '../output.ts'
import { withProgress } from '../progress.ts'
import { green, red, stderr, yellow, type Styled } from '../terminal.ts'
import { EXIT } from '../usage.ts'

/** The greatest number of fields of one refuted receipt that are named. */
const MAX_FIELDS = 20
/** The greatest number of undecided receipts, and of faults, that people are shown. */
const MAX_SHOWN = 20

/** A receipt that was not reproduced, as text: what it claims may be long. */
interface Row {
  readonly receipt?: CID
  readonly from: string
  readonly fields?: readonly string[]
  readonly reason?: UndecidedReason
  readonly code?: FaultCode
  readonly message: string
}

/** Why the verification ended before all claims had a result. */
interface Ending {
  readonly reason: 'timeout' | 'interrupted'
  /** The number of claims that are known and have no result. */
  readonly left: number
  /** True if there may be more claims, in files that were not read. */
  readonly unread: boolean
}

interface Summary {
  readonly counts: Counts
  readonly ended?: Ending
  readonly refuted: Row[]
  readonly undecided: Row[]
  readonly faults: Row[]
}

/** Verifies claims, several at once, and prints or answers the summary. Returns the exit code, which is 0 if all are reproduced. */
export async function verifyAll(
  context: Context,
  verifier: Verifier,
  claims: Iterable<Found> | AsyncIterable<Found | Broken>,
  options: { readonly expect: Expectation; readonly timeoutMs: number },
): Promise<number> {
  const summary = await withProgress('verifying', say => summarize(context, verifier, claims, options, say))
  await context.answer(summary, output => print(output, summary))
  return exitCode(summary)
}

async function summarize(
  context: Context,
  verifier: Verifier,
  claims: Iterable<Found> | AsyncIterable<Found | Broken>,
  options: { readonly expect: Expectation; readonly timeoutMs: number },
  say: (doing: string) => void,
): Promise<Summary> {
  const broken: Broken[] = []
  const rows = { refuted: [] as Ordered[], undecided: [] as Ordered[], faults: [] as Ordered[] }
  let place = 0
  let hasReadAll = false
  /** The claims in their order. Those that are broken have no receipt that could be verified. */
  async function* sound(): AsyncGenerator<Found & { readonly place: number }> {
    for await (const one of claims) {
      place++
      if (!('fault' in one)) yield { ...one, place }
      else {
        broken.push(one)
        rows.faults.push({ place, row: { from: one.from, ...faultFields(one.fault) } })
      }
    }
    hasReadAll = true
  }
  const { signal } = context
  const verification = verifier.verifyMany(sound(), { ...options, signal })
  let hasEnded = false
  try {
    for await (const result of verification) {
      keep(rows, result)
      // Elsewhere than on a terminal, each text would be a line.
      if (stderr.isTerminal) say(progress(withBroken(verification.counts, broken)))
    }
  } catch (error) {
    if (!signal.aborted) throw error
    hasEnded = true
  }
  const counts = withBroken(verification.counts, broken)
  const [refuted, undecided, faults] = [sorted(rows.refuted), sorted(rows.undecided), sorted(rows.faults)]
  if (!hasEnded) return { counts, refuted, undecided, faults }
  const reason = abortFault(signal).code === 'timeout' ? 'timeout' : 'interrupted'
  const known = Array.isArray(claims) ? claims.length : place
  const ended = { reason, left: known - counts.claims, unread: !Array.isArray(claims) && !hasReadAll } as const
  return { counts, ended, refuted, undecided, faults }
}

/** A row with its place among the claims, since claims end in another order. */
interface Ordered {
  readonly place: number
  readonly row: Row
}

function sorted(rows: readonly Ordered[]): Row[] {
  return [...rows].sort((a, b) => a.place - b.place).map(({ row }) => row)
}

function keep(
  rows: Readonly<Record<'refuted' | 'undecided' | 'faults', Ordered[]>>,
  result: ClaimResult<Found & { readonly place: number }>,
): void {
  const { from, claim: receipt, place } = result.given
  if ('fault' in result) {
    rows.faults.push({ place, row: { receipt, from, ...faultFields(result.fault) } })
  } else if (result.verdict !== 'reproduced') {
    const fields = result.mismatches.slice(0, MAX_FIELDS).map(({ field }) => field)
    const reason = result.verdict === 'undecided' ? { reason: result.reason } : {}
    const row = { receipt, from, fields, ...reason, message: describeVerdict(result) }
    rows[result.verdict].push({ place, row })
  }
}

function faultFields(fault: Fault): Pick<Row, 'code' | 'message'> {
  return { code: fault.code, message: describe(fault) }
}

/** The counts, with files that are no sound CARs as one claim each. */
function withBroken(counts: Counts, broken: readonly Broken[]): Counts {
  const faults: Partial<Record<FaultCode, number>> = { ...counts.faults }
  for (const { fault } of broken) faults[fault.code] = (faults[fault.code] ?? 0) + 1
  return { ...counts, claims: counts.claims + broken.length, faults }
}

function progress({ claims, reproduced }: Counts): string {
  const others = claims - reproduced
  return `verified ${counted(claims, 'receipt')}${others === 0 ? '' : `, ${grouped(others)} not reproduced`}`
}

/** A refuted receipt weighs more than one without a verdict, and a fault more than what was left open on purpose. */
function exitCode({ counts: { claims, reproduced, refuted, faults }, ended }: Summary): number {
  if (refuted > 0) return EXIT.negative
  if (ended !== undefined) return EXIT.fault
  if (reproduced === claims) return EXIT.done
  return Object.keys(faults).length > 0 ? EXIT.fault : EXIT.undecided
}

function print(output: Output, { counts, ended, refuted, undecided, faults }: Summary): void {
  list(output, refuted, red)
  list(output, undecided, yellow, MAX_SHOWN)
  list(output, faults, yellow, MAX_SHOWN)
  const width = grouped(counts.claims).length
  const line = (name: string, number: number, style?: (text: string) => Styled): void =>
    output.line(
      name.padEnd(20),
      number > 0 && style ? style(grouped(number).padStart(width)) : grouped(number).padStart(width),
    )
  const sum = (kinds: Readonly<Record<string, number>>): number =>
    Object.values(kinds).reduce((all, one) => all + one, 0)
  line('receipts', counts.claims)
  line('reproduced', counts.reproduced, green)
  line('refuted', counts.refuted, red)
  line('undecided', sum(counts.undecided), yellow)
  for (const [reason, number] of Object.entries(counts.undecided).sort()) line(`  ${reason}`, number)
  line('faults', sum(counts.faults), yellow)
  for (const [code, number] of Object.entries(counts.faults).sort()) line(`  ${code}`, number)
  if (ended === undefined) return
  line('without a result', ended.left, yellow)
  const why = ended.reason === 'timeout' ? 'The time for all of them has passed (--total-timeout).' : 'Interrupted.'
  output.note(ended.unread ? `${why} There may be more receipts, in files that were not read.` : why)
}

/** Shows receipts with a sentence each. */
function list(output: Output, rows: readonly Row[], style: (text: string) => Styled, most = Infinity): void {
  for (const { receipt, from, message } of rows.slice(0, most)) {
    const name = receipt?.toString() ?? from
    output.line(style(name), name === from ? '' : ` in ${from}`)
    output.line('  ', message)
  }
  if (rows.length > most) output.line(`… and ${grouped(rows.length - most)} more: --json lists all of them`)
  if (rows.length > 0) output.line()
}
