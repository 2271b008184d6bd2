/** Measures the speed of our validator, and of the engine's own on the same bytes. */
import { admit as judge } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { interleave, timed, type Measured } from '../measure.ts'
import { largeModules } from '../modules.ts'
import { columns, fixed, markdownTable, type Suite } from '../suite.ts'

export interface AdmitRow {
  readonly name: string
  readonly bytes: number
  readonly engine: Measured
  readonly admit: Measured
}

export interface AdmitResult {
  readonly modules: readonly AdmitRow[]
}

const HEAD = ['module', 'KB', 'admit, ms', 'MB/s', '÷ WebAssembly.validate']

export const admit: Suite<AdmitResult> = {
  title: 'reading, validating and admitting a module',
  async run({ quick, rounds }, log) {
    log(columns(HEAD, [20, 9, 12, 9, 24]))
    const modules: AdmitRow[] = []
    for (const { name, bytes } of largeModules(quick)) {
      const contenders = [
        { name: 'engine', run: () => timed(() => WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) },
        { name: 'admit', run: () => timed(() => judge(bytes, PROFILE_1)) },
      ]
      const measured = await interleave(contenders, {
        rounds: rounds ?? (quick ? 3 : 15),
        warmups: quick ? 1 : 5,
        warmupMs: quick ? 0 : 200,
      })
      const row = { name, bytes: bytes.length, engine: measured.get('engine')!, admit: measured.get('admit')! }
      modules.push(row)
      log(columns(cells(row), [20, 9, 12, 9, 24]))
    }
    return { modules }
  },
  report: ({ modules }) => markdownTable(HEAD, modules.map(cells)),
}

function cells({ name, bytes, admit: { ms, ratio } }: AdmitRow): (string | number)[] {
  return [name, Math.round(bytes / 1000), fixed(ms.median), fixed(bytes / 1000 / ms.median, 1), fixed(ratio.median)]
}
