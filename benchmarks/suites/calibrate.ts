/**
 * Measures the nanoseconds per gas of kernels and of adversarial modules, and proposes prices that predict time better.
 * People decide whether to change a profile.
 */
import { measureAdversaries, measureControls, type Adversary } from '../adversarial/run.ts'
import { boundLine, boundOf, boundTable, checkTable, controlTable, type Bound } from '../calibrate/bound.ts'
import { measureClasses, nsOf, type ClassRow } from '../calibrate/classes.ts'
import { countsOf, priceOf, type Counted } from '../calibrate/counts.ts'
import { fit, perGas, toGas, type Observation } from '../calibrate/fit.ts'
import { leastSpreads, leastTable, type Least } from '../calibrate/least.ts'
import { KERNELS, moduleOf, type Kernel, type Size } from '../kernels.ts'
import { interleave } from '../measure.ts'
import { checked, prepare } from '../prepare.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { median, round } from '../stats.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface GasRow extends Observation {
  readonly gas: number
  readonly nsPerGas: number
}

export interface Proposal {
  readonly name: string
  readonly now: number
  /** The nanoseconds measured for the class alone, and those that explain the kernels best. */
  readonly alone: number
  readonly fitted: number
  /** The prices in gas from both, scaled so that the gas of the median kernel stays the same. */
  readonly fromAlone: number
  readonly fromFit: number
}

export interface CalibrateResult {
  readonly classes: readonly ClassRow[]
  readonly kernels: readonly GasRow[]
  readonly adversaries: readonly Adversary[]
  /** Ordinary programs with the same instructions and as much memory as the worst adversaries. */
  readonly controls: readonly Adversary[]
  /** Lower bounds for all prices. */
  readonly bound: Bound
  readonly least: readonly Least[]
  readonly proposal: readonly Proposal[]
  /**
   * The ratio of the greatest to the least nanoseconds per gas of the kernels, under the current and the proposed
   * prices.
   */
  readonly spread: {
    readonly now: number
    readonly fromAlone: number
    readonly fromFit: number
  }
}

/** The least time of a kernel, in nanoseconds. A shorter one is not measured in the engine's steady state. */
const LEAST_NS = 10e6

export const calibrate: Suite<CalibrateResult> = {
  title: 'nanoseconds per gas, by class, kernel and adversary; proposed prices',
  async run(options, log) {
    const classes = await measureClasses(options.quick, ({ of, what, bare, fast }) =>
      log(columns([`${of}: ${what}`, fixed(bare, 3), fixed(fast, 3), 'ns'], [54, 9, 9, 3])),
    )
    const kernels: GasRow[] = []
    for (const kernel of KERNELS.filter(({ name }) => options.kernels.test(name))) {
      const row = await measure(kernel, options.quick ? 'quick' : 'full', options)
      kernels.push(row)
      log(columns([row.name, fixed(row.ns / 1e6, 1), 'ms', fixed(row.nsPerGas, 4), 'ns/gas'], [20, 9, 3, 9, 7]))
    }
    const settled = settledOf(kernels, options.quick)
    const middle = median(settled.map(({ nsPerGas }) => nsPerGas))
    const each = ({ name, outcome, nsPerGas }: Adversary): void =>
      log(
        columns(
          [name, outcome, fixed(nsPerGas, 4), 'ns/gas,', fixed(nsPerGas / middle, 1), '× median'],
          [24, 16, 9, 8, 7, 9],
        ),
      )
    const adversaries = await measureAdversaries(options.quick, each)
    const controls = await measureControls(options.quick, each)
    const result = {
      classes,
      kernels,
      adversaries,
      controls,
      bound: boundOf(settled, adversaries),
      least: leastSpreads(settled, adversaries),
      ...propose(classes, settled),
    }
    log(proposalTable(result.proposal))
    log(spreadLine(result.spread))
    log(boundTable(result.bound))
    log(checkTable(result.bound, kernels, adversaries))
    log(boundLine(result.bound))
    log(controlTable(result.controls, adversaries))
    log(leastTable(result.least))
    return result
  },
  report: result =>
    [
      `Kernels that run for 10 ms and more: ${gasLine(result)}`,
      '',
      markdownTable(
        ['kernel', 'ms', 'ns per gas', '÷ median'],
        byGas(result.kernels).map(({ name, ns, nsPerGas }) => [
          name,
          fixed(ns / 1e6, 1),
          fixed(nsPerGas, 4),
          fixed(nsPerGas / middleOf(result)),
        ]),
      ),
      '',
      'Adversaries, which are modules made to be slow for their gas:',
      '',
      markdownTable(
        ['module', 'idea', 'outcome', 'first job, ms', 'ns per gas', '÷ median'],
        byGas(result.adversaries).map(row => [
          row.name,
          row.idea,
          row.outcome,
          fixed(row.coldMs, 0),
          fixed(row.nsPerGas, 4),
          fixed(row.nsPerGas / middleOf(result), 1),
        ]),
      ),
      '',
      'Instructions on their own, in nanoseconds:',
      '',
      markdownTable(
        ['class', 'what', 'bare', 'fast'],
        result.classes.map(({ of, what, bare, fast }) => [of, what, fixed(bare, 3), fixed(fast, 3)]),
      ),
      '',
      'Proposed prices:',
      '',
      proposalTable(result.proposal),
      '',
      spreadLine(result.spread),
      '',
      'Lower bounds for all prices; each line is a proof of its own (`calibrate/bound.ts`):',
      '',
      boundTable(result.bound),
      '',
      'The first line, by class:',
      '',
      checkTable(result.bound, result.kernels, result.adversaries),
      '',
      boundLine(result.bound),
      '',
      'The worst adversary compared with programs that use as much memory:',
      '',
      controlTable(result.controls, result.adversaries),
      '',
      'The least spread of all programs together, over all prices (`calibrate/least.ts`):',
      '',
      leastTable(result.least),
    ].join('\n'),
}

