/** The handler in `examples/lambda`, called as a service calls it: in a process of its own, one event after the other. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CID } from 'multiformats/cid'
import { expect, onTestFinished, test } from 'vitest'
import { fromDagJson, toDagJson } from '../../src/base/dag-json.ts'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import type { BlockStore } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { serve } from '../content/support.ts'
import { WATS } from '../support/tasks.ts'

const HANDLER = new URL('../../examples/lambda/handler.mjs', import.meta.url)

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A gateway that has the blocks of a store. */
function gatewayTo(store: BlockStore): Promise<string> {
  return serve((request, response) => {
    const cid = CID.parse(/\/ipfs\/(\w+)/.exec(request.url!)![1]!)
    getBlock(store, cid).then(
      bytes => response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(bytes),
      () => response.writeHead(404).end(),
    )
  })
}

/** The answers of one instance to some events. */
async function call(
  env: Readonly<Record<string, string>>,
  events: readonly object[],
  leftMs = 30_000,
): Promise<Answer[]> {
  const script = `
    import { handler } from ${JSON.stringify(HANDLER.href)}
    const answers = []
    for (const event of ${JSON.stringify(events)})
      answers.push(await handler(event, { getRemainingTimeInMillis: () => ${leftMs} }))
    console.log(JSON.stringify(answers))`
  const options = { env: { ...process.env, ...env } }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
  return JSON.parse(stdout) as Answer[]
}

test('a warm instance answers by its memo, and so does the next instance of the folder', async () => {
  const CACHE = mkdtempSync(join(tmpdir(), 'ipvm-lambda-'))
  onTestFinished(() => rmSync(CACHE, { recursive: true, force: true }))
  const store = createMemoryStore()
  const env = { CACHE, GATEWAY: await gatewayTo(store) }
  const task = async (wat: string, params: readonly bigint[]): Promise<string> =>
    toDagJson(createTask({ mod: await addFile(store, await assemble(wat)), fun: 'f', params, abi: 'core' }))
  const body = await task(WATS.add, [40n, 2n])
  const base64 = { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
  const first = await call(env, [{ body }, base64, { body: await task(WATS.trap, []) }, { body: 'no JSON' }, {}])
  expect(first.map(({ statusCode, headers }) => [statusCode, headers['x-origin']])).toEqual([
    [200, 'run'],
    [200, 'memo'],
    [200, 'run'],
    [400, undefined],
    [400, undefined],
  ])
  expect(fromDagJson(first[1]!.body)).toEqual(fromDagJson(first[0]!.body))
  expect(fromDagJson(first[0]!.body)).toMatchObject({ out: { ok: [42] } })
  expect(fromDagJson(first[3]!.body)).toMatchObject({ fault: { code: 'bad-json' } })
  const [next] = await call(env, [{ body }])
  expect([next!.statusCode, next!.headers['x-origin']]).toEqual([200, 'memo'])
  const missing = createTask({
    mod: CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'),
    fun: 'f',
    params: [],
    abi: 'core',
  })
  const [late, absent] = [
    await call(env, [{ body: await task('(module (func (export "f") (loop (br 0))))', []) }], 501),
    await call(env, [{ body: toDagJson(missing) }]),
  ]
  expect(fromDagJson(late[0]!.body)).toMatchObject({ fault: { code: 'timeout' } })
  expect([absent[0]!.statusCode, fromDagJson(absent[0]!.body)]).toMatchObject([
    503,
    { fault: { code: 'block-missing' } },
  ])
})
