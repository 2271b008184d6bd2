import type { CID } from 'multiformats/cid'
import { getBlock } from '../../content/block.ts'
import { importCar } from '../../content/car.ts'
import { createMemoryStore } from '../../content/memory-store.ts'
import { checkTranscript } from '../../farm/check.ts'
import { DEFAULT_POLICY, trustThreshold } from '../../farm/policy.ts'
import { statusOf, type FarmStatus, type WorkerStatus } from '../../farm/status.ts'
import { decodeTranscript, type Evidence, type Transcript } from '../../farm/transcript.ts'
import { PROFILES } from '../../profile/document.ts'
import { MAX_GAS, MAX_PAGES } from '../../receipt/limits.ts'
import { createVerifier } from '../../verifier/verifier.ts'
import type { Context } from '../context.ts'
import { takeEngine } from '../engine.ts'
import { readInput, requireCid } from '../inputs.ts'
import { counted, Output, requireOutput, STDOUT } from '../output.ts'
import { withProgress } from '../progress.ts'
import { ledgerOf, queueOf, type QueueChoice } from '../queue.ts'
import { bold, green, red, stderr, yellow } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { writeCar } from './export.ts'

/** The actions of the command `farm`. */
export type FarmAction = 'status' | 'transcript' | 'check'

export interface FarmCommandOptions extends QueueChoice {
  readonly ledger?: string
  readonly output?: string
  readonly timeout: number
  readonly memory: number
}

/** Shows a farm, or the transcript of a task, or checks one. */
export async function farm(
  context: Context,
  action: FarmAction,
  word: string | undefined,
  options: FarmCommandOptions,
): Promise<number> {
  if (action === 'status') {
    if (word !== undefined) throw new UsageError('farm status takes no argument')
    return showStatus(context, options)
  }
  if (word === undefined)
    throw new UsageError(action === 'check' ? 'name the CAR to check' : 'name the CID of the task')
  return action === 'check' ? check(context, word, options) : transcript(context, requireCid(word), options)
}

async function showStatus(context: Context, options: FarmCommandOptions): Promise<number> {
  const transport = queueOf(options)
  try {
    const { lanes, workers, perMinute } = await withProgress('asking the queue', () =>
      statusOf({ transport, ledger: ledgerOf(context, options.ledger), policy: DEFAULT_POLICY }),
    )
    await context.answer({ lanes, workers, perMinute }, output => printStatus(output, { lanes, workers, perMinute }))
    return EXIT.done
  } finally {
    await transport.close()
  }
}

function printStatus(output: Output, { lanes, workers, perMinute }: Omit<FarmStatus, 'jobs'>): void {
  if (lanes.length === 0) output.line('no lane has a worker or a task')
  for (const { lane, waiting, active, setAside, workers: names, perMinute: rate } of lanes) {
    const aside = setAside === 0 ? '' : `, ${setAside} set aside`
    output.field(
      `lane ${lane}`,
      `${waiting} waiting, ${active} running${aside}, ${rate} a minute, ${counted(names.length, 'worker')}`,
    )
  }
  for (const worker of workers) {
    output.line(bold(worker.worker))
    output.field('  lanes', worker.lanes.length === 0 ? 'none now' : worker.lanes.join(', '))
    output.field('  judged', judgedOf(worker))
    const needed = `from ${trustThreshold(worker, DEFAULT_POLICY)} agreements in a row on`
    output.field(
      '  trust',
      worker.trusted
        ? green('yes')
        : worker.lies > 0
          ? red(`no, it has lied: ${needed}`)
          : yellow(`not yet: ${needed}`),
    )
  }
  output.field('answers', `${perMinute} a minute`)
}

function judgedOf({ streak, agreed, alone, lies, faults }: WorkerStatus): string {
  const parts = [counted(agreed, 'agreement'), `${streak} in a row`, `${alone} accepted alone`]
  if (faults > 0) parts.push(counted(faults, 'fault'))
  if (lies > 0) parts.push(lies === 1 ? '1 lie' : `${lies} lies`)
  return parts.join(', ')
}

async function transcript(context: Context, task: CID, options: FarmCommandOptions): Promise<number> {
  const path = options.output
  if (path !== undefined) requireOutput(path, 'a transcript', context.json)
  const cid = await ledgerOf(context, options.ledger).transcript(task)
  if (cid === undefined)
    throw new UsageError(
      `the ledger knows no transcript of the task ${task}`,
      'The ledger is that of whoever submitted the task: --ledger FILE, or --store DIR.',
    )
  const found = decodeTranscript(await getBlock(await context.source(), cid, { signal: context.signal }))
  if (path !== undefined) await writeCar(context, [cid], path, { skipMissing: true })
  if (context.json) {
    await context.answer({ cid, transcript: found }, () => {})
    return EXIT.done
  }
  const output = path === STDOUT ? new Output(stderr) : context.output
  printTranscript(output, found)
  output.field('transcript', bold(cid.toString()))
  if (path !== undefined && path !== STDOUT)
    output.note(`${path}: the transcript, and all that is needed to check it: ipvm-wasm farm check ${path}`)
  return EXIT.done
}

function printTranscript(output: Output, found: Transcript): void {
  const { task, confirmations, evidence, settled, receipt, liars, judge } = found
  output.field('task', task.toString())
  for (const one of evidence) output.field(`lane ${one.lane}`, sentenceOf(one))
  output.field('settled', `${settled}, ${counted(confirmations, 'worker')} had to agree`)
  if (receipt !== undefined) output.field('receipt', bold(receipt.toString()))
  for (const { by, receipt: lie, differs } of liars) output.field('lied', `${by} with ${lie}: ${differs.join(', ')}`)
  if (judge !== undefined) output.field('judge', `has signed the receipt: ${judge}`)
}

function sentenceOf(evidence: Evidence): string {
  if ('receipt' in evidence) return `${evidence.by} has signed ${evidence.receipt}`
  if ('fault' in evidence) return `${evidence.by} could not tell (${evidence.fault.code}): ${evidence.fault.message}`
  if ('refused' in evidence) return `refused: ${evidence.refused}`
  return `${evidence.deaths} workers have died with it`
}

async function check(context: Context, file: string, options: FarmCommandOptions): Promise<number> {
  const store = createMemoryStore()
  const { roots } = await importCar(store, await readInput(file), { signal: context.signal })
  const [root] = roots
  if (root === undefined || roots.length > 1)
    throw new UsageError(`${file} is no transcript: its one root would be the transcript`)
  const engine = takeEngine(options.memory)
  try {
    const bounds = { maxGas: MAX_GAS, maxPages: MAX_PAGES, timeoutMs: 1000 * options.timeout }
    const verifier = createVerifier({ store, engine, profiles: Object.values(PROFILES), ...bounds })
    const found = await withProgress('running the task again', () =>
      checkTranscript(store, root, verifier, { signal: context.signal }),
    )
    const { holds, findings } = found
    await context.answer({ holds, findings, transcript: found.transcript }, output => {
      printTranscript(output, found.transcript)
      for (const { what, holds: isTrue, why } of findings)
        output.line(isTrue ? green('holds') : red('does not hold'), `: ${what}${why === undefined ? '' : ` (${why})`}`)
    })
    return holds ? EXIT.done : EXIT.negative
  } finally {
    await engine.close()
  }
}
