import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { createTask, decodeTask, encodeTask, sealTask, type TaskInput } from '../../src/task/task.ts'
import { faultOf } from './fault.ts'

const MOD = CID.parse('bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq')
const DATA = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const INPUT: TaskInput = { mod: MOD, fun: 'add', params: [1, 2n], abi: 'core' }

/** Returns a task as plain data, so that tests can damage it. */
function plain(args: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    cmd: '/wasm/run',
    args: { mod: MOD, fun: 'add', params: [1, 2], abi: 'core', ...args },
    nonce: new Uint8Array(),
    ...rest,
  }
}

const decodePlain = (value: unknown): unknown => decodeTask(dagCbor.encode(value))

describe('making a task (RECEIPT-5)', () => {
  it('writes integers as bigints and leaves the nonce empty', () => {
    expect(createTask(INPUT)).toEqual({
      cmd: '/wasm/run',
      args: { mod: MOD, fun: 'add', params: [1n, 2n], abi: 'core' },
      nonce: new Uint8Array(),
    })
  })

  it('gives one CID to one call', () => {
    const { cid, bytes } = encodeTask(createTask(INPUT))
    expect(cid.toString()).toBe(encodeTask(createTask({ ...INPUT, params: [1n, 2] })).cid.toString())
    expect(bytes).toEqual(new Uint8Array(dagCbor.encode(plain())))
    expect(cid.toString()).toBe('bafyreihxomiwp7nwp7zm7ijsaqngfy4ixlzinwcjhgaov6dy56ggfwrgo4')
  })

  it('is encoded once, and changes of what was given have no effect on it', () => {
    const input = { ...INPUT, params: [[1n], { a: ['b'] }] }
    const task = createTask(input)
    const first = encodeTask(task)
    const { cid, bytes } = first
    const text = cid.toString()
    const copy = bytes.slice()
    bytes.fill(0)
    ;(input.params[0] as bigint[]).push(2n)
    for (const again of [encodeTask(task), sealTask(task).block, sealTask({ ...task }).block])
      expect([again.cid.toString(), again.bytes]).toEqual([text, copy])
    sealTask(task).block.bytes.fill(0)
    expect(encodeTask(task).bytes).toEqual(copy)
  })

  it('is encoded anew if its bytes may have changed, or if it is large', () => {
    const param = new Uint8Array([1, 2, 3])
    const task = createTask({ ...INPUT, params: [{ deep: [param] }], abi: 'bytes' })
    const before = encodeTask(task).cid
    param[0] = 9
    const after = encodeTask(task).cid
    expect(after.equals(before)).toBe(false)
    expect(after.equals(encodeTask(createTask({ ...INPUT, params: [{ deep: [param] }], abi: 'bytes' })).cid)).toBe(true)
    const large = createTask({ ...INPUT, params: ['x'.repeat(10_000)] })
    expect(encodeTask(large)).toEqual(encodeTask(large))
  })

  it('writes a CIDv0 as the CIDv1 of the same block at any place', () => {
    const task = createTask({ ...INPUT, mod: MOD.toV0(), params: [MOD.toV0(), { files: [MOD.toV0()] }] })
    expect(task.args.mod.toString()).toBe(MOD.toString())
    expect(String(task.args.params[0])).toBe(MOD.toString())
    expect(task.args.params[1]).toEqual({ files: [MOD] })
  })

  it.each<[string, Partial<Record<keyof TaskInput, unknown>>, string]>([
    ['a module that is text', { mod: MOD.toString() }, 'args.mod'],
    ['a function that is not text', { fun: 1 }, 'args.fun'],
    ['a function with a lone surrogate', { fun: '\ud800' }, ''],
    ['a function with a name of over a mebibyte', { fun: 'é'.repeat(2 ** 19 + 1) }, 'args.fun'],
    ['parameters that are not a list', { params: 'x' }, 'args.params'],
    ['a float', { params: [1, 1.5] }, 'args.params[1]'],
    ['minus zero', { params: [-0] }, 'args.params[0]'],
    ['a number beyond 2^53', { params: [2 ** 53] }, 'args.params[0]'],
    ['an integer above 64 bits', { params: [2n ** 64n] }, 'args.params[0]'],
    ['an integer below 64 bits', { params: [-(2n ** 64n) - 1n] }, 'args.params[0]'],
    ['a hole', { params: Array(1) }, 'args.params[0]'],
    ['a part that is not a value', { params: [0, { env: { HOME: undefined } }] }, 'args.params[1].env.HOME'],
    ['a lone surrogate', { params: [['\ud800']] }, 'args.params[0][0]'],
    ['an unknown ABI', { abi: 'wasip2' }, 'args.abi'],
    ['parameters that fill more than a block', { params: [new Uint8Array(2 ** 21)] }, ''],
  ])('refuses %s', (_, change, field) => {
    expect(faultOf(() => encodeTask(createTask({ ...INPUT, ...change } as TaskInput)))).toMatchObject({
      code: 'bad-task',
      field,
    })
  })
})

