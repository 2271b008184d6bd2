import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { rawCid } from '../../../src/content/cids.ts'
import type { Task } from '../../../src/interface.ts'
import type { TaskForm } from '../../../src/task/forms/form.ts'
import { readTask } from '../../../src/task/forms/read.ts'
import { translateTask, type TranslateOptions } from '../../../src/task/forms/translate.ts'
import { WRITABLE_FORMS, writeTask } from '../../../src/task/forms/write.ts'
import { toTask } from '../../../src/task/seed.ts'
import { createTask, encodeTask } from '../../../src/task/task.ts'
import { faultOf } from '../fault.ts'
import {
  ADD_ONE,
  ADD_ONE_WORKFLOW,
  CROP,
  EXAMPLE,
  IMAGE_PIPELINE,
  instruction,
  IPVM_TASK,
  LINK,
  SYNTHCAT,
  task,
  UCAN02,
  UCAN_INVOCATION,
  UCAN_TASK,
} from './samples.ts'

const MOD = CID.parse(EXAMPLE)
const CORE: TranslateOptions = { abi: 'core' }
const translate = (document: string, options: TranslateOptions = CORE) => translateTask(readTask(document), options)
const addOne = (...params: number[]): Task => createTask({ mod: MOD, fun: 'add_one', params, abi: 'core' })

describe('the task of a call (TASK-5, TASK-7)', () => {
  it.each([
    ['homestar', task(instruction('add_one', '[42]'))],
    ['homestar, with a nonce', instruction('add_one', '[42]', '"1sod60ml6g26mfhsrsa0"')],
    ['homestar, with a link', instruction('add_one', '[42]', '""', `{"/":"${EXAMPLE}"}`)],
    ['UCAN 0.2', UCAN02],
    ['UCAN 1.0', UCAN_TASK],
    ['UCAN 1.0 of somebody else', UCAN_TASK.replace('z6Mkha', 'z6Mkhb')],
  ])('%s: one call is one task', (_, document) => {
    const { task: made, asked } = translate(document)
    expect(made).toEqual(addOne(42))
    expect(asked).toEqual(readTask(document).calls[0]!.cid)
    expect(asked).not.toEqual(encodeTask(made).cid)
  })

  it('values stay as they are', () => {
    const args = `[{"/":"${SYNTHCAT}"},150,"text",null,true,{"/":{"bytes":"AQID"}},{"b":[-1],"a":{}}]`
    expect(translate(instruction('f', args)).task.args.params).toEqual([
      CID.parse(SYNTHCAT),
      150n,
      'text',
      null,
      true,
      Uint8Array.of(1, 2, 3),
      { b: [-1n], a: {} },
    ])
  })

  it('our own task is itself, nonce included', () => {
    const own = { ...addOne(1), nonce: Uint8Array.of(7) }
    expect(translateTask(readTask(own)).task).toEqual(own)
  })

  it('a module in the document goes with the task', async () => {
    const { task: made, blocks } = translate(UCAN_INVOCATION)
    const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    expect(blocks).toEqual([{ cid: await rawCid(wasm), bytes: wasm }])
    expect(made.args.mod).toEqual(blocks[0]!.cid)
  })

  it('a module is made version 1', () => {
    const v0 = 'QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid'
    const { mod } = translate(instruction('f', '[]', '""', `"ipfs://${v0}"`)).task.args
    expect(mod).toEqual(CID.parse(v0).toV1())
  })

  it.each([
    'https://example.com/a.wasm',
    `ipfs://${EXAMPLE}/a.wasm`,
    'ipfs://nothing',
    'data:application/wasm;base64,A',
    'data:text/plain,A',
  ])('a module at %s is read, and not translated', rsc =>
    expect(faultOf(() => translate(instruction('f', '[]', '""', `"${rsc}"`)))).toMatchObject({
      code: 'unsupported-task',
      field: 'rsc',
    }),
  )

  it('a float is read, and not translated', () =>
    expect(faultOf(() => translate(instruction('f', '[1,{"a":[1.0]}]')))).toMatchObject({
      code: 'unsupported-task',
      field: 'input.args[1].a[0]',
    }))

  it('a link in the place of an instruction is not followed', () =>
    expect(faultOf(() => translate(task(LINK)))).toMatchObject({ code: 'unsupported-task', field: 'run' }))

  it('a name that is too long is named by its own field', () =>
    expect(faultOf(() => translate(instruction('f'.repeat(1_100_000), '[]')))).toMatchObject({
      code: 'bad-task',
      field: 'input.func',
    }))
})

