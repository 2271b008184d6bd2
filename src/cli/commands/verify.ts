import type { CID } from 'multiformats/cid'
import { getBlock } from '../../content/block.ts'
import { Fault } from '../../base/fault.ts'
import { createMemoryStore } from '../../content/memory-store.ts'
import { givenDid } from '../../envelope/did-key.ts'
import { openEnvelope } from '../../envelope/open.ts'
import { isEnvelope } from '../../envelope/read.ts'
import type { BlockStore, Out, Receipt, Verdict } from '../../interface.ts'
import { encodeProfile, PROFILES } from '../../profile/document.ts'
import { describe, describeVerdict } from '../../receipt/describe.ts'
import { decodeReceipt } from '../../receipt/receipt.ts'
import { createVerifier, type Expectation } from '../../verifier/verifier.ts'
import { expectedProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { asContent, requireCid, withPieces } from '../inputs.ts'
import { counted, grouped, type Output } from '../output.ts'
import { saysStages, withProgress } from '../progress.ts'
import { printValue } from '../report.ts'
import { bold, green, red, yellow } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'

interface Options {
  readonly expectSigner?: string
  readonly expectTask?: string
  readonly profile?: string
  readonly maxGas: bigint
  readonly maxPages: number
  readonly timeout: number
  readonly memory: number
}

/** A claimed receipt, and the store that has the blocks that it links to. */
interface Claim {
  readonly cid: CID
  readonly source: Pick<BlockStore, 'get'>
}

/** Runs the task of a receipt again, and compares the receipts. Stores nothing. */
export async function verify(
  context: Context,
  word: string,
  { expectSigner, expectTask, profile, maxGas, maxPages, timeout, memory }: Options,
): Promise<number> {
  const wanted = {
    task: expectTask === undefined ? undefined : requireCid(expectTask),
    profile: expectedProfile(profile),
  }
  const expect: Expectation = {
    ...(expectSigner !== undefined && { signer: requireDid(expectSigner) }),
    ...(wanted.task && { task: wanted.task }),
    ...(wanted.profile && { profile: wanted.profile }),
  }
  const { cid, source } = await claimOf(context, word)
  const { signal } = context
  const claim = await getBlock(source, cid, { signal })
  const opened = isEnvelope(claim) ? await openEnvelope(source, claim, { signal }) : undefined
  const receipt = opened?.receipt ?? decodeReceipt(claim)
  const engine = takeEngine(memory)
  try {
    const verifier = createVerifier({ store: source, engine, profiles: Object.values(PROFILES), maxGas, maxPages })
    const running = 'running the task again'
    const verdict = await withProgress(running, say =>
      verifier.verify(claim, { expect, timeoutMs: 1000 * timeout, signal, onStage: saysStages(say, running) }),
    )
    const { signer, mismatches } = verdict
    await context.answer({ verdict: verdict.verdict, mismatches, claimed: receipt.out, signer }, output =>
      print(output, opened?.cid ?? cid, receipt, verdict),
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

async function claimOf(context: Context, word: string): Promise<Claim> {
  const cid = await asContent(context, word)
  if (cid !== undefined) return { cid, source: await context.source() }
  const { importCar } = await import('../../content/car.ts')
  const archive = createMemoryStore()
  const bound = { signal: context.signal }
  // The archive is read once, as a stream, since a damaged one is dropped.
  const { roots } = await withPieces(word, source =>
    importCar(archive, typeof source === 'function' ? source() : source, bound),
  )
  const [root] = roots
  if (root === undefined || roots.length > 1) {
    throw new Fault(
      'bad-car',
      `${word} names ${counted(roots.length, 'root')}: a receipt's CAR names the receipt alone, or its envelope`,
      { roots: roots.length },
    )
  }
  return { cid: root, source: await context.source(archive) }
}

function print(output: Output, cid: CID, { ran, meta, out }: Receipt, verdict: Verdict): void {
  const color = { reproduced: green, refuted: red, undecided: yellow }[verdict.verdict]
  const [, word = '', rest = ''] = /^(\w*)(.*)$/s.exec(describeVerdict(verdict)) ?? []
  output.line(color(word), rest)
  printClaim(output, out, verdict)
  if (verdict.signer !== undefined) output.field('signer', bold(verdict.signer))
  output.field('receipt', cid.toString())
  output.field('task', ran.toString())
  output.field('profile', profileName(meta.profile))
  output.field(
    'gas',
    `${grouped(meta.gasUsed)} ${verdict.verdict === 'reproduced' ? '' : 'claimed '}of ${grouped(meta.limits.gas)}`,
  )
}

/** The id of a profile that is known here, and the CID of another one. */
function profileName(cid: CID): string {
  return Object.values(PROFILES).find(profile => encodeProfile(profile).cid.equals(cid))?.id ?? cid.toString()
}

/** Prints the outcome in the receipt, since a reproduced rejection or trap is no success of the task. */
function printClaim(output: Output, out: Out, { verdict }: Verdict): void {
  const name = verdict === 'reproduced' ? 'outcome' : 'claimed'
  if ('ok' in out) printValue(output, verdict === 'reproduced' ? 'result' : name, out.ok)
  else output.field(name, yellow(describe(out.error)))
}
