import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, ipvm, ipvmJson, ipvmProcess, MAIN, NUMBERS, program, REPOSITORY, STATIONS } from './support.ts'

const COMMANDS = [
  'add',
  'get',
  'show',
  'classify',
  'inspect',
  'run',
  'verify',
  'instrument',
  'export',
  'import',
  'translate',
  'key',
  'completion',
]

describe('help', () => {
  test('lists the commands, examples and exit codes, in 100 columns', async () => {
    const { code, stdout, stderr } = await ipvm(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(stdout).toContain('Examples:\n  ipvm-wasm run add.wasm add 2 -40')
    expect(stdout).toContain('  64   wrong usage: ')
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  test('run states its defaults, its arguments and the global options', async () => {
    const { code, stdout } = await ipvm(['run', '--help'])
    expect(code).toBe(0)
    for (const said of [
      '(default: 5_000_000_000_000)',
      '(default: 1024)',
      '(default: 60)',
      'nan:0x7',
      '--gateway <url>',
      'assemblyscript(T,…)->R',
      '@@home',
    ])
      expect(stdout).toContain(said)
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  test('help is also a command, and defaults stand in it as they are typed', async () => {
    expect((await ipvm(['help'])).stdout).toBe((await ipvm(['--help'])).stdout)
    expect((await ipvm(['help', 'key'])).stdout).toBe((await ipvm(['key', '--help'])).stdout)
    for (const command of ['gc', 'serve', 'import', 'farm'])
      expect((await ipvm([command, '--help'])).stdout).not.toContain('(default: "')
  })

  test('loads neither importer nor binaryen', async () => {
    const said = await new Promise<string>(resolve => {
      const child = spawn(process.execPath, [MAIN, '--help'], {
        env: { ...process.env, NODE_DEBUG: 'esm' },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let text = ''
      child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      child.on('close', () => resolve(text))
    })
    expect(said).toContain('commander')
    expect(said).not.toMatch(/binaryen|unixfs|multiformats|dag-json/)
  })

  test('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }
    expect(await ipvm(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('usage errors have exit code 64, a message on stderr, and no output', () => {
  test.each([
    ['no command', [], 'Usage: ipvm-wasm'],
    ['no command after options', [], 'error: no command is given'],
    ['a misspelled command', ['rnu'], '(Did you mean run?)'],
    ['a shell that is not known', ['completion', 'tcsh'], 'error: the shell is one of bash, zsh, fish, not "tcsh"'],
    ['an action that is not known', ['key', 'make', 'x'], 'error: the action is one of new, show, not "make"'],
    ['an unknown command', ['walk'], "error: unknown command 'walk'"],
    ['an unknown option', ['add', 'x', '--fast'], "error: unknown option '--fast'"],
    ['a missing argument', ['run'], "error: missing required argument 'cid|file'"],
    ['too many arguments', ['show', 'a', 'b'], 'error: too many arguments'],
    ['a missing option', ['export', 'bafkqaaa'], 'error: a CAR is binary: name a file for it with -o FILE'],
    ['no CID', ['show', 'nonsense'], 'error: "nonsense" is no CID'],
    ['no gas', ['run', 'x.wasm', 'f', '--gas', '-5'], 'error: gas is a whole number'],
    [
      'too much gas',
      ['run', 'x.wasm', 'f', '--gas', '5e18'],
      'error: gas is a whole number from 0 to 4611686018427387904',
    ],
    ['no pages', ['run', 'x.wasm', 'f', '--pages', '65537'], 'error: --pages is a whole number from 0 to 65536'],
    ['no time', ['run', 'x.wasm', 'f', '--timeout', '0'], 'error: --timeout is a number of seconds'],
    [
      'an unknown profile',
      ['run', program('json'), 'f', '--profile', 'mine'],
      'error: the profile "mine" is not known here. Known are: pure, virtual, ipvm-wasm/1-draft, ipvm-wasm/1-virtual-draft',
    ],
    ['no ABI', ['run', program('json'), 'minify', 'x', '--abi', 'wasip2'], 'error: not an ABI: "wasip2"'],
    ['a file that is missing', ['run', 'nothere.wasm', 'f'], 'error: cannot read nothere.wasm: there is no such file'],
    [
      'an argument file that is missing',
      ['run', program('json'), 'minify', '@nothere'],
      'error: cannot read nothere: there is no such file',
    ],
    [
      'standard input twice',
      ['run', program('json'), 'minify', '-', '-'],
      'error: standard input can be read only once',
    ],
  ])('%s', async (_, words, said) => {
    const { code, stdout, stderr } = await ipvm(words, { cwd: folder() })
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toContain(said)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('with --json they are also an object', async () => {
    expect((await ipvmJson(['add', 'nothere'], { cwd: folder() })).json).toEqual({
      usage: { message: 'cannot read nothere: there is no such file' },
    })
    expect((await ipvmJson(['walk'])).json).toEqual({ usage: { message: "unknown command 'walk'" } })
  })
})

test('an interruption ends a run with 130, and no receipt', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { code, stdout, stderr } = await ipvmProcess(['run', 'numbers.wasm', 'forever', '--gas', '4e18'], {
    cwd,
    interruptAt: 'running forever',
  })
  expect([code, stdout]).toEqual([130, ''])
  expect(stderr).toMatch(/interrupted\n$/)
})

test('a reader that stops reading is not an error', async () => {
  const cwd = folder({ 'large.bin': new Uint8Array(8_000_000) })
  const cid = (await ipvm(['add', 'large.bin'], { cwd })).stdout.trim()
  const said = await new Promise<{ code: number | null; stderr: string }>(resolve => {
    const child = spawn(process.execPath, [MAIN, 'get', cid], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout.once('data', () => child.stdout.destroy())
    child.on('close', code => resolve({ code, stderr }))
  })
  expect(said.code).toBe(0)
  expect(said.stderr).not.toMatch(/EPIPE|error|fault/i)
})

test('a reader that closes the pipe changes neither exit code nor files', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const code = await new Promise<number | null>(resolve => {
    const child = spawn(process.execPath, [MAIN, 'run', 'numbers.wasm', 'trap', '--out', 'r.car'], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child.stdout.destroy()
    child.on('close', resolve)
  })
  expect([code, existsSync(join(cwd, 'r.car'))]).toEqual([1, true])
})

test('a damaged store is a fault, whose stack is printed only on request', async () => {
  const cwd = folder({ store: 'a file' })
  const { code, stderr } = await ipvm(['add', STATIONS, '--store', 'store'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('fault (store-failed): ')
  expect(stderr).not.toMatch(/^\s+at /m)
  expect((await ipvm(['add', STATIONS, '--store', 'store'], { cwd, env: { IPVM_WASM_DEBUG: '1' } })).stderr).toMatch(
    /^\s+at /m,
  )
})
