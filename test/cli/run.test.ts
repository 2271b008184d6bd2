import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { WATS } from '../support/tasks.ts'
import { CLOCK, folder, ipvm, ipvmJson, NUMBERS, program, STATIONS } from './support.ts'

interface Ran {
  readonly receipt: CID
  readonly task: CID
  readonly out: { readonly ok?: unknown; readonly error?: unknown }
  readonly meta: { readonly gasUsed: number; readonly peakPages: number }
}

interface TaskDocument {
  readonly args: { readonly mod: CID; readonly fun: string; readonly params: readonly unknown[]; readonly abi: string }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The task of a call. */
async function taskOf(cwd: string, words: readonly string[], input?: string): Promise<TaskDocument['args']> {
  const ran = await ipvmJson<Ran>(['run', ...words], { cwd, ...(input !== undefined && { input }) })
  expect([0, 1]).toContain(ran.code)
  return (await ipvmJson<TaskDocument>(['show', ran.json.task.toString()], { cwd })).json.args
}

test('prints the result, its cost and its CIDs for people', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { code, stdout } = await ipvm(['run', 'numbers.wasm', 'add', '2', '40'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(
      [
        '^result +42',
        'gas +\\d[\\d_]+ of 5_000_000_000_000',
        'memory +0 pages of 1_024',
        'module +bafk\\w+',
        'abi +core',
        'task +bafy\\w+',
        'receipt +bafy\\w+\n$',
      ].join('\n'),
    ),
  )
  expect(stdout).not.toContain('\u001b')
  expect(existsSync(`${cwd}/.ipvm-wasm`)).toBe(true)
})

test('--json is {receipt, task, out, meta} and nothing else', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { code, json } = await ipvmJson<Ran>(
    ['run', 'numbers.wasm', 'add', '2', '40', '--gas', '1e9', '--pages', '3'],
    { cwd },
  )
  expect(code).toBe(0)
  expect(json).toEqual({
    receipt: expect.any(CID),
    task: expect.any(CID),
    out: { ok: [42] },
    meta: {
      profile: encodeProfile(PROFILE_1).cid,
      limits: { gas: 1e9, pages: 3 },
      gasUsed: json.meta.gasUsed,
      peakPages: 0,
      growRefused: false,
    },
  })
  const receipt = await ipvmJson(['show', json.receipt.toString()], { cwd })
  expect(receipt.json).toEqual({ ran: json.task, out: json.out, meta: json.meta })
})

describe('exit codes', () => {
  test.each([
    ['a result', ['add', '1', '2'], 0, 'result'],
    ['no result', ['none'], 0, 'result    none'],
    ['a trap', ['trap'], 1, 'Trapped: it executed unreachable.'],
    ['gas that runs out', ['forever', '--gas', '10_000_000'], 1, 'Trapped: its gas ran out'],
    ['an unknown function', ['nosuch', '1', 'x'], 1, 'Rejected: the module exports no function "nosuch".'],
    ['time that runs out', ['forever', '--timeout', '0.3'], 2, ''],
    ['too few arguments', ['add', '1'], 64, ''],
    ['an argument that does not fit', ['add', '1', 'x'], 64, ''],
  ])('%s', async (_, words, code, said) => {
    const ended = await ipvm(['run', 'numbers.wasm', ...words], { cwd: folder({ 'numbers.wasm': NUMBERS }) })
    expect(ended.code).toBe(code)
    expect(ended.stdout.startsWith(said)).toBe(true)
    if (code === 2 || code === 64) expect(ended.stdout).toBe('')
  })
})

test('an unknown function lists the exported ones, and has a receipt', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { json, stderr } = await ipvmJson<Ran>(['run', 'numbers.wasm', 'nosuch'], { cwd })
  expect(json.out).toEqual({ error: { kind: 'rejection', code: 'no-such-function', subject: 'nosuch' } })
  expect(json.meta.gasUsed).toBe(0)
  expect(stderr).toContain('It exports:\n  add (i32, i32) → i32\n  i64 (i64) → i64\n')
})

test('a module that imports a clock is rejected, with name and offset, in a receipt', async () => {
  const cwd = folder({ 'clock.wasm': CLOCK })
  const { code, json } = await ipvmJson<Ran>(['run', 'clock.wasm', 'run', '5'], { cwd })
  expect(code).toBe(1)
  expect(json.out).toEqual({
    error: { kind: 'rejection', code: 'import', subject: 'env.Date.now', offset: expect.any(Number) },
  })
})

