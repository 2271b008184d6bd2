/** The ABI `wasi`: what a task gives to a program, and what the program leaves. */
import { afterAll, describe, expect, test } from 'vitest'
import { CID } from 'multiformats/cid'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import type { Fault } from '../../src/base/fault.ts'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import { exportCar, importCar } from '../../src/content/car.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { resolvePath } from '../../src/content/path.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Execution } from '../../src/executor/executor.ts'
import type { Out, Param, Value } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { CHILD, WORKER } from '../support/jobs.ts'
import { wasiProgram } from '../support/wasi.ts'
import { Bench } from '../support/tasks.ts'

const WORDS = wasiProgram('words')
const LIMITS = { gas: 10n ** 12n, pages: 100 }
const engine = createInlineEngine()
afterAll(() => engine.close())

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const dir = (entries: Readonly<Record<string, NewTree | string>>): NewTree => ({
  kind: 'directory',
  entries: Object.entries(entries).map(
    ([name, node]) => [name, typeof node === 'string' ? { kind: 'file', bytes: utf8(node) } : node] as const,
  ),
})

const TEXTS = dir({ 'a.txt': 'the cat and the dog', sub: dir({ 'b.txt': 'The end, and so on; the\nend' }), ü: 'ä x' })

/** Imports of WASI that programs in text have. */
const IMPORTS = `
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`

/** A program in text. Its memory holds a buffer of 5 bytes, "hello", at 64. */
const programOf = (body: string): string => `(module ${IMPORTS}
  (memory (export "memory") 40) (data (i32.const 0) "\\40\\00\\00\\00\\05\\00\\00\\00") (data (i32.const 64) "helloout")
  (func $say (param i32) (drop (call $write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 32))))
  (func (export "_start") ${body}))`

const NOTHING = programOf('')

async function run(bench: Bench, module: string | Uint8Array, param: Value): Promise<Execution> {
  return bench.execute(await bench.task(module, { fun: '_start', abi: 'wasi', params: [param] }), LIMITS)
}

async function outOf(module: string | Uint8Array, param: Value, bench = new Bench(engine)): Promise<Out> {
  return (await run(bench, module, param)).receipt.out
}

async function textAt(store: MemoryStore, root: Value, path: string): Promise<string> {
  return new TextDecoder().decode(await load(store, await resolvePath(store, `${String(root)}/${path}`)))
}

interface Came {
  readonly exit: bigint
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly files?: CID
}

describe('a program of C reads files of the task and leaves others (WASI-23, WASI-24)', () => {
  const task = async (bench: Bench): Promise<Value> => ({
    args: ['words', '3'],
    env: { IN: '/texts/deep' },
    stdin: utf8('on\nso\n'),
    files: { 'texts/deep': await addTree(bench.store, TEXTS) },
    keep: ['out'],
  })

  test.each([
    ['inline', () => createInlineEngine()],
    ['on a thread', () => createThreadEngine({ threads: 1, workerUrl: WORKER })],
    ['in a process', () => createProcessEngine({ processes: 1, childUrl: CHILD, workerUrl: WORKER })],
  ])('%s, and whoever has the CAR of its receipt reproduces it', async (_, start) => {
    const own = start()
    const bench = new Bench(own)
    try {
      const { receipt, cid } = await run(bench, WORDS, await task(bench))
      const { exit, stdout, stderr, files } = (receipt.out as { ok: unknown }).ok as Came
      expect([exit, new TextDecoder().decode(stdout), stderr.length]).toEqual([
        0n,
        '11 words, 3 of them shown, 1.38 on average\n',
        0,
      ])
      expect(await textAt(bench.store, files!, 'out/counts.txt')).toBe('     4 the\n     2 and\n     2 end\n')
      const elsewhere = createMemoryStore()
      await importCar(elsewhere, await exportCar(bench.store, [cid]))
      const verdict = await createVerifier({ store: elsewhere, engine: own }).verify(cid)
      expect(verdict).toEqual({ verdict: 'reproduced', mismatches: [] })
      expect(await textAt(elsewhere, files!, 'out/counts.txt')).toContain('4 the')
    } finally {
      await own.close()
    }
  })

  test('an exit code that is not 0 is a result', async () => {
    const { exit, stderr } = ((await outOf(WORDS, {})) as { ok: unknown }).ok as Came
    expect(exit).not.toBe(0n)
    expect(new TextDecoder().decode(stderr)).toContain('/in: No such file or directory')
  })
})