async function measure(kernel: Kernel, size: Size, { quick, rounds }: Options): Promise<GasRow> {
  const prepared = await prepare(kernel, size, ['fast'])
  const gas = Number(checked(prepared, 'fast', size).gas!)
  const contenders = [{ name: 'fast', run: () => checked(prepared, 'fast', size).processorMs }]
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 3 : 7),
    warmups: 3,
    warmupMs: quick ? 0 : 100,
  })
  // The least time counts, since other work of the machine only adds.
  const ns = measured.get('fast')!.ms.min * 1e6
  const counts = await countsOf(moduleOf(kernel), kernel.fun, kernel.args(size))
  return { name: kernel.name, ns, gas, nsPerGas: round(ns / gas), counts }
}

/** The kernels that run for long enough; in quick runs, all. */
function settledOf(kernels: readonly GasRow[], quick: boolean): readonly GasRow[] {
  const settled = kernels.filter(({ ns }) => ns >= LEAST_NS)
  return quick || settled.length === 0 ? kernels : settled
}

function propose(
  classes: readonly ClassRow[],
  kernels: readonly GasRow[],
): Pick<CalibrateResult, 'proposal' | 'spread'> {
  const plain = nsOf(classes, 'plain', 'fast')
  const alone: Record<string, number> = {}
  for (const name of Object.keys(PROFILE_1.schedule.instructions)) {
    if (name !== 'free') alone[name] = nsOf(classes, name as 'plain', 'fast') || plain / 8
  }
  for (const [name, what] of [
    ['memoryFill', 'memory.fill'],
    ['memoryCopy', 'memory.copy'],
  ] as const) {
    alone[name] = classes.find(row => row.perUnit && row.what.startsWith(what))!.fast
  }
  alone['entryWord'] = plain / 2
  // A call was measured together with the entry of its callee. The current prices determine how the time is divided.
  const { call, callIndirect } = PROFILE_1.schedule.instructions
  const entry = PROFILE_1.schedule.entry.flat
  alone['entry'] = round((alone['call']! * entry) / (call + entry))
  alone['call'] = round((alone['call']! * call) / (call + entry))
  alone['callIndirect'] = round((alone['callIndirect']! * callIndirect) / (callIndirect + entry))
  const fitted = fit(kernels, alone)
  const now = Object.fromEntries(Object.keys(alone).map(name => [name, priceOf(PROFILE_1.schedule, name as Counted)]))
  const [fromAlone, fromFit] = [toGas(kernels, alone, now), toGas(kernels, fitted, now)]
  const spread = (prices: Readonly<Record<string, number>>): number => {
    const all = perGas(kernels, prices)
    return round(Math.max(...all) / Math.min(...all))
  }
  return {
    proposal: Object.keys(alone).map(name => ({
      name,
      now: now[name]!,
      alone: alone[name]!,
      fitted: fitted[name]!,
      fromAlone: fromAlone[name]!,
      fromFit: fromFit[name]!,
    })),
    spread: {
      now: spread(now),
      fromAlone: spread(fromAlone),
      fromFit: spread(fromFit),
    },
  }
}

/** The median nanoseconds per gas of the kernels that count. */
export function middleOf({ kernels }: CalibrateResult): number {
  return median(settledOf(kernels, false).map(({ nsPerGas }) => nsPerGas))
}

/** The ratio of the greatest to the least nanoseconds per gas of the kernels that count. */
export function gasSpread({ kernels }: CalibrateResult): number {
  const all = settledOf(kernels, false).map(({ nsPerGas }) => nsPerGas)
  return Math.max(...all) / Math.min(...all)
}

/** The adversary with the most nanoseconds per gas. */
export function worstAdversary(result: CalibrateResult): Adversary {
  return byGas(result.adversaries)[0]!
}

function byGas<T extends { readonly nsPerGas: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => b.nsPerGas - a.nsPerGas)
}

function gasLine(result: CalibrateResult): string {
  const all = settledOf(result.kernels, false).map(({ nsPerGas }) => nsPerGas)
  const [least, middle, greatest] = [Math.min(...all), middleOf(result), Math.max(...all)].map(one => fixed(one, 4))
  return `least ${least}, median ${middle}, greatest ${greatest} ns per gas; greatest ÷ least ${fixed(gasSpread(result))}.`
}

function proposalTable(proposal: readonly Proposal[]): string {
  return markdownTable(
    ['price', 'now', 'alone, ns', 'fitted, ns', 'proposed: alone', 'proposed: fitted'],
    proposal.map(({ name, now, alone, fitted, fromAlone, fromFit }) => [
      name,
      now,
      fixed(alone, 3),
      fixed(fitted, 3),
      fromAlone,
      fromFit,
    ]),
  )
}

function spreadLine({ now, fromAlone, fromFit }: CalibrateResult['spread']): string {
  const proposed = `${fixed(fromAlone)} by classes alone, ${fixed(fromFit)} fitted`
  return `Greatest ÷ least ns per gas over the kernels: ${fixed(now)} now, ${proposed}.`
}
