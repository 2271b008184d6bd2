import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { REPOSITORY } from './support.ts'

test('the demonstration prints the expected lines, in 100 columns', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/demo.mjs')], {
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/verdict +admitted/)
  expect(stdout).toContain('{"objects":721,"arrays":121,')
  expect(stdout).toMatch(/gas +\d[\d_]+ of /)
  expect(stdout.match(/receipt +bafyrei\w+/g)!.length).toBeGreaterThanOrEqual(3)
  expect(stdout).toContain('Reproduced: running the task again gave this very receipt.')
  expect(stdout).toContain('Refuted: meta.gasUsed is claimed to be ')
  expect(stdout).toMatch(/stdout +\d+ words, 3 of them shown/)
  expect(
    Math.max(
      ...stripVTControlCharacters(stdout)
        .split('\n')
        .map(line => line.length),
    ),
  ).toBeLessThanOrEqual(100)
})
