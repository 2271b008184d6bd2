/** Plans: what may run at once, what waits for what, and what contradicts itself. */
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import type { ModuleEvidence } from '../../src/task/classify.ts'
import { createWorkflow, encodeWorkflow } from '../../src/workflow/document.ts'
import type { WorkflowTaskInput } from '../../src/workflow/form.ts'
import { plan, workflowModules, type WorkflowPlan } from '../../src/workflow/plan.ts'
import { either, error, faultOf, ok } from './support.ts'

const MOD = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const ADMITTED = new Map<string, ModuleEvidence>([[MOD.toString(), { admitted: true }]])

const call = (...params: readonly unknown[]): WorkflowTaskInput =>
  ({ run: { cmd: '/wasm/run', args: { mod: MOD, fun: 'f', params, abi: 'bytes' } } }) as WorkflowTaskInput
const GET: WorkflowTaskInput = { run: { cmd: '/http/get', args: { url: 'https://example.com/rates' } } }
const PUT: WorkflowTaskInput = { run: { cmd: '/http/put', args: { url: 'https://example.com/report' } } }
const MAIL: WorkflowTaskInput = { run: { do: 'email/send', with: 'mailto:a@example.com' } }
const seed = (on: string, using: string, more: object = {}): WorkflowTaskInput => ({
  run: { type: 'ipvm/task', version: '0.1.0', on, using, run: { args: [] } },
  ...more,
})

const planOf = (tasks: Record<string, WorkflowTaskInput>, evidence = ADMITTED): WorkflowPlan =>
  plan(createWorkflow({ tasks }), { evidence })
describe('stages, and what they wait for (WF-6, WF-11)', () => {
  test('a diamond has three stages', () => {
    const tasks = {
      last: call(ok('left'), ok('right')),
      left: call(ok('first')),
      right: call(ok('first')),
      first: call(),
    }
    const workflow = createWorkflow({ tasks })
    const planned = plan(workflow, { evidence: ADMITTED })
    expect(planned.stages).toEqual([['first'], ['left', 'right'], ['last']])
    expect(planned.workflow).toEqual(encodeWorkflow(workflow).cid)
    expect(planned.pure).toBe(true)
    expect(planned.tasks['last']).toMatchObject({
      stage: 2,
      class: 'deterministic',
      kind: 'pure-function',
      tuple: ['ipvm/wasm', 'deterministic'],
      proved: true,
      guarantees: { lock: 'none' },
      waitsFor: [
        { label: 'left', for: 'ok', until: 'receipt' },
        { label: 'right', for: 'ok', until: 'receipt' },
      ],
    })
  })

  test('a result of the web waits for an attestation, and a command for a lock', () => {
    const planned = planOf({
      rates: GET,
      report: call(ok('rates')),
      publish: { ...PUT, after: ['report'] },
      notify: { run: { do: 'email/send', with: 'mailto:a@example.com', nb: { body: either('publish') } } },
    })
    expect(planned.pure).toBe(false)
    expect(planned.stages).toEqual([['rates'], ['report'], ['publish'], ['notify']])
    expect(planned.tasks['report']).toMatchObject({
      class: 'deterministic',
      waitsFor: [{ label: 'rates', for: 'ok', until: 'oracle-attestation' }],
      reasons: [
        'admission: the module is admitted: it can only compute',
        'it waits for the result of "rates", which an oracle has to attest',
      ],
    })
    expect(planned.tasks['publish']).toMatchObject({
      class: 'destructive',
      kind: 'idempotent-command',
      guarantees: { lock: 'exactly-once' },
      waitsFor: [{ label: 'report', for: 'after', until: 'end' }],
    })
    expect(planned.tasks['notify']).toMatchObject({
      kind: 'command',
      waitsFor: [{ label: 'publish', for: '*', until: 'executor-attestation' }],
    })
    expect(planned.tasks['notify']!.reasons).toContain('it has to run exactly once: hold a lock for it')
  })

  test('queries and pure tasks run beside one another and beside a command', () => {
    const planned = planOf({ a: GET, b: GET, c: call(), d: PUT })
    expect(planned.stages).toEqual([['a', 'b', 'c', 'd']])
  })

  test('what several awaits say is said once', () => {
    const { tasks } = planOf({ a: call(), b: call(ok('a'), ok('a')) })
    expect(tasks['b']!.waitsFor).toEqual([{ label: 'a', for: 'ok', until: 'receipt' }])
  })

  test('the class is not proved without evidence, nor for a module that is made', () => {
    const made = { run: { cmd: '/wasm/run', args: { mod: ok('a'), fun: 'f', params: [], abi: 'core' } } }
    const { tasks, pure } = planOf({ a: call(), b: made })
    expect([tasks['a']!.proved, tasks['b']!.proved, tasks['b']!.class, pure]).toEqual([
      true,
      false,
      'deterministic',
      true,
    ])
    expect(tasks['b']!.reasons).toContain(
      'its module is the result of another task, which is admitted when it is there',
    )
    expect(planOf({ a: call() }, new Map()).tasks['a']!.proved).toBe(false)
  })

  test('a rejected module is a command', () => {
    const rejection = { kind: 'rejection', code: 'import', subject: 'env.now' } as const
    const planned = planOf({ a: call() }, new Map([[MOD.toString(), { rejection }]]))
    expect([planned.tasks['a']!.class, planned.pure]).toEqual(['destructive', false])
  })

  test('a more careful class is honoured', () => {
    const { tasks, pure } = planOf({ a: { ...call(), safety: 'nondestructive' } })
    expect([tasks['a']!.class, tasks['a']!.guarantees.voucher, pure]).toEqual([
      'nondestructive',
      'oracle-attestation',
      true,
    ])
  })

  test('the modules that have to be admitted', () => {
    const other = CID.parse('bafkreiaxgpskelixnf3ldzdtd3gv7p6vqvrtfoljvwrtphjsnzrxfvdl44')
    const tasks = { a: call(), b: call(), c: GET, d: seed('ipvm/wasm', other.toString()) }
    expect(workflowModules(createWorkflow({ tasks })).map(String)).toEqual([MOD.toString(), other.toString()])
  })
})

