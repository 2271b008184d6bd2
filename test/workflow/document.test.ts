/** Workflows as documents: what is read, and what is refused with the path of the field. */
import { encode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { fromDagJson, toDagJson } from '../../src/base/dag-json.ts'
import { createTask } from '../../src/task/task.ts'
import { createWorkflow, decodeWorkflow, encodeWorkflow } from '../../src/workflow/document.ts'
import type { WorkflowInput, WorkflowTaskInput } from '../../src/workflow/form.ts'
import { either, error, faultOf, ok } from './support.ts'

const MOD = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')

const call = (...params: readonly unknown[]): WorkflowTaskInput =>
  ({ run: { cmd: '/wasm/run', args: { mod: MOD, fun: 'f', params, abi: 'core' } } }) as WorkflowTaskInput
const withAbi = (abi: string, ...params: readonly unknown[]): WorkflowTaskInput =>
  ({ run: { cmd: '/wasm/run', args: { mod: MOD, fun: 'f', params, abi } } }) as WorkflowTaskInput

const DIAMOND = {
  tasks: {
    first: call(1, 2),
    left: call(ok('first', 0), 1),
    right: call(ok('first', 0), 2),
    last: { ...call(ok('left', 0), ok('right', 0)), safety: 'deterministic', after: ['right', 'first'] },
  },
} satisfies WorkflowInput

describe('a workflow has one encoding (WF-1, WF-2)', () => {
  test('it is read as it was written', () => {
    const workflow = createWorkflow(DIAMOND)
    const { cid, bytes } = encodeWorkflow(workflow)
    expect(decodeWorkflow(bytes)).toEqual(workflow)
    expect(encodeWorkflow(decodeWorkflow(bytes)).cid).toEqual(cid)
    expect(cid.toString()).toBe('bafyreiarr2dbewbcxpomu423kaebes2truw7koqd3i5oznj44zj4ayxcce')
  })

  test('it goes through dag-json, with integers as numbers', () => {
    const workflow = createWorkflow(DIAMOND)
    const back = fromDagJson(toDagJson(workflow)) as WorkflowInput
    expect(encodeWorkflow(createWorkflow(back)).cid).toEqual(encodeWorkflow(workflow).cid)
  })

  test('what may be left out is filled in: the nonce, version 1 of CIDs, the order of after', () => {
    const v0 = CID.parse('QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR')
    const given = {
      tasks: { a: { run: createTask({ mod: v0, fun: 'f', params: [], abi: 'core' }) }, b: call(), c: call() },
    }
    const { tasks } = createWorkflow({ tasks: { ...given.tasks, d: { ...call(v0), after: ['c', 'a', 'c'] } } })
    expect(tasks['d']).toMatchObject({
      after: ['a', 'c'],
      run: { nonce: new Uint8Array(), args: { params: [v0.toV1()] } },
    })
  })

  test('it is a frozen copy', () => {
    const params = [1]
    const workflow = createWorkflow({ tasks: { a: call(params[0]) } })
    params[0] = 2
    expect(workflow.tasks['a']!.run).toMatchObject({ args: { params: [1n] } })
    for (const part of [workflow, workflow.tasks, workflow.tasks['a'], workflow.tasks['a']!.run])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('a label may be a name that all objects have', () => {
    const tasks = Object.fromEntries([
      ['__proto__', call(1, 2)],
      ['constructor', call(ok('__proto__', 0), 1)],
    ])
    const workflow = createWorkflow({ tasks })
    expect(Object.keys(workflow.tasks)).toEqual(['__proto__', 'constructor'])
    expect(decodeWorkflow(encodeWorkflow(workflow).bytes)).toEqual(workflow)
  })

  test.each<[string, unknown, string]>([
    ['no nonce', { tasks: { a: call() } }, 'tasks.a.run.nonce'],
    [
      'labels of after out of order',
      { tasks: { a: call(), b: call(), c: { ...call(), after: ['b', 'a'] } } },
      'tasks.c.after',
    ],
    ['an empty after', { tasks: { a: { ...call(), after: [] } } }, 'tasks.a.after'],
    ['a CIDv0', { tasks: { a: { run: CID.parse('QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR') } } }, 'tasks.a.run'],
  ])('a document is refused with %s', (_, document, field) => {
    expect(faultOf(() => decodeWorkflow(encode(document)))).toMatchObject({ code: 'bad-workflow', detail: { field } })
  })
})

describe('what is refused, with the path of the field (WF-1, WF-3, WF-4, WF-5)', () => {
  test.each<[string, unknown, field: string, says: RegExp]>([
    ['no tasks', {}, 'tasks', /present/],
    ['an empty map', { tasks: {} }, 'tasks', /1 to 1000 tasks, and there are 0/],
    ['a list of tasks', { tasks: [] }, 'tasks', /a map of tasks/],
    ['another key', { tasks: { a: call() }, meta: {} }, 'meta', /absent/],
    ['another key of a task', { tasks: { a: { ...call(), catch: MOD } } }, 'tasks.a.catch', /absent/],
    ['a task without work', { tasks: { a: {} } }, 'tasks.a.run', /present/],
    ['a label with a space', { tasks: { 'a b': call() } }, 'tasks["a b"]', /a label/],
    ['an empty label', { tasks: { '': call() } }, 'tasks[""]', /a label/],
    ['a long label', { tasks: { ['a'.repeat(65)]: call() } }, `tasks["${'a'.repeat(64)}…"]`, /a label/],
    ['a class that is none', { tasks: { a: { ...call(), safety: 'pure' } } }, 'tasks.a.safety', /one of deterministic/],
    [
      'a call without a function',
      { tasks: { a: { run: { cmd: '/wasm/run', args: { mod: MOD, params: [], abi: 'core' } } } } },
      'tasks.a.run.args.fun',
      /present/,
    ],
    ['a call without arguments', { tasks: { a: { run: { cmd: '/wasm/run' } } } }, 'tasks.a.run.args', /present/],
    ['an unknown ABI', { tasks: { a: withAbi('c') } }, 'tasks.a.run.args.abi', /ABI/],
    [
      'an await for the function',
      {
        tasks: {
          a: call(),
          b: { run: { cmd: '/wasm/run', args: { mod: MOD, fun: ok('a'), params: [], abi: 'core' } } },
        },
      },
      'tasks.b.run.args.fun',
      /text/,
    ],
    ['a float', { tasks: { a: call(1.5) } }, 'tasks.a.run.args.params[0]', /integer/],
    [
      'a misspelt await',
      { tasks: { a: call(), b: call({ 'await/okay': 'a' }) } },
      'tasks.b.run.args.params[0]["await/okay"]',
      /await\/ok, await\/error or await\/\*/,
    ],
    [
      'two awaits in one map',
      { tasks: { a: call(), b: call({ 'await/ok': 'a', 'await/error': 'a' }) } },
      'tasks.b.run.args.params[0]',
      /alone/,
    ],
    [
      'an await beside data',
      { tasks: { a: call(), b: call([{ 'await/ok': 'a', x: 1 }]) } },
      'tasks.b.run.args.params[0][0]',
      /alone/,
    ],
    [
      'an await for a link',
      { tasks: { a: call(), b: call({ 'await/ok': MOD }) } },
      'tasks.b.run.args.params[0]["await/ok"]',
      /a label/,
    ],
    [
      'an await in a list without steps',
      { tasks: { a: call(), b: call({ 'await/ok': ['a'] }) } },
      'tasks.b.run.args.params[0]["await/ok"]',
      /1 to 64/,
    ],
    [
      'a negative step',
      { tasks: { a: call(), b: call({ 'await/ok': ['a', -1] }) } },
      'tasks.b.run.args.params[0]["await/ok"][1]',
      /from 0/,
    ],
    [
      '65 steps',
      { tasks: { a: call(), b: call({ 'await/ok': ['a', ...Array(65).fill(0)] }) } },
      'tasks.b.run.args.params[0]["await/ok"]',
      /1 to 64/,
    ],
    [
      'all of a list for a number',
      { tasks: { a: call(), b: call(ok('a')) } },
      'tasks.b.run.args.params[0]',
      /\{"await\/ok": \["a", 0\]\}/,
    ],
    [
      'all of an error for a number',
      { tasks: { a: call(), b: call(error('a')) } },
      'tasks.b.run.args.params[0]',
      /\["a", "code"\]/,
    ],
    [
      'all of an outcome for a text',
      { tasks: { a: call(), b: withAbi('assemblyscript(string)->void', either('a')) } },
      'tasks.b.run.args.params[0]',
      /map/,
    ],
  ])('%s', (_, input, field, says) => {
    const fault = faultOf(() => createWorkflow(input as never))
    expect([fault.code, fault.detail['field']]).toEqual(['bad-workflow', field])
    expect(fault.message).toMatch(says)
    expect(fault.message).toMatch(/^not a workflow: /)
  })

  test('more tasks than a workflow has', () => {
    const tasks = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, call()]))
    expect(faultOf(() => createWorkflow({ tasks })).message).toMatch('1 to 1000 tasks, and there are 1001')
  })

  test('more levels than a value has', () => {
    let deep: unknown = 1
    for (let i = 0; i < 60; i++) deep = [deep]
    expect(faultOf(() => createWorkflow({ tasks: { a: call(deep) } }))).toMatchObject({ code: 'bad-workflow' })
  })
})

