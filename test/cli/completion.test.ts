import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { folder, ipvm, ipvmJson } from './support.ts'

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout, stderr } = await ipvm(['completion', shell])
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

describe.each(['bash', 'zsh', 'fish'])('%s', shell => {
  test('names every command and option', async () => {
    const script = await scriptOf(shell)
    for (const word of ['add', 'inspect', 'completion', 'store', 'expect-task', 'max-gas', 'limits', 'help', 'bash'])
      expect(script).toContain(word)
  })

  test.skipIf(!isThere(shell))('is a script that the shell can parse', async () => {
    const file = join(folder(), 'script')
    writeFileSync(file, await scriptOf(shell))
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe.skipIf(!isThere('bash'))('bash completes', () => {
  const CASES: readonly (readonly [typed: string, completed: readonly string[]])[] = [
    ['ipvm-wasm in', ['inspect', 'instrument']],
    ['ipvm-wasm --json ver', ['verify']],
    ['ipvm-wasm --store add ver', ['verify']],
    ['ipvm-wasm run --ga', ['--gas', '--gateway']],
    ['ipvm-wasm verify --e', ['--expect-signer', '--expect-task']],
    ['ipvm-wasm key ', ['new', 'show']],
    ['ipvm-wasm add --gas', []],
    ['ipvm-wasm run a.wasm', []],
    ['ipvm-wasm run --out ver', []],
    ['ipvm-wasm run -- --ga', []],
    ['ipvm-wasm completion ', ['bash', 'zsh', 'fish']],
  ]

  test('it completes commands and options only', async () => {
    const script = await scriptOf('bash')
    const calls = CASES.map(([typed]) => {
      const words = typed.split(' ')
      return `COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ipvm_wasm; echo "\${COMPREPLY[*]}"`
    })
    const { stdout } = spawnSync('bash', ['-c', `${script}\n${calls.join('\n')}`], { encoding: 'utf8' })
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => line.split(' ').filter(word => word !== '')),
    ).toEqual(CASES.map(([, completed]) => completed))
  })
})

test('--json has it as text', async () => {
  const { json } = await ipvmJson<{ shell: string; script: string }>(['completion', 'fish'])
  expect(json).toEqual({ shell: 'fish', script: await scriptOf('fish') })
})