describe('results of other calls (TASK-6)', () => {
  it.each(['await/ok', 'await/error', 'await/*'])('%s is awaited, and the call not translated', branch => {
    const document = instruction('f', `[1,[{"a":{"${branch}":{"/":"${CROP}"}}}]]`)
    const field = 'input.args[1][0].a'
    expect(readTask(document).calls[0]!.instruction!.awaits).toEqual([
      { field, branch: branch.slice('await/'.length), cid: CID.parse(CROP) },
    ])
    expect(faultOf(() => translate(document))).toMatchObject({ code: 'unsupported-task', field })
  })

  it.each([
    ['no link', '[{"await/ok":1}]', 'input.args[0]["await/ok"]'],
    ['another key', `[{"await/ok":{"/":"${CROP}"},"a":1}]`, 'input.args[0]'],
  ])('%s', (_, args, field) =>
    expect(faultOf(() => readTask(instruction('f', args)))).toMatchObject({ code: 'bad-task', field }),
  )

  it('in a workflow the first call is translated, and others by their number', () => {
    expect(translate(IMAGE_PIPELINE).task.args.fun).toBe('crop')
    expect(faultOf(() => translate(IMAGE_PIPELINE, { abi: 'core', call: 1 }))).toMatchObject({
      code: 'unsupported-task',
      field: 'tasks[1].run.input.args[0]',
    })
    for (const call of [3, -1, 1.5, '1'])
      expect(faultOf(() => translate(IMAGE_PIPELINE, { call: call as number })).code).toBe('bad-usage')
  })
})

describe('the ABI (TASK-8)', () => {
  it.each([
    ['homestar', instruction('f', '[]'), ''],
    ['a workflow', IMAGE_PIPELINE, 'tasks[0].run'],
    ['UCAN 0.2', UCAN02, ''],
    ['UCAN 1.0 without one', UCAN_INVOCATION, '[1]["ucan/inv@1.0.0-rc.1"].args.abi'],
  ])('%s means components, which do not run here', (_, document, field) => {
    const { code, field: named, message } = faultOf(() => translate(document, {}))
    expect([code, named]).toEqual(['unsupported-task', field])
    expect(message).toContain('components do not run here')
  })

  it('one that is stated needs no other, and contradicts a different one', () => {
    expect(translate(UCAN_TASK, {}).task).toEqual(addOne(42))
    expect(faultOf(() => translate(UCAN_TASK, { abi: 'bytes' }))).toMatchObject({ code: 'bad-task', field: 'args.abi' })
    expect(faultOf(() => translate(instruction('f', '[]'), { abi: 'wit' }))).toMatchObject({
      code: 'bad-task',
      field: '',
    })
  })

  it('an ipvm/task has the defaults of toTask', () => {
    for (const run of ['{"args":[1,"text"]}', '{"args":[],"fun":"f"}', '{"args":[],"abi":"bytes"}']) {
      const document = IPVM_TASK.replace('{"args":[1,"text"]}', run)
      expect(translate(document, {}).task).toEqual(createTask(toTask(JSON.parse(document))))
    }
  })
})

describe('limits (TASK-9)', () => {
  const limited = (meta: string): string => task(instruction('f', '[]'), meta)
  it.each([
    ['{}', {}],
    ['{"fuel":null,"memory":null,"time":null}', {}],
    ['{"fuel":1000}', { gas: 1_000n }],
    ['{"fuel":18446744073709551615}', { gas: 2n ** 62n }],
    ['{"memory":4294967296,"time":100000}', { pages: 65_536, timeoutMs: 100_000 }],
    ['{"memory":131071}', { pages: 1 }],
    ['{"memory":18446744073709551615}', { pages: 65_536 }],
    ['{"time":18446744073709551615}', { timeoutMs: 2 ** 31 - 1 }],
  ])('%s', (meta, limits) => expect(translate(limited(meta)).limits).toEqual(limits))

  it.each([
    ['a float', '{"fuel":1.0}', 'meta.fuel'],
    ['one that JavaScript lost', '{"fuel":18446744073709552000}', 'meta.fuel'],
    ['a negative one', '{"memory":-1}', 'meta.memory'],
    ['text', '{"time":"5 minutes"}', 'meta.time'],
    ['no time at all', '{"time":0}', 'meta.time'],
  ])('%s cannot be read, which is a fault', (_, meta, field) => {
    const document = limited(meta)
    expect(readTask(document).cid.toString()).toMatch(/^bafyrmi/)
    expect(faultOf(() => translate(document))).toMatchObject({ code: 'bad-task', field })
  })

  it('those of a workflow are named by their task, also if no ABI is', () =>
    expect(faultOf(() => translate(ADD_ONE_WORKFLOW, {}))).toMatchObject({
      code: 'bad-task',
      field: 'tasks[0].meta.fuel',
    }))

  const ucan = (meta: string): string => `{"run":${UCAN02},"meta":${meta},"prf":[]}`
  it('of UCAN may stand among other metadata', () => {
    expect(translate(ucan('{"fuel":9,"gas":7,"retries":2.5,"time":1}')).limits).toEqual({ gas: 7n, timeoutMs: 1 })
    expect(translate(UCAN_INVOCATION).limits).toEqual({ gas: 999_999n })
    expect(translate(UCAN_TASK).limits).toEqual({})
  })

  it.each([
    ['ipvm/config', '{"gas":1000}', 'meta["ipvm/config"]'],
    ['bacalhau/config', '{}', 'meta["bacalhau/config"]'],
    ['disk', '1', 'meta.disk'],
    ['memory', '[100,"kilo","bytes"]', 'meta.memory'],
  ])('%s of other shapes is a fault', (key, value, field) =>
    expect(faultOf(() => translate(ucan(`{"${key}":${value}}`)))).toMatchObject({ code: 'bad-task', field }),
  )
})

