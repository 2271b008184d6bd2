/** Programs on the command line: `run` with --dir, --env, --stdin, --keep, --raw and --exit-code (WASI-23, WASI-24). */
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { FIXTURES, folder, ipvm, ipvmJson, ipvmProcess, NUMBERS, program } from './support.ts'

const WORDS = join(FIXTURES, 'wasi/words/words.wasm')
const TALLY = join(FIXTURES, 'wasi/tally/tally.wasm')

/** Writes bytes that are no text to both streams, and exits with 300. */
const RAW = await assemble(`(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory 1) (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00") (data (i32.const 16) "\\1b[2Jx")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 32)))
    (call $exit (i32.const 300))))`)

/** A folder with a folder of texts. */
function texts(): string {
  const cwd = folder()
  mkdirSync(join(cwd, 'texts/deep'), { recursive: true })
  writeFileSync(join(cwd, 'texts/a.txt'), 'to be or not to be')
  writeFileSync(join(cwd, 'texts/deep/b'), 'be')
  writeFileSync(join(cwd, 'leave-out'), 'or\n')
  return cwd
}

const CALL = ['run', WORDS, '--dir', 'texts:/data/texts', '--env', 'IN=/data/texts', '--stdin', 'leave-out', '--keep', '/out/'] // prettier-ignore
const SAID = '6 words, 2 of them shown, 1.50 on average'

/** The task of an answer, as dag-json has it. */
async function paramOf(cwd: string, words: readonly string[]): Promise<Record<string, unknown>> {
  const { json } = await ipvmJson<{ task: CID }>(words, { cwd })
  const shown = await ipvmJson<{ args: { params: [Record<string, unknown>]; abi: string; fun: string } }>(
    ['show', String(json.task)],
    { cwd },
  )
  const { params, abi, fun } = shown.json.args
  expect([abi, fun]).toEqual(['wasi', '_start'])
  return params[0]
}

