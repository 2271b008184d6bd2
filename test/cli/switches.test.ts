/** Switches of V8 are reset to their defaults. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { switchesFor } from '../../src/cli/switches.ts'

const nameOf = (word: string): string => word.replace(/^--(no-)?/, '').replace(/=.*/, '')

test('switches for loading are reset to the defaults of this engine', () => {
  const defaults = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).match(/(?<=default: )--\S+/g)
  const { during, afterwards } = switchesFor()
  expect(defaults).toEqual(expect.arrayContaining([...afterwards]))
  for (const word of during) expect(defaults).not.toContain(word)
})

describe.each(['11.3.244.8-node.33', '12.4.254.21-node.57', '13.6.233.17-node.53', '0'])('for V8 %s', version => {
  test('each switch has an inverse', () => {
    const { during, afterwards } = switchesFor(version)
    expect(afterwards.map(nameOf)).toEqual(during.map(nameOf))
  })

  test('budgets do not change if the default is not known to be low', () => {
    expect(switchesFor(version).during.some(word => word.includes('budget'))).toBe(version.startsWith('11.'))
  })
})
