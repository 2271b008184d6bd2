/** The JSON form of documents. `test/cli/json.test.ts` compares the writer with the encoder of @ipld/dag-json. */
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { fromDagJson, toDagJson } from '../../src/base/dag-json.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Receipt } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { Bench, WATS } from '../support/tasks.ts'

const cid = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const fault = { code: 'bad-json', whose: 'requestor' }

test('a receipt survives a round trip, where JSON.stringify throws', async () => {
  const bench = new Bench(createInlineEngine())
  const task = await bench.task(WATS.echo, { abi: 'bytes', params: [new Uint8Array([1, 2, 3])] })
  const { receipt, cid } = await bench.execute(task)
  expect(() => JSON.stringify(receipt)).toThrow(TypeError)
  const text = toDagJson(receipt)
  expect(text).toContain('"out":{"ok":{"/":{"bytes":"AQID"}}}')
  expect(encodeReceipt(fromDagJson(text) as Receipt).cid).toEqual(cid)
  expect(encodeTask(fromDagJson(toDagJson(task)) as typeof task).cid).toEqual(receipt.ran)
  const verifier = createVerifier({ store: bench.store, engine: bench.engine })
  expect(await verifier.verify(fromDagJson(text) as Receipt)).toMatchObject({ verdict: 'reproduced' })
})

test.each([
  [2n ** 64n - 1n, '18446744073709551615'],
  [-(2n ** 63n), '-9223372036854775808'],
  [1.5, '1.5'],
  [{ b: undefined, a: 1n }, '{"a":1}'],
  [[new Uint8Array(0), cid], `[{"/":{"bytes":""}},{"/":"${cid}"}]`],
  [Buffer.from('ab'), '{"/":{"bytes":"YWI"}}'],
])('%s', (value, text) => expect(toDagJson(value)).toBe(text))

test('integers keep their digits', () => {
  expect(fromDagJson('[1, 9007199254740993, 18446744073709551615]')).toEqual([
    1,
    9007199254740993n,
    18446744073709551615n,
  ])
})

test.each([[NaN], [() => 5], [Symbol('x')], [new Date(0)], [{ '/': 'no link' }]])('%s has no such form', value => {
  expect(() => toDagJson(value)).toThrow(expect.objectContaining(fault))
})

test('a value that contains itself is refused', () => {
  const loop: unknown[] = []
  loop.push(loop)
  expect(() => toDagJson(loop)).toThrow(expect.objectContaining(fault))
})

test.each([[''], ['{'], ['undefined'], ['{"a":1,"a":2}'], ['['.repeat(100_000)]])('%.10s is not dag-json', text => {
  expect(() => fromDagJson(text)).toThrow(expect.objectContaining(fault))
})
