/** What awaits stand for, part by part and place by place. */
import { encode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { linkOf } from '../../src/base/dag-cbor.ts'
import { readValue } from '../../src/base/links.ts'
import { addTree } from '../../src/content/add-tree.ts'
import { rawCid } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { load } from '../../src/content/unixfs.ts'
import type { Out, Value } from '../../src/interface.ts'
import { fill } from '../../src/workflow/fill.ts'
import type { WasmRun } from '../../src/workflow/form.ts'
import { select } from '../../src/workflow/select.ts'
import { either, Host, NUMBERS, ok } from './support.ts'

const store = createMemoryStore()
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const CID_A = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')

/** The value that stands for an await of `out`. */
const part = (out: Out, branch: 'ok' | 'error' | '*', ...path: readonly (string | number)[]): Promise<Value> =>
  select(store, out, { field: 'here', label: 'a', branch, path }, {})

/** A linked list or map, as a long result is. */
async function linked(value: unknown): Promise<CID> {
  const block = encode(value)
  const cid = linkOf(block)
  await store.put(cid, block)
  return cid
}

describe('the value of an await (WF-8)', () => {
  test.each<[string, Value]>([
    ['a list of numbers', [1n, -2n]],
    ['text', 'text'],
    ['bytes', new Uint8Array([1, 2])],
    ['null', null],
    ['a map', { exit: 0n, stdout: new Uint8Array() }],
    ['a link', CID_A],
  ])('await/ok is the result as it stands in the receipt: %s', async (_, value) => {
    expect(await part({ ok: value }, 'ok')).toEqual(value)
    expect(await part({ ok: value }, '*')).toEqual({ ok: value })
  })

  test('await/error is the error, with integers as values have them', async () => {
    const rejection = { kind: 'rejection', code: 'import', subject: 'env.now', offset: 21 } as const
    expect(await part({ error: rejection }, 'error')).toEqual({ ...rejection, offset: 21n })
    expect(await part({ error: { kind: 'trap', code: 'abort' } }, '*')).toEqual({
      error: { kind: 'trap', code: 'abort' },
    })
  })
})

describe('steps into it (WF-9)', () => {
  test('keys of maps and indices of lists', async () => {
    const out = { ok: { a: [1n, { b: 'found' }], __proto__x: 2n } }
    expect(await part(out, 'ok', 'a', 1, 'b')).toBe('found')
    expect(await part(out, '*', 'ok', 'a', 0)).toBe(1n)
  })

  test('through a list or map that was too long for the receipt', async () => {
    const cid = await linked({ list: [1, [2, 3]] })
    expect(await part({ ok: cid }, 'ok')).toEqual(cid)
    expect(await part({ ok: cid }, 'ok', 'list', 1, 0)).toBe(2n)
  })

  test('through directories', async () => {
    const cid = await tree()
    for (const path of [['out', 'a.txt'], ['out/a.txt']]) {
      const found = await part({ ok: { files: cid } }, 'ok', 'files', ...path)
      expect(new TextDecoder().decode(await load(store, CID.asCID(found)!))).toBe('A')
    }
    await expect(part({ ok: cid }, 'ok', 'c')).rejects.toMatchObject({ code: 'bad-cid' })
  })

  test.each<[string, Value, readonly (string | number)[]]>([
    ['a key that is not there', { a: 1n }, ['b']],
    ['a key that all objects have', { a: 1n }, ['constructor']],
    ['an index past the end', [1n], [1]],
    ['a key of a list', [1n], ['length']],
    ['an index of a map', { 0: 1n }, [0]],
    ['a step into text', 'text', [0]],
    ['a step into bytes', new Uint8Array([1]), [0]],
    ['a step into null', null, ['a']],
    ['a step into a raw block', CID_A, ['a']],
    ['a step beyond what is there', { a: 1n }, ['a', 'b']],
  ])('%s is a fault that names the await', async (_, value, path) => {
    await expect(part({ ok: value }, 'ok', ...path)).rejects.toMatchObject({
      name: 'Fault',
      code: 'bad-workflow',
      detail: { field: 'here' },
      message: expect.stringContaining('"a"') as string,
    })
  })

  test('a block that is no value, or is not there', async () => {
    const float = await linked([1.5])
    await expect(part({ ok: float }, 'ok', 0)).rejects.toMatchObject({ code: 'bad-dag' })
    const gone = linkOf(encode(['gone']))
    await expect(part({ ok: gone }, 'ok', 0)).rejects.toMatchObject({ code: 'block-missing' })
  })
})

/** A directory with the file `out/a.txt`. */
function tree(): Promise<CID> {
  const file = { kind: 'file', bytes: bytes('A') } as const
  const out = { kind: 'directory', entries: [['a.txt', file]] } as const
  return addTree(store, { kind: 'directory', entries: [['out', out]] })
}

describe('the place of it (WF-10)', () => {
  const filled = async (abi: string, param: unknown, out: Out): Promise<Value | undefined> => {
    const params = [readValue(param, '', '1')]
    const run: WasmRun = { mod: CID_A, fun: 'f', params, abi, nonce: new Uint8Array() }
    return (await fill(run, 'tasks.b.run', { store, outOf: () => out })).args.params[0]
  }
  const list = encode([1, 2])

  test.each<[string, abi: string, param: unknown, value: Value, expected: Value]>([
    ['core: a number', 'core', ok('a', 0), [7n], 7n],
    ['core: bytes of a float', 'core', ok('a', 0), [new Uint8Array([0, 0, 128, 63])], new Uint8Array([0, 0, 128, 63])],
    ['bytes: bytes', 'bytes', ok('a'), bytes('x'), bytes('x')],
    ['bytes: text', 'bytes', ok('a'), 'x', 'x'],
    ['bytes: a link to a file', 'bytes', ok('a'), CID_A, CID_A],
    ['bytes: a list', 'bytes', ok('a'), [1n, 2n], list],
    ['bytes: an integer', 'bytes', ok('a', 0), [500n], encode(500)],
    ['bytes: an outcome', 'bytes', either('a'), 'x', encode({ ok: 'x' })],
    ['bytes: within a list nothing changes', 'bytes', [ok('a')], [1n], [[1n]]],
    ['a string of AssemblyScript', 'assemblyscript(string)->void', ok('a'), 'x', 'x'],
    ['a program: its input', 'wasi', { stdin: ok('a') }, bytes('x'), { stdin: bytes('x') }],
    ['a program: text as its input', 'wasi', { stdin: ok('a') }, 'x', { stdin: bytes('x') }],
    ['a program: nothing as its input', 'wasi', { args: ['p'], stdin: ok('a') }, new Uint8Array(), { args: ['p'] }],
    ['a program: empty text as its input', 'wasi', { stdin: ok('a') }, '', {}],
    ['a program: a list as its input', 'wasi', { stdin: ok('a') }, [1n, 2n], { stdin: list }],
    ['a program: an argument', 'wasi', { args: ['p', ok('a', 0)] }, [-5n], { args: ['p', '-5'] }],
    ['a program: a variable', 'wasi', { env: { N: ok('a') } }, 12n, { env: { N: '12' } }],
    ['a program: text as an argument', 'wasi', { args: [ok('a')] }, 'x', { args: ['x'] }],
    [
      'a program: a directory',
      'wasi',
      { files: { data: ok('a', 'files') } },
      { files: CID_A },
      { files: { data: CID_A } },
    ],
    ['a program: the name stdin elsewhere', 'wasi', { files: { stdin: ok('a') } }, CID_A, { files: { stdin: CID_A } }],
  ])('%s', async (_, abi, param, value, expected) => {
    expect(await filled(abi, param, { ok: value })).toEqual(expected)
  })

  test('a file of a program has the bytes', async () => {
    for (const value of [bytes('content'), 'content']) {
      const param = (await filled('wasi', { files: { 'in/a': ok('a') } } as never, { ok: value })) as {
        files: Record<string, CID>
      }
      const cid = param.files['in/a']!
      expect(cid).toEqual(await rawCid(bytes('content')))
      expect(await load(store, cid)).toEqual(bytes('content'))
    }
  })

  test('a list that was too long for the receipt is the raw block of the same bytes', async () => {
    const long = Array.from({ length: 500 }, (_, i) => `item ${i}`)
    const cid = await linked(long)
    for (const [abi, param] of [
      ['bytes', ok('a')],
      ['wasi', { stdin: ok('a') }],
    ] as const) {
      const value = await filled(abi, param as never, { ok: cid })
      const raw = CID.asCID(abi === 'bytes' ? value : (value as { stdin: CID }).stdin)!
      expect(raw).toEqual(await rawCid(encode(long)))
      expect(await load(store, raw)).toEqual(encode(long))
    }
  })

  test.each<[string, Value, string | undefined]>([
    ['a link', CID_A, CID_A.toString()],
    ['bytes', bytes('module'), 'bafkreiasbfynqeudn4myrbrflb5embvfvur454y4q2comalxcvjfjd6gxe'],
    ['text', 'module', undefined],
  ])('a module that is %s', async (_, value, expected) => {
    const mod = { field: 'tasks.b.run.args.mod', label: 'a', branch: 'ok', path: [] } as const
    const run: WasmRun = { mod, fun: 'f', params: [], abi: 'core', nonce: new Uint8Array() }
    const task = fill(run, 'tasks.b.run', { store, outOf: () => ({ ok: value }) })
    if (expected !== undefined) expect((await task).args.mod.toString()).toBe(expected)
    else {
      const fault: unknown = await task.catch((error: unknown) => error)
      expect(fault).toBeInstanceOf(Fault)
      expect(fault).toMatchObject({ code: 'bad-workflow', detail: { field: 'tasks.b.run.args.mod' } })
    }
  })
})

describe('chains', () => {
  test('short and long values go from task to task (WF-8)', async () => {
    const host = await Host.make()
    const long = new Uint8Array(5000).fill(7)
    const run = await host.run({
      short: host.bytes('hello'),
      again: host.bytes(ok('short')),
      long: host.bytes(long),
      onwards: host.bytes(ok('long')),
    })
    expect(run.tasks['again']).toMatchObject({ out: { ok: bytes('hello') } })
    // The link stands for the bytes, so the same bytes come out, and the same link.
    const [first, second] = ['long', 'onwards'].map(label => (run.tasks[label] as { out: { ok: CID } }).out.ok)
    expect(first).toEqual(await rawCid(long))
    expect(second).toEqual(first)
  })

  test('a module may be what a task made (WF-3, WF-10)', async () => {
    const host = await Host.make()
    const made = (label: string) => ({
      run: { cmd: '/wasm/run', args: { mod: ok(label), fun: 'add', params: [2, 3], abi: 'core' } },
    })
    const run = await host.run({ build: host.bytes(NUMBERS), use: made('build'), no: host.bytes('x'), bad: made('no') })
    expect(run.tasks['use']).toMatchObject({ state: 'ok', out: { ok: [5n] } })
    expect(run.tasks['bad']).toMatchObject({ state: 'error', out: { error: { kind: 'rejection', code: 'malformed' } } })
  })

  test('several results are parts of a list (WF-9)', async () => {
    const host = await Host.make()
    const run = await host.run({
      both: host.call('both', 5),
      sum: host.call('add', ok('both', 0), ok('both', 1)),
      none: host.call('add', ok('both', 2), 1),
    })
    expect(run.tasks['sum']).toMatchObject({ out: { ok: [30n] } })
    expect(run.tasks['none']).toMatchObject({
      state: 'fault',
      fault: { code: 'bad-workflow', detail: { field: 'tasks.none.run.args.params[0]' } },
    })
  })
})
