/**
 * Measures the overhead of metering: every kernel in every strategy, relative to the bare module on the same engine.
 */
import { interleave, type Contender, type Measured } from '../measure.ts'
import { isFloat, KERNELS, type Kernel, type Kind, type Size } from '../kernels.ts'
import { checked, prepare, type Prepared } from '../prepare.ts'
import { geometricMean } from '../stats.ts'
import { STRATEGIES } from '../strategies/strategies.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface KernelResult {
  readonly name: string
  readonly language: string
  readonly kinds: readonly Kind[]
  /** The size of the original module, in bytes. */
  readonly bytes: number
  /** The gas that our instrumentation counts, which is the same in all modes. */
  readonly gas: number
  /** The measurements by strategy, or the reason why there are none. */
  readonly strategies: Readonly<Record<string, (Measured & { readonly bytes: number }) | string>>
}

export interface ExecuteResult {
  readonly kernels: readonly KernelResult[]
}

export const execute: Suite<ExecuteResult> = {
  title: 'time of the guest, by kernel and by strategy',
  async run(options, log) {
    const size: Size = options.quick ? 'quick' : 'full'
    const widths = [16, ...STRATEGIES.map(() => 9)]
    log(columns(['× bare', ...STRATEGIES.map(({ name }) => name)], widths))
    const kernels: KernelResult[] = []
    for (const kernel of KERNELS.filter(({ name }) => options.kernels.test(name))) {
      const result = await measure(kernel, size, options)
      kernels.push(result)
      log(columns([kernel.name, ...STRATEGIES.map(({ name }) => cell(result, name))], widths))
    }
    for (const [title, rows] of groups(kernels))
      log(columns([title, ...STRATEGIES.map(({ name }) => fixed(mean(rows, name)))], widths))
    return { kernels }
  },
  report({ kernels }) {
    const head = ['kernel', 'language', 'bare, ms', ...STRATEGIES.slice(1).map(({ title }) => title)]
    const rows = kernels.map(kernel => [
      kernel.name,
      kernel.language,
      bareMs(kernel),
      ...STRATEGIES.slice(1).map(({ name }) => withSpread(kernel, name)),
    ])
    const means = groups(kernels).map(([title, members]) => [
      `**${title}**`,
      '',
      '',
      ...STRATEGIES.slice(1).map(({ name }) => `**${fixed(mean(members, name))}**`),
    ])
    return [
      'Ratio to the bare module: median of the ratios within one turn, and their quartiles.',
      '',
      markdownTable(head, [...rows, ...means]),
      '',
      'Size of the module, to the original:',
      '',
      sizes(kernels),
    ].join('\n')
  },
}

async function measure(kernel: Kernel, size: Size, { quick, rounds }: Options): Promise<KernelResult> {
  const prepared = await prepare(
    kernel,
    size,
    STRATEGIES.map(({ name }) => name),
  )
  const gas = gasOf(prepared, size)
  const contenders = [...prepared.guests.keys()].map((name): Contender => ({
    name,
    run: () => checked(prepared, name, size).ms,
  }))
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 3 : 11),
    warmups: quick ? 1 : 3,
    warmupMs: quick ? 0 : 150,
    slowMs: 400,
    slowRounds: 3,
  })
  const strategies = Object.fromEntries(
    STRATEGIES.map(({ name }) => {
      const own = measured.get(name)
      return [name, own === undefined ? prepared.refused.get(name)! : { ...own, bytes: prepared.sizes.get(name)! }]
    }),
  )
  const { name, language, kinds } = kernel
  return { name, language, kinds, bytes: prepared.admitted.module.bytes.length, gas: Number(gas), strategies }
}

/** The gas of a kernel. Throws if the modes do not agree, since the times would be meaningless then. */
export function gasOf(prepared: Prepared, size: Size): bigint {
  const [fast, precise] = ['fast', 'precise'].map(mode => checked(prepared, mode, size).gas!)
  if (fast !== precise)
    throw new Error(`${prepared.kernel.name}: gas ${fast} in the fast mode, ${precise} in the precise one`)
  return fast!
}

/** The groups of kernels: all, those with floats, and those without. */
export function groups(
  kernels: readonly KernelResult[],
): readonly (readonly [title: string, kernels: readonly KernelResult[]])[] {
  const floats = kernels.filter(kernel => isFloat(kernel))
  const integers = kernels.filter(kernel => !floats.includes(kernel))
  const all = [
    ['geometric mean', kernels],
    ['integer', integers],
    ['float and SIMD', floats],
  ] as const
  return all.filter(([, members]) => members.length > 0)
}

/** The geometric mean of the median ratios of a strategy, over the kernels that it supports; NaN if there are none. */
export function mean(kernels: readonly KernelResult[], strategy: string): number {
  return geometricMean(ratios(kernels, strategy))
}

export function ratios(kernels: readonly KernelResult[], strategy: string): number[] {
  return kernels
    .map(({ strategies }) => strategies[strategy])
    .filter(own => typeof own === 'object')
    .map(own => own.ratio.median)
}

/**
 * The least size for ratios of sizes, in bytes. In smaller modules, most of the growth is names of the meter's exports.
 */
const LEAST_BYTES = 1_000

/** Modules that are large enough for a ratio of sizes. */
export function sized(kernels: readonly KernelResult[]): KernelResult[] {
  return kernels.filter(({ bytes }) => bytes >= LEAST_BYTES)
}

/** The ratios of the sizes to those of the original modules, by kernel. */
export function sizeRatios(kernels: readonly KernelResult[], strategy: string): number[] {
  return kernels.flatMap(({ bytes, strategies }) => {
    const own = strategies[strategy]
    return typeof own === 'object' ? [own.bytes / bytes] : []
  })
}

function sizes(kernels: readonly KernelResult[]): string {
  const rows = STRATEGIES.slice(1).map(({ name, title }) => {
    const own = sizeRatios(sized(kernels), name)
    return [
      title,
      own.length,
      fixed(geometricMean(own)),
      fixed(Math.max(...own)),
      fixed(geometricMean(sizeRatios(kernels, name))),
    ]
  })
  return markdownTable(
    ['strategy', 'modules of 1 KB and more', 'geometric mean', 'largest', 'geometric mean of all'],
    rows,
  )
}

function cell({ strategies }: KernelResult, name: string): string {
  const own = strategies[name]!
  return typeof own === 'string' ? '–' : name === 'bare' ? `${own.ms.median.toFixed(1)} ms` : fixed(own.ratio.median)
}

function bareMs({ strategies }: KernelResult): string {
  const bare = strategies['bare']
  return typeof bare === 'object' ? bare.ms.median.toFixed(1) : '–'
}

function withSpread({ strategies }: KernelResult, name: string): string {
  const own = strategies[name]!
  return typeof own === 'string' ? own : `${fixed(own.ratio.median)} (${fixed(own.ratio.q1)}–${fixed(own.ratio.q3)})`
}
