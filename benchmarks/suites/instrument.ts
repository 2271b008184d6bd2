/** Measures admission and instrumentation, relative to the time in which binaryen reads and writes the module. */
import { instrument as edit } from '../../src/instrument/instrument.ts'
import { interleave, timed, type Measured } from '../measure.ts'
import { largeModules } from '../modules.ts'
import { admitted } from '../prepare.ts'
import { geometricMean } from '../stats.ts'
import { roundTrip } from '../strategies/strategies.ts'
import { columns, fixed, markdownTable, type Suite } from '../suite.ts'

export interface InstrumentRow {
  readonly name: string
  readonly bytes: number
  /** The sizes of the instrumented module by mode, in bytes. */
  readonly sizes: Readonly<Record<'fast' | 'precise', number>>
  readonly binaryen: Measured
  readonly fast: Measured
  readonly precise: Measured
  /** The engine's own compiler on the fast form. */
  readonly compile: Measured
}

export interface InstrumentResult {
  readonly modules: readonly InstrumentRow[]
}

const HEAD = ['module', 'KB', 'read + emit, ms', 'fast ÷', 'precise ÷', 'compile, ms', 'size, fast']
const WIDTHS = [20, 7, 16, 8, 10, 12, 11]

export const instrument: Suite<InstrumentResult> = {
  title: 'admitting and instrumenting a module, warm',
  async run({ quick, rounds }, log) {
    log(columns(HEAD, WIDTHS))
    const modules: InstrumentRow[] = []
    for (const { name, bytes } of largeModules(quick)) {
      const row = await measure(name, bytes, rounds ?? (quick ? 2 : bytes.length > 500_000 ? 5 : 11), quick)
      modules.push(row)
      log(columns(cells(row), WIDTHS))
    }
    log(`geometric mean ${fixed(preparing({ modules }))}`)
    return { modules }
  },
  report: result =>
    [
      "Admit + instrument, to binaryen's bare read + emit of the same bytes.",
      '',
      markdownTable(HEAD, result.modules.map(cells)),
      '',
      `Geometric mean, fast: ${fixed(preparing(result))}`,
    ].join('\n'),
}

async function measure(name: string, bytes: Uint8Array, rounds: number, quick: boolean): Promise<InstrumentRow> {
  const [fast, precise] = await Promise.all(
    ['fast', 'precise'].map(async mode => (await edit(admitted(bytes), mode as 'fast')).bytes),
  )
  const contenders = [
    { name: 'binaryen', run: () => timed(() => roundTrip(bytes)) },
    { name: 'fast', run: () => timed(() => edit(admitted(bytes), 'fast')) },
    { name: 'precise', run: () => timed(() => edit(admitted(bytes), 'precise')) },
    { name: 'compile', run: () => timed(() => new WebAssembly.Module(fast as Uint8Array<ArrayBuffer>)) },
  ]
  const measured = await interleave(contenders, { rounds, warmups: quick ? 1 : 3, warmupMs: quick ? 0 : 300 })
  const of = (contender: string): Measured => measured.get(contender)!
  return {
    name,
    bytes: bytes.length,
    sizes: { fast: fast!.length, precise: precise!.length },
    binaryen: of('binaryen'),
    fast: of('fast'),
    precise: of('precise'),
    compile: of('compile'),
  }
}

/** The geometric mean, over the modules, of the ratio of the fast mode's time to that of binaryen alone. */
export function preparing({ modules }: InstrumentResult): number {
  return geometricMean(modules.map(({ fast }) => fast.ratio.median))
}

function cells({ name, bytes, sizes, binaryen, fast, precise, compile }: InstrumentRow): (string | number)[] {
  return [
    name,
    Math.round(bytes / 1000),
    fixed(binaryen.ms.median, 1),
    fixed(fast.ratio.median),
    fixed(precise.ratio.median),
    fixed(compile.ms.median, 1),
    fixed(sizes.fast / bytes),
  ]
}