describe('reading a task', () => {
  it('reads what was written, with the extremes of each kind of parameter', () => {
    const params = [
      -(2n ** 64n),
      2n ** 64n - 1n,
      2n ** 53n,
      0n,
      null,
      true,
      [],
      {},
      { a: [DATA, { b: false }] },
      '',
      '\ufeffé',
      new Uint8Array([1]),
      DATA,
    ]
    const task = createTask({ ...INPUT, params, abi: 'assemblyscript(string)->void' })
    const { bytes } = encodeTask(task)
    expect(decodeTask(bytes)).toEqual(task)
    expect(encodeTask(decodeTask(bytes)).bytes).toEqual(bytes)
  })

  it('reads a nonce', () => {
    expect(decodeTask(dagCbor.encode(plain({}, { nonce: new Uint8Array([7]) }))).nonce).toEqual(new Uint8Array([7]))
  })

  it.each<[string, unknown, string]>([
    ['no map', [], ''],
    ['another command', plain({}, { cmd: '/wasm/walk' }), 'cmd'],
    ['another field', plain({}, { meta: {} }), 'meta'],
    ['another argument', plain({ gas: 1 }), 'args.gas'],
    ['no arguments', { cmd: '/wasm/run', nonce: new Uint8Array() }, 'args'],
    ['arguments that are a link', plain({}, { args: MOD }), 'args'],
    ['no ABI', { cmd: '/wasm/run', args: { mod: MOD, fun: 'f', params: [] }, nonce: new Uint8Array() }, 'args.abi'],
    ['a nonce that is text', plain({}, { nonce: '' }), 'nonce'],
    ['a module that is text', plain({ mod: MOD.toString() }), 'args.mod'],
    ['a float', plain({ params: [1, 0.5] }), 'args.params[1]'],
    ['a float within a map', plain({ params: [{ 'a b': [0.5] }] }), 'args.params[0]["a b"][0]'],
    ['a map with the key /', plain({ params: [{ '/': 1, a: 2 }] }), 'args.params[0]'],
  ])('refuses %s', (_, value, field) => {
    expect(faultOf(() => decodePlain(value))).toMatchObject({ code: 'bad-task', field })
  })

  it('refuses other encodings of the same task', () => {
    const { bytes } = encodeTask(createTask(INPUT))
    const at = bytes.findIndex((byte, index) => byte === 0x82 && bytes[index + 1] === 1 && bytes[index + 2] === 2)
    const longer = Uint8Array.of(...bytes.subarray(0, at + 1), 0x18, 0x01, ...bytes.subarray(at + 2))
    expect(dagCbor.decode<unknown>(bytes)).toEqual(plain())
    expect(faultOf(() => decodeTask(longer)).code).toBe('bad-task')
  })

  it('throws only faults, for any bytes', () => {
    const { bytes } = encodeTask(createTask(INPUT))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const spoilt = Uint8Array.from(bytes)
        spoilt[at] = byte
        let again: Uint8Array
        try {
          again = encodeTask(decodeTask(spoilt)).bytes
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault', code: 'bad-task' })
          return
        }
        expect(again).toEqual(spoilt)
      }),
      { numRuns: 1_000 },
    )
  })
})