describe('the parameter (WASI-23)', () => {
  const link = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
  const rejected = (subject: string): Out => ({ error: { kind: 'rejection', code: 'bad-arguments', subject } })
  const TEXTS_WITHOUT_NUL = 'a list of texts without NUL'
  const VARIABLE = 'a text without NUL, under a name without = and NUL'
  const PLACE = 'a link to a file or directory, under a path such as data/in.txt'
  const KEPT = 'a list of paths such as out/report.txt'

  test.each<[string, Value, string]>([
    ['text', 'x', 'parameter 0: a map'],
    ['a list', [], 'parameter 0: a map'],
    ['a link', link, 'parameter 0: a map'],
    ['another key', { argv: ['x'] }, 'parameter 0.argv: args, env, stdin, files or keep'],
    ['a key of all objects', { constructor: 'x' }, 'parameter 0.constructor: args, env, stdin, files or keep'],
    ['args that are empty', { args: [] }, `parameter 0.args: ${TEXTS_WITHOUT_NUL}`],
    ['an argument that is a number', { args: [1n] }, `parameter 0.args: ${TEXTS_WITHOUT_NUL}`],
    ['an argument with NUL', { args: ['a\0'] }, `parameter 0.args: ${TEXTS_WITHOUT_NUL}`],
    ['args that are a map', { args: { 0: 'a' } }, `parameter 0.args: ${TEXTS_WITHOUT_NUL}`],
    ['env that is empty', { env: {} }, 'parameter 0.env: a map with names'],
    ['env that is a list', { env: ['A=b'] }, 'parameter 0.env: a map with names'],
    ['a name with =', { env: { 'A=': 'b' } }, `parameter 0.env["A="]: ${VARIABLE}`],
    ['an empty name', { env: { '': 'b' } }, `parameter 0.env[""]: ${VARIABLE}`],
    ['a value with NUL', { env: { A: '\0' } }, `parameter 0.env.A: ${VARIABLE}`],
    ['a value that is bytes', { env: { A: utf8('b') } }, `parameter 0.env.A: ${VARIABLE}`],
    ['stdin that is empty', { stdin: new Uint8Array() }, 'parameter 0.stdin: bytes or a link'],
    ['stdin that is text', { stdin: 'x' }, 'parameter 0.stdin: bytes or a link'],
    ['files that are empty', { files: {} }, 'parameter 0.files: a map with paths'],
    ['a file that is bytes', { files: { a: utf8('x') } }, `parameter 0.files.a: ${PLACE}`],
    ...['/a', 'a/', 'a//b', '..', 'a/../b', './a', '', 'a\0', 'x'.repeat(256)].map(
      path =>
        [
          `the path ${JSON.stringify(path.slice(0, 9))}`,
          { files: { [path]: link } },
          expect.stringContaining(`: ${PLACE}`) as unknown as string,
        ] as [string, Value, string],
    ),
    [
      'a path in another one',
      { files: { a: link, 'a/b': link } },
      'parameter 0.files: paths of which none lies in another one',
    ],
    [
      'a path in the root',
      { files: { '.': link, b: link } },
      'parameter 0.files: paths of which none lies in another one',
    ],
    ['keep that is empty', { keep: [] }, `parameter 0.keep: ${KEPT}`],
    ['an absolute path to keep', { keep: ['/out'] }, `parameter 0.keep: ${KEPT}`],
    ['a path to keep twice', { keep: ['a', 'a'] }, 'parameter 0.keep: each path once'],
  ])('%s is rejected, and nothing is loaded', async (_, param, subject) => {
    expect(await outOf(NOTHING, param)).toEqual(rejected(subject))
  })

  test.each<[string, readonly Param[]]>([
    ['none', []],
    ['two', [{}, {}]],
  ])('%s where one is wanted', async (_, params) => {
    const bench = new Bench(engine)
    const task = await bench.task(NOTHING, { fun: '_start', abi: 'wasi', params })
    expect((await bench.execute(task, LIMITS)).receipt.out).toEqual(rejected('1 parameters'))
  })

  test.each([
    ['another function', NOTHING, 'memory'],
    ['a function that is not there', NOTHING, 'main'],
    ['_start of another type', '(module (func (export "_start") (param i32)))', '_start'],
    ['another function of that type', '(module (func (export "_start")) (func (export "f")))', 'f'],
  ])('%s cannot be called', async (_, module, fun) => {
    const bench = new Bench(engine)
    const task = await bench.task(module, { fun, abi: 'wasi', params: [{}] })
    const { out } = (await bench.execute(task, LIMITS)).receipt
    expect(out).toMatchObject({ error: { kind: 'rejection', code: 'no-such-function' } })
  })

  test('nothing at all is enough for a program that asks for nothing, also if it imports nothing', async () => {
    const nothing = { ok: { exit: 0n, stdout: new Uint8Array(), stderr: new Uint8Array() } }
    expect(await outOf(NOTHING, {})).toEqual(nothing)
    expect(await outOf('(module (func (export "_start")))', {})).toEqual(nothing)
  })
})

