/** Workflows that run: order, substitution, errors, limits, giving up and resuming. */
import { describe, expect, test } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { createWorkflow, decodeWorkflow, encodeWorkflow } from '../../src/workflow/document.ts'
import type { TaskRan, WorkflowProgress, WorkflowRun } from '../../src/workflow/ends.ts'
import { runWorkflow } from '../../src/workflow/run.ts'
import { ControlledEngine, settled } from '../support/controlled-engine.ts'
import { faultOf } from '../content/support.ts'
import { LIMITS } from '../support/tasks.ts'
import { either, error, Host, ok, shortly } from './support.ts'

const ranOf = ({ tasks }: WorkflowRun, label: string): TaskRan => {
  const end = tasks[label]!
  if (!('receipt' in end)) throw new Error(`${label} has no receipt: ${end.state}`)
  return end
}
const diamond = (host: Host) => ({
  first: host.call('add', 1, 2),
  left: host.call('add', ok('first', 0), 10),
  right: host.call('add', ok('first', 0), 20),
  last: host.call('add', ok('left', 0), ok('right', 0)),
})

describe('each task runs when what it awaits is there, with a receipt of its own (WF-8, WF-14, WF-15)', () => {
  test('a diamond', async () => {
    const host = await Host.make()
    const run = await host.run(diamond(host))
    expect(shortly(run)).toEqual({ first: [3n], left: [13n], right: [23n], last: [36n] })
    expect(run).toMatchObject({ state: 'ok', counts: { ok: 4, error: 0, waiting: 0, fault: 0 }, hits: 0 })
    // What ran is the task with the awaited values in it, as if they had been written down.
    const last = createTask({ mod: host.numbers, fun: 'add', params: [13, 23], abi: 'core' })
    expect(ranOf(run, 'last').task).toEqual(encodeTask(last).cid)
    const receipt = await host.receipt(ranOf(run, 'last').receipt)
    expect(receipt.ran).toEqual(ranOf(run, 'last').task)
    expect(run.gasUsed).toBe(
      ['first', 'left', 'right', 'last'].reduce((sum, label) => sum + ranOf(run, label).meta.gasUsed, 0n),
    )
    // Whoever has the receipt alone gets the same one.
    expect((await host.executor.execute(last, LIMITS)).cid).toEqual(ranOf(run, 'last').receipt)
  })

  test('the workflow is in the store', async () => {
    const host = await Host.make()
    const workflow = createWorkflow({ tasks: diamond(host) })
    const run = await host.run(workflow)
    expect(run.workflow).toEqual(encodeWorkflow(workflow).cid)
    expect(decodeWorkflow(await getBlock(host.store, run.workflow))).toEqual(workflow)
  })

  test('independent tasks run at once, and no more than `concurrency`', async () => {
    const host = await Host.make()
    const engine = new ControlledEngine()
    const executor = createExecutor({ store: host.store, engine })
    const workflow = createWorkflow({ tasks: diamond(host) })
    const running = runWorkflow(executor, workflow, LIMITS)
    await settled()
    expect(engine.jobs).toHaveLength(1)
    engine.jobs[0]!.end([3n])
    await settled()
    expect(engine.jobs.map(({ job }) => job.args)).toEqual([
      [1n, 2n],
      [3n, 10n],
      [3n, 20n],
    ])
    engine.jobs[2]!.end([23n])
    await settled()
    expect(engine.jobs).toHaveLength(3)
    engine.jobs[1]!.end([13n])
    await settled()
    engine.jobs[3]!.end([36n])
    expect((await running).state).toBe('ok')

    const alone = runWorkflow(executor, workflow, LIMITS, { concurrency: 1 })
    for (let i = 4; i < 8; i++) {
      await settled()
      expect(engine.jobs).toHaveLength(i + 1)
      engine.jobs[i]!.end([3n])
    }
    expect((await alone).state).toBe('ok')
  })

  test('equal calls run once, whether their parameters are awaited or not', async () => {
    const host = await Host.make()
    const run = await host.run({
      a: host.call('add', 1, 2),
      b: host.call('add', 3, 3),
      c: { ...host.call('add', ok('a', 0), ok('a', 0)), after: ['b'] },
    })
    expect(ranOf(run, 'b').receipt).toEqual(ranOf(run, 'c').receipt)
    expect(host.engine.called).toHaveLength(2)
    expect(run.hits).toBe(1)
  })

  test('what comes after another task runs after it', async () => {
    const host = await Host.make()
    await host.run({ a: { ...host.call('add', 1, 2), after: ['b'] }, b: host.call('divide', 6, 3) })
    expect(host.engine.called).toEqual(['divide', 'add'])
  })

  test('the caller and the priority are passed on', async () => {
    const host = await Host.make({ queue: { concurrency: 1, maxQueued: 10 } })
    const seen: unknown[] = []
    host.executor.events.addEventListener('queued', ({ detail: { caller, priority } }) => seen.push([caller, priority]))
    await host.run({ a: host.call('add', 1, 2), b: host.call('add', 2, 2) }, { caller: 'alice', priority: 3 })
    expect(seen).toContainEqual(['alice', 3])
  })
})

