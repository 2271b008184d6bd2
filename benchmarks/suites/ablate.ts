/**
 * Measures the gain of each optimisation of instrumentation: every kernel with all of them, and with one of them
 * switched off.
 */
import { MODES, without, type Mode, type Optimisations } from '../../src/instrument/modes.ts'
import { interleave, type Contender, type Measured } from '../measure.ts'
import { isFloat, KERNELS, type Kernel, type Kind, type Size } from '../kernels.ts'
import { checked, prepare } from '../prepare.ts'
import { geometricMean } from '../stats.ts'
import { ours, STRATEGIES } from '../strategies/strategies.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

interface Form {
  readonly name: string
  /** The optimisation that is switched off. */
  readonly title: string
  readonly mode: Mode
}

const { fast } = MODES

/** The forms that are compared. Counted loops need the charge graph, so the form without it has neither. */
const FORMS: readonly Form[] = [
  { name: 'everything', title: 'nothing', mode: fast },
  { name: 'countedLoops', title: 'counted loops', mode: without(fast, 'countedLoops') },
  { name: 'chargeGraph', title: 'charge graph and counted loops', mode: without(fast, 'chargeGraph', 'countedLoops') },
  { name: 'frames', title: 'stack kept free by callers', mode: without(fast, 'frames') },
  { name: 'sharedChecks', title: 'shared checks', mode: without(fast, 'sharedChecks') },
  { name: 'compact', title: 'shortened bytes', mode: without(fast, 'compact') },
  { name: 'watched', title: 'watching for NaNs (made canonical where observed)', mode: { ...fast, nans: 'observed' } },
  { name: 'observed', title: 'both of NaNs (made canonical everywhere)', mode: { ...fast, nans: 'every' } },
  { name: 'all', title: 'all optimisations', mode: { ...plain(), nans: 'every' } },
]

function plain(): Mode {
  return without(fast, ...(Object.keys(fast.optimisations) as (keyof Optimisations)[]))
}

interface Cell extends Measured {
  readonly bytes: number
}

export interface AblateResult {
  readonly kernels: readonly {
    readonly name: string
    readonly kinds: readonly Kind[]
    /** The size of the original module, in bytes. */
    readonly bytes: number
    readonly forms: Readonly<Record<string, Cell>>
  }[]
}

/** The contenders. The bare module comes first, since all others are compared with it. */
const CONTENDERS = [
  STRATEGIES[0]!,
  ...FORMS.map(({ name, mode }) => ({ name, make: (admitted: Parameters<typeof ours>[0]) => ours(admitted, mode) })),
]

export const ablate: Suite<AblateResult> = {
  title: 'what each optimisation of the fast mode gains',
  async run(options, log) {
    const widths = [16, ...FORMS.map(({ name }) => Math.max(9, name.length))]
    log(columns(['× bare, without', ...FORMS.map(({ name }) => name)], widths))
    const kernels: AblateResult['kernels'][number][] = []
    for (const kernel of KERNELS.filter(({ name }) => options.kernels.test(name))) {
      const row = await measure(kernel, options)
      kernels.push(row)
      log(columns([kernel.name, ...FORMS.map(({ name }) => fixed(row.forms[name]!.ratio.median))], widths))
    }
    log(columns(['geometric mean', ...FORMS.map(({ name }) => fixed(time({ kernels }, name), 3))], widths))
    return { kernels }
  },
  report: result =>
    [
      'Each row has one optimisation switched off. Time: CPU time of the guest, to the bare module on the same engine,',
      'geometric means of the median ratios. Size: bytes to the original, modules of 1 KB and more.',
      '',
      markdownTable(
        ['off', 'time, all kernels', 'integer', 'float and SIMD', 'worst kernel', 'size'],
        FORMS.map(({ name, title }) => [
          title,
          fixed(time(result, name), 3),
          fixed(time(only(result, false), name), 3),
          fixed(time(only(result, true), name), 3),
          worst(result, name),
          fixed(size(result, name), 3),
        ]),
      ),
    ].join('\n'),
}

async function measure(kernel: Kernel, { quick, rounds }: Options): Promise<AblateResult['kernels'][number]> {
  const of: Size = quick ? 'quick' : 'full'
  const names = CONTENDERS.map(({ name }) => name)
  const prepared = await prepare(kernel, of, names, CONTENDERS)
  const contenders = names.map((name): Contender => ({ name, run: () => checked(prepared, name, of).processorMs }))
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 3 : 11),
    warmups: quick ? 1 : 3,
    warmupMs: quick ? 0 : 150,
  })
  const forms = Object.fromEntries(
    FORMS.map(({ name }) => [name, { ...measured.get(name)!, bytes: prepared.sizes.get(name)! }]),
  )
  return { name: kernel.name, kinds: kernel.kinds, bytes: prepared.admitted.module.bytes.length, forms }
}

function only({ kernels }: AblateResult, float: boolean): AblateResult {
  return { kernels: kernels.filter(kernel => isFloat(kernel) === float) }
}

/** The geometric mean, over the kernels, of the ratio of times to the bare module. */
function time({ kernels }: AblateResult, form: string): number {
  return geometricMean(kernels.map(({ forms }) => forms[form]!.ratio.median))
}

function worst({ kernels }: AblateResult, form: string): string {
  const ratio = (kernel: AblateResult['kernels'][number]): number => kernel.forms[form]!.ratio.median
  const [first] = [...kernels].sort((a, b) => ratio(b) - ratio(a))
  return first === undefined ? '–' : `${fixed(ratio(first))} (${first.name})`
}

function size({ kernels }: AblateResult, form: string): number {
  return geometricMean(
    kernels.filter(({ bytes }) => bytes >= 1_000).map(({ bytes, forms }) => forms[form]!.bytes / bytes),
  )
}
