/** The option `--params`, and results that are lists and maps. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { resultBytes, valueLines } from '../../src/words/values.ts'
import { getBlock } from '../../src/content/block.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import type { Receipt, Value } from '../../src/interface.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { folder, ipvm, ipvmJson } from './support.ts'

const ADD =
  '(module (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))'
const ECHO = `(module (memory (export "memory") 1) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 16))
  (func (export "f") (param i32 i32) (result i64) (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))`

async function at(): Promise<{ cwd: string }> {
  const cwd = folder()
  writeFileSync(join(cwd, 'add.wasm'), await assemble(ADD))
  writeFileSync(join(cwd, 'echo.wasm'), await assemble(ECHO))
  return { cwd }
}

describe('--params', () => {
  test('makes the same task as words do', async () => {
    const options = await at()
    const run = async (...words: readonly string[]): Promise<unknown> =>
      (await ipvmJson(['run', ...words], options)).json
    const whole = await run('add.wasm', 'add', '--params', '[2, 4000000000000]')
    expect(whole).toEqual(await run('add.wasm', 'add', '2', '4_000_000_000_000'))
    const bytes = await run('echo.wasm', 'f', '--params', '[{"/": {"bytes": "aGk"}}]')
    expect(bytes).toEqual(await run('echo.wasm', 'f', 'hi'))
  })

  test('can be a file or standard input', async () => {
    const options = await at()
    writeFileSync(join(options.cwd, 'params.json'), '["from a file"]')
    expect((await ipvm(['run', 'echo.wasm', 'f', '--params', '@params.json'], options)).stdout).toContain('from a file')
    const given = await ipvm(['run', 'echo.wasm', 'f', '--params', '-'], { ...options, input: '["from a pipe"]' })
    expect(given.stdout).toContain('from a pipe')
  })

  test('a value that the ABI does not accept is rejected, and the receipt names it', async () => {
    const options = await at()
    const { code, stdout } = await ipvm(['run', 'add.wasm', 'add', '--params', '[{"a": [1]}, null]'], options)
    expect([code, stdout]).toEqual([1, expect.stringContaining('"parameter 0: i32"')])
    const deep = `[0, ${'['.repeat(33)}${']'.repeat(33)}]`
    expect((await ipvm(['run', 'add.wasm', 'add', '--params', deep], options)).stdout).toContain('"valueDepth"')
  })

  test('a link stands for its bytes', async () => {
    const options = await at()
    const store = createFsStore(join(options.cwd, '.ipvm-wasm'))
    const link = await addFile(store, new TextEncoder().encode('by link'))
    const params = `[{"/": "${link}"}]`
    expect((await ipvm(['run', 'echo.wasm', 'f', '--params', params], options)).stdout).toContain('by link')
  })

  test('inspect --call accepts --params, too', async () => {
    const options = await at()
    const words = await ipvm(['inspect', 'add.wasm', '--call', 'add', '2', '3'], options)
    expect(await ipvm(['inspect', 'add.wasm', '--params', '[2, 3]', '--call', 'add'], options)).toEqual(words)
    expect((await ipvm(['inspect', 'add.wasm', '--params', '[]'], options)).stderr).toContain('--call alone')
  })

  test.each<[title: string, words: readonly string[], says: string]>([
    ['words as well', ['1', '--params', '[1]'], 'as words or with --params, not both'],
    ['no list', ['--params', '{"a": 1}'], '--params takes a list'],
    ['no JSON', ['--params', '[1'], 'It takes a list in dag-json'],
    ['a float', ['--params', '[1, {"a b": [1.5]}]'], 'params[1]["a b"][0] must be'],
    ['a key /', ['--params', '[{"/": 1, "a": 2}]'], 'params[0] must be'],
    ['a file that is not there', ['--params', '@none.json'], 'cannot read none.json'],
    ['no whole ABI', ['--params', '[]', '--abi', 'assemblyscript'], 'write out the ABI'],
  ])('%s is wrong usage', async (_, words, says) => {
    const { code, stderr } = await ipvm(['run', 'add.wasm', 'add', ...words], await at())
    expect([code, stderr]).toEqual([64, expect.stringContaining(says)])
  })

  test('the file of parameters is not overwritten', async () => {
    const options = await at()
    writeFileSync(join(options.cwd, 'params.json'), '[1, 2]')
    const words = ['run', 'add.wasm', 'add', '--params', '@params.json', '-o', 'params.json']
    expect((await ipvm(words, options)).stderr).toContain('would be overwritten')
  })
})

describe('results that are lists and maps', () => {
  const LINK = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
  const value: Value = { exit: 0n, stdout: new TextEncoder().encode('hi\n'), 'a\nb': [true, null, LINK, -5n], '': {} }

  test('as lines', () => {
    expect(valueLines(value)).toEqual([
      'exit: 0',
      'stdout: 3 bytes "hi\\n"',
      '"a\\nb":',
      '  - true',
      '  - null',
      `  - ${LINK}`,
      '  - -5',
      '"": {}', // prettier-ignore
    ])
    expect(valueLines([])).toEqual(['none'])
    expect(valueLines(Array.from({ length: 100 }, () => 1n)).at(-1)).toBe('… (100 lines in all)')
    expect(valueLines({ a: 'x'.repeat(1000) })[0]).toHaveLength(201)
  })

  test('are written as dag-json by -o, even if they are linked', async () => {
    const json = `{"":{},"a\\nb":[true,null,{"/":"${LINK}"},-5],"exit":0,"stdout":{"/":{"bytes":"aGkK"}}}\n`
    const none = (): never => {
      throw new Error('nothing is loaded')
    }
    const text = async (result: Value, load: () => Promise<Value> = none): Promise<string> =>
      new TextDecoder().decode(await resultBytes(result, load as never))
    expect(await text(value)).toBe(json)
    expect(await text(LINK, async () => value)).toBe(json)
    expect(await text(['a', 1n])).toBe('["a",1]\n')
    expect(await text(true)).toBe('true\n')
    expect(await text([1n, new Uint8Array([0, 0, 128, 63])])).toBe('1\n1\n')
  })

  test('show, and verify of a claim with such a result', async () => {
    const options = await at()
    const { receipt } = (await ipvmJson<{ receipt: CID }>(['run', 'add.wasm', 'add', '1', '2'], options)).json
    const store = createFsStore(join(options.cwd, '.ipvm-wasm'))
    const honest = decodeReceipt(await getBlock(store, receipt))
    const put = async (ok: Value): Promise<string> => {
      const claim = encodeReceipt({ ...honest, out: { ok } } satisfies Receipt)
      await store.put(claim.cid, claim.bytes)
      return claim.cid.toString()
    }
    const shown = await ipvm(['show', await put(value)], options)
    expect(shown.stdout).toContain('      stdout: 3 bytes "hi\\n"\n')
    const refuted = await ipvm(['verify', await put(value)], options)
    expect([refuted.code, refuted.stdout]).toEqual([1, expect.stringContaining('claimed   a map\n  "": {}\n')])
    expect(refuted.stdout).toContain('out.ok is claimed to be {')
    const other = await ipvm(['verify', await put([4n])], options)
    expect(other.stdout).toContain('out.ok[0] is claimed to be 4; running the task again gave 3')
    const block = encodeStrict({ a: 1n })
    await store.put(linkOf(block), block)
    expect((await ipvm(['verify', await put(linkOf(block))], options)).stdout).toContain(
      `out.ok is claimed to be ${linkOf(block)}`,
    )
  })

  test('the refutation of a claim with a huge list is short', async () => {
    const options = await at()
    const { receipt } = (await ipvmJson<{ receipt: CID }>(['run', 'add.wasm', 'add', '1', '2'], options)).json
    const store = createFsStore(join(options.cwd, '.ipvm-wasm'))
    const honest = decodeReceipt(await getBlock(store, receipt))
    const claim = encodeReceipt({ ...honest, out: { ok: Array.from({ length: 500_000 }, () => null) } })
    await store.put(claim.cid, claim.bytes)
    const { code, stdout } = await ipvm(['verify', claim.cid.toString()], options)
    expect([code, stdout.length < 2000]).toEqual([1, true])
    expect(stdout).toContain('… (500000 lines in all)')
  })
})