describe('the order of tasks (WF-6)', () => {
  test.each<[string, Record<string, unknown>, field: string, says: RegExp]>([
    ['an unknown label', { a: call(ok('b', 0)) }, 'tasks.a.run.args.params[0]', /there is no "b"/],
    ['an unknown label to come after', { a: { ...call(), after: ['b'] } }, 'tasks.a.after[0]', /there is no "b"/],
    ['a task that waits for itself', { a: call(ok('a', 0)) }, 'tasks.a.run.args.params[0]', /itself/],
    ['a task that comes after itself', { a: { ...call(), after: ['a'] } }, 'tasks.a.after[0]', /itself/],
    [
      'two that wait for each other',
      { a: call(ok('b', 0)), b: call(ok('a', 0)) },
      'tasks.b.run.args.params[0]',
      /a waits for b waits for a/,
    ],
    [
      'a cycle through after',
      { x: call(), a: { ...call(ok('x', 0)), after: ['c'] }, b: call(ok('a', 0)), c: call(ok('b', 0)) },
      'tasks.b.run.args.params[0]',
      /a waits for c waits for b waits for a/,
    ],
  ])('%s is refused', (_, tasks, field, says) => {
    const fault = faultOf(() => createWorkflow({ tasks } as never))
    expect([fault.code, fault.detail['field']]).toEqual(['bad-workflow', field])
    expect(fault.message).toMatch(says)
  })

  test('a chain has up to 256 tasks', () => {
    const chain = (length: number): WorkflowInput => ({
      tasks: Object.fromEntries(
        Array.from({ length }, (_, i) => [`t${i}`, i === 0 ? call() : call(ok(`t${i - 1}`, 0))]),
      ),
    })
    expect(Object.keys(createWorkflow(chain(256)).tasks)).toHaveLength(256)
    expect(faultOf(() => createWorkflow(chain(257)))).toMatchObject({
      code: 'bad-workflow',
      detail: { field: 'tasks' },
    })
  })

  test('a long cycle is named in short', () => {
    const tasks = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`t${i}`, call(ok(`t${(i + 1) % 200}`, 0))]))
    expect(faultOf(() => createWorkflow({ tasks })).message.length).toBeLessThan(300)
  })
})

describe('a task that can never run is refused (WF-7)', () => {
  const a = call()
  test.each<[string, Record<string, unknown>, field: string]>([
    [
      'it awaits both the result and the error',
      { a, b: call(ok('a', 0), error('a', 'code')) },
      'tasks.b.run.args.params[1]',
    ],
    [
      'it awaits the error, and another one the result',
      { a, b: call(ok('a', 0)), c: call(error('a', 'code'), ok('b', 0)) },
      'tasks.c.run.args.params[1]',
    ],
    [
      'through an outcome',
      { a, b: call(ok('a', 0)), c: call(either('b', 'ok', 0), error('a', 'code')) },
      'tasks.c.run.args.params[1]',
    ],
  ])('%s', (_, tasks, field) => {
    const fault = faultOf(() => createWorkflow({ tasks } as never))
    expect(fault).toMatchObject({ code: 'bad-workflow', detail: { field } })
    expect(fault.message).toContain('both the result and the error of "a"')
  })

  test('what only comes after is not needed', () => {
    const tasks = { a, b: call(ok('a', 0)), c: { ...call(error('a', 'code')), after: ['b'] } }
    expect(Object.keys(createWorkflow({ tasks }).tasks)).toEqual(['a', 'b', 'c'])
  })
})
