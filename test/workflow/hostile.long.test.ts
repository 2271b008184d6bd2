/** Workflows from a stranger: reading, planning and running end in a value or in a fault, and soon. */
import { encode } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { sameBytes } from '../../src/base/dag-cbor.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createWorkflow, decodeWorkflow, encodeWorkflow } from '../../src/workflow/document.ts'
import type { Workflow } from '../../src/workflow/form.ts'
import { plan, workflowModules } from '../../src/workflow/plan.ts'
import { runWorkflow } from '../../src/workflow/run.ts'
import { mutated } from '../fuzz/mutations.ts'
import { ControlledEngine } from '../support/controlled-engine.ts'
import { LIMITS } from '../support/tasks.ts'
import { error, Host, ok } from './support.ts'

const MOD = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const RUNS = { numRuns: 1_500, seed: 20_261_127 }

/** What reading gives, or undefined if it is a fault of one of the codes. Anything else fails the test. */
function read<T>(work: () => T, codes: readonly string[]): T | undefined {
  try {
    return work()
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    expect(codes).toContain(fault.code)
    return undefined
  }
}

/** Plans and asks for modules: a plan names each task once. */
function planned(workflow: Workflow): boolean {
  read(() => workflowModules(workflow), ['bad-workflow'])
  const found = read(() => plan(workflow), ['bad-workflow', 'class-mismatch'])
  if (found === undefined) return false
  expect(found.stages.flat().sort()).toEqual(Object.keys(workflow.tasks).sort())
  return true
}

/** Mostly what may stand there, and now and then anything. */
const mostly = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary }, { weight: 1, arbitrary: fc.anything() })
const step = mostly(fc.constantFrom(0, 1, 'ok', 'code', 'x'))

/** An await of one of some labels, which may be misshaped or about a label that is not there. */
function awaitOf(labels: readonly string[]): fc.Arbitrary<unknown> {
  const label = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...labels) }, fc.constantFrom('d', 'x', 'toString'))
  return fc.oneof(
    { weight: 6, arbitrary: label.map(of => ({ 'await/ok': of })) },
    { weight: 2, arbitrary: label.map(of => ({ 'await/error': [of, 'code'] })) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(label, fc.array(step, { minLength: 1, maxLength: 3 }))
        .map(([of, steps]) => ({ 'await/*': [of, ...steps] })),
    },
    fc.record({ 'await/ok': fc.anything(), 'await/no': fc.anything() }, { requiredKeys: [] }),
  )
}

/** The ABIs of most calls. */
const COMMON = ['bytes', 'bytes', 'bytes', 'bytes', 'wasi', 'wasi', 'wasi', 'wasi']

/** A task that may wait for some others. */
function taskOf(...labels: readonly string[]): fc.Arbitrary<unknown> {
  const awaited = labels.length === 0 ? fc.constant(MOD) : awaitOf(labels)
  const value = mostly(fc.oneof(awaited, fc.array(awaited, { maxLength: 2 }), fc.constantFrom(MOD, 1, 'x', null)))
  const call = fc.record({
    cmd: fc.constantFrom('/wasm/run', '/wasm/run', '/http/get', '/http/put'),
    args: mostly(
      fc.record({
        mod: fc.oneof({ weight: 4, arbitrary: fc.constant(MOD) }, awaited),
        fun: mostly(fc.constant('f')),
        params: mostly(fc.array(value, { maxLength: 3 })),
        abi: fc.constantFrom(...COMMON, 'core', 'assemblyscript(string)->void', 'none'),
      }),
    ),
  })
  return fc.record(
    {
      run: mostly(fc.oneof({ weight: 8, arbitrary: call }, fc.webUrl())),
      safety: fc.constantFrom('deterministic', ...Array<string>(8).fill('destructive'), 'nondestructive', 'pure'),
      ...(labels.length === 0
        ? {}
        : { after: fc.constantFrom(...Array<unknown>(8).fill(labels.slice(0, 1)), ['p'], 1) }),
    },
    { requiredKeys: ['run'] },
  )
}

const tasks = fc
  .record({ a: taskOf(), b: taskOf('a'), c: taskOf('a', 'b'), p: taskOf('b', 'c') }, { requiredKeys: ['a', 'b'] })
  .map(({ p, ...others }) =>
    Object.fromEntries([...Object.entries(others), ...(p === undefined ? [] : [['__proto__', p] as const])]),
  )