describe('errors and what awaits them (WF-14, WF-15)', () => {
  test('a task that fails leaves waiting what needs its result, and nothing else', async () => {
    const host = await Host.make()
    const run = await host.run({
      bad: host.call('divide', 1, 0),
      next: host.call('add', ok('bad', 0), 1),
      last: host.call('add', ok('next', 0), ok('other', 0)),
      other: host.call('add', 2, 3),
      handler: host.bytes(error('bad', 'code')),
      log: host.bytes(either('bad')),
      quiet: host.bytes(either('other', 'ok', 0)),
      clean: { ...host.call('add', 7, 7), after: ['last'] },
    })
    expect(shortly(run)).toEqual({
      bad: 'error divide-by-zero',
      next: 'waiting on bad',
      last: 'waiting on next',
      other: [5n],
      handler: new TextEncoder().encode('divide-by-zero'),
      log: expect.any(Uint8Array) as unknown,
      quiet: new Uint8Array([5]),
      clean: [14n],
    })
    expect(run.counts).toEqual({ ok: 5, error: 1, waiting: 2, fault: 0 })
    // The error was taken up by a handler.
    expect(run.state).toBe('ok')
    const receipt = await host.receipt(ranOf(run, 'bad').receipt)
    expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'divide-by-zero' } })
  })

  test('an error that nobody awaits is the state of the workflow', async () => {
    const host = await Host.make()
    const run = await host.run({ bad: host.call('divide', 1, 0), next: host.call('add', ok('bad', 0), 1) })
    expect(run.state).toBe('error')
  })

  test('an error whose handler does not run is not taken up', async () => {
    const host = await Host.make()
    const run = await host.run({
      bad: host.call('divide', 1, 0),
      worse: host.call('divide', 2, 0),
      handler: host.bytes(error('bad', 'code'), ok('worse')),
    })
    expect(shortly(run)).toMatchObject({ handler: 'waiting on worse' })
    expect(run.state).toBe('error')
  })

  test('a handler waits for good if there is no error', async () => {
    const host = await Host.make()
    const run = await host.run({ good: host.call('divide', 4, 2), handler: host.bytes(error('good', 'code')) })
    expect(shortly(run)).toEqual({ good: [2n], handler: 'waiting on good' })
    expect(run.state).toBe('ok')
  })

  test('all that did not come is named', async () => {
    const host = await Host.make()
    const bad = host.call('divide', 1, 0)
    const run = await host.run({ a: bad, b: bad, c: host.call('add', ok('b', 0), ok('a', 0)) })
    expect(run.tasks['c']).toEqual({ state: 'waiting', waitingOn: ['b', 'a'] })
  })

  test('a rejection is an error, and out of gas is one', async () => {
    const host = await Host.make()
    const run = await host.run(
      {
        none: host.call('missing'),
        long: host.call('forever', 0),
        said: host.bytes(error('none', 'subject')),
        ended: host.bytes(error('long', 'code')),
      },
      {},
      { ...LIMITS, tasks: { long: { gas: 10n ** 8n } } },
    )
    expect([ranOf(run, 'said').out, ranOf(run, 'ended').out]).toEqual([
      { ok: new TextEncoder().encode('missing') },
      { ok: new TextEncoder().encode('out-of-gas') },
    ])
    expect(ranOf(run, 'long').meta.limits).toEqual({ gas: 10n ** 8n, pages: LIMITS.pages })
  })

  test('a fault has no receipt, and nothing awaits it; the rest goes on', async () => {
    const host = await Host.make()
    const lost = createTask({
      mod: encodeTask(createTask({ mod: host.echo, fun: 'f', params: [], abi: 'core' })).cid,
      fun: 'f',
      params: [],
      abi: 'core',
    })
    const run = await host.run({
      lost: { run: lost },
      next: host.bytes(either('lost')),
      other: host.call('add', 1, 1),
    })
    expect(shortly(run)).toEqual({ lost: 'fault block-missing', next: 'waiting on lost', other: [2n] })
    expect(run.state).toBe('fault')
  })
})

