/** Programs of ordinary compilers in all modes: their outcomes and their exact gas. */
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { Computer } from '../../../src/engine/compute.ts'
import { blessed } from '../../support/golden.ts'
import { ROOT } from '../../support/fixtures.ts'
import { jobOf } from '../../support/jobs.ts'
import { PROFILE_1 } from '../../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../../src/profile/virtual.ts'
import { runProgram, runToTheEnd, type ProgramRun } from './run-program.ts'

const gold = blessed('wasi-gas')
afterAll(() => gold.save())

const program = (name: string): Uint8Array => new Uint8Array(readFileSync(`${ROOT}/wasi/${name}/${name}.wasm`))
const WORDS = program('words')
const TALLY = program('tally')

const TEXTS = { 'a.txt': 'the cat and the dog', sub: { 'b.txt': 'The end, and so on; the\nend' }, ü: 'ä x' }

const RUNS: Readonly<Record<string, ProgramRun & { readonly comes: object }>> = {
  'C with libc counts words of a tree of files': {
    module: WORDS,
    profile: PROFILE_1,
    args: ['words', '3'],
    variables: { IN: '/texts' },
    stdin: 'on\nso\n',
    tree: { texts: TEXTS },
    keep: ['/out'],
    comes: {
      end: 'exit 0',
      stdout: '11 words, 3 of them shown, 1.38 on average\n',
      stderr: '',
      logs: '',
      files: { out: { 'counts.txt': '     4 the\n     2 and\n     2 end\n' } },
    },
  },
  'C with libc exits with another code': {
    module: WORDS,
    profile: PROFILE_1,
    tree: { in: { x: 'x' }, out: 'a file' },
    keep: ['/out', '/nothing'],
    comes: {
      end: 'exit 1',
      stdout: '',
      stderr: '/out/draft.txt: Not a directory\n',
      logs: '',
      files: { out: 'a file' },
    },
  },
  'Rust with its standard library, clocks and randomness': {
    module: TALLY,
    profile: PROFILE_1_VIRTUAL,
    args: ['tally', 'ä'],
    stdin: 'Ab',
    tree: { in: { one: 'B', two: 'b!' } },
    keep: ['/out'],
    comes: {
      end: 'exit 42',
      stdout: '["tally", "ä"] 2 files, 2 letters, at 1704067201\nslept 1500 ms, threads: false\n',
      stderr: 'missing: Err(NotFound)\n',
      logs: '',
      files: { out: { deep: { er: { 'tally.txt': 'b 3\na 1\n' } } } },
    },
  },
}

describe.each(Object.entries(RUNS))('%s', (name, { comes, ...run }) => {
  test('has the same outcome and gas in every mode (GAS-23)', async () => {
    const came = await runProgram('precise', run)
    const gasUsed = 'gasUsed' in came ? came.gasUsed : undefined
    expect(came).toEqual({ ...comes, gasUsed })
    expect(gasUsed).toBe(gold.of(name, gasUsed!))
    for (const mode of ['steady', 'fast'] as const) expect(await runProgram(mode, run), mode).toEqual(came)
    expect(await runToTheEnd({ ...run, gas: gasUsed! })).toEqual(came)
    expect(await runToTheEnd({ ...run, gas: gasUsed! - 1n })).toMatchObject({ end: 'out-of-gas' })
  })
})

test('the output of a program goes to the logs when it traps, in the order of writing (WASI-9)', async () => {
  const came = await runToTheEnd({
    ...RUNS['C with libc counts words of a tree of files']!,
    args: ['words', '3'],
    tree: {},
  })
  expect(came).toMatchObject({ end: 'exit 1', logs: '' })
  // A panic of Rust: there is no directory /in.
  const panics = await runToTheEnd({ module: TALLY, profile: PROFILE_1_VIRTUAL })
  expect(panics).toMatchObject({
    end: 'exit 1',
    stderr: 'Error: Os { code: 44, kind: NotFound, message: "No such file or directory" }\n',
  })
})

test('a program can be called by another ABI, without arguments and files (WASI-8, WASI-9)', async () => {
  const computer = new Computer()
  const words = await computer.compute(jobOf(WORDS, { fun: '_start', profile: PROFILE_1 }))
  expect(words.out).toEqual({ error: { kind: 'trap', code: 'abort' } })
  expect(new TextDecoder().decode(words.logs)).toBe(
    '/in: No such file or directory\n0 words, 0 of them shown, 0.00 on average\n',
  )
  expect(words.trace?.abort?.message).toBe('the guest exited with code 1')
})

test('the profile without clocks rejects programs that import one (WASI-19)', async () => {
  const tally = await new Computer().compute(jobOf(TALLY, { fun: '_start', profile: PROFILE_1 }))
  expect(tally.out).toMatchObject({ error: { kind: 'rejection', code: 'import' } })
})