test('bytes that are not a module are rejected with advice', async () => {
  const cwd = folder({ 'text.wat': '(module)' })
  const { code, json, stderr } = await ipvmJson<Ran>(['run', 'text.wat', 'f'], { cwd })
  expect(code).toBe(1)
  expect(json.out).toEqual({ error: { kind: 'rejection', code: 'malformed', offset: 0 } })
  expect(stderr).toContain('wat2wasm')
})

test('time that runs out is a fault of the runner, and leaves no receipt', async () => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { code, json } = await ipvmJson(['run', 'numbers.wasm', 'forever', '--timeout', '0.3'], { cwd })
  expect(code).toBe(2)
  expect(json).toEqual({ fault: { code: 'timeout', whose: 'runner', retryable: true, message: expect.any(String) } })
})

describe('-o', () => {
  const words = ['run', program('json'), 'minify', '{"a": 1}']

  test('writes the bytes of the result, and leaves them out of the report', async () => {
    const cwd = folder()
    const { code, stdout, stderr } = await ipvm([...words, '-o', 'out.json'], { cwd })
    expect([code, readFileSync(join(cwd, 'out.json'), 'utf8')]).toEqual([0, '{"a":1}'])
    expect(stdout).toMatch(/^gas /)
    expect(stderr).toContain('out.json: the result\n')
  })

  test('- writes to standard output, which then has nothing else', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const bytes = await ipvm([...words, '-o', '-'], { cwd })
    expect([bytes.code, bytes.stdout]).toEqual([0, '{"a":1}'])
    expect(bytes.stderr).toMatch(/^receipt +bafy/m)
    expect((await ipvm(['run', 'numbers.wasm', 'f32', '3e9', '--output', '-'], { cwd })).stdout).toBe('3000000000\n')
    expect((await ipvm([...words, '-o', '-', '--json'], { cwd })).code).toBe(64)
  })

  test.each([
    ['-o', 'nowhere/out.json', 'there is no such folder'],
    ['--out', 'nowhere/receipt.car', 'there is no such folder'],
    ['-o', '.', 'it is a folder'],
  ])('%s %s is a fault before anything runs', async (option, path, reason) => {
    const cwd = folder()
    const { code, stdout, stderr } = await ipvm([...words, option, path], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`fault (store-failed): Cannot write ${path}: ${reason}.`)
    expect(existsSync(join(cwd, '.ipvm-wasm'))).toBe(false)
  })

  test('removes only the temporary files of killed processes', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    const left = [`out.json.${gone}.tmp`, `out.json.${process.pid}.tmp`]
    const others = [`other.json.${gone}.tmp`, `out.json.${process.ppid}.tmp`, 'out.json.tmp', 'out.json.x.tmp']
    const cwd = folder(Object.fromEntries([...left, ...others].map(name => [name, 'half'])))
    expect((await ipvm([...words, '-o', 'out.json'], { cwd })).code).toBe(0)
    expect(readdirSync(cwd).filter(name => name.includes('json'))).toEqual([...others, 'out.json'].toSorted())
  })

  test('writes nothing without a result, and works together with --json', async () => {
    const cwd = folder({ 'out.json': 'as it was', 'numbers.wasm': NUMBERS })
    const failed = await ipvm(['run', 'numbers.wasm', 'trap', '-o', 'out.json'], { cwd })
    expect([failed.code, readFileSync(join(cwd, 'out.json'), 'utf8')]).toEqual([1, 'as it was'])
    expect(failed.stderr).toContain('out.json is not written, because there is no result.')
    expect((await ipvmJson<Ran>([...words, '-o', 'out.json'], { cwd })).json.out).toEqual({ ok: utf8('{"a":1}') })
    expect(readFileSync(join(cwd, 'out.json'), 'utf8')).toBe('{"a":1}')
  })
})

