/** `ipvm-wasm workflow`: plans, runs, tables and archives. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readCar } from '../../src/content/car.ts'
import { rawCid } from '../../src/content/cids.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { createWorkflow, encodeWorkflow } from '../../src/workflow/document.ts'
import { readTask } from '../../src/task/forms/read.ts'
import { instruction, task } from '../task/forms/samples.ts'
import { bytesOf, folder, ipvm, ipvmJson, NUMBERS, type CallOptions } from './support.ts'

interface Ended {
  readonly workflow: CID
  readonly state: string
  readonly gasUsed: number
  readonly hits: number
  readonly counts: Record<string, number>
  readonly tasks: Record<
    string,
    {
      state: string
      receipt: CID
      task: CID
      out: unknown
      origin: string
      waitingOn: string[]
      fault: { code: string }
    }
  >
}

const call = (fun: string, params: unknown, more: object = {}) => ({
  run: { cmd: '/wasm/run', args: { mod: 'numbers.wasm', fun, params, abi: 'core' } },
  ...more,
})
const first = (label: string) => ({ 'await/ok': [label, 0] })
const CHAIN = { sum: call('add', [2, 40]), twice: call('add', [first('sum'), first('sum')]) }

/** Options of calls with a folder and a cache of their own. */
function place(
  tasks: unknown,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): CallOptions & { readonly cwd: string } {
  const cache = mkdtempSync(join(tmpdir(), 'ipvm-cli-workflow-'))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  const text = JSON.stringify({ tasks })
  return { cwd: folder({ 'numbers.wasm': NUMBERS, 'flow.json': text, ...files }), env: { IPVM_WASM_CACHE: cache } }
}

/** What is said on stderr, but for the progress of what takes long. */
const notes = (stderr: string): string => stderr.replaceAll(/^.* …\n/gm, '')

