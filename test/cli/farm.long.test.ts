/** The commands of farms, as far as they need no queue: `npm run test:farm` has the rest. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFsStore } from '../../src/content/fs-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { generateKey } from '../../src/envelope/key.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createFarm } from '../../src/farm/farm.ts'
import { createFsLedger } from '../../src/farm/fs-ledger.ts'
import { createMemoryTransport } from '../../src/farm/memory-transport.ts'
import { createFarmWorker } from '../../src/farm/worker.ts'
import { createTask } from '../../src/task/task.ts'
import { falsified } from '../farm/scene.ts'
import { folder, ipvm, ipvmJson, NUMBERS } from './support.ts'

describe('wrong usage', () => {
  test.each<[string, string[], RegExp]>([
    ['no queue', ['worker', '--lane', 'a'], /^error: name the queue: --redis redis:/],
    ['no queue', ['submit', 'numbers.wasm', 'add', '1', '2'], /^error: name the queue/],
    ['no queue', ['farm', 'status'], /^error: name the queue/],
    ['no lane', ['worker', '--redis', 'redis://h'], /^error: required option '--lane <name>' not specified/],
    ['no name of a lane', ['worker', '--redis', 'redis://h', '--lane', 'a b'], /^error: --lane is a letter/],
    [
      'a token and no gateway',
      ['worker', '--redis', 'redis://h', '--lane', 'a', '--token-file', 't'],
      /belong together/,
    ],
    [
      'too many replicas',
      ['submit', '--redis', 'redis://h', '--replicas', '0', 'x', 'y'],
      /--replicas is a whole number/,
    ],
    ['a priority out of range', ['submit', '--redis', 'redis://h', '--priority', '11', 'x', 'y'], /--priority is a/],
    ['an unknown action', ['farm', 'burn'], /the action is one of status, transcript, check/],
    ['no task', ['farm', 'transcript'], /^error: name the CID of the task/],
    ['no CAR', ['farm', 'check'], /^error: name the CAR to check/],
    ['too much', ['farm', 'status', 'x', '--redis', 'redis://h'], /^error: farm status takes no argument/],
  ])('%s: %j', async (_, words, expected) => {
    const { code, stderr } = await ipvm(words, { cwd: folder({ 'numbers.wasm': NUMBERS }) })
    expect(stderr).toMatch(expected)
    expect(code).toBe(64)
  })

  test('the token of a worker in a file that others can read', async () => {
    const cwd = folder({ token: 'a-token' })
    chmodSync(join(cwd, 'token'), 0o644)
    const words = ['worker', '--redis', 'redis://127.0.0.1:1', '--lane', 'a', '--put', 'http://127.0.0.1:1']
    const { code, stderr } = await ipvm([...words, '--token-file', 'token'], { cwd })
    expect([code, stderr]).toEqual([64, expect.stringContaining('others have access to it (mode 0644)')])
    expect(stderr).not.toContain('a-token')
  })

  test('an address that is none, and a server that is not there, without its password', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    for (const address of ['http://user:secret@host', 'redis://user:secret@127.0.0.1:1']) {
      const { code, stdout, stderr } = await ipvm(['farm', 'status', '--redis', address], { cwd })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/fault \((bad-usage|queue-failed)\)/)
      expect(stderr).not.toContain('secret')
    }
  })
})

describe('a transcript', () => {
  /** A store in which a farm has settled a dispute. */
  async function disputed() {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const store = createFsStore(join(cwd, '.ipvm-wasm'))
    const transport = createMemoryTransport()
    const executor = createExecutor({ store, engine: createInlineEngine() })
    const liar = await generateKey()
    for (const lane of ['a', 'b', 'c']) {
      const execute: typeof executor.execute = async (...call) => {
        const execution = await executor.execute(...call)
        return lane === 'b' ? { ...execution, receipt: falsified(execution.receipt) } : execution
      }
      const key = lane === 'b' ? liar : await generateKey()
      await createFarmWorker({ transport, store, executor: { ...executor, store, execute }, lane, key })
    }
    const ledger = createFsLedger(join(cwd, '.ipvm-wasm/farm.ndjson'))
    const farm = createFarm({ transport, store, ledger, policy: { replicas: 3, maxReplicas: 3 } })
    const mod = await addFile(store, NUMBERS)
    const { task } = await farm.submit(createTask({ mod, fun: 'add', params: [2n, 40n], abi: 'core' }), {
      gas: 10n ** 10n,
      pages: 16,
    })
    await store.close()
    return { cwd, task: task.toString(), liar: liar.did }
  }

  test('says who ran, signed and lied, and a third party checks it from its CAR (FARM-14)', async () => {
    const { cwd, task, liar } = await disputed()
    const told = await ipvm(['farm', 'transcript', task, '-o', 't.car'], { cwd })
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('settled   refereed, 3 workers had to agree')])
    expect(told.stdout).toMatch(new RegExp(`lied +${liar} with bafyrei\\w+: out.ok\\[0\\]`))
    expect(told.stdout.match(/lane [abc] +did:key:\w+ has signed bafyrei/g)).toHaveLength(3)
    const checked = await ipvm(['--store', 'other', 'farm', 'check', 't.car'], { cwd })
    expect(checked.stdout).toContain(`holds: ${liar} has lied with`)
    expect([checked.code, checked.stdout.includes('does not hold')]).toEqual([0, false])
    const { json } = await ipvmJson<{ holds: boolean }>(['farm', 'check', 't.car'], { cwd })
    expect(json.holds).toBe(true)
  })

  test('that nobody has, and a CAR that is none', async () => {
    const { cwd } = await disputed()
    const other = 'bafyreicylji7zkyd2rojfdroxqrhm5i24df2wy2xrvoivg3va6wqdfbdli'
    const unknown = await ipvm(['farm', 'transcript', other], { cwd })
    expect([unknown.code, unknown.stderr]).toEqual([64, expect.stringContaining('knows no transcript of the task')])
    const { code } = await ipvm(['run', 'numbers.wasm', 'add', '1', '2', '--out', 'r.car'], { cwd })
    expect(code).toBe(0)
    const wrong = await ipvm(['farm', 'check', 'r.car'], { cwd })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Not a transcript')])
    writeFileSync(join(cwd, 'x.car'), 'x')
    expect((await ipvm(['farm', 'check', 'x.car'], { cwd })).code).toBe(2)
  })
})
