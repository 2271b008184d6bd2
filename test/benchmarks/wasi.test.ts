/** The programs of the suite `wasi` leave the same on our engine and under the plain shim: times of others would compare nothing. */
import { expect, test } from 'vitest'
import { OurProgram } from '../../benchmarks/wasi/ours.ts'
import { PlainProgram } from '../../benchmarks/wasi/plain.ts'
import { moduleOf, wasiPrograms } from '../../benchmarks/wasi/programs.ts'
import { CASES } from '../programs/cases.ts'

const programs = wasiPrograms(true)

test('all programs are there', () => {
  const kept = ['words', 'tally', ...Object.values(CASES).map(({ program }) => program)]
  expect(programs.map(({ name }) => name).sort()).toEqual([...new Set(kept)].sort())
})

test.each(programs.map(program => [program.name, program] as const))('%s', async (name, program) => {
  const module = moduleOf(name)
  const ours = await OurProgram.of(program, module)
  const came = await ours.came((await ours.run()).outcome)
  expect(came).toEqual(new PlainProgram(program, module).run().came)
  expect(came.exit === 0 || name === 'tally').toBe(true)
  expect(came.stderr === '' || name === 'tally').toBe(true)
})