describe('files that are written', () => {
  const call = ['echo.wasm', 'f', '@in.txt', '--abi', 'bytes']
  const files = async (): Promise<Record<string, string | Uint8Array>> => ({
    'echo.wasm': await assemble(WATS.echo),
    'in.txt': 'precious',
  })

  test.each([
    [['run', ...call, '-o', 'echo.wasm']],
    [['run', ...call, '--out', './echo.wasm']],
    [['run', ...call, '-o', 'in.txt']],
    [['run', ...call, '-o', 'link.txt']],
    [['run', ...call, '-o', 'new', '--out', './new']],
    [['instrument', 'echo.wasm', '-o', 'echo.wasm']],
  ])('%s would overwrite an input', async words => {
    const cwd = folder(await files())
    symlinkSync('in.txt', join(cwd, 'link.txt'))
    const { code, stderr } = await ipvm(words, { cwd })
    expect([code, stderr]).toEqual([64, expect.stringContaining('would be overwritten')])
    expect(readFileSync(join(cwd, 'in.txt'), 'utf8')).toBe('precious')
    expect(existsSync(join(cwd, 'new'))).toBe(false)
  })

  test('replace others at once, through a link, with their permissions, and leave no temporary files', async () => {
    const cwd = folder({ ...(await files()), 'old.txt': 'old' })
    chmodSync(join(cwd, 'old.txt'), 0o640)
    symlinkSync('old.txt', join(cwd, 'link.txt'))
    expect((await ipvm(['run', ...call, '-o', 'link.txt', '--out', 'all.car'], { cwd })).code).toBe(0)
    expect(readFileSync(join(cwd, 'old.txt'), 'utf8')).toBe('precious')
    expect(statSync(join(cwd, 'old.txt')).mode & 0o777).toBe(0o640)
    expect(readdirSync(cwd).sort()).toEqual(['.ipvm-wasm', 'all.car', 'echo.wasm', 'in.txt', 'link.txt', 'old.txt'])
  })

  test.skipIf(!existsSync('/dev/full'))('a full disk: the fault names the receipt, which is kept', async () => {
    const cwd = folder(await files())
    const { code, stderr } = await ipvm(['run', ...call, '-o', '/dev/full'], { cwd })
    const [, cid = ''] =
      /the disk is full\. The run is done, and its receipt is in the store \(ipvm-wasm show (\w+)\)/.exec(stderr) ?? []
    expect([code, cid]).toEqual([2, expect.stringMatching(/^bafy/)])
    expect((await ipvm(['show', cid], { cwd })).code).toBe(0)
  })

  test('standard output has only the receipt, and only one output', async () => {
    const cwd = folder(await files())
    const receipt = await ipvm(['run', ...call, '--out', '-'], { cwd })
    expect([receipt.code, receipt.stdout.includes('gas  '), receipt.stderr]).toEqual([
      0,
      false,
      expect.stringMatching(/^receipt +bafy/m),
    ])
    for (const words of [
      ['--out', '-', '-o', '-'],
      ['--out', '-', '--json'],
      ['-o', ''],
    ]) {
      expect((await ipvm(['run', ...call, ...words], { cwd })).code).toBe(64)
    }
  })
})

describe('gas that runs out', () => {
  test('states the cost of the start if it exceeds the limit, and that of the call', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const price = /alone costs ([\d_]+) gas/
    const starting = await ipvm(['run', 'numbers.wasm', 'add', '1', '2', '--gas', '1e7'], { cwd })
    expect(starting.code).toBe(1)
    expect(starting.stderr).toContain('which is more than --gas 10_000_000 allows')
    const gas = BigInt(price.exec(starting.stderr)![1]!.replaceAll('_', ''))
    const calling = await ipvm(['run', 'numbers.wasm', 'add', '1', '2', '--gas', String(gas)], { cwd })
    expect(calling.stderr).toContain('The other 0 were not enough for the call')
    expect((await ipvm(['run', 'numbers.wasm', 'add', '1', '2', '--gas', String(gas + 10_000n)], { cwd })).code).toBe(0)
  })

  test('does not run out with the default limit for a module of 2 MB', async () => {
    // A custom section is charged by the byte.
    const padding = Buffer.concat([Buffer.from([0, 0x82, 0x89, 0x7a, 1, 0x78]), new Uint8Array(2_000_000)])
    const cwd = folder({ 'large.wasm': Buffer.concat([NUMBERS, padding]) })
    const { code, stdout } = await ipvm(['run', 'large.wasm', 'add', '1', '2'], { cwd })
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'result    3'])
  })
})

