/**
 * Measures the same kernels under another runtime with metering of its own: Wasmtime, through its Python package, if it
 * is installed.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expectedChecksums, isFloat, KERNELS, moduleOf, type Kernel, type Kind, type Size } from '../kernels.ts'
import { geometricMean, spreadOf, type Spread } from '../stats.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface PeerRow {
  readonly name: string
  readonly kinds: readonly Kind[]
  /** The milliseconds without and with metering by Wasmtime, and their ratio turn by turn. */
  readonly bare: Spread
  readonly fuel: Spread
  readonly ratio: Spread
}

export interface PeerResult {
  /** The name and version of the runtime; undefined if it is not installed. */
  readonly runtime: string | undefined
  readonly kernels: readonly PeerRow[]
}

const SCRIPT = fileURLToPath(new URL('../peers/run_wasmtime.py', import.meta.url))
const VERSION = 'import importlib.metadata as m; import wasmtime; print(m.version("wasmtime"))'

export const peer: Suite<PeerResult> = {
  title: 'the same kernels under wasmtime, with fuel and without',
  async run(options, log) {
    const python = findPython(options)
    if (python === undefined) {
      log('wasmtime: not found (it would be a Python package of python3, or of what --python names)')
      return { runtime: undefined, kernels: [] }
    }
    log(columns(['× without fuel', 'ms', 'fuel'], [16, 9, 9]))
    const kernels: PeerRow[] = []
    for (const kernel of KERNELS.filter(({ name }) => options.kernels.test(name))) {
      const row = measure(kernel, python.command, options)
      kernels.push(row)
      log(columns([row.name, fixed(row.bare.median, 1), fixed(row.ratio.median)], [16, 9, 9]))
    }
    log(columns(['geometric mean', '', fixed(geometricMean(kernels.map(({ ratio }) => ratio.median)))], [16, 9, 9]))
    return { runtime: `wasmtime ${python.version}`, kernels }
  },
  report({ runtime, kernels }) {
    if (runtime === undefined) return 'not found'
    const rows = kernels.map(({ name, bare, ratio }) => [
      name,
      fixed(bare.median, 1),
      `${fixed(ratio.median)} (${fixed(ratio.q1)}–${fixed(ratio.q3)})`,
    ])
    const means = (
      [
        ['geometric mean', () => true],
        ['integer', row => !isFloat(row)],
        ['float and SIMD', isFloat],
      ] as [string, (row: PeerRow) => boolean][]
    )
      .map(([title, belongs]) => [title, kernels.filter(belongs)] as const)
      .filter(([, members]) => members.length > 0)
      .map(([title, members]) => [
        `**${title}**`,
        '',
        `**${fixed(geometricMean(members.map(({ ratio }) => ratio.median)))}**`,
      ])
    return [
      `${runtime}: its own fuel, to itself without it.`,
      '',
      markdownTable(['kernel', 'without, ms', 'with fuel ÷'], [...rows, ...means]),
    ].join('\n')
  },
}

function findPython({ python }: Options): { readonly command: string; readonly version: string } | undefined {
  for (const command of python === undefined ? ['python3', 'python'] : [python]) {
    const { status, stdout } = spawnSync(command, ['-c', VERSION], { encoding: 'utf8' })
    if (status === 0) return { command, version: stdout.trim() }
  }
  return undefined
}

function measure(kernel: Kernel, python: string, { quick, rounds }: Options): PeerRow {
  const size: Size = quick ? 'quick' : 'full'
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const { name, fun, abi, kinds } = kernel
  const args = kernel.args(size).map(arg => (typeof arg === 'bigint' ? Number(arg) : base64(arg)))
  const request = {
    rounds: rounds ?? (quick ? 3 : 9),
    kernels: [{ name, fun, abi, args, module: base64(moduleOf(kernel)), checksum: expectedChecksums()[name]![size] }],
  }
  const { status, stdout, stderr } = spawnSync(python, [SCRIPT], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${name} under wasmtime: ${stderr}`)
  const { times } = JSON.parse(stdout) as { times: { bare: number[]; fuel: number[] } }
  return {
    name,
    kinds,
    bare: spreadOf(times.bare),
    fuel: spreadOf(times.fuel),
    ratio: spreadOf(times.fuel.map((ms, i) => ms / times.bare[i]!)),
  }
}
