import type { CID } from 'multiformats/cid'
import { deadline } from '../../base/deadline.ts'
import { Fault } from '../../base/fault.ts'
import { givenDid } from '../../envelope/did-key.ts'
import type { Out, Receipt, Verdict } from '../../interface.ts'
import { PROFILES, profileOf } from '../../profile/document.ts'
import { describe, describeVerdict } from '../../receipt/describe.ts'
import { readClaim } from '../../verifier/claim.ts'
import type { Expectation, VerifierOptions } from '../../verifier/options.ts'
import { createVerifier } from '../../verifier/verifier.ts'
import { defaultJobs, expectedProfile } from '../choices.ts'
import { claimsOf, claimsOfAll, isFolder, type Found } from '../claims.ts'
import type { Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { requireCid } from '../inputs.ts'
import { grouped, type Output } from '../output.ts'
import { saysStages, withProgress } from '../progress.ts'
import { printValue } from '../report.ts'
import { bold, green, red, yellow } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { verifyAll } from './verify-many.ts'

interface Options {
  readonly expectSigner?: string
  readonly expectTask?: string
  readonly profile?: string
  readonly maxGas: bigint
  readonly maxPages: number
  readonly maxBlocks: number
  /** The seconds after which one receipt is given up. */
  readonly timeout: number
  /** The seconds after which the whole command ends. Default: never. */
  readonly totalTimeout: number | undefined
  readonly memory: number
  /** The number of processes for many receipts. Default: `defaultJobs`. */
  readonly jobs?: number | undefined
}

/**
 * Runs the tasks of receipts again, and compares the receipts. Stores nothing. One CID, or one CAR with one receipt, is reported in
 * full. For anything more there is a summary.
 */
export async function verify(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { totalTimeout } = options
  const { signal, clear } = deadline(context.signal, totalTimeout === undefined ? undefined : 1000 * totalTimeout)
  try {
    return await verifyWords(context.withSignal(signal), words, options)
  } finally {
    clear()
  }
}

async function verifyWords(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { expectSigner, expectTask, profile, maxGas, maxPages, maxBlocks, timeout, memory } = options
  const wanted = {
    task: expectTask === undefined ? undefined : requireCid(expectTask),
    profile: expectedProfile(profile),
  }
  const expect: Expectation = {
    ...(expectSigner !== undefined && { signer: requireDid(expectSigner) }),
    ...(wanted.task && { task: wanted.task }),
    ...(wanted.profile && { profile: wanted.profile }),
  }
  const bounds = { profiles: Object.values(PROFILES), maxGas, maxPages }
  const asked = { expect, timeoutMs: 1000 * timeout }
  const [word = '', ...more] = words
  const named = more.length === 0 && !(await isFolder(context, word)) && (await claimsOf(context, word, maxBlocks))
  if (named && named.length === 1) return verifyOne(context, named[0]!, bounds, { ...asked, memory })
  const claims = named || claimsOfAll(context, words, maxBlocks)
  const engine = takeEngine(memory, options.jobs ?? defaultJobs())
  try {
    // Each claim comes with a store of its own.
    return await verifyAll(context, createVerifier({ store: context.store, engine, ...bounds }), claims, asked)
  } finally {
    await engine.close()
  }
}

async function verifyOne(
  context: Context,
  { claim, store }: Found,
  bounds: Pick<VerifierOptions, 'profiles' | 'maxGas' | 'maxPages'>,
  { memory, ...asked }: { readonly expect: Expectation; readonly timeoutMs: number; readonly memory: number },
): Promise<number> {
  const { signal } = context
  const { receipt, cid } = await readClaim(store, claim, { signal })
  const engine = takeEngine(memory)
  try {
    const verifier = createVerifier({ store, engine, ...bounds })
    const running = 'running the task again'
    const verdict = await withProgress(running, say =>
      verifier.verify(claim, { ...asked, signal, onStage: saysStages(say, running) }),
    )
    const { signer, mismatches } = verdict
    await context.answer({ verdict: verdict.verdict, mismatches, claimed: receipt.out, signer }, output =>
      print(output, cid, receipt, verdict),
    )
    return { reproduced: EXIT.done, refuted: EXIT.negative, undecided: EXIT.undecided }[verdict.verdict]
  } finally {
    await engine.close()
  }
}

/** A DID that was typed. Throws UsageError. */
function requireDid(word: string): string {
  try {
    return givenDid(word, '--expect-signer')
  } catch (error) {
    throw error instanceof Fault ? new UsageError(error.message) : error
  }
}

function print(output: Output, cid: CID, { ran, meta, out }: Receipt, verdict: Verdict): void {
  const color = { reproduced: green, refuted: red, undecided: yellow }[verdict.verdict]
  const [, word = '', rest = ''] = /^(\w*)(.*)$/s.exec(describeVerdict(verdict)) ?? []
  output.line(color(word), rest)
  printClaim(output, out, verdict)
  if (verdict.signer !== undefined) output.field('signer', bold(verdict.signer))
  output.field('receipt', cid.toString())
  output.field('task', ran.toString())
  output.field('profile', profileOf(meta.profile)?.id ?? meta.profile.toString())
  output.field(
    'gas',
    `${grouped(meta.gasUsed)} ${verdict.verdict === 'reproduced' ? '' : 'claimed '}of ${grouped(meta.limits.gas)}`,
  )
}

/** Prints the outcome in the receipt, since a reproduced rejection or trap is no success of the task. */
function printClaim(output: Output, out: Out, { verdict }: Verdict): void {
  const name = verdict === 'reproduced' ? 'outcome' : 'claimed'
  if ('ok' in out) printValue(output, verdict === 'reproduced' ? 'result' : name, out.ok)
  else output.field(name, yellow(describe(out.error)))
}