describe('the result (WASI-24)', () => {
  test('streams and the code that it has exited with', async () => {
    const both = programOf(
      '(call $say (i32.const 1)) (call $say (i32.const 2)) (call $say (i32.const 1)) (call $exit (i32.const -1))',
    )
    const ok = { exit: 4294967295n, stdout: utf8('hellohello'), stderr: utf8('hello') }
    expect(await outOf(both, {})).toEqual({ ok })
  })

  test('a trap puts both streams into the logs, in the order of writing', async () => {
    const traps = programOf(
      `(call $say (i32.const 2)) (i32.store8 (i32.const 64) (i32.const 72)) (call $say (i32.const 1)) unreachable`,
    )
    const { receipt } = await run(new Bench(engine), traps, { keep: ['.'] })
    expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'unreachable' } })
    expect(receipt.meta.logs).toEqual(utf8('helloHello'))
  })

  test('without a trap there are no logs, whether it exits or returns', async () => {
    for (const end of ['', '(call $exit (i32.const 0))'])
      expect(
        (await run(new Bench(engine), programOf(`(call $say (i32.const 1)) ${end}`), {})).receipt.meta.logs,
      ).toBeUndefined()
  })

  test('long streams are linked, and so is a long map (RECEIPT-12)', async () => {
    const many = programOf(`(local $i i32) (loop $l (call $say (i32.const 1))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300))))`)
    const bench = new Bench(engine)
    const { ok } = (await outOf(many, {}, bench)) as { ok: { stdout: CID } }
    expect(await load(bench.store, CID.asCID(ok.stdout)!)).toEqual(utf8('hello'.repeat(300)))
  })
})

