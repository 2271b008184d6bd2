/** `run` of programs: options, streams, files in and out. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { FIXTURES, folder, ipvm, ipvmJson, NUMBERS } from './support.ts'

const WORDS = join(FIXTURES, 'wasi/words/words.wasm')
const TALLY = join(FIXTURES, 'wasi/tally/tally.wasm')

/** A folder with texts, in which a program can be run. */
function place(): string {
  const cwd = folder({ 'skip.txt': 'on\nso\n' })
  mkdirSync(join(cwd, 'texts/sub'), { recursive: true })
  writeFileSync(join(cwd, 'texts/a.txt'), 'the cat and the dog')
  writeFileSync(join(cwd, 'texts/sub/b.txt'), 'The end, and so on; the\nend')
  return cwd
}

const RUN = [
  'run',
  WORDS,
  '--dir',
  './texts:/data/texts',
  '--env',
  'IN=/data/texts',
  '--stdin',
  'skip.txt',
  '--keep',
  '/out',
]

interface Ran {
  readonly task: CID
  readonly out: { readonly ok?: { readonly exit: number; readonly files?: CID } }
}

describe('a program with files', () => {
  test('shows its exit code, its streams and its files, which can be read', async () => {
    const cwd = place()
    const { code, stdout } = await ipvm([...RUN, '--', '2'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^exit +0\nstdout +10 words, 2 of them shown, [\d.]+ on average\nfiles +bafy\w+\ngas /)
    const cid = /^files +(\w+)/m.exec(stdout)![1]!
    const kept = await ipvm(['get', `${cid}/out/counts.txt`, '-o', '-'], { cwd })
    expect(kept.stdout).toBe('     4 the\n     2 and\n')
  })

  test('its task names no local file, and is the same for a folder and for the CID of it', async () => {
    const cwd = place()
    const { json } = await ipvmJson<Ran>([...RUN, '2'], { cwd })
    const task = (
      await ipvmJson<{ args: { params: [{ args: string[]; files: Record<string, CID> }]; fun: string; abi: string } }>(
        ['show', json.task.toString()],
        { cwd },
      )
    ).json
    expect(task.args).toMatchObject({
      fun: '_start',
      abi: 'wasi',
      params: [{ args: ['program', '2'], env: { IN: '/data/texts' }, keep: ['out'] }],
    })
    const dir = task.args.params[0].files['data/texts']!
    const again = RUN.map(word => (word.startsWith('./texts') ? `${dir}:/data/texts` : word))
    expect((await ipvmJson<Ran>([...again, '2'], { cwd })).json.task).toEqual(json.task)
  })

  test('--raw passes on both streams, byte for byte, and --exit-code the exit code', async () => {
    const cwd = place()
    const { code, stdout, stderr } = await ipvm([...RUN, '--raw', '--exit-code', '--', '2'], { cwd })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^10 words, 2 of them shown, [\d.]+ on average\n$/)])
    expect(stderr).toMatch(/^exit|^gas /m)
    const fails = await ipvm(['run', WORDS, '--raw', '--exit-code'], { cwd })
    expect([fails.code, fails.stdout]).toEqual([expect.any(Number), expect.any(String)])
    expect(fails.code).toBeGreaterThan(0)
    expect(fails.stderr).toContain('/in: No such file or directory')
  })

  test('an exit code that is not 0 is a result: without --exit-code the command has worked', async () => {
    expect((await ipvm(['run', WORDS], { cwd: place() })).code).toBe(0)
  })

  test('--out has all that a verifier needs, who is told the profile', async () => {
    const cwd = place()
    expect((await ipvm([...RUN, '--out', 'r.car'], { cwd })).code).toBe(0)
    const elsewhere = { cwd, env: { IPVM_WASM_STORE: join(cwd, 'another') } }
    const { code, stdout } = await ipvm(['verify', 'r.car'], elsewhere)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Reproduced[\s\S]*^profile +ipvm-wasm\/1-draft$/m)])
  })

  test('--profile virtual runs what asks for the time; pure says so', async () => {
    const cwd = place()
    const pure = await ipvm(['run', TALLY, '--gas', '1e13'], { cwd })
    expect([pure.code, pure.stderr]).toEqual([1, expect.stringContaining('--profile virtual')])
    const virtual = await ipvm(
      [
        'run',
        TALLY,
        '--profile',
        'virtual',
        '--dir',
        'texts/sub:/in',
        '--keep',
        '/out',
        '--gas',
        '1e13',
        '--out',
        'v.car',
      ],
      { cwd },
    )
    expect([virtual.code, virtual.stdout]).toEqual([0, expect.stringContaining('at 1704067201')])
    const { stdout } = await ipvm(['verify', 'v.car', '--max-gas', '1e13'], { cwd })
    expect(stdout).toMatch(/^Reproduced[\s\S]*^profile +ipvm-wasm\/1-virtual-draft$/m)
  })

  test('two folders, a file, and the whole root', async () => {
    const cwd = place()
    const two = ['--dir', 'texts/sub:/in/one', '--dir', 'texts/a.txt:/in/a.txt', '--keep', '/out']
    expect((await ipvm(['run', WORDS, ...two, '--', '1'], { cwd })).stdout).toContain('12 words')
    const root = await ipvmJson<Ran>(['run', WORDS, '--dir', 'texts', '--env', 'IN=/sub', '--keep', '/', '1'], {
      cwd,
    })
    expect(root.json.out.ok!.files).toBeDefined()
  })

  test('another ABI is taken if it is asked for', async () => {
    const cwd = folder({
      'both.wasm': await assemble('(module (func (export "_start")) (func (export "f") (result i32) (i32.const 7)))'),
    })
    expect((await ipvm(['run', 'both.wasm'], { cwd })).stdout).toMatch(/^exit +0$/m)
    expect((await ipvm(['run', 'both.wasm', 'f', '--abi', 'core'], { cwd })).stdout).toMatch(/^result +7$/m)
  })
})