describe('what contradicts itself is refused (WF-11, WF-12)', () => {
  test('two commands without an order', () => {
    const fault = faultOf(() => planOf({ a: PUT, b: MAIL, c: GET }))
    expect(fault).toMatchObject({ code: 'bad-workflow', detail: { tasks: ['a', 'b'], field: 'tasks.b' } })
    expect(fault.message).toContain('neither comes after the other')
  })

  test.each<[string, Record<string, WorkflowTaskInput>]>([
    ['by after', { a: PUT, b: { ...MAIL, after: ['a'] } }],
    ['through others', { a: PUT, b: call(either('a')), c: { ...MAIL, after: ['b'] } }],
    [
      'because no run has both',
      {
        a: call(),
        b: { run: { do: 'http/put', with: 'https://example.com', nb: ok('a') } },
        c: { run: { do: 'http/put', with: 'https://example.com', nb: error('a') } },
      },
    ],
  ])('two commands are in order %s', (_, tasks) => {
    expect(planOf(tasks).pure).toBe(false)
  })

  test('three commands, of which two have no order', () => {
    const tasks = { a: PUT, b: { ...PUT, after: ['a'] }, c: { ...MAIL, after: ['a'] } }
    expect(faultOf(() => planOf(tasks)).detail['tasks']).toEqual(['b', 'c'])
  })

  test.each<[string, WorkflowTaskInput]>([
    ['of a request', { ...GET, safety: 'deterministic' }],
    ['of a URL alone', { run: 'https://example.com', safety: 'deterministic' }],
    ["of the seed's object", seed('web', 'https://example.com', { safety: 'deterministic' })],
  ])('a declared class %s that promises too much', (_, task) => {
    const fault = faultOf(() => planOf({ a: task }))
    expect(fault).toMatchObject({
      code: 'class-mismatch',
      detail: { field: 'tasks.a.safety', declared: 'deterministic' },
    })
  })

  test('two declared classes', () => {
    const run = { cmd: '/http/get', args: {}, safety: 'destructive' }
    expect(faultOf(() => planOf({ a: { run, safety: 'nondestructive' } })).detail['field']).toBe('tasks.a.safety')
  })

  test('work in no known form', () => {
    expect(faultOf(() => planOf({ a: { run: { x: 1 } } }))).toMatchObject({
      code: 'bad-workflow',
      detail: { field: 'tasks.a.run' },
    })
  })

  test('evidence that is no map', () => {
    expect(faultOf(() => plan(createWorkflow({ tasks: { a: call() } }), { evidence: {} as never })).code).toBe(
      'bad-usage',
    )
  })
})