describe('limits (WF-13)', () => {
  const chain = (host: Host) => ({
    a: host.call('add', 1, 1),
    b: host.call('add', 1, 2),
    c: host.call('add', ok('a', 0), 3),
    d: host.call('add', 1, 4),
  })

  test('all tasks together may be bounded, and which of them run does not depend on their speed', async () => {
    const host = await Host.make()
    const { gasUsed } = await host.run({ a: host.call('add', 1, 1) })
    // Each may use twice what it uses: then one after the other fits into five times that.
    const limits = { gas: 2n * gasUsed, pages: 1, totalGas: 5n * gasUsed }
    const run = await host.run(chain(host), {}, limits)
    expect(shortly(run)).toEqual({ a: [2n], b: [3n], d: [5n], c: [5n] })
    const tight = { ...limits, totalGas: 4n * gasUsed }
    for (let i = 0; i < 3; i++) {
      const less = await (
        await Host.make()
      )
        .run(chain(host), { concurrency: 1 + i }, tight)
        .catch((error: unknown) => error)
      expect(less).toBeDefined()
      const again = await host.again().run(chain(host), { concurrency: 1 + i }, tight)
      expect(shortly(again)).toEqual({ a: [2n], b: [3n], d: [5n], c: 'fault bad-limits' })
      expect(again.state).toBe('fault')
    }
  })

  test('what was not run counts for nothing', async () => {
    const host = await Host.make()
    const { gasUsed } = await host.run({ a: host.call('add', 1, 1) })
    const tasks = { a: host.call('add', 1, 1), b: host.bytes(error('a', 'code')), c: host.call('add', ok('a', 0), 1) }
    const run = await host.run(tasks, {}, { gas: 2n * gasUsed, pages: 1, totalGas: 3n * gasUsed })
    expect(shortly(run)).toMatchObject({ b: 'waiting on a', c: [3n] })
  })

  test.each<[string, unknown, string]>([
    ['no gas', { pages: 1 }, 'limits.gas'],
    ['another key', { ...LIMITS, time: 3 }, 'limits.time'],
    ['a label of no task', { ...LIMITS, tasks: { x: { gas: 1n } } }, 'limits.tasks.x'],
    ['limits of a task out of range', { ...LIMITS, tasks: { a: { gas: -1n } } }, 'limits.tasks.a'],
    ['gas out of range', { gas: -1n, pages: 1 }, 'limits.gas'],
    ['gas of all out of range', { ...LIMITS, totalGas: 2n ** 63n }, 'limits.gas'],
  ])('%s is refused before anything runs', async (_, limits, field) => {
    const host = await Host.make()
    expect(await faultOf(host.run({ a: host.call('add', 1, 2) }, {}, limits as never))).toMatchObject({
      code: 'bad-limits',
      detail: { field },
    })
    expect(host.engine.called).toEqual([])
  })

  test('a single task may be given up', async () => {
    const host = await Host.make()
    const engine = new ControlledEngine()
    const executor = createExecutor({ store: host.store, engine })
    const workflow = createWorkflow({ tasks: { slow: host.call('add', 1, 1), next: host.bytes(either('slow')) } })
    const run = await runWorkflow(executor, workflow, LIMITS, { taskTimeoutMs: 20 })
    expect(shortly(run)).toEqual({ slow: 'fault timeout', next: 'waiting on slow' })
  })
})

describe('what is no pure workflow is refused before anything runs (WF-13)', () => {
  test.each<[string, object, field: string, says: RegExp]>([
    [
      'a request',
      { run: { cmd: '/http/get', args: { url: 'https://example.com' } } },
      'tasks.x.run',
      /work of the type http, a query/,
    ],
    ['a message', { run: { do: 'email/send', with: 'mailto:a@example.com' } }, 'tasks.x.run', /type email, a command/],
    ['work in no known form', { run: { y: 1 } }, 'tasks.x.run', /work in no known form/],
    [
      'a task of another system',
      {
        run: {
          op: 'wasm/run',
          rsc: 'ipfs://bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
          input: {},
          nnc: '',
        },
      },
      'tasks.x.run',
      /another system/,
    ],
  ])('%s', async (_, task, field, says) => {
    const host = await Host.make()
    const fault = await faultOf(host.run({ a: host.call('add', 1, 2), x: task as never }))
    expect(fault).toMatchObject({ code: 'bad-workflow', detail: { field } })
    expect(fault.message).toMatch(says)
    expect(host.engine.called).toEqual([])
  })

  test('a call that is declared to change something', async () => {
    const host = await Host.make()
    const fault = await faultOf(host.run({ a: { ...host.call('add', 1, 2), safety: 'destructive' } }))
    expect(fault).toMatchObject({ code: 'bad-workflow', detail: { field: 'tasks.a.safety' } })
  })

  test('wrong arguments', async () => {
    const host = await Host.make()
    const workflow = createWorkflow({ tasks: { a: host.call('add', 1, 2) } })
    for (const bad of [
      () => runWorkflow({} as never, workflow, LIMITS),
      () => runWorkflow(host.executor, workflow, LIMITS, { concurrency: 0 }),
      () => runWorkflow(host.executor, workflow, LIMITS, { priority: 99 }),
      () => runWorkflow(host.executor, workflow, LIMITS, { caller: 3 as never }),
      () => runWorkflow(host.executor, workflow, LIMITS, { onProgress: 3 as never }),
      () => runWorkflow(host.executor, null as never, LIMITS),
    ])
      expect((await faultOf(bad())).code).toBe('bad-usage')
  })
})