it('signatures are not checked (TASK-10)', () => {
  const other = UCAN_INVOCATION.replace('bdNVZn', 'bdNVZm')
  expect(readTask(other).cid).not.toEqual(readTask(UCAN_INVOCATION).cid)
  expect(translate(other)).toEqual(translate(UCAN_INVOCATION))
})

describe('writing (TASK-11)', () => {
  const sub = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
  const own = createTask({ mod: MOD, fun: 'f', params: [1, 'a', MOD, { a: [null, new Uint8Array(3)] }], abi: 'bytes' })

  it.each(WRITABLE_FORMS)('%s reads back as the same call', form => {
    const written = writeTask(own, form, form === 'ucan-1.0-task' ? { sub } : {})
    expect(written.form).toBe(form)
    expect(readTask(written.bytes)).toEqual(written)
    expect(translateTask(written, { abi: 'bytes' })).toMatchObject({ task: own, limits: {}, blocks: [] })
  })

  it('the CIDs are those of homestar', () => {
    expect(writeTask(addOne(1), 'homestar-instruction').cid.toString()).toBe(ADD_ONE)
    expect(writeTask(addOne(1), 'homestar-workflow').calls[0]!.cid.toString()).toBe(ADD_ONE)
  })

  it('limits are written where a form has a place for them', () => {
    const limits = { gas: 5_000_000_000_000n, pages: 16, timeoutMs: 1_500 }
    for (const form of ['homestar-task', 'homestar-invocation', 'homestar-workflow', 'ucan-0.2-task'] as const)
      expect(translateTask(writeTask(own, form, { limits }), { abi: 'bytes' }).limits).toEqual(limits)
    for (const form of ['homestar-instruction', 'ipvm-wasm', 'ipvm-task', 'ucan-1.0-task'] as const)
      expect(faultOf(() => writeTask(own, form, { limits, sub })).code).toBe('bad-usage')
  })

  it.each<[string, () => unknown, string, string | undefined]>([
    ['a form that needs a signature', () => writeTask(own, 'ucan-1.0-invocation' as never), 'bad-usage', undefined],
    ['a form that is none', () => writeTask(own, 'x' as never), 'bad-usage', undefined],
    ['no subject', () => writeTask(own, 'ucan-1.0-task'), 'bad-usage', undefined],
    ['a subject that is none', () => writeTask(own, 'ucan-1.0-task', { sub: 'me' }), 'bad-task', 'sub'],
    ['a nonce', () => writeTask({ ...own, nonce: Uint8Array.of(1) }, 'homestar-task'), 'bad-task', 'nonce'],
    ['no task', () => writeTask({} as never, 'homestar-task'), 'bad-task', 'cmd'],
    [
      'what would be taken for an awaited result',
      () => writeTask(createTask({ ...own.args, params: [{ 'await/ok': 1 }] }), 'homestar-task'),
      'bad-task',
      'run.input.args[0]["await/ok"]',
    ],
  ])('%s is refused', (_, write, code, field) =>
    expect(faultOf(write)).toMatchObject({ code, ...(field && { field }) }),
  )

  it('every form is read', () => {
    const forms: readonly TaskForm[] = WRITABLE_FORMS
    expect(forms.length).toBe(9)
  })
})