describe('nothing but a value or a fault (WF-1 to WF-7, WF-11, WF-12)', () => {
  it('of objects', () => {
    let sound = 0
    let plans = 0
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: fc.record({ tasks }) }, fc.anything()), input => {
        const workflow = read(() => createWorkflow(input as never), ['bad-workflow', 'bad-usage'])
        if (workflow === undefined) return
        sound++
        const { bytes } = encodeWorkflow(workflow)
        expect(decodeWorkflow(bytes)).toEqual(workflow)
        if (planned(workflow)) plans++
      }),
      { ...RUNS, numRuns: 2_000 },
    )
    expect(sound).toBeGreaterThan(50)
    expect(plans).toBeGreaterThan(10)
  })

  it('of bytes that were changed', () => {
    const of = (params: readonly unknown[]) =>
      ({ run: { cmd: '/wasm/run', args: { mod: MOD, fun: 'f', params, abi: 'bytes' } } }) as never
    const seeds = [
      { tasks: { a: of([1]), b: of([ok('a')]), c: { ...(of([error('a')]) as object), after: ['b'] } } },
      {
        tasks: {
          get: { run: { cmd: '/http/get', args: {} }, safety: 'nondestructive' },
          x: of([ok('get', 'body', 0)]),
        },
      },
    ].map(input => encodeWorkflow(createWorkflow(input as never)).bytes)
    let sound = 0
    fc.assert(
      fc.property(mutated(seeds), bytes => {
        const workflow = read(() => decodeWorkflow(bytes), ['bad-workflow'])
        if (workflow === undefined) return
        sound++
        expect(sameBytes(encodeWorkflow(workflow).bytes, bytes)).toBe(true)
        planned(workflow)
      }),
      RUNS,
    )
    expect(sound).toBeGreaterThan(10)
  })

  it('of objects that answer otherwise each time, contain themselves, or throw', () => {
    const cycle: Record<string, unknown> = {}
    cycle['tasks'] = { a: { run: cycle } }
    const throwing = {
      get tasks(): never {
        throw new TypeError('mine')
      },
    }
    let turn = 0
    const changing = {
      get tasks() {
        return turn++ % 2 === 0 ? { a: { run: null } } : 3
      },
    }
    for (const input of [
      cycle,
      throwing,
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('mine')
          },
        },
      ),
      null,
      3,
      [],
      new Map(),
      new Uint8Array(3),
    ])
      expect(read(() => createWorkflow(input as never), ['bad-workflow', 'bad-usage'])).toBeUndefined()
    read(() => createWorkflow(changing as never), ['bad-workflow'])
    for (const bytes of [new Uint8Array(), encode(3), encode({ tasks: 3 }), new Uint8Array(1000).fill(0x81)])
      expect(read(() => decodeWorkflow(bytes), ['bad-workflow'])).toBeUndefined()
  })
})

describe('the largest workflows take little time', () => {
  const within = (ms: number, work: () => unknown): void => {
    const start = performance.now()
    work()
    expect(performance.now() - start).toBeLessThan(ms)
  }
  const many = (task: (i: number) => unknown): Workflow =>
    createWorkflow({ tasks: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, task(i)])) } as never)
  const PUT = { cmd: '/http/put', args: {} }

  it('a thousand commands without an order, in chains, and under exclusive awaits', () => {
    within(5_000, () => expect(read(() => plan(many(() => ({ run: PUT }))), ['bad-workflow'])).toBeUndefined())
    within(10_000, () =>
      planned(
        many(i => ({
          run: i < 2 ? PUT : { ...PUT, args: { x: ok(`t${(i - 1) >> 1}`) } },
        })),
      ),
    )
    within(10_000, () =>
      planned(
        many(i => ({
          run:
            i === 0 ? PUT : { ...PUT, args: { x: i % 2 === 0 ? ok(`t${(i - 1) >> 1}`) : error(`t${(i - 1) >> 1}`) } },
        })),
      ),
    )
  })

  it('a task that awaits one other ten thousand times', () => {
    const tasks = { a: { run: PUT }, b: { run: { ...PUT, args: Array.from({ length: 10_000 }, () => ok('a')) } } }
    within(5_000, () => expect(planned(createWorkflow({ tasks }))).toBe(true))
  })
})

describe('outcomes of a stranger (WF-9, WF-15)', () => {
  it('whatever a guest gives, a task that awaits it has a receipt or a fault', async () => {
    const host = await Host.make()
    const workflow = createWorkflow({
      tasks: {
        a: host.call('add', 1, 2),
        b: host.bytes(ok('a')),
        c: host.bytes(ok('a', 'x', 0)),
        d: host.call('add', ok('a', 0), 1),
      },
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.bigInt(), fc.uint8Array()), async result => {
        const engine = new ControlledEngine()
        const store = createMemoryStore()
        const executor = createExecutor({
          store: {
            get: async cid => host.store.get(cid),
            has: () => true,
            put: async (cid, bytes) => store.put(cid, bytes),
          },
          engine,
        })
        const running = runWorkflow(executor, workflow, LIMITS)
        let answered = 0
        const timer = setInterval(() => {
          for (; answered < engine.jobs.length; answered++)
            engine.jobs[answered]!.end(answered === 0 ? (result as never) : [1n])
        }, 1)
        try {
          const run = await running
          for (const end of Object.values(run.tasks)) expect(['ok', 'error', 'waiting', 'fault']).toContain(end.state)
        } finally {
          clearInterval(timer)
        }
      }),
      { numRuns: 60, seed: 20_261_127 },
    )
  })
})