describe('bytes that are not a module', () => {
  test.each([
    ['text.wat', ';; a comment\n(module)', 'It is WebAssembly text. Assemble it first: wat2wasm'],
    ['empty.wasm', '', 'It is empty.'],
    ['component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), 'It is a component.'],
    ['packed.wasm', Uint8Array.of(0x1f, 0x8b, 8, 0), 'It is compressed with gzip.'],
    ['loader.mjs', 'import fs from "fs"\n', 'It is program text, such as JavaScript.'],
  ])('%s is recognised', async (name, content, said) => {
    const { code, stderr } = await ipvm(['run', name, 'f'], { cwd: folder({ [name]: content }) })
    expect(code).toBe(1)
    expect(stderr).toContain(said)
  })

  test('a folder is not read', async () => {
    const { code, stderr } = await ipvm(['run', '.', 'f'], { cwd: folder() })
    expect([code, stderr]).toEqual([64, 'error: cannot read .: it is a folder: name a file\n'])
  })
})

describe('numbers', () => {
  test.each([
    [['add', '-5', '3'], [-2]],
    [['add', '--gas', '1e9', '-5', '-0x10', '--pages', '0'], [-21]],
    [['--', 'add', '-5', '3'], [-2]],
    [['add', '4294967295', '1'], [0]],
    [['i64', '18446744073709551615'], [-1]],
    [['add', '3e9', '1.5e3'], [3e9 - 2 ** 32 + 1500]],
    [['f32', '-inf'], [Uint8Array.of(0, 0, 0x80, 0xff)]],
    [['f32', '1.00000005960464477539062500000000000000000001'], [Uint8Array.of(1, 0, 0x80, 0x3f)]],
    [['f64', '-nan:0x123'], [Uint8Array.of(0x23, 1, 0, 0, 0, 0, 0xf0, 0xff)]],
    [['v128', 'i16x8:-1,0,0,0,0,0,0,1'], [Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)]],
  ])('%j', async (words, ok) => {
    const { code, json } = await ipvmJson<Ran>(
      ['run', 'numbers.wasm', ...words].filter(word => word !== '--'),
      { cwd: folder({ 'numbers.wasm': NUMBERS }) },
    )
    expect(code).toBe(0)
    expect(json.out).toEqual({ ok })
  })

  test('everything after -- is an argument', async () => {
    const { code, stdout } = await ipvm(['run', '--', 'numbers.wasm', 'add', '-5', '-3'], {
      cwd: folder({ 'numbers.wasm': NUMBERS }),
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^result +-8\n/)
  })
})

describe('the bytes ABI', () => {
  test('is recognised, and text, files, standard input and CIDs pass the same bytes', async () => {
    const cwd = folder({ 'in.json': '[1, 2]' })
    const inline = { mod: expect.any(CID), fun: 'minify', params: [utf8('[1, 2]')], abi: 'bytes' }
    expect(await taskOf(cwd, [program('json'), 'minify', '[1, 2]'])).toEqual(inline)
    expect(await taskOf(cwd, [program('json'), 'minify', '@in.json'])).toEqual(inline)
    expect(await taskOf(cwd, [program('json'), 'minify', '-'], '[1, 2]')).toEqual(inline)
    const cid = (await ipvm(['add', 'in.json'], { cwd })).stdout.trim()
    expect(await taskOf(cwd, [program('json'), 'minify', cid])).toEqual({ ...inline, params: [CID.parse(cid)] })
    expect(await taskOf(cwd, [program('json'), 'minify', '@@x'])).toEqual({ ...inline, params: [utf8('@x')] })
  })

  test('1024 bytes are in the task, and one more is linked', async () => {
    const cwd = folder({ short: 'x'.repeat(1024), long: 'x'.repeat(1025) })
    expect((await taskOf(cwd, [program('json'), 'census', '@short'])).params).toEqual([utf8('x'.repeat(1024))])
    const { params } = await taskOf(cwd, [program('json'), 'census', '@long'])
    expect(params).toEqual([CID.parse((await ipvm(['add', 'long'], { cwd })).stdout.trim())])
  })

  test('text is shown as text, and a large result as its CID', async () => {
    const cwd = folder()
    const small = await ipvm(['run', program('json'), 'minify', '{"a": [1, "ü"]}'], { cwd })
    expect(small.stdout).toMatch(/^result +\{"a":\[1,"ü"\]\}\n/)
    const large = await ipvm(['run', program('json'), 'minify', `@${STATIONS}`], { cwd })
    const [, cid] = /^result +(bafk\w+), 41_448 bytes\n  \{"network":"invented"/.exec(large.stdout)!
    const content = await ipvm(['get', cid!], { cwd })
    expect(content.stdout).toHaveLength(41332)
    expect(JSON.parse(content.stdout)).toMatchObject({ network: 'invented' })
  })

  test('a module and its input by CID, from any folder with --store or the environment', async () => {
    const [home, elsewhere] = [folder(), folder()]
    const added = await ipvm(['add', program('json'), STATIONS], { cwd: home })
    const [module, input] = added.stdout.trim().split('\n') as [string, string]
    const words = ['run', module, 'census', input]
    const here = await ipvmJson<Ran>(words, { cwd: home })
    expect((here.json.out.ok as Uint8Array).length).toBe(94)
    expect((await ipvmJson<Ran>([...words, '--store', `${home}/.ipvm-wasm`], { cwd: elsewhere })).json).toEqual(
      here.json,
    )
    expect(
      (await ipvmJson<Ran>(words, { cwd: elsewhere, env: { IPVM_WASM_STORE: `${home}/.ipvm-wasm` } })).json,
    ).toEqual(here.json)
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('cannot call a function of numbers, and the error says so', async () => {
    const { code, stderr } = await ipvm(['run', 'numbers.wasm', 'add', 'x', '--abi', 'bytes'], {
      cwd: folder({ 'numbers.wasm': NUMBERS }),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('The module exports add as (i32, i32) → i32, which the ABI bytes cannot call')
  })
})

describe('the assemblyscript ABI', () => {
  test('text of several megabytes is a linked file, which verifies (RECEIPT-12, PROFILE-21)', async () => {
    // 800 000 times "aé💩": four code units of UTF-16, seven bytes of UTF-8.
    const times = 800_000
    const wasm =
      await assemble(`(module (memory (export "memory") 1) (func (export "__new") (param i32 i32) (result i32) (i32.const 0))
      (func (export "__pin") (param i32) (result i32) (local.get 0)) (func (export "__unpin") (param i32))
      (func (export "f") (result i32) (local $i i32) (drop (memory.grow (i32.const 100)))
        (i32.store (i32.const 4096) (i32.const 2)) (i32.store (i32.const 4100) (i32.const ${8 * times}))
        (loop (i64.store (i32.add (i32.const 4104) (local.get $i)) (i64.const 0xdca9d83d00e90061))
          (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const ${8 * times}))))
        (i32.const 4104)))`)
    const cwd = folder({ 'text.wasm': wasm })
    const ran = await ipvmJson<Ran>(['run', 'text.wasm', 'f', '--abi', 'assemblyscript()->string'], { cwd })
    expect(ran.code).toBe(0)
    const linked = CID.asCID(ran.json.out.ok)!
    expect((await ipvm(['get', linked.toString()], { cwd })).stdout).toBe('aé💩'.repeat(times))
    expect(await ipvm(['verify', ran.json.receipt.toString()], { cwd })).toMatchObject({ code: 0 })
  })

  const greet = program('greet')

  test('a signature may have spaces; the task has none', async () => {
    const cwd = folder()
    const { json } = await ipvmJson<Ran>(
      ['run', greet, 'greet', 'Zoë', '--abi', 'assemblyscript( string ) -> string'],
      { cwd },
    )
    expect(json.out).toEqual({ ok: 'Hello, Zoë!' })
    const task = await ipvmJson<TaskDocument>(['show', json.task.toString()], { cwd })
    expect(task.json.args).toMatchObject({ abi: 'assemblyscript(string)->string', params: ['Zoë'] })
  })

  test('it is completed if the type of the function suffices', async () => {
    const cwd = folder()
    expect(await taskOf(cwd, [greet, 'fibonacci', '90', '--abi', 'assemblyscript'])).toMatchObject({
      abi: 'assemblyscript(i32)->i64',
      params: [90],
    })
    expect(await taskOf(cwd, [greet, 'fail', 'why', '--abi', 'assemblyscript'])).toMatchObject({
      abi: 'assemblyscript(string)->void',
      params: ['why'],
    })
  })

  test('if not, the error states what to type', async () => {
    const text = await ipvm(['run', greet, 'greet', 'World', '--abi', 'assemblyscript'], { cwd: folder() })
    expect(text.code).toBe(64)
    expect(text.stderr).toContain("--abi 'assemblyscript(string)->string'")
    const bytes = await ipvm(['run', greet, 'adler', `@${STATIONS}`, '--abi', 'assemblyscript'], { cwd: folder() })
    expect(bytes.code).toBe(64)
    expect(bytes.stderr).toContain("--abi 'assemblyscript(ArrayBuffer)->i32'")
  })

  test('bytes come from files, and text, too', async () => {
    const cwd = folder({ wikipedia: 'Wikipedia' })
    const adler = await ipvmJson<Ran>(
      ['run', greet, 'adler', '@wikipedia', '--abi', 'assemblyscript(ArrayBuffer)->u32'],
      { cwd },
    )
    expect(adler.json.out).toEqual({ ok: 300286872 })
    const greeted = await ipvmJson<Ran>(
      ['run', greet, 'greet', '@wikipedia', '--abi', 'assemblyscript(string)->string'],
      { cwd },
    )
    expect(greeted.json.out).toEqual({ ok: 'Hello, Wikipedia!' })
  })

  test('text for a function of numbers gets advice about the ABI', async () => {
    const { code, stderr } = await ipvm(['run', greet, 'greet', 'World'], { cwd: folder() })
    expect(code).toBe(64)
    expect(stderr).toContain("--abi 'assemblyscript(string)->string'")
  })
})