describe('wrong usage', () => {
  test.each([
    ['a variable without =', [WORDS, '--env', 'A'], '--env takes NAME=value, not "A"'],
    ['a variable without a name', [WORDS, '--env', '=b'], '--env takes NAME=value, not "=b"'],
    ['a place that is relative', [WORDS, '--dir', 'texts:data'], 'an absolute path, such as /data, not "data"'],
    ['a place outside', [WORDS, '--dir', 'texts:/../x'], 'an absolute path, such as /data, not "/../x"'],
    ['nothing at a place', [WORDS, '--dir', ':/x'], '--dir takes WHAT:/PLACE'],
    [
      'a folder that is missing',
      [WORDS, '--dir', 'nothere:/x'],
      'cannot read nothere: there is no such file or folder',
    ],
    ['a folder with a link', [WORDS, '--dir', 'linked:/x'], 'is a link, and a task has files and folders alone'],
    ['two things at one place', [WORDS, '--dir', 'texts:/x', '--dir', 'texts:/x'], 'two things stand at /x'],
    ['an input that is missing', [WORDS, '--stdin', 'nothere'], 'cannot read nothere: there is no such file'],
    ['a kept place that is relative', [WORDS, '--keep', 'out'], 'an absolute path, such as /data, not "out"'],
    ['--raw and --json', [WORDS, '--raw', '--json'], '--json takes standard output for its answer'],
    [
      'an option of programs for a function',
      ['numbers.wasm', 'f32', '1', '--dir', 'texts:/x'],
      '--dir is for programs',
    ],
    ['no function', ['numbers.wasm'], 'name a function of the module'],
    ['an output over an input', [WORDS, '--stdin', 'skip.txt', '-o', 'skip.txt'], 'skip.txt would be overwritten'],
  ])('%s', async (_, words, said) => {
    const cwd = place()
    writeFileSync(join(cwd, 'numbers.wasm'), NUMBERS)
    mkdirSync(join(cwd, 'linked'))
    symlinkSync('../texts', join(cwd, 'linked/to'))
    const { code, stderr } = await ipvm(['run', ...words], { cwd })
    expect([code, stderr]).toEqual([64, expect.stringContaining(said)])
  })

  test('places of which one lies in another are a rejection, with a receipt', async () => {
    const { code, stdout } = await ipvm(['run', WORDS, '--dir', 'texts:/x', '--dir', 'texts:/x/y'], { cwd: place() })
    expect([code, stdout]).toEqual([1, expect.stringContaining('paths of which none lies in another one')])
  })
})