describe('a workflow that was given up goes on where it was (WF-16)', () => {
  test('after an abort in the middle, a fresh executor over the same stores runs only what is left', async () => {
    const host = await Host.make()
    const giveUp = new AbortController()
    const workflow = createWorkflow({ tasks: diamond(host) })
    const onProgress = ({ label, state }: WorkflowProgress): void => {
      if (label === 'left' && state === 'ok') giveUp.abort()
    }
    const fault = await faultOf(host.run(workflow, { signal: giveUp.signal, onProgress, concurrency: 1 }))
    expect(fault.code).toBe('aborted')
    expect(host.engine.called).toHaveLength(2)
    const later = host.again()
    const run = await later.run(workflow)
    expect(later.engine.called).toHaveLength(2)
    expect([run.hits, run.state]).toEqual([2, 'ok'])
    expect(Object.values(run.tasks).map(end => ('origin' in end ? end.origin : end.state))).toEqual([
      'memo',
      'memo',
      'run',
      'run',
    ])
    // The same receipts as in one go.
    const whole = await Host.make()
    const once = await whole.run(workflow)
    for (const label of Object.keys(workflow.tasks))
      expect(ranOf(run, label).receipt).toEqual(ranOf(once, label).receipt)
    const third = await later.again().run(workflow)
    expect([third.hits, third.gasUsed]).toEqual([4, once.gasUsed])
  })

  test('nothing runs on after it was given up', async () => {
    const host = await Host.make()
    const engine = new ControlledEngine()
    const executor = createExecutor({ store: host.store, engine })
    const giveUp = new AbortController()
    const workflow = createWorkflow({ tasks: { a: host.call('add', 1, 1), b: host.call('add', 1, 2) } })
    const running = faultOf(runWorkflow(executor, workflow, LIMITS, { signal: giveUp.signal }))
    await settled()
    giveUp.abort()
    expect((await running).code).toBe('aborted')
    expect(engine.jobs.map(({ aborted }) => aborted)).toEqual([true, true])
    await executor.idle()
  })

  test('by its own time, and by a signal that has fired before', async () => {
    const host = await Host.make()
    const executor = createExecutor({ store: host.store, engine: new ControlledEngine() })
    const workflow = createWorkflow({ tasks: { a: host.call('add', 1, 1) } })
    expect((await faultOf(runWorkflow(executor, workflow, LIMITS, { timeoutMs: 20 }))).code).toBe('timeout')
    const fired = AbortSignal.abort()
    expect((await faultOf(runWorkflow(executor, workflow, LIMITS, { signal: fired }))).code).toBe('aborted')
  })

  test('if the store does not take the workflow', async () => {
    const host = await Host.make()
    const store = { ...bare(createMemoryStore()), put: () => Promise.reject(new Error('full')) }
    const executor = createExecutor({ store, engine: host.engine })
    const workflow = createWorkflow({ tasks: { a: host.call('add', 1, 1) } })
    expect((await faultOf(runWorkflow(executor, workflow, LIMITS))).code).toBe('store-failed')
  })
})

const bare = (store: ReturnType<typeof createMemoryStore>) => ({
  get: store.get.bind(store),
  has: store.has.bind(store),
})

describe('progress', () => {
  test('each task is told when it starts and how it ends', async () => {
    const host = await Host.make()
    const told: string[] = []
    await host.run(
      {
        a: host.call('divide', 1, 0),
        b: host.call('add', ok('a', 0), 1),
        c: { ...host.call('add', 1, 1), after: ['b'] },
      },
      { onProgress: ({ label, state, ended, total }) => told.push(`${label} ${state} ${ended}/${total}`) },
    )
    expect(told).toEqual(['a running 0/3', 'a error 1/3', 'b waiting 2/3', 'c running 2/3', 'c ok 3/3'])
  })

  test.each(['running', 'ok', 'waiting'])('an error that it throws at "%s" ends the run', async at => {
    const host = await Host.make()
    const onProgress = ({ state }: WorkflowProgress): void => {
      if (state === at) throw new Error('mine')
    }
    const tasks = { a: host.call('add', 1, 1), b: host.bytes(error('a', 'code')) }
    const fault = await faultOf(host.run(tasks, { onProgress }))
    expect(fault).toMatchObject({ code: 'bad-usage', detail: { argument: 'onProgress' } })
    await host.executor.idle()
  })
})