describe('files of the task (WASI-25)', () => {
  const at = async (tree: NewTree, path = 'in'): Promise<[Bench, Value]> => {
    const bench = new Bench(engine)
    return [bench, { files: { [path]: await addTree(bench.store, tree) }, keep: ['.'] }]
  }
  const faultOf = (run: Promise<unknown>): Promise<unknown> =>
    run.then(
      () => 'no fault',
      error => (error as Fault).code,
    )

  test('a tree as the root, which it leaves as it is, keeps its CID (WASI-26)', async () => {
    const [bench, param] = await at(TEXTS, '.')
    const { ok } = (await outOf(NOTHING, param, bench)) as { ok: { files: CID } }
    expect(ok.files).toEqual((param as { files: Record<string, CID> }).files['.'])
  })

  test('files at several places, and the directories between them', async () => {
    const bench = new Bench(engine)
    const file = await addFile(bench.store, utf8('x'))
    const files = { 'a/b/one': file, 'a/two': file, three: await addTree(bench.store, dir({ 'in.txt': 'y' })) }
    const { ok } = (await outOf(NOTHING, { files, keep: ['.'] }, bench)) as { ok: { files: CID } }
    expect(await textAt(bench.store, ok.files, 'a/b/one')).toBe('x')
    expect(await resolvePath(bench.store, `${ok.files}/three`)).toEqual(files.three)
  })

  test('a directory that is sharded is read as any other', async () => {
    const { importer } = await import('ipfs-unixfs-importer')
    const bench = new Bench(engine)
    const names = Array.from({ length: 300 }, (_, i) => `in/file-${i}.txt`)
    let root: CID | undefined
    const blocks = { put: async (cid: CID, bytes: Uint8Array) => (await bench.store.put(cid, bytes), cid) }
    const source = names.map((path, i) => ({ path, content: utf8(`word${i} the`) }))
    const options = { profile: 'unixfs-v0-2015', cidVersion: 1, rawLeaves: true, shardSplitThresholdBytes: 0 } as const
    for await (const { cid, path } of importer(source, blocks as never, options)) if (path === 'in') root = cid as CID
    const { ok } = (await outOf(
      WORDS,
      { args: ['words', '1'], files: { in: root! }, keep: ['out'] },
      bench,
    )) as unknown as {
      ok: Came
    }
    expect(await textAt(bench.store, ok.files!, 'out/counts.txt')).toBe('   300 the\n')
  })

  test.each<[string, (bench: Bench) => Promise<Value>, string]>([
    [
      'a symbolic link',
      async ({ store }) => ({ files: { a: await addTree(store, { kind: 'symlink', target: 'b' }) } }),
      'bad-dag',
    ],
    ['a directory as standard input', async ({ store }) => ({ stdin: await addTree(store, TEXTS) }), 'bad-dag'],
    ['a file as the root', async ({ store }) => ({ files: { '.': await addFile(store, utf8('x')) } }), 'bad-dag'],
    ['a document', async () => ({ files: { a: linkOf(encodeStrict({})) } }), 'unsupported-codec'],
    [
      'a block that is missing',
      async () => ({ stdin: await addFile(createMemoryStore(), utf8('gone')) }),
      'block-missing',
    ],
    [
      'a block that is missing in a tree',
      async ({ store }) => {
        const cid = await addFile(createMemoryStore(), utf8('gone'))
        return { files: { a: await addTree(store, dir({ b: dir({ c: { kind: 'known', cid } }) })) } }
      },
      'block-missing',
    ],
    [
      'an entry that no program can name, which is looked at',
      async ({ store }) => ({ files: { in: await addTree(store, dir({ '..': 'x' })) } }),
      'bad-dag',
    ],
  ])('%s is a fault, and no receipt', async (_, param, code) => {
    const bench = new Bench(engine)
    expect(await faultOf(run(bench, WORDS, await param(bench)))).toBe(code)
  })

  test('a tree whose paths nobody could count is as small as its blocks', async () => {
    const bench = new Bench(engine)
    let cid = await addTree(bench.store, dir({ leaf: 'x' }))
    for (let i = 0; i < 60; i++) {
      const known = { kind: 'known', cid } as const
      cid = await addTree(bench.store, dir({ a: known, b: known }))
    }
    expect(await outOf(NOTHING, { files: { in: cid } }, bench)).toMatchObject({ ok: { exit: 0n } })
  })

  test('more than is loaded is a fault', async () => {
    const bench = new Bench(engine)
    const { createExecutor } = await import('../../src/executor/executor.ts')
    const executor = createExecutor({ store: bench.store, engine, maxParamBytes: 100 })
    const files = { in: await addTree(bench.store, dir({ a: 'x'.repeat(101) })) }
    const task = await bench.task(NOTHING, { fun: '_start', abi: 'wasi', params: [{ files }] })
    expect(await faultOf(executor.execute(task, LIMITS))).toBe('too-large')
  })
})

