/** The ABI `wasi`: what a program is given, what it leaves, and that others reproduce it (WASI-23 to WASI-26). */
import { readFileSync } from 'node:fs'
import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { afterAll, describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import {
  addFile,
  addTree,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
  exportCar,
  importCar,
  load,
  resolvePath,
  type Engine,
  type ExecutorOptions,
  type MemoryStore,
  type NewTree,
  type Profile,
  type Receipt,
} from '../../src/index.ts'
import { cidOf, DAG_PB } from '../../src/content/cids.ts'
import { TABLE } from '../../src/host/wasi/table.ts'
import type { PlainValue, Value } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ROOT } from '../support/fixtures.ts'
import { CHILD, watJob, WORKER } from '../support/jobs.ts'
import { faultOf, putCbor, text } from '../content/support.ts'

const inline = createInlineEngine()
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(`${ROOT}/wasi/${name}/${name}.wasm`))
const WORDS = fixture('words')

/** A program of these statements, whose strings lie in the memory from 1 024 on, each at `at(name)`. */
async function programOf(
  names: readonly string[],
  statements: (at: (name: string) => string) => string,
  inStart = '',
): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const places = new Map<string, string>()
  let data = ''
  let top = 1024
  for (const name of names) {
    const bytes = encoder.encode(name)
    places.set(name, `(i32.const ${top}) (i32.const ${bytes.length})`)
    data += `(data (i32.const ${top}) "${[...bytes].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`
    top += bytes.length
  }
  const used = ['fd_write', 'fd_read', 'fd_close', 'path_open', 'path_create_directory', 'path_symlink', 'path_unlink_file', 'path_link', 'proc_exit'] // prettier-ignore
  const types = (letters: string): string => [...letters].map(letter => (letter === 'I' ? 'i64' : 'i32')).join(' ')
  const imports = used.map(name => {
    const [params, results] = TABLE.find(row => row.name === name)!.type.split(':') as [string, string]
    return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types(params)}) (result ${types(results)})))`
  })
  return assemble(`(module ${imports.join('\n')} (memory 2) ${data}
    (func $say (param $fd i32) (param $from i32) (param $length i32)
      (i32.store (i32.const 0) (local.get $from)) (i32.store (i32.const 4) (local.get $length))
      (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $open (param $flags i32) (param $path i32) (param $length i32) (result i32)
      (if (call $path_open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length) (local.get $flags)
        (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)) (then unreachable))
      (i32.load (i32.const 16)))
    (func $mkdir (param i32 i32) (drop (call $path_create_directory (i32.const 3) (local.get 0) (local.get 1))))
    (func $first (export "first") ${inStart}) ${inStart === '' ? '' : '(start $first)'}
    (func (export "_start") ${statements(name => places.get(name)!)}))`)
}

interface Ran {
  readonly store: MemoryStore
  readonly cid: CID
  readonly receipt: Receipt
}

interface RunOptions extends Partial<Omit<ExecutorOptions, 'store'>> {
  readonly gas?: bigint
}

async function run(
  store: MemoryStore,
  module: Uint8Array,
  param: Value,
  { gas = 10n ** 13n, profile = PROFILE_1, engine = inline, ...options }: RunOptions = {},
): Promise<Ran> {
  const mod = await addFile(store, module)
  const executor = createExecutor({ store, engine, profile, ...options })
  const task = createTask({ mod, fun: '_start', params: [param], abi: 'wasi' })
  return { store, ...(await executor.execute(task, { gas, pages: 1000 })) }
}

/** The result of a run that has one. */
const resultOf = ({ receipt: { out } }: Ran): Readonly<Record<string, Value>> => {
  if ('error' in out) throw new Error(JSON.stringify(out))
  return out.ok as Readonly<Record<string, Value>>
}

const file = (content: string | Uint8Array): NewTree => ({
  kind: 'file',
  bytes: typeof content === 'string' ? text(content) : content,
})
const directory = (entries: Readonly<Record<string, NewTree>>): NewTree => ({
  kind: 'directory',
  entries: Object.entries(entries),
})

/** Runs the task of a receipt in a store that has nothing but what the CAR of the receipt has. */
async function verdictOf({ store, cid }: Ran, engine: Engine = inline, profiles?: Profile[]): Promise<string> {
  const fresh = createMemoryStore()
  await importCar(fresh, await exportCar(store, [cid]))
  return (await createVerifier({ store: fresh, engine, ...(profiles && { profiles }) }).verify(cid)).verdict
}

const contentAt = async (store: MemoryStore, path: string): Promise<string> =>
  new TextDecoder().decode(await load(store, await resolvePath(store, path)))

const IDLE = '(module (memory 1) (func (export "_start")) (func (export "other")))'
const LINK = { '/': 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy' }

describe('the parameter (WASI-23)', () => {
  const computer = new Computer()
  const outOf = async (args: readonly PlainValue[], fun = '_start', wat = IDLE): Promise<unknown> =>
    (await computer.compute(await watJob(wat, { abi: 'wasi', fun, args }))).out
  const rejection = (code: string, subject: string): unknown => ({ error: { kind: 'rejection', code, subject } })
  const ARGS = 'args: a list of texts without NUL'
  const KEEP = 'keep: a list of paths such as out/report.txt'
  const VARIABLE = 'a text without NUL, under a name without = and NUL'
  const PLACE = 'a link to a file or directory, under a path such as data/in.txt'
  const NESTED = 'files: paths of which none lies in another one'

  test.each([[{}], [{ args: ['a', ''], env: { A: '', ä: 'x=y' }, stdin: Uint8Array.of(0), keep: ['.', 'a/b'] }]])(
    'a valid parameter is accepted: case %#',
    async param => expect(await outOf([param])).toMatchObject({ ok: { exit: 0n } }),
  )

  test.each<[PlainValue, string]>([
    [null, ': a map'],
    [[], ': a map'],
    ['', ': a map'],
    [LINK, ': a map'],
    [Uint8Array.of(1), ': a map'],
    [{ other: 1n }, '.other: args, env, stdin, files or keep'],
    [{ __proto__: null, constructor: 1n }, '.constructor: args, env, stdin, files or keep'],
    [JSON.parse('{"__proto__":1}') as PlainValue, '.__proto__: args, env, stdin, files or keep'],
    [{ 'a b': 1n }, '["a b"]: args, env, stdin, files or keep'],
    [{ ['x'.repeat(1000)]: 1n }, `["${'x'.repeat(64)}…"]: args, env, stdin, files or keep`],
    [{ args: [] }, `.${ARGS}`],
    [{ args: 'a' }, `.${ARGS}`],
    [{ args: ['a', 1n] }, `.${ARGS}`],
    [{ args: ['a', 'b\0'] }, `.${ARGS}`],
    [{ env: {} }, '.env: a map with names'],
    [{ env: ['A=b'] }, '.env: a map with names'],
    [{ env: LINK }, '.env: a map with names'],
    [{ env: { '': 'x' } }, `.env[""]: ${VARIABLE}`],
    [{ env: { 'A=B': 'x' } }, `.env["A=B"]: ${VARIABLE}`],
    [{ env: { 'A\0': 'x' } }, `.env["A\\u0000"]: ${VARIABLE}`],
    [{ env: { A: 'x\0' } }, `.env.A: ${VARIABLE}`],
    [{ env: { A: 1n } }, `.env.A: ${VARIABLE}`],
    [{ stdin: new Uint8Array(0) }, '.stdin: bytes or a link'],
    [{ stdin: 'text' }, '.stdin: bytes or a link'],
    [{ stdin: null }, '.stdin: bytes or a link'],
    [{ files: {} }, '.files: a map with paths'],
    [{ files: [LINK] }, '.files: a map with paths'],
    [{ files: LINK }, '.files: a map with paths'],
    [{ files: { a: Uint8Array.of(1) } }, `.files.a: ${PLACE}`],
    ...['', '/a', 'a/', 'a//b', './a', 'a/..', '..', 'a\0', 'é'.repeat(128), 'a/'.repeat(2048)].map(
      (path): [PlainValue, string] => [
        { files: { [path]: LINK } },
        `.files[${JSON.stringify(path.length > 64 ? `${path.slice(0, 64)}…` : path)}]: ${PLACE}`,
      ],
    ),
    [{ files: { a: LINK, 'a/b': LINK } }, `.${NESTED}`],
    [{ files: { 'a/b/c': LINK, 'a-b': LINK, 'a/b': LINK } }, `.${NESTED}`],
    [{ files: { '.': LINK, a: LINK } }, `.${NESTED}`],
    [{ keep: [] }, `.${KEEP}`],
    [{ keep: 'out' }, `.${KEEP}`],
    [{ keep: ['/out'] }, `.${KEEP}`],
    [{ keep: [1n] }, `.${KEEP}`],
    [{ keep: ['a', 'b', 'a'] }, '.keep: each path once'],
    // The first one in the order of the document is named, however the map was made.
    [{ files: {}, keep: [], env: {}, args: [] }, '.env: a map with names'],
    [{ env: { bb: 1n, b: 1n, a: 1n } }, `.env.a: ${VARIABLE}`],
    [{ zz: 1n, env: {}, y: 1n }, '.y: args, env, stdin, files or keep'],
  ])('a rejection names the wrong part: case %#', async (param, subject) => {
    expect(await outOf([param])).toEqual(rejection('bad-arguments', `parameter 0${subject}`))
  })

  test('the function is _start of type () → (), with one parameter', async () => {
    expect(await outOf([])).toEqual(rejection('bad-arguments', '1 parameters'))
    expect(await outOf([{}, {}])).toEqual(rejection('bad-arguments', '1 parameters'))
    expect(await outOf([{}], 'other')).toEqual(rejection('no-such-function', '_start'))
    expect(await outOf([{}], 'nothing')).toEqual(rejection('no-such-function', 'nothing'))
    for (const type of ['(param i32)', '(result i32) (i32.const 0)'])
      expect(await outOf([{}], '_start', `(module (func (export "_start") ${type}))`)).toEqual(
        rejection('no-such-function', '_start'),
      )
    const other = '(module (memory (export "_start") 1))'
    expect(await outOf([{}], '_start', other)).toEqual(rejection('no-such-function', '_start'))
  })

  test('many long paths are checked in little time', async () => {
    const path = (i: number): string => `${i}/${'a/'.repeat(2000)}a`
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [path(i), LINK]))
    const begun = performance.now()
    expect(await outOf([{ files, keep: Object.keys(files), args: [] }])).toMatchObject({
      error: { code: 'bad-arguments' },
    })
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})

test('the space of its files is a limit of the profile (WASI-15)', async () => {
  const program = await programOf(
    ['out', '0123456789abcdef'],
    at => `(call $say (call $open (i32.const 1) ${at('out')}) ${at('0123456789abcdef')})
      (call $proc_exit (i32.load (i32.const 8)))`,
  )
  const within = async (fileBytes: number): Promise<unknown> => {
    const profile = { ...PROFILE_1, limits: { ...PROFILE_1.limits, fileBytes } }
    return resultOf(await run(createMemoryStore(), program, {}, { profile }))['exit']
  }
  // A name takes 512 bytes, and what has no room is not written.
  expect(await within(512 + 16)).toBe(16n)
  expect(await within(512 + 10)).toBe(10n)
})

test('what is kept is looked into within the space for files, when a program returns and when it exits (WASI-15, WASI-18)', async () => {
  const store = createMemoryStore()
  const files = { in: await addTree(store, directory({ a: file('x'), b: file('y') })) }
  for (const ending of ['', '(call $proc_exit (i32.const 3))']) {
    const program = await programOf([], () => ending)
    const within = async (fileBytes: number): Promise<unknown> => {
      const profile = { ...PROFILE_1, limits: { ...PROFILE_1.limits, fileBytes } }
      return (await run(store, program, { files, keep: ['in/a'] }, { profile })).receipt.out
    }
    // The entry `in`, and then `a` and `b`: 256 bytes each, and their names.
    expect(await within(258 + 2 * 257)).toMatchObject({ ok: { exit: ending === '' ? 0n : 3n } })
    expect(await within(258 + 2 * 257 - 1)).toEqual({ error: { kind: 'trap', code: 'abi-violation' } })
  }
})

describe('a program with libc', () => {
  const TEXTS = directory({ 'a.txt': file('to be or not to be'), deep: directory({ b: file('be') }) })
  const param = async (store: MemoryStore): Promise<Value> => ({
    args: ['words', '2'],
    env: { IN: '/data/texts' },
    stdin: text('or\n'),
    files: { 'data/texts': await addTree(store, TEXTS) },
    keep: ['out'],
  })

  const EXPECTED = {
    exit: 0n,
    stdout: text('6 words, 2 of them shown, 1.50 on average\n'),
    stderr: new Uint8Array(0),
  }

  test('reads its arguments, variables, input and files; its output and kept files are the result (WASI-24)', async () => {
    const store = createMemoryStore()
    const came = await run(store, WORDS, await param(store))
    const { files, ...rest } = resultOf(came)
    expect(rest).toEqual(EXPECTED)
    expect(came.receipt.meta.logs).toBeUndefined()
    expect(await contentAt(store, `${files}/out/counts.txt`)).toBe('     3 be\n     2 to\n')
    expect(await verdictOf(came)).toBe('reproduced')
  })

  const threads = createThreadEngine({ workerUrl: WORKER })
  const processes = createProcessEngine({ childUrl: CHILD, workerUrl: WORKER })
  afterAll(async () => {
    await threads.close()
    await processes.close()
  })

  test('has the same receipt on threads and processes', async () => {
    const store = createMemoryStore()
    const given = await param(store)
    const here = await run(store, WORDS, given)
    for (const engine of [threads, processes]) {
      const elsewhere = createMemoryStore()
      await param(elsewhere)
      const there = await run(elsewhere, WORDS, given, { engine })
      expect(there.cid.toString()).toBe(here.cid.toString())
      expect(await verdictOf(there, engine)).toBe('reproduced')
    }
  })

  test('runs with exactly the gas that it uses, and not with one unit less', async () => {
    const store = createMemoryStore()
    const given = await param(store)
    const { gasUsed } = (await run(store, WORDS, given)).receipt.meta
    expect(resultOf(await run(store, WORDS, given, { gas: gasUsed }))).toMatchObject(EXPECTED)
    const { receipt } = await run(store, WORDS, given, { gas: gasUsed - 1n })
    expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
    expect(receipt.meta.logs).toBeUndefined()
  })

  test('exits with its code, which is not a trap (WASI-24)', async () => {
    const came = await run(createMemoryStore(), WORDS, { args: ['words'] })
    expect(resultOf(came)).toEqual({
      exit: 1n,
      stdout: text('0 words, 0 of them shown, 0.00 on average\n'),
      stderr: text('/in: No such file or directory\n'),
    })
    expect(await verdictOf(came)).toBe('reproduced')
  })

  test('takes its input by CID, but not a directory (WASI-25)', async () => {
    const store = createMemoryStore()
    const stdin = await addFile(store, text('be\n'))
    const files = { in: await addTree(store, TEXTS) }
    const { stdout } = resultOf(await run(store, WORDS, { stdin, files, args: ['words'] }))
    expect(new TextDecoder().decode(stdout as Uint8Array)).toContain('4 words')
    expect(await faultOf(run(store, WORDS, { stdin: files.in }))).toMatchObject({ code: 'bad-dag' })
  })

  test('in Rust, with time and randomness, runs under the virtual profile only (WASI-19)', async () => {
    const store = createMemoryStore()
    const given = {
      args: ['tally'],
      files: { '.': await addTree(store, directory({ in: directory({ a: file('x') }) })) },
    }
    const rejected = await run(store, fixture('tally'), given)
    expect(rejected.receipt.out).toMatchObject({ error: { kind: 'rejection', code: 'import' } })
    const came = await run(store, fixture('tally'), given, { profile: PROFILE_1_VIRTUAL })
    expect(resultOf(came)).toHaveProperty('exit')
    expect(await verdictOf(came)).toBe('undecided')
    expect(await verdictOf(came, inline, [PROFILE_1_VIRTUAL])).toBe('reproduced')
  })
})

describe('how a run ends (WASI-24)', () => {
  test.each([
    ['0', 0n],
    ['255', 255n],
    ['-1', 4_294_967_295n],
  ])('exit code %s', async (code, exit) => {
    const module = await programOf([], () => `(call $proc_exit (i32.const ${code}))`)
    expect(resultOf(await run(createMemoryStore(), module, {}))).toEqual({
      exit,
      stdout: new Uint8Array(0),
      stderr: new Uint8Array(0),
    })
  })

  test('a trap leaves both streams in the logs, in the order of writing', async () => {
    const say = (at: (name: string) => string): string =>
      `(call $say (i32.const 1) ${at('one ')}) (call $say (i32.const 2) ${at('two ')}) (call $say (i32.const 1) ${at('three')}) unreachable`
    const came = await run(createMemoryStore(), await programOf(['one ', 'two ', 'three'], say), { keep: ['.'] })
    expect(came.receipt.out).toEqual({ error: { kind: 'trap', code: 'unreachable' } })
    expect(came.receipt.meta.logs).toEqual(text('one two three'))
    expect(await verdictOf(came)).toBe('reproduced')
  })

  test('the start function of the module may end it', async () => {
    const module = await programOf([], () => 'unreachable', '(call $proc_exit (i32.const 3))')
    const came = await run(createMemoryStore(), module, { keep: ['.'] })
    expect(resultOf(came)).toMatchObject({ exit: 3n })
    expect(await verdictOf(came)).toBe('reproduced')
  })

  test('streams of more than inlineBytes are links, and short ones are not (RECEIPT-12)', async () => {
    const module = await programOf([], () => '(call $say (i32.const 1) (i32.const 0) (i32.const 1025)) (call $say (i32.const 2) (i32.const 0) (i32.const 1024))') // prettier-ignore
    const came = await run(createMemoryStore(), module, {})
    // The map with 1 024 bytes in it is too long for the receipt itself.
    const whole = (came.receipt.out as { ok: CID }).ok
    expect(whole.code).toBe(0x71)
    expect(await verdictOf(came)).toBe('reproduced')
    const long = await programOf([], () => '(call $say (i32.const 1) (i32.const 0) (i32.const 1025))')
    const { stdout } = resultOf(await run(came.store, long, {}))
    expect((await load(came.store, stdout as CID)).length).toBe(1025)
  })
})

describe('files (WASI-25)', () => {
  const made = (): Promise<Uint8Array> =>
    programOf(
      ['out', 'out/f', 'out/l', 'f', 'text'],
      at => `(call $mkdir ${at('out')})
        (call $say (call $open (i32.const 1) ${at('out/f')}) ${at('text')})
        (drop (call $path_symlink ${at('f')} (i32.const 3) ${at('out/l')}))`,
    )

  test('mounts side by side, below one another, and at the root', async () => {
    const store = createMemoryStore()
    const tree = await addTree(store, directory({ x: file('X') }))
    const one = await addFile(store, text('1'))
    for (const files of [{ 'a/b/c': tree, 'a/d': one, e: tree }, { '.': tree }]) {
      const came = await run(store, await assemble(IDLE), { files, keep: ['.'] })
      const root = resultOf(came)['files'] as CID
      for (const [path, cid] of Object.entries(files))
        expect((await resolvePath(store, path === '.' ? `${root}` : `${root}/${path}`)).toString()).toBe(cid.toString())
      expect(await verdictOf(came)).toBe('reproduced')
    }
  })

  test('unchanged files keep their CIDs, and symbolic links are kept (WASI-26)', async () => {
    const store = createMemoryStore()
    // One that another writer has made, with a mode.
    const data = new UnixFS({ type: 'directory', mode: 0o700 }).marshal()
    const block = encode(prepare({ Data: data, Links: [] }))
    const odd = await cidOf(DAG_PB, block)
    await store.put(odd, block)
    const came = await run(store, await made(), { files: { in: odd }, keep: ['in', 'out', 'nothing'] })
    const root = resultOf(came)['files'] as CID
    expect((await resolvePath(store, `${root}/in`)).toString()).toBe(odd.toString())
    const out = await addTree(store, directory({ f: file('text'), l: { kind: 'symlink', target: 'f' } }))
    expect((await resolvePath(store, `${root}/out`)).toString()).toBe(out.toString())
    expect(await verdictOf(came)).toBe('reproduced')
  })

  test('without kept files there is no link', async () => {
    expect(resultOf(await run(createMemoryStore(), await made(), { keep: ['nothing'] }))).not.toHaveProperty('files')
    expect(resultOf(await run(createMemoryStore(), await made(), {}))).not.toHaveProperty('files')
  })

  test('a file at the root, and a link to neither a file nor a directory, is a fault', async () => {
    const store = createMemoryStore()
    const idle = await assemble(IDLE)
    const put = async (where: string, cid: CID): Promise<string> =>
      (await faultOf(run(store, idle, { files: { [where]: cid } }))).code
    expect(await put('.', await addFile(store, text('x')))).toBe('bad-dag')
    const cbor = await putCbor(store, {})
    expect(await put('a', cbor)).toBe('unsupported-codec')
    const link = await addTree(store, { kind: 'symlink', target: 'x' })
    expect(await put('a', link)).toBe('bad-dag')
    const missing = await addTree(createMemoryStore(), directory({}))
    expect(await put('a', missing)).toBe('block-missing')
  })

  test('what a directory links to matters where the program names it, and is kept as it is (WASI-27)', async () => {
    const store = createMemoryStore()
    const looks = await programOf(['in/b'], at => `(drop (call $open (i32.const 0) ${at('in/b')}))`)
    for (const [cid, code] of [
      [await addTree(store, { kind: 'symlink', target: 'x' }), 'bad-dag'],
      [await addTree(createMemoryStore(), directory({ x: file('x') })), 'block-missing'],
      [await putCbor(store, {}), 'unsupported-codec'],
    ] as const) {
      const tree = await addTree(store, directory({ b: { kind: 'known', cid }, c: file('C') }))
      const files = { in: tree }
      expect(await faultOf(run(store, looks, { files }))).toMatchObject({ code })
      const made = await programOf(['in/n'], at => `(call $mkdir ${at('in/n')})`)
      const came = await run(store, made, { files, keep: ['in'] })
      const kept = await resolvePath(store, `${resultOf(came)['files'] as CID}/in/b`)
      expect(kept.toString()).toBe(cid.toString())
    }
  })

  test('trees of more than maxParamBytes are too large, and are not loaded without gas', async () => {
    const store = createMemoryStore()
    const files = { a: await addTree(store, directory({ f: file(new Uint8Array(10_000)) })) }
    const idle = await assemble(IDLE)
    expect(await faultOf(run(store, idle, { files }, { maxParamBytes: 10_000 }))).toMatchObject({ code: 'too-large' })
    expect(resultOf(await run(store, idle, { files }, { maxParamBytes: 11_000 }))).toMatchObject({ exit: 0n })
    const poor = await run(store, idle, { files }, { maxParamBytes: 10, gas: 1000n })
    expect(poor.receipt.out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
  })

  test('a tree with 2^60 paths costs only the parts that are read, on threads and processes too', async () => {
    const store = createMemoryStore()
    let cid = await addTree(store, directory({}))
    for (let i = 0; i < 60; i++)
      cid = await addTree(store, directory({ a: { kind: 'known', cid }, b: { kind: 'known', cid } }))
    const idle = await assemble(IDLE)
    const engines = [
      createThreadEngine({ workerUrl: WORKER }),
      createProcessEngine({ childUrl: CHILD, workerUrl: WORKER }),
    ]
    try {
      for (const engine of [inline, ...engines])
        expect(resultOf(await run(store, idle, { files: { '.': cid }, keep: ['.'] }, { engine }))['files']).toEqual(cid)
    } finally {
      for (const engine of engines) await engine.close()
    }
  })

  test('a tree of 512 directories inside one another crosses to threads and processes', async () => {
    const store = createMemoryStore()
    let tree = await addTree(store, file('x'))
    for (let i = 0; i < 512; i++) tree = await addTree(store, directory({ d: { kind: 'known', cid: tree } }))
    const idle = await assemble(IDLE)
    const engines = [
      createThreadEngine({ workerUrl: WORKER }),
      createProcessEngine({ childUrl: CHILD, workerUrl: WORKER }),
    ]
    try {
      for (const engine of [inline, ...engines])
        expect(resultOf(await run(store, idle, { files: { a: tree } }, { engine }))).toMatchObject({ exit: 0n })
    } finally {
      for (const engine of engines) await engine.close()
    }
  })

  test('invalid names are a fault only when the program uses their directory (WASI-13)', async () => {
    const store = createMemoryStore()
    const empty = await addFile(store, new Uint8Array(0))
    for (const names of [['a/b'], ['..'], [''], ['a\0'], ['x', 'x']]) {
      const Links = names.map(Name => ({ Name, Hash: empty, Tsize: 0 }))
      const block = encode(prepare({ Data: new UnixFS({ type: 'directory' }).marshal(), Links }))
      const cid = await cidOf(DAG_PB, block)
      await store.put(cid, block)
      const looks = await programOf(['in/x'], at => `(drop (call $path_unlink_file (i32.const 3) ${at('in/x')}))`)
      expect(await faultOf(run(store, looks, { files: { in: cid } }))).toMatchObject({ code: 'bad-dag' })
      const came = await run(store, await assemble(IDLE), { files: { in: cid }, keep: ['in'] })
      expect(resultOf(came)).toMatchObject({ exit: 0n })
    }
  })

  test('a file with many names counts once for each when it is kept (WASI-18)', async () => {
    const store = createMemoryStore()
    const big = await addFile(store, new Uint8Array(40 * 2 ** 20))
    const module = await programOf(
      ['in', 'a', 'b', 'text'],
      at => `(call $say (call $open (i32.const 0) ${at('in')}) ${at('text')})
        (drop (call $path_link (i32.const 3) (i32.const 0) ${at('in')} (i32.const 3) ${at('a')}))`,
    )
    const once = await run(store, module, { files: { in: big }, keep: ['in'] })
    expect(resultOf(once)).toHaveProperty('files')
    const twice = await run(store, module, { files: { in: big }, keep: ['.'] })
    expect(twice.receipt.out).toEqual({ error: { kind: 'trap', code: 'abi-violation' } })
  })
})
