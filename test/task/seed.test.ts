import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { toTask } from '../../src/task/seed.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { faultOf } from './fault.ts'

const MOD = CID.parse('bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq')

function seed(run: Record<string, unknown> = {}, more: Record<string, unknown> = {}): unknown {
  return {
    type: 'ipvm/task',
    version: '0.1.0',
    safety: 'deterministic',
    on: 'ipvm/wasm',
    using: MOD.toString(),
    run: { args: [1], ...run },
    ...more,
  }
}

describe('a pure seed as a task', () => {
  it('calls run with the core ABI, unless it says otherwise', () => {
    expect(toTask(seed())).toEqual({ mod: MOD, fun: 'run', params: [1n], abi: 'core' })
    expect(toTask(seed(), { fun: 'main', abi: 'bytes' })).toMatchObject({ fun: 'main', abi: 'bytes' })
    expect(toTask(seed({ fun: 'add', abi: 'core' }), { fun: 'main', abi: 'bytes' })).toMatchObject({
      fun: 'add',
      abi: 'core',
    })
    expect(toTask(seed({}, { run: undefined }))).toMatchObject({ params: [] })
    expect(toTask(seed({}, { safety: undefined })).fun).toBe('run')
  })

  it('reads links and bytes in their dag-json form', () => {
    const args = [{ '/': MOD.toString() }, { '/': { bytes: 'AQI' } }, 'text', 2n ** 60n, MOD]
    const params = [MOD, new Uint8Array([1, 2]), 'text', 2n ** 60n, MOD]
    expect(toTask(seed({ args })).params).toEqual(params)
    expect(toTask(seed({ args: [{ stdin: args, none: null }] })).params).toEqual([{ stdin: params, none: null }])
  })

  it('becomes the same task on every host', () => {
    const task = createTask({ mod: MOD, fun: 'add', params: [1n, 2n], abi: 'core' })
    expect(encodeTask(createTask(toTask(seed({ fun: 'add', args: [1, 2] })))).cid).toEqual(encodeTask(task).cid)
  })

  it.each<[string, unknown, unknown]>([
    ['other work', seed({}, { on: 'web', using: 'https://example.com' }), 'on'],
    ['a task of ours', createTask({ mod: MOD, fun: 'f', params: [], abi: 'core' }), 'on'],
    ['a more careful class', seed({}, { safety: 'destructive' }), 'safety'],
    ['a module by URL', seed({}, { using: 'https://example.com/a.wasm' }), 'using'],
    ['a module by path', seed({}, { using: `ipfs://${MOD}/a` }), 'using'],
    ['a float', seed({ args: [1, 1.5] }), 'run.args[1]'],
    ['a float within a list', seed({ args: [[1.5]] }), 'run.args[0][0]'],
    ['a map that is not a link', seed({ args: [{ '/': 'nothing' }] }), 'run.args[0]'],
    ['invalid bytes', seed({ args: [{ '/': { bytes: '*' } }] }), 'run.args[0]'],
    ['arguments that are not a list', seed({ args: {} }), 'run.args'],
    ['a function that is not text', seed({ fun: 1 }), 'run.fun'],
    ['an ABI that is not text', seed({ abi: 1 }), 'run.abi'],
  ])('refuses %s', (_, work, field) => {
    expect(faultOf(() => toTask(work))).toMatchObject({ code: 'bad-work', field })
  })
})