describe('workflow', () => {
  test('runs the tasks, and prints a table and the results at the ends (WF-8)', async () => {
    const at = place(CHAIN)
    const { code, stdout, stderr } = await ipvm(['workflow', 'flow.json'], at)
    const lines = stdout.split('\n')
    expect([code, notes(stderr)]).toEqual([0, ''])
    expect(lines[0]).toMatch(/^task {3}state {2}gas +receipt$/)
    expect(lines[1]).toMatch(/^sum {4}ok {5}[\d_]+ +bafyrei\w+$/)
    expect(lines[2]).toMatch(/^twice {2}ok {5}[\d_]+ +bafyrei\w+$/)
    expect(lines[3]).toMatch(/^twice +84$/)
    const receipt = lines[2]!.split(/ +/).at(-1)!
    expect((await ipvm(['verify', receipt], at)).code).toBe(0)
    const shown = await ipvm(['show', lines[4]!.split(/ +/)[1]!], at)
    expect(shown.stdout).toMatch(/^workflow bafyrei/)
  })

  test('--json has all of it, and what ran is the task with the awaited value', async () => {
    const at = place(CHAIN)
    const { code, json } = await ipvmJson<Ended>(['workflow', 'flow.json'], at)
    const mod = await rawCid(NUMBERS)
    expect([code, json.state, json.counts, json.hits]).toEqual([0, 'ok', { ok: 2, error: 0, waiting: 0, fault: 0 }, 0])
    expect(json.tasks['twice']).toMatchObject({ state: 'ok', out: { ok: [84] }, origin: 'run' })
    const twice = createTask({ mod, fun: 'add', params: [42, 42], abi: 'core' })
    expect(json.tasks['twice']!.task).toEqual(encodeTask(twice).cid)
    const run = (params: never) => ({ run: { cmd: '/wasm/run', args: { mod, fun: 'add', params, abi: 'core' } } })
    const own = createWorkflow({
      tasks: { sum: run([2, 40] as never), twice: run([first('sum'), first('sum')] as never) },
    })
    expect(json.workflow).toEqual(encodeWorkflow(own).cid)
    // The block is in the store by now, and the workflow runs from it.
    const again = await ipvmJson<Ended>(['workflow', json.workflow.toString()], at)
    expect([again.json.hits, again.json.workflow]).toEqual([2, json.workflow])
    writeFileSync(join(at.cwd, 'flow.cbor'), encodeWorkflow(own).bytes)
    expect((await ipvmJson<Ended>(['workflow', 'flow.cbor'], at)).json.hits).toBe(2)
  })

  test('what has run before is answered, and said; --no-memo runs it again (WF-16)', async () => {
    const at = place(CHAIN)
    await ipvm(['workflow', 'flow.json'], at)
    const again = await ipvm(['workflow', 'flow.json'], at)
    expect(again.stdout).toContain('ok (memo)')
    expect(notes(again.stderr)).toBe(
      '2 tasks had run here before, and the receipts answer. --no-memo runs all again.\n',
    )
    expect(notes((await ipvm(['workflow', 'flow.json', '--no-memo'], at)).stderr)).toBe('')
  })

  test('errors and what waits on them are named; the code tells whether they were taken up (WF-15)', async () => {
    const at = place({
      bad: call('trap', []),
      next: call('add', [first('bad'), 1]),
      other: call('add', [1, 1]),
    })
    const { code, stdout } = await ipvm(['workflow', 'flow.json'], at)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bad {4}error \(unreachable\)/m)
    expect(stdout).toMatch(/^next {3}waiting on bad$/m)
    expect(stdout).toMatch(/^bad: Trapped: it executed unreachable\.$/m)
    expect(stdout).toMatch(/^other +2$/m)
    const { json } = await ipvmJson<Ended>(['workflow', 'flow.json'], at)
    expect([json.state, json.tasks['next']]).toEqual(['error', { state: 'waiting', waitingOn: ['bad'] }])
    const handled = place({
      bad: call('trap', []),
      log: call('add', [1, 1], { after: ['bad'] }),
      no: call('add', [first('bad'), 1]),
    })
    expect((await ipvm(['workflow', 'flow.json'], handled)).code).toBe(1)
  })

  test('a fault of one task is the code 2, and the others run', async () => {
    const lost = {
      run: {
        cmd: '/wasm/run',
        args: {
          mod: { '/': 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e' },
          fun: 'f',
          params: [],
          abi: 'core',
        },
      },
    }
    const long = place({ slow: call('forever', []), quick: call('add', [1, 2]) })
    const { code, json } = await ipvmJson<Ended>(
      ['workflow', 'flow.json', '--jobs', '1', '--task-timeout', '0.9'],
      long,
    )
    expect([code, json.tasks['slow']!.fault.code, json.tasks['quick']!.state]).toEqual([2, 'timeout', 'ok'])
    const missing = await ipvm(['workflow', 'flow.json'], place({ lost, quick: call('add', [1, 2]) }))
    expect([missing.code, missing.stdout]).toEqual([2, ''])
    expect(missing.stderr).toContain('fault (block-missing)')
  })

  test('--out writes all receipts into one CAR', async () => {
    const at = place(CHAIN)
    const { json } = await ipvmJson<Ended>(['workflow', 'flow.json', '--out', 'all.car'], at)
    const { roots, blocks } = await readCar(bytesOf(join(at.cwd, 'all.car')))
    expect(roots.map(String)).toEqual(['sum', 'twice'].map(label => json.tasks[label]!.receipt.toString()))
    const cids = blocks.map(({ cid }) => cid.toString())
    expect(cids).toContain((await rawCid(NUMBERS)).toString())
    const elsewhere = folder({ 'all.car': bytesOf(join(at.cwd, 'all.car')) })
    expect((await ipvm(['verify', 'all.car'], { cwd: elsewhere })).code).toBe(0)
  })

  test('limits of each task and of all together (WF-13)', async () => {
    const at = place(CHAIN)
    const { json } = await ipvmJson<Ended>(['workflow', 'flow.json', '--gas', '1e9', '--pages', '1'], at)
    const each = json.gasUsed / 2
    const words = ['workflow', 'flow.json', '--no-memo', '--gas', '1e9', '--pages', '1', '--total-gas']
    expect((await ipvm([...words, String(1e9 + each)], at)).code).toBe(0)
    const over = await ipvm([...words, '1e9'], at)
    expect([over.code, over.stdout.includes('fault (bad-limits)')]).toEqual([2, true])
  })

  test('a workflow of homestar, with the ABI that it cannot state (WF-17)', async () => {
    const rsc = `"ipfs://${await rawCid(NUMBERS)}"`
    const one = instruction('add', '[1,2]', '""', rsc)
    const two = instruction('add', `[{"await/ok":{"/":"${readTask(one).calls[0]!.cid}"}},40]`, '""', rsc)
    const at = place({}, { 'homestar.json': `{"tasks":[${task(one, '{"fuel":900000000}')},${task(two)}]}` })
    await ipvm(['add', 'numbers.wasm'], at)
    const { code, json } = await ipvmJson<Ended>(['workflow', 'homestar.json', '--abi', 'core'], at)
    expect([code, json.tasks['t1']!.out]).toEqual([0, { ok: [43] }])
    expect(json.tasks['t0']).toMatchObject({ meta: { limits: { gas: 900_000_000 } } })
    const refused = await ipvm(['workflow', 'homestar.json'], at)
    expect([refused.code, refused.stderr.includes('unsupported-task')]).toEqual([2, true])
  })
})

