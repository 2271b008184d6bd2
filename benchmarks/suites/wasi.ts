/** What programs of WASI cost: beside the same programs under a plain shim; what a host call costs; what a large module takes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { interleave, type Measured } from '../measure.ts'
import { enlarged, type Sample } from '../modules.ts'
import { geometricMean, round, spreadOf, type Spread } from '../stats.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'
import { measureCalls, type CallRow } from '../wasi/calls.ts'
import { OurProgram } from '../wasi/ours.ts'
import { PlainProgram } from '../wasi/plain.ts'
import { moduleOf, wasiPrograms, type WasiProgram } from '../wasi/programs.ts'

export interface ProgramRow {
  readonly name: string
  readonly language: string
  readonly gas: number
  readonly plain: Measured
  readonly fast: Measured
}

/** What is done with a large module (large.mjs), and what it takes. */
const WHATS = ['binaryen', 'instrument', 'prepare', 'index'] as const
type What = (typeof WHATS)[number]
interface Took {
  readonly ms: number
  readonly mb: number
}

export interface LargeRow {
  readonly name: string
  readonly bytes: number
  /** By what is done: milliseconds, and the most resident memory in MB. */
  readonly ms: Readonly<Record<What, Spread>>
  readonly mb: Readonly<Record<What, number>>
  /** Admitted and instrumented, to binaryen's read and emit, turn by turn. */
  readonly ratio: Spread
}

export interface WasiResult {
  readonly programs: readonly ProgramRow[]
  readonly calls: readonly CallRow[]
  readonly large: readonly LargeRow[]
}

const PROGRAM_HEAD = ['program', 'language', 'plain shim, ms', 'fast ÷', 'quartiles']
const CALL_HEAD = ['call', 'ns', 'an import that does nothing, ns', 'beyond, ns']
const LARGE_HEAD = [
  'module',
  'MB',
  'read + emit, s',
  'admit + instrument ÷',
  'prepared, s',
  'most memory, MB',
  'from the index, s',
]

export const wasi: Suite<WasiResult> = {
  title: 'programs of WASI beside a plain shim, calls of its functions, and preparing a large module',
  async run(options, log) {
    const programs: ProgramRow[] = []
    for (const program of wasiPrograms(options.quick).filter(({ name }) => options.kernels.test(name))) {
      const row = await measureProgram(program, options)
      programs.push(row)
      log(columns([row.name, `${fixed(row.plain.ms.median, 0)} ms`, fixed(row.fast.ratio.median)], [16, 9, 9]))
    }
    log(columns(['geometric mean', '', fixed(meanOf({ programs }))], [16, 9, 9]))
    if (options.kernels.source !== '(?:)') return { programs, calls: [], large: [] }
    const calls = await measureCalls(options.quick ? 1_000 : 100_000, turnsOf(options, 21))
    for (const row of calls) log(columns([row.name, fixed(row.ns, 0), fixed(beyond(row), 0), 'ns'], [42, 9, 9, 3]))
    const large: LargeRow[] = []
    for (const sample of largeModules(options.quick)) {
      const row = measureLarge(sample, options)
      large.push(row)
      log(columns(largeCells(row), [24, 6, 8, 8, 8, 8, 8]))
    }
    return { programs, calls, large }
  },
  report: ({ programs, calls, large }) =>
    [
      'The time of a run, to the same module under a plain shim on the same engine: median of the ratios within one turn.',
      '',
      markdownTable(PROGRAM_HEAD, [
        ...programs.map(({ name, language, plain, fast: { ratio } }) => [
          name,
          language,
          fixed(plain.ms.median, 0),
          fixed(ratio.median),
          `${fixed(ratio.q1)}–${fixed(ratio.q3)}`,
        ]),
        ['**geometric mean**', '', '', `**${fixed(meanOf({ programs }))}**`, ''],
      ]),
      '',
      markdownTable(
        CALL_HEAD,
        calls.map(row => [row.name, fixed(row.ns, 0), fixed(row.bareNs, 0), fixed(beyond(row), 0)]),
      ),
      '',
      markdownTable(LARGE_HEAD, large.map(largeCells)),
    ].join('\n'),
}

