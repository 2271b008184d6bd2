/** The scheduler over HTTP in `examples/`: a program of its own, asked as its clients ask it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { CID } from 'multiformats/cid'
import { fromDagJson, toDagJson } from '../../src/base/dag-json.ts'
import { decodeReceipt } from '../../src/receipt/receipt.ts'
import { createTask, type ParamInput } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { WATS } from '../support/tasks.ts'

const FILE = new URL('../../examples/scheduler-http/scheduler.mjs', import.meta.url)

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** Starts the example. */
async function start(env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-scheduler-'))
  const child = spawn(process.execPath, [FILE.pathname], {
    env: { ...process.env, STORE: join(folder, 'store'), THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  endings.push(async () => {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    rmSync(folder, { recursive: true, force: true })
  })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(/port (\d+)/.exec(text)![1]!))
    child.on('close', () => reject(new Error('it has ended')))
  })
  const base = `http://127.0.0.1:${port}`
  const add = async (wat: string): Promise<CID> => {
    const response = await fetch(`${base}/blocks`, { method: 'POST', body: new Uint8Array(await assemble(wat)) })
    expect(response.status).toBe(201)
    return CID.parse((await response.text()).trim())
  }
  const run = (mod: CID, params: readonly ParamInput[], query = '', init: RequestInit = {}): Promise<Response> => {
    const body = toDagJson(createTask({ mod, fun: 'f', params, abi: 'core' }))
    return fetch(`${base}/tasks?${query}`, { method: 'POST', body, ...init })
  }
  const metric = async (name: string): Promise<number> => {
    const metrics = (await (await fetch(`${base}/metrics`)).json()) as Record<string, number>
    return metrics[`ipvm_wasm.${name}`]!
  }
  /** Waits until a number of the executor is as it should be. */
  const until = async (name: string, value: number): Promise<void> => {
    while ((await metric(name)) !== value) await new Promise(resolve => setTimeout(resolve, 10))
  }
  return { base, add, run, metric, until }
}

test('it has fewer than a hundred lines', () => {
  expect(readFileSync(FILE, 'utf8').trimEnd().split('\n').length).toBeLessThan(100)
})

test('a task is run, and then answered by the memo', async () => {
  const { base, add, run, metric } = await start()
  const mod = await add(WATS.add)
  const responses = [await run(mod, [40, 2]), await run(mod, [40, 2], 'gas=6e12')]
  expect(responses.map(({ status, headers }) => [status, headers.get('origin')])).toEqual([
    [200, 'run'],
    [403, null],
  ])
  const again = await run(mod, [40, 2], 'gas=4e12&pages=3')
  expect([again.status, again.headers.get('origin')]).toEqual([200, 'memo'])
  const answer = fromDagJson(await again.text()) as { receipt: CID; out: unknown }
  expect(answer.out).toEqual({ ok: [42] })
  const block = await fetch(`${base}/receipts/${answer.receipt}`)
  const receipt = decodeReceipt(new Uint8Array(await block.arrayBuffer()))
  expect(receipt.meta.limits).toEqual({ gas: 4_000_000_000_000n, pages: 3 })
  expect(await metric('memo.hits')).toBe(1)
})

test('a trap is an answer as well, and what is wrong is said', async () => {
  const { base, add, run } = await start()
  const trap = await run(await add('(module (func (export "f") unreachable))'), [])
  expect([trap.status, fromDagJson(await trap.text())]).toMatchObject([
    200,
    { out: { error: { code: 'unreachable' } } },
  ])
  const nonsense = await fetch(`${base}/tasks`, { method: 'POST', body: '{}' })
  expect([nonsense.status, await nonsense.text()]).toEqual([400, expect.stringMatching(/^bad-task: /) as string])
  const missing = await run(CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'), [])
  expect([missing.status, await missing.text()]).toEqual([404, expect.stringMatching(/^block-missing: /) as string])
  expect((await fetch(`${base}/nowhere`)).status).toBe(404)
})

describe('bounds', () => {
  const SLOW = '(module (func (export "f") (param i32) (loop (br 0))))'

  test('more than a caller may have under way is 429, and a full queue is 503', async () => {
    const { add, run, until } = await start({ MAX_QUEUED: '1', TASKS_PER_CALLER: '2' })
    const mod = await add(SLOW)
    const gone = new AbortController()
    const by = (caller: string) => ({ headers: { caller }, signal: gone.signal })
    const calls = [run(mod, [1], '', by('a')).catch(() => {}), run(mod, [2], '', by('a')).catch(() => {})]
    await until('tasks.queued', 1)
    expect((await run(mod, [3], '', by('a'))).status).toBe(429)
    const refused = await run(mod, [4], '', by('b'))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    gone.abort()
    await Promise.all(calls)
    await until('tasks.running', 0)
  })

  test('a client that hangs up gives its task up', async () => {
    const { add, run, until } = await start()
    const mod = await add(SLOW)
    const gone = new AbortController()
    const call = run(mod, [1], '', { signal: gone.signal }).catch(({ name }: Error) => name)
    await until('tasks.running', 1)
    gone.abort()
    expect(await call).toBe('AbortError')
    await until('tasks.running', 0)
    const after = await run(await add(WATS.add), [1, 2])
    expect(after.status).toBe(200)
  })
})
