import { encode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { float } from '../../../src/base/float.ts'
import { encodeMarked } from '../../../src/base/marked-cbor.ts'
import { formatMarked, parseMarked } from '../../../src/base/marked-json.ts'
import { readMarked } from '../../../src/base/marked-value.ts'
import { formatTask, readTask } from '../../../src/task/forms/read.ts'
import { createTask, encodeTask } from '../../../src/task/task.ts'
import { faultOf } from '../fault.ts'
import {
  ADD_ONE,
  ADD_ONE_WORKFLOW,
  CROP,
  EXAMPLE,
  GRAYSCALE,
  IMAGE_PIPELINE,
  instruction,
  IPVM_TASK,
  LINK,
  NONCED_WORKFLOW,
  ROTATE,
  task,
  UCAN02,
  UCAN_INVOCATION,
  UCAN_TASK,
} from './samples.ts'

const OWN = createTask({ mod: CID.parse(EXAMPLE), fun: 'f', params: [1, 'a', { b: [null] }], abi: 'core' })
const UCAN02_TASK = `{"run":${UCAN02},"meta":{"fuel":7},"prf":[]}`
const UCAN02_INVOCATION = `{"ucan/invoke@0.2.0":{"task":${UCAN02_TASK},"auth":${LINK}}}`

/** Every form, as text. */
const FORMS: readonly (readonly [form: string, document: string])[] = [
  ['ipvm-wasm', formatTask(readTask(OWN))],
  ['ipvm-task', IPVM_TASK],
  ['homestar-instruction', instruction('add_one', '[1]')],
  ['homestar-task', task(instruction('add_one', '[1.5]'))],
  ['homestar-task', task(LINK)],
  ['homestar-invocation', `{"task":${task(instruction('f', '[]'))}}`],
  ['homestar-workflow', IMAGE_PIPELINE],
  ['homestar-workflow', '{"tasks":[]}'],
  ['ucan-0.2-instruction', UCAN02],
  ['ucan-0.2-task', UCAN02_TASK],
  ['ucan-0.2-task', `{"run":${UCAN02},"meta":{},"prf":[${LINK}],"cause":${LINK}}`],
  ['ucan-0.2-invocation', UCAN02_INVOCATION],
  ['ucan-0.2-invocation', `{"task":${UCAN02_TASK},"auth":${LINK}}`],
  ['ucan-1.0-task', UCAN_TASK],
  ['ucan-1.0-invocation', UCAN_INVOCATION],
]

describe('the forms (TASK-2)', () => {
  it.each(FORMS)('%s is told by its fields', (form, document) => {
    expect(readTask(document).form).toBe(form)
    expect(readTask(document, { form: form as never }).form).toBe(form)
  })

  it.each(FORMS)('%s reads the same as text, as its bytes, as dag-cbor and as a value', (_, document) => {
    const read = readTask(document)
    expect(readTask(new TextEncoder().encode(` \n${document}`))).toEqual(read)
    expect(readTask(read.bytes)).toEqual(read)
    expect(readTask(read.value as object)).toEqual(read)
    expect(readTask(formatTask(read))).toEqual(read)
  })

  it('our own form is the task itself', () => {
    const { cid, bytes, calls } = readTask(OWN)
    expect({ cid, bytes }).toEqual(encodeTask(OWN))
    expect(calls.map(call => call.cid)).toEqual([cid])
    expect(readTask(bytes).calls[0]!.instruction).toMatchObject({
      fun: 'f',
      abi: 'core',
      params: [1n, 'a', { b: [null] }],
    })
  })

  it('what was read cannot be changed', () => {
    const read = readTask(IMAGE_PIPELINE)
    const tasks = (read.value as { tasks: { meta: object }[] }).tasks
    expect([read, read.calls, read.value, tasks, tasks[0]!.meta].every(Object.isFrozen)).toBe(true)
  })

  it('a form that is named is the one that is read', () => {
    const document = `{"rsc":"ipfs://${EXAMPLE}","op":"wasm/run","input":{"func":"f","input":[]},"nnc":""}`
    expect(readTask(document).form).toBe('ucan-0.2-instruction')
    expect(faultOf(() => readTask(document, { form: 'homestar-instruction' }))).toMatchObject({
      code: 'bad-task',
      field: 'input.args',
    })
    expect(faultOf(() => readTask(document, { form: 'cwl' as never }))).toMatchObject({ code: 'bad-usage' })
  })

  it.each([undefined, null, 7, true])('%s is no document', input =>
    expect(faultOf(() => readTask(input as never))).toMatchObject({ code: 'bad-usage' }),
  )
})

describe('CIDs of other systems (TASK-3)', () => {
  it.each([
    ['image-pipeline', IMAGE_PIPELINE, 'bafyrmiatb7idqtty56hy3hrfa6ur6qkspyrhaf6n6ynmqsntjvym47mbrq'],
    ['add-one', ADD_ONE_WORKFLOW, 'bafyrmialnbzgwscjrq7sa3kdnw2roqdrdzp7xh2tvmo37qmgvarwrhcgre'],
    ['add-one-nonced', NONCED_WORKFLOW, 'bafyrmibajjtwrcqrntnvp5fgkim6mbbsh6ykkdy3eijq2ycdjhlisxxx3i'],
  ])('the workflow %s of homestar', (_, document, cid) => expect(readTask(document).cid.toString()).toBe(cid))

  it('each task of a workflow awaits the CID of the one before', () => {
    const cids = (document: string): string[] => readTask(document).calls.map(({ cid }) => cid.toString())
    expect(cids(IMAGE_PIPELINE)).toEqual([CROP, ROTATE, GRAYSCALE])
    expect(cids(ADD_ONE_WORKFLOW)[0]).toBe(ADD_ONE)
    expect(cids(NONCED_WORKFLOW).slice(0, 2)).toEqual([
      'bafyrmigh2n5i4iyl6mcfssv7lzx6yalwyslszngacuo3iw3mr3fgl3sopa',
      'bafyrmiasmpmbcnvm2mgmk772wy2mmioxmlhu7zndmphy5rw2xssuh2fwle',
    ])
    const awaited = readTask(IMAGE_PIPELINE).calls.map(call => call.instruction!.awaits)
    expect(awaited.map(list => list.map(({ cid }) => cid.toString()))).toEqual([[], [CROP], [ROTATE]])
    expect(awaited[1]![0]).toMatchObject({ branch: 'ok', field: 'tasks[1].run.input.args[0]' })
  })

  it('an instruction has one CID alone, in a task, in an invocation and in a workflow', () => {
    const alone = instruction('add_one', '[1]')
    for (const document of [alone, task(alone), `{"task":${task(alone)}}`, `{"tasks":[${task(alone)}]}`])
      expect(readTask(document).calls.map(({ cid }) => cid.toString())).toEqual([ADD_ONE])
    expect(readTask(alone).cid.toString()).toBe(ADD_ONE)
  })

  it('homestar writes what it reads in one way', () => {
    const linked = instruction('add_one', '[1]', '""', `{"/":"${EXAMPLE}"}`)
    expect(readTask(linked).cid.toString()).toBe(ADD_ONE)
    expect(readTask(instruction('add_one', '[1]').replace('wasm/run', ' Wasm/RUN ')).cid.toString()).toBe(ADD_ONE)
    const { cid } = readTask(task(instruction('f', '[]')))
    expect(readTask(task(instruction('f', '[]')).replace('"cause":null,', '')).cid).toEqual(cid)
  })

  it('that of a UCAN 1.0 task is the same in an invocation, and depends on its subject', () => {
    const [call] = readTask(UCAN_INVOCATION).calls
    const { block } = call!.instruction!
    expect(readTask(block.bytes)).toMatchObject({ form: 'ucan-1.0-task', cid: call!.cid })
    const other = UCAN_TASK.replace('did:key:z6Mkha', 'did:key:z6Mkhb')
    expect(readTask(other).cid).not.toEqual(readTask(UCAN_TASK).cid)
    expect([readTask(UCAN_TASK).cid.multihash.code, readTask(UCAN02).cid.multihash.code]).toEqual([0x12, 0x12])
  })

  it('a link in the place of an instruction is the CID of the call', () => {
    const [call] = readTask(task(LINK)).calls
    expect(call).toEqual({ field: 'run', cid: CID.parse(JSON.parse(LINK)['/']), meta: expect.anything() })
  })
})

describe('floats (TASK-4)', () => {
  it('1.0 and 1 are two documents', () => {
    const cids = ['[1]', '[1.0]', '[1e0]', '[10e-1]'].map(args => readTask(instruction('f', args)).cid.toString())
    expect(new Set(cids.slice(1)).size).toBe(1)
    expect(cids[0]).not.toBe(cids[1])
    expect(encodeMarked([float(1), 1n])).toEqual(Uint8Array.of(0x82, 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 1))
  })

  it.each([
    ['1.0', '1.0'],
    ['-0.0', '-0.0'],
    ['1.5e300', '1.5e+300'],
    ['0.1', '0.1'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709552000', '18446744073709552000.0'],
    ['-18446744073709551616', '-18446744073709551616'],
    ['-18446744073709551617', '-18446744073709552000.0'],
    ['1e21', '1e+21'],
  ])('%s stays what it is', (given, written) => {
    const value = readMarked(parseMarked(given), '')
    expect(formatMarked(value)).toBe(written)
    expect(readMarked(parseMarked(written), '')).toEqual(value)
  })

  it('in a value, whole floats are Floats', () => {
    const run = (arg: unknown): object => ({
      rsc: `ipfs://${EXAMPLE}`,
      op: 'wasm/run',
      input: { func: 'f', args: [arg] },
      nnc: '',
    })
    expect(readTask(run(1)).cid).toEqual(readTask(instruction('f', '[1]')).cid)
    expect(readTask(run(float(1))).cid).toEqual(readTask(instruction('f', '[1.0]')).cid)
    expect(readTask(run(1.5)).cid).toEqual(readTask(instruction('f', '[1.5]')).cid)
    expect(faultOf(() => float(NaN)).code).toBe('bad-usage')
    expect(faultOf(() => readTask(run(NaN)))).toMatchObject({ code: 'bad-task', field: 'input.args[0]' })
  })

  it.each(['[-0]', '[1e999]', '[01]', '[1.]', '[.5]', '[+1]', '[NaN]', `[${'9'.repeat(1_001)}]`])(
    '%s is refused',
    args => expect(faultOf(() => readTask(instruction('f', args)))).toMatchObject({ code: 'bad-task', field: '' }),
  )
})

describe('what does not fit is named (TASK-1)', () => {
  const put = (text: string, from: string, to: string): string => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }
  const alone = instruction('f', '[1]')
  const inTask = task(alone)

  it.each([
    ['a key twice', put(alone, '"op"', '"rsc":"x:y","op"'), ''],
    ['no JSON', `${alone}}`, ''],
    ['no map', '7', ''],
    ['no form', '{}', ''],
    ['an unknown form', '{"do":"wasm/run"}', ''],
    ['a key too many', put(alone, '"nnc"', '"nnd":1,"nnc"'), 'nnd'],
    ['a key too few', put(alone, ',"nnc":""', ''), 'nnc'],
    ['a resource that is no URI', instruction('f', '[]', '""', `"${EXAMPLE}"`), 'rsc'],
    ['a resource that is a float', instruction('f', '[]', '""', '1.0'), 'rsc'],
    ['another ability', put(alone, 'wasm/run', 'docker/run'), 'op'],
    ['a function that is no text', put(alone, '"f"', '1'), 'input.func'],
    ['parameters that are no list', instruction('f', '{}'), 'input.args'],
    ['a nonce of another length', instruction('f', '[]', '{"/":{"bytes":"AQID"}}'), 'nnc'],
    ['a nonce that is no base 32', instruction('f', '[]', '"zzzzzzzzzzzzzzzzzzzz"'), 'nnc'],
    ['a link that is none', instruction('f', '[{"/":"bafy"}]'), 'input.args[0]'],
    ['a link with more', instruction('f', `[{"/":"${EXAMPLE}","a":1}]`), 'input.args[0]'],
    ['bytes that are none', instruction('f', '[{"/":{"bytes":"A"}}]'), 'input.args[0]'],
    ['a map with the key /', instruction('f', '[{"a":{"/":7}}]'), 'input.args[0].a'],
    ['half a character', instruction('f', '["\\ud800"]'), 'input.args[0]'],
    ['metadata that is a float', put(inTask, '{"memory":4294967296,"time":100000}', '1.0'), 'meta'],
    ['metadata that is not known', put(inTask, '"memory"', '"disk"'), 'meta.disk'],
    ['a proof that is no link', put(inTask, '"prf":[]', '"prf":[1]'), 'prf[0]'],
    ['a cause that is no link', put(inTask, '"cause":null', '"cause":1'), 'cause'],
    ['a run that is nothing', task('1'), 'run'],
    ['a task in a workflow', `{"tasks":[${inTask},${put(inTask, '"f"', 'null')}]}`, 'tasks[1].run.input.func'],
    ['a workflow with more', `{"tasks":[],"name":"x"}`, 'name'],
    ['a UCAN 0.2 nonce', put(UCAN02, '02468', 'é'), 'nnc'],
    ['a UCAN 0.2 resource that is a link', put(UCAN02, `"ipfs://${EXAMPLE}"`, LINK), 'rsc'],
    ['a UCAN 0.2 cause that is null', put(UCAN02_TASK, '"prf":[]', '"prf":[],"cause":null'), 'cause'],
    ['a UCAN 0.2 authorization', put(UCAN02_INVOCATION, `"auth":${LINK}`, '"auth":1'), '["ucan/invoke@0.2.0"].auth'],
    ['a UCAN 1.0 subject', put(UCAN_TASK, 'did:key:', 'key:'), 'sub'],
    ['a UCAN 1.0 command', put(UCAN_TASK, '/wasm/run', '/wasm'), 'cmd'],
    ['a UCAN 1.0 argument', put(UCAN_TASK, '"fun"', '"func"'), 'args.fun'],
    ['a UCAN 1.0 ABI', put(UCAN_TASK, '"core"', '"wit"'), 'args.abi'],
    ['a UCAN 1.0 nonce', put(UCAN_TASK, '{"/":{"bytes":""}}', '""'), 'nonce'],
    ['a UCAN 1.0 module', put(UCAN_TASK, `{"/":"${EXAMPLE}"}`, '7'), 'args.mod'],
    ['a UCAN 1.0 expiry', put(UCAN_INVOCATION, '"exp":null', '"exp":1.5'), '[1]["ucan/inv@1.0.0-rc.1"].exp'],
    ['a UCAN 1.0 tag', put(UCAN_INVOCATION, 'ucan/inv@', 'ucan/i/'), '[1]["ucan/inv@1.0.0-rc.1"]'],
    ['three items', put(UCAN_INVOCATION, '[', '[1,'), ''],
    ['an ipvm/task of another version', put(IPVM_TASK, '0.1.0', '0.2.0'), 'version'],
    ['an ipvm/task on something else', put(IPVM_TASK, 'ipvm/wasm', 'docker'), 'on'],
    ['an ipvm/task that is not deterministic', put(IPVM_TASK, 'deterministic', 'destructive'), 'safety'],
    ['an ipvm/task with an ABI that is none', put(IPVM_TASK, '"args"', '"abi":"wit","args"'), 'run.abi'],
    ['an ipvm/task without parameters', put(IPVM_TASK, '"args":[1,"text"]', ''), 'run.args'],
    ['our own, with a float', put(FORMS[0]![1], '[1,', '[1.0,'), ''],
  ])('%s', (_, document, field) => expect(faultOf(() => readTask(document))).toMatchObject({ code: 'bad-task', field }))

  it('bytes in another order, with bytes left over, or of no dag-cbor', () => {
    const { bytes } = readTask(alone)
    for (const wrong of [Uint8Array.of(...bytes, 0), bytes.subarray(1), new Uint8Array()])
      expect(faultOf(() => readTask(wrong)).code).toBe('bad-task')
    const unsorted = Uint8Array.of(0xa2, 0x62, 0x6f, 0x70, 0x61, 0x78, 0x61, 0x61, 0x01)
    expect(faultOf(() => readTask(unsorted)).message).toContain('canonical')
  })

  it('depth and length are bounded', () => {
    const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect(readTask(instruction('f', deep(62))).form).toBe('homestar-instruction')
    expect(faultOf(() => readTask(instruction('f', deep(63)))).code).toBe('bad-task')
    expect(faultOf(() => readTask(deep(1_000_000))).message).toContain('deeper')
    expect(faultOf(() => readTask(instruction('f', `["${'x'.repeat(9_000_000)}"]`))).message).toContain('characters')
    expect(faultOf(() => readTask(instruction('f', `["${'x'.repeat(2_200_000)}"]`))).message).toContain('2097152')
  })

  it('floats of 32 bits and NaN are no dag-cbor', () => {
    const sample = encode({ tasks: [] })
    expect(readTask(sample).form).toBe('homestar-workflow')
    for (const bytes of [
      [0x81, 0xfa, 0x3f, 0x80, 0, 0],
      [0x81, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
    ])
      expect(faultOf(() => readTask(Uint8Array.from(bytes))).code).toBe('bad-task')
  })
})