describe('workflow --plan (WF-11, WF-12)', () => {
  test('says what waits for what, and runs nothing', async () => {
    const tasks = {
      ...CHAIN,
      get: { run: { cmd: '/http/get', args: { url: 'https://example.com' } } },
      put: { run: { cmd: '/http/put', args: { body: { 'await/ok': 'get' } } } },
    }
    const at = place(tasks)
    const { code, stdout, stderr } = await ipvm(['workflow', 'flow.json', '--plan'], at)
    expect(code).toBe(0)
    expect(stdout).toContain('stage 0: get, sum\n')
    expect(stdout).toContain(
      '  sum: deterministic (pure-function)\n    admission: the module is admitted: it can only compute\n',
    )
    expect(stdout).toContain('  put: destructive (idempotent-command), lock exactly-once\n')
    expect(stdout).toContain('it waits for the result of "get", which an oracle has to attest\n')
    expect(notes(stderr)).toBe('Not each task can be run here: some are no pure functions.\n')
    const { json } = await ipvmJson<{ stages: string[][]; pure: boolean }>(['workflow', 'flow.json', '--plan'], at)
    expect([json.stages, json.pure]).toEqual([
      [
        ['get', 'sum'],
        ['put', 'twice'],
      ],
      false,
    ])
    const run = await ipvm(['workflow', 'flow.json'], at)
    expect([run.code, run.stdout]).toEqual([2, ''])
    expect(run.stderr).toMatch(/fault \(bad-workflow\): .*"get" is work of the type http, a query/)
  })

  test('a contradiction is a fault that names it', async () => {
    const put = { run: { cmd: '/http/put', args: {} } }
    const { code, stderr } = await ipvm(['workflow', 'flow.json', '--plan'], place({ a: put, b: put }))
    expect([code, stderr.includes('neither comes after the other')]).toEqual([2, true])
  })
})

describe('what the command refuses', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /flow\.json is no workflow in dag-json or dag-cbor/],
    ['a key that stands twice', '{"tasks":{"a":1,"a":2}}', /twice/],
    ['no tasks', '{"x":1}', /no map with the key tasks/],
    ['a list', '[1]', /no map with the key tasks/],
  ])('%s: usage', async (_, text, says) => {
    const { code, stderr } = await ipvm(['workflow', 'flow.json'], place({}, { 'flow.json': text }))
    expect(code).toBe(64)
    expect(stderr).toMatch(says)
  })

  test.each<[string, string, RegExp]>([
    ['a module outside of the folder', '../numbers.wasm', /outside of the folder/],
    ['an absolute path', join(tmpdir(), 'x.wasm'), /outside of the folder/],
    ['a link out of the folder', 'link.wasm', /a link out of the folder/],
    ['a file that is no module', 'flow.json', /is no WebAssembly module/],
    ['a file that is not there', 'none.wasm', /there is no such file/],
  ])('%s', async (_, mod, says) => {
    const run = { cmd: '/wasm/run', args: { mod, fun: 'add', params: [1, 2], abi: 'core' } }
    const at = place({ a: { run } })
    const outside = folder({ 'secret.wasm': NUMBERS })
    symlinkSync(join(outside, 'secret.wasm'), join(at.cwd, 'link.wasm'))
    const { code, stderr } = await ipvm(['workflow', 'flow.json'], at)
    expect(code).toBe(64)
    expect(stderr).toMatch(says)
  })

  test('a float, an await that is misspelt, and a cycle are faults that name the field', async () => {
    for (const [params, field] of [
      ['[1.0]', 'tasks.a.run.args.params[0]'],
      ['[{"await/oh":"b"}]', 'tasks.a.run.args.params[0]["await/oh"]'],
      ['[{"await/ok":["a",0]}]', 'tasks.a.run.args.params[0]'],
    ]) {
      const text = `{"tasks":{"a":{"run":{"cmd":"/wasm/run","args":{"mod":"numbers.wasm","fun":"f","abi":"core","params":${params}}}}}}`
      const { code, stderr } = await ipvm(['workflow', 'flow.json'], place({}, { 'flow.json': text }))
      expect([code, stderr.includes('fault (bad-workflow)'), stderr.includes(field!)]).toEqual([2, true, true])
    }
  })

  test('--abi for a workflow of ours, and an output that is the input', async () => {
    const at = place(CHAIN)
    expect((await ipvm(['workflow', 'flow.json', '--abi', 'core'], at)).code).toBe(64)
    expect((await ipvm(['workflow', 'flow.json', '--out', 'flow.json'], at)).code).toBe(64)
    expect((await ipvm(['workflow', 'flow.json', '--jobs', '0'], at)).stderr).toContain('--jobs is a whole number')
    expect((await ipvm(['workflow', 'flow.json', '--task-timeout', 'x'], at)).stderr).toContain(
      '--task-timeout is a number',
    )
  })
})