describe('kept files (WASI-18, WASI-26)', () => {
  test('a file, a symbolic link and what is unchanged, in one directory', async () => {
    const bench = new Bench(engine)
    const writes = programOf(`
      (drop (call $open (i32.const 3) (i32.const 0) (i32.const 69) (i32.const 3) (i32.const 1) (i64.const 64) (i64.const 0)
        (i32.const 0) (i32.const 40)))
      (call $say (i32.load (i32.const 40)))
      (drop (call $symlink (i32.const 69) (i32.const 3) (i32.const 3) (i32.const 64) (i32.const 5)))`)
    const data = await addTree(bench.store, TEXTS)
    const { ok } = (await outOf(writes, { files: { data }, keep: ['.'] }, bench)) as { ok: { files: CID } }
    const expected = await addTree(
      createMemoryStore(),
      dir({ out: 'hello', data: { kind: 'known', cid: data }, hello: { kind: 'symlink', target: 'out' } }),
    )
    expect(ok.files).toEqual(expected)
    expect(await textAt(bench.store, ok.files, 'data/sub/b.txt')).toContain('The end')
  })

  test('nothing at a path is left out, and nothing at all is no link', async () => {
    expect(await outOf(NOTHING, { keep: ['out'] })).not.toHaveProperty('ok.files')
  })

  test('the CID of a directory is that which the importer of IPFS gives it', async () => {
    const { importer } = await import('ipfs-unixfs-importer')
    const source = ['b', 'a', 'ü', 'aa'].map(name => ({ path: `in/${name}`, content: utf8(name) }))
    let root: CID | undefined
    const blocks = { put: async (cid: CID): Promise<CID> => cid }
    const options = { profile: 'unixfs-v0-2015', cidVersion: 1, rawLeaves: true, reduceSingleLeafToSelf: true } as const
    for await (const { cid, path } of importer(source, blocks as never, options)) if (path === 'in') root = cid as CID
    expect(await addTree(createMemoryStore(), dir({ ü: 'ü', b: 'b', aa: 'aa', a: 'a' }))).toEqual(root)
  })
})

test('the profile of virtual time runs what the pure one denies (WASI-19)', async () => {
  const { PROFILE_1_VIRTUAL } = await import('../../src/profile/virtual.ts')
  const bench = new Bench(engine)
  const tally = wasiProgram('tally')
  const task = await bench.task(tally, { fun: '_start', abi: 'wasi', params: [{ args: ['tally'] }] })
  const pure = await bench.execute(task, { gas: 10n ** 13n, pages: 100 }, PROFILE_1)
  expect(pure.receipt.out).toMatchObject({ error: { kind: 'rejection', code: 'import' } })
  const virtual = await bench.execute(task, { gas: 10n ** 13n, pages: 100 }, PROFILE_1_VIRTUAL)
  expect(virtual.receipt.out).toHaveProperty('ok.exit')
  const known = createVerifier({ store: bench.store, engine, profiles: [PROFILE_1_VIRTUAL], maxGas: 10n ** 13n })
  expect((await known.verify(virtual.cid)).verdict).toBe('reproduced')
  expect(await createVerifier({ store: bench.store, engine }).verify(virtual.cid)).toMatchObject({
    verdict: 'undecided',
    reason: 'profile',
  })
})