describe('a program runs', () => {
  test('with arguments, variables, input and a folder, and prints its result', async () => {
    const cwd = texts()
    const { code, stdout } = await ipvm([...CALL, '--out', 'r.car', '--', '2'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^exit +0\nstdout +${SAID}\nfiles +bafy\\w+\ngas `))
    expect(stdout).toMatch(/^abi +wasi$/m)
    const [, files] = /^files +(\w+)$/m.exec(stdout)!
    expect((await ipvm(['get', `${files}/out/counts.txt`], { cwd })).stdout).toBe('     3 be\n     2 to\n')
    const verified = await ipvm(['verify', join(cwd, 'r.car')], { cwd: folder() })
    expect(verified).toMatchObject({ code: 0 })
    expect(verified.stdout).toContain('Reproduced')
  })

  test('as JSON', async () => {
    const cwd = texts()
    const { code, json } = await ipvmJson([...CALL, '2'], { cwd })
    expect(code).toBe(0)
    expect(json).toMatchObject({
      out: { ok: { exit: 0, stdout: new TextEncoder().encode(`${SAID}\n`), stderr: new Uint8Array() } },
    })
  })

  test('its task has only the given inputs, and nothing of this machine', async () => {
    const cwd = texts()
    const { files, ...rest } = await paramOf(cwd, [...CALL, '--keep', '/out', '2', '@x'])
    expect(rest).toEqual({
      args: ['program', '2', '@x'],
      env: { IN: '/data/texts' },
      stdin: new TextEncoder().encode('or\n'),
      keep: ['out'],
    })
    expect(Object.keys(files as object)).toEqual(['data/texts'])
    expect(await paramOf(cwd, ['run', WORDS])).toEqual({ args: ['program'] })
    expect(await paramOf(cwd, ['run', WORDS, '--stdin', '-'])).toEqual({ args: ['program'] })
    expect(await paramOf(cwd, ['run', WORDS, '--env', 'A=', '--env', 'B=x=y'])).toMatchObject({
      env: { A: '', B: 'x=y' },
    })
  })

  test('with CIDs in the place of local files, a file as a mount, and the root', async () => {
    const cwd = texts()
    const { files } = await paramOf(cwd, [...CALL, '2'])
    const tree = String((files as Record<string, CID>)['data/texts'])
    expect((await ipvm(['run', WORDS, '--dir', `${tree}:/in`, '2'], { cwd })).stdout).toContain('7 words')
    expect((await ipvm(['run', WORDS, '--dir', `${tree}/deep/b:/in/b`, '2'], { cwd })).stdout).toContain('1 words')
    writeFileSync(join(cwd, 'with:colon'), 'x y')
    expect((await ipvm(['run', WORDS, '--dir', './with:colon:/in/b', '2'], { cwd })).stdout).toContain('2 words')
    mkdirSync(join(cwd, 'root/in'), { recursive: true })
    writeFileSync(join(cwd, 'root/in/a'), 'x')
    for (const dir of ['root', 'root:/'])
      expect((await ipvm(['run', WORDS, '--dir', dir], { cwd })).stdout).toContain('1 words')
    const stdin = (await ipvm(['add', 'leave-out'], { cwd })).stdout.trim()
    expect((await ipvm(['run', WORDS, '--dir', 'texts:/in', '--stdin', stdin, '2'], { cwd })).stdout).toContain(
      '6 words',
    )
    const piped = await ipvm(['run', WORDS, '--dir', 'texts:/in', '--stdin', '-', '2'], { cwd, input: 'be\n' })
    expect(piped.stdout).toContain('4 words')
  })

  test('with its parameter given whole', async () => {
    const whole = ['run', WORDS, '--abi', 'wasi', '--params', '[{"args":["w","1"]}]', '--exit-code']
    const { code, stdout } = await ipvm(whole, { cwd: folder() })
    expect([code, stdout.startsWith('exit      1\n')]).toEqual([1, true])
    const wrong = await ipvm(['run', WORDS, '--abi', 'wasi', '--params', '[{"argv":[]}]'], { cwd: folder() })
    expect(wrong).toMatchObject({ code: 1 })
    expect(wrong.stdout).toContain('parameter 0.argv: args, env, stdin, files or keep')
  })

  test('as a function, if another ABI is named', async () => {
    const { code, stdout } = await ipvm(['run', WORDS, '_start', '--abi', 'core'], { cwd: folder() })
    expect(code).toBe(1)
    expect(stdout).toContain('/in: No such file or directory')
  })
})

describe('--raw and --exit-code', () => {
  test('streams are those of the program, byte for byte, in a process', async () => {
    const cwd = folder({ 'raw.wasm': RAW })
    const { code, stdout, stderr } = await ipvmProcess(['run', 'raw.wasm', '--raw', '--exit-code'], { cwd })
    expect([code, stdout]).toEqual([255, '\x1b[2Jx'])
    expect(stderr).toContain('\x1b[2Jx')
    expect(stderr).toMatch(/^receipt +baf/m)
    expect(stderr).not.toMatch(/^exit /m)
  })

  test('without them, output is not raw, and an exit code of the program is a success', async () => {
    const { code, stdout } = await ipvm(['run', 'raw.wasm'], { cwd: folder({ 'raw.wasm': RAW }) })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^exit +300\nstdout +.*\\x1b\[2Jx/)
    expect(stdout).not.toContain('\x1b[2J')
  })

  test('a run without a result has the usual exit code', async () => {
    const trap = await assemble('(module (func (export "_start") unreachable))')
    const cwd = folder({ 'trap.wasm': trap })
    const { code, stdout, stderr } = await ipvm(['run', 'trap.wasm', '--raw', '--exit-code'], { cwd })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('unreachable')
  })

  test('a long output is loaded even for the report', async () => {
    const long = await assemble(`(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory 1) (data (i32.const 0) "\\10\\00\\00\\00\\d0\\07\\00\\00") (data (i32.const 16) "${'long '.repeat(400)}")
      (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`)
    const cwd = folder({ 'long.wasm': long })
    expect((await ipvm(['run', 'long.wasm', '--raw'], { cwd })).stdout).toBe('long '.repeat(400))
    expect((await ipvm(['run', 'long.wasm'], { cwd })).stdout).toMatch(/^exit +0\nstdout +2_000 bytes\n {2}long long/)
  })
})

describe('profiles', () => {
  test('a program that needs the time gets the advice --profile virtual, and runs with it', async () => {
    const cwd = texts()
    const call = ['run', TALLY, '--dir', 'texts:/in', '--out', 'r.car']
    const rejected = await ipvm(call, { cwd })
    expect(rejected.code).toBe(1)
    expect(rejected.stderr).toContain('Run it with --profile virtual')
    expect((await ipvm([...call, '--profile', 'virtual'], { cwd })).code).toBe(0)
    const verified = await ipvm(['verify', 'r.car'], { cwd })
    expect(verified.stdout).toContain('ipvm-wasm/1-virtual-draft')
    expect((await ipvm(['verify', 'r.car', '--profile', 'pure'], { cwd })).code).toBe(3)
    expect((await ipvm(['verify', 'r.car', '--profile', 'virtual'], { cwd })).code).toBe(0)
  })

  test('a program that is rejected is a program, too: its words are arguments', async () => {
    const cwd = folder()
    const task = await paramOf(cwd, ['run', TALLY, 'a', '{'])
    expect(task).toEqual({ args: ['program', 'a', '{'] })
    expect(await paramOf(cwd, ['run', TALLY, 'a', '{', '--profile', 'virtual'])).toEqual(task)
  })
})

describe('usage errors', () => {
  test.each([
    ['no path in --dir', ['--dir', ':/in'], '--dir takes WHAT:/PLACE'],
    ['a relative path in --dir', ['--dir', 'texts:in'], "--dir: a place among the program's files is an absolute path"],
    ['a path with .. in --dir', ['--dir', 'texts:/a/../b'], '--dir: a place among'],
    ['two mounts at one path', ['--dir', 'texts:/a', '--dir', 'texts:/a/'], 'two things stand at /a'],
    ['a folder that is missing', ['--dir', 'nothing:/a'], 'cannot read nothing: there is no such file or folder'],
    ['a link', ['--dir', 'link:/a'], 'link is a link, and a task has files and folders alone'],
    ['a link within', ['--dir', 'linked:/a'], 'linked/to is a link'],
    ['too much', ['--dir', 'huge:/a'], 'bytes of files, and no more are added'],
    ['a variable without a name', ['--env', '=x'], '--env takes NAME=value, not "=x"'],
    ['a variable without a value', ['--env', 'A'], '--env takes NAME=value, not "A"'],
    ['a variable twice', ['--env', 'A=1', '--env', 'A=2'], 'A is given twice'],
    ['an input that is missing', ['--stdin', 'nothing'], 'cannot read nothing: there is no such file'],
    ['a relative path to keep', ['--keep', 'out'], '--keep: a place among'],
    ['options and a whole parameter', ['--params', '[{}]', '--abi', 'wasi', '--env', 'A=1'], '--env and --params'],
    ['raw and JSON', ['--raw', '--json'], '--json takes standard output for its answer'],
    ['raw and a result on standard output', ['--raw', '-o', '-'], '--raw takes standard output'],
  ])('%s', async (_, words, said) => {
    const cwd = texts()
    symlinkSync('texts', join(cwd, 'link'))
    mkdirSync(join(cwd, 'linked'))
    symlinkSync('nowhere', join(cwd, 'linked/to'))
    mkdirSync(join(cwd, 'huge'))
    writeFileSync(join(cwd, 'huge/f'), '')
    truncateSync(join(cwd, 'huge/f'), 3 * 2 ** 30)
    const { code, stdout, stderr } = await ipvm(['run', WORDS, ...words], { cwd })
    const told = words.includes('--json') ? stdout : stderr
    expect([code, told.includes(said) ? said : told]).toEqual([64, said])
  })

  test('options of programs are refused for functions', async () => {
    for (const option of ['--dir', '--env', '--stdin', '--keep']) {
      const { code, stderr } = await ipvm(['run', program('json'), 'minify', '{}', option, 'A=1'], { cwd: folder() })
      expect([code, stderr]).toEqual([64, expect.stringContaining(`${option} is for programs, which export _start`)])
    }
    for (const option of ['--raw', '--exit-code']) {
      const { code, stderr } = await ipvm(['run', program('json'), 'minify', '{}', option], { cwd: folder() })
      expect([code, stderr]).toEqual([64, expect.stringContaining(`${option} is for programs`)])
    }
  })

  test('nested mounts are a rejection with a receipt', async () => {
    for (const outer of ['texts:/a', 'texts']) {
      const { code, stdout } = await ipvm(['run', WORDS, '--dir', outer, '--dir', 'texts:/a/b'], { cwd: texts() })
      expect([code, stdout]).toEqual([1, expect.stringContaining('paths of which none lies in another one')])
      expect(stdout).toMatch(/^receipt +baf/m)
    }
  })

  test('a function has to be named, and the error lists those of the module', async () => {
    const { code, stderr } = await ipvm(['run', 'n.wasm'], { cwd: folder({ 'n.wasm': NUMBERS }) })
    expect([code, stderr]).toEqual([64, expect.stringContaining('name a function of the module')])
    expect(stderr).toContain('it exports add, i64')
  })

  test('a CID that is no folder or file is a fault, and nothing is written', async () => {
    const cwd = texts()
    const { json } = await ipvmJson<{ receipt: CID }>([...CALL, '2'], { cwd })
    const { code, stderr } = await ipvm(['run', WORDS, '--dir', `${json.receipt}:/in`, '--out', 'x.car'], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringContaining('neither a file nor a directory')])
    expect(existsSync(join(cwd, 'x.car'))).toBe(false)
    expect(readFileSync(join(cwd, 'texts/deep/b'), 'utf8')).toBe('be')
  })
})