function turnsOf({ quick, rounds }: Options, usual: number): Parameters<typeof interleave>[1] {
  return { rounds: rounds ?? (quick ? 2 : usual), warmups: quick ? 1 : 3, warmupMs: quick ? 0 : 500 }
}

/** Geometric mean of the programs' ratios. */
export function meanOf({ programs }: Pick<WasiResult, 'programs'>): number {
  return geometricMean(programs.map(({ fast }) => fast.ratio.median))
}

/** Nanoseconds that a call takes beyond that of an import that does nothing. */
export function beyond({ ns, bareNs }: CallRow): number {
  return ns - bareNs
}

// ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function measureProgram(program: WasiProgram, options: Options): Promise<ProgramRow> {
  const module = moduleOf(program.name)
  const plain = new PlainProgram(program, module)
  const ours = await OurProgram.of(program, module)
  const { outcome } = await ours.run()
  const [found, expected] = [await ours.came(outcome), plain.run().came]
  if (!isDeepStrictEqual(found, expected))
    throw new Error(`${program.name} leaves two things:\n${JSON.stringify(found)}\n${JSON.stringify(expected)}`)
  const contenders = [
    { name: 'plain', run: () => plain.run().ms },
    { name: 'fast', run: async () => (await ours.run()).ms },
  ]
  const measured = await interleave(contenders, turnsOf(options, 11))
  const { name, language } = program
  return { name, language, gas: Number(outcome.gasUsed), plain: measured.get('plain')!, fast: measured.get('fast')! }
}

// ── A large module ──────────────────────────────────────────────────────────────────────────────────────────────────

const LARGE_BYTES = 20_000_000

/** Go's program repeated up to 20 MB, and Python. */
function largeModules(quick: boolean): Sample[] {
  const repeated = enlarged(moduleOf(quick ? 'words' : 'report'), quick ? 200_000 : LARGE_BYTES, PROFILE_1_VIRTUAL)
  return [
    { name: quick ? 'words, repeated' : 'report, repeated', bytes: repeated },
    ...(quick ? [] : [{ name: 'python', bytes: moduleOf('python') }]),
  ]
}

const LARGE = fileURLToPath(new URL('../wasi/large.mjs', import.meta.url))

function measureLarge({ name, bytes }: Sample, { quick, rounds }: Options): LargeRow {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-wasm-bench-'))
  try {
    const path = join(folder, 'module.wasm')
    writeFileSync(path, bytes)
    const took = Array.from({ length: rounds ?? (quick ? 1 : 3) }, () =>
      Object.fromEntries(WHATS.map(what => [what, inProcess(what, path, join(folder, 'index'))])),
    ) as Record<What, Took>[]
    const of = <T>(make: (what: What) => T): Record<What, T> =>
      Object.fromEntries(WHATS.map(what => [what, make(what)])) as Record<What, T>
    return {
      name,
      bytes: bytes.length,
      ms: of(what => spreadOf(took.map(turn => turn[what].ms))),
      mb: of(what => round(Math.max(...took.map(turn => turn[what].mb)))),
      ratio: spreadOf(took.map(turn => turn.instrument.ms / turn.binaryen.ms)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function inProcess(what: What, path: string, index: string): Took {
  const { status, stdout } = spawnSync(process.execPath, [LARGE, what, path, index], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${what} of a large module ended with ${status}`)
  return JSON.parse(stdout) as Took
}

function largeCells({ name, bytes, ms, mb, ratio }: LargeRow): (string | number)[] {
  const seconds = (what: What): string => fixed(ms[what].median / 1000)
  return [
    name,
    fixed(bytes / 1e6, 1),
    seconds('binaryen'),
    fixed(ratio.median),
    seconds('prepare'),
    fixed(mb.prepare, 0),
    seconds('index'),
  ]
}
