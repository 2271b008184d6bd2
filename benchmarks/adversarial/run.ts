/**
 * Measures the nanoseconds per gas of whole jobs, from the bytes of the module to the outcome. If the cost is that of
 * preparing the module, the whole time and gas of the first job count. If it is that of running, the differences
 * between a longer and a shorter run count, since an author can run for as long as there is gas.
 */
import { Computer, type Job } from '../../src/engine/compute.ts'
import { Fault, PROFILE_1, type Outcome } from '../../src/index.ts'
import { countsOf, priceOf, type Counted } from '../calibrate/counts.ts'
import type { Observation } from '../calibrate/fit.ts'
import { pause, processorMs } from '../measure.ts'
import { round } from '../stats.ts'
import type { Case } from './case.ts'
import { TO_PREPARE } from './to-prepare.ts'
import { TO_CALCULATE } from './to-calculate.ts'
import { TO_COMPUTE } from './to-compute.ts'
import { CONTROLS, TO_TOUCH } from './to-touch.ts'

/**
 * A measured case. Time and counts are the differences between the longer and the shorter run; without a shorter one,
 * no counts.
 */
export interface Adversary extends Observation {
  readonly idea: string
  readonly bytes: number
  /** The outcome in a word. */
  readonly outcome: string
  readonly gas: number
  /** The time of the job on a host that has not prepared the module before, and on one that has, in milliseconds. */
  readonly coldMs: number
  readonly warmMs: number
  readonly nsPerGas: number
}

const GAS = 10n ** 15n

type Each = (row: Adversary) => void

export function measureAdversaries(quick: boolean, each: Each): Promise<Adversary[]> {
  return measureAll([...TO_PREPARE, ...TO_COMPUTE, ...TO_CALCULATE, ...TO_TOUCH], quick, each)
}

/** Measures the controls, with which adversaries are compared. */
export function measureControls(quick: boolean, each: Each): Promise<Adversary[]> {
  return measureAll(CONTROLS, quick, each)
}

async function measureAll(cases: readonly Case[], quick: boolean, each: Each): Promise<Adversary[]> {
  const rows: Adversary[] = []
  for (const one of cases) {
    const row = await measure(one, quick)
    rows.push(row)
    each(row)
  }
  return rows
}

/**
 * Measures a case on this thread, so that the start of a thread is not included. The least of a few times counts,
 * because noise only adds. It is processor time, because engines collect garbage and compile on other threads.
 */
async function measure({ name, idea, make, full, quick: few }: Case, quick: boolean): Promise<Adversary> {
  const module = await make()
  const job = (n: number): Job => ({
    key: name,
    module,
    profile: PROFILE_1,
    fun: 'run',
    abi: 'core',
    args: [BigInt(n)],
    limits: { gas: GAS, pages: 16_384 },
  })
  const most = quick ? Math.ceil(full / 10) : full
  const cold = new Done()
  const short = new Done()
  const long = new Done()
  for (let times = 0; times < (quick ? 1 : 3); times++) {
    const computer = new Computer()
    await cold.add(computer, job(most))
    if (few === full) continue
    // The engine may recompile hot code meanwhile.
    await pause(20)
    await short.add(computer, job(few))
    await long.add(computer, job(most))
  }
  const [ms, gas] = few === full ? [cold.ms, cold.gas] : [Math.max(0, long.ms - short.ms), long.gas - short.gas]
  const warmMs = round(few === full ? 0 : long.ms)
  return {
    name,
    idea,
    bytes: module.length,
    outcome: cold.word,
    gas: cold.gas,
    coldMs: round(cold.ms),
    warmMs,
    nsPerGas: round((ms * 1e6) / gas),
    ns: round(ms * 1e6),
    counts: few === full || cold.word !== 'ok' ? {} : await countsBetween(module, few, most, gas),
  }
}

/**
 * The instructions that a run executes beyond those of a shorter one. Empty if it also pays for the host's work, which
 * has no counts.
 */
async function countsBetween(
  module: Uint8Array,
  few: number,
  most: number,
  gas: number,
): Promise<Observation['counts']> {
  const [short, long] = [await countsOf(module, 'run', [BigInt(few)]), await countsOf(module, 'run', [BigInt(most)])]
  const counts = Object.entries(long)
    .map(([name, count]) => [name as Counted, count - (short[name as Counted] ?? 0)] as const)
    .filter(([, count]) => count > 0)
  const paid = counts.reduce((sum, [name, count]) => sum + count * priceOf(PROFILE_1.schedule, name), 0)
  return paid === gas ? Object.fromEntries(counts) : {}
}

/** The results of repeating one job. */
class Done {
  ms = Infinity
  gas = 0
  word = ''

  async add(computer: Computer, job: Job): Promise<void> {
    const start = processorMs()
    const outcome = await computer.compute(job).catch(faultOf)
    this.ms = Math.min(this.ms, processorMs() - start)
    this.gas = typeof outcome === 'string' ? 0 : Number(outcome.gasUsed)
    this.word = wordFor(outcome)
    await pause(0)
  }
}

function faultOf(error: unknown): string {
  if (error instanceof Fault) return `fault: ${error.code}`
  throw error
}

function wordFor(outcome: Outcome | string): string {
  if (typeof outcome === 'string') return outcome
  if ('ok' in outcome.out) return 'ok'
  const { error } = outcome.out
  return error.kind === 'rejection' ? `${error.code} ${error.subject ?? ''}`.trim() : error.code
}
