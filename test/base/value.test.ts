/** Reading values of unknown origin: errors have the path, each part is read once, and the host is not exhausted. */
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { decodeStrict, encodeStrict } from '../../src/base/dag-cbor.ts'
import { fromDagJson, toDagJson } from '../../src/base/dag-json.ts'
import { fieldIn } from '../../src/base/field.ts'
import { fromPlain, readValue, toPlain } from '../../src/base/links.ts'
import { Misfit } from '../../src/base/misfit.ts'
import { isMap, sortedKeys } from '../../src/base/value.ts'
import type { Value } from '../../src/interface.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { createTask, decodeTask, encodeTask } from '../../src/task/task.ts'
import { receiptOf } from '../receipt/sample.ts'

const LINK = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const V0 = CID.parse('QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid')
const read = (value: unknown): Value => readValue(value, 'v', 'any')

/** The path in the error for an input that is not a value. */
function misfit(value: unknown): string {
  try {
    read(value)
  } catch (error) {
    if (error instanceof Misfit) return error.field
    throw error
  }
  throw new Error('it was read')
}

/** A value in nested lists. */
const nested = (levels: number, inner: unknown = 0): unknown => {
  let value = inner
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

/** A map with the one key `__proto__`. */
const PROTO: unknown = JSON.parse('{"__proto__":{"a":1}}')

const SOUND: readonly [title: string, given: unknown, value: Value][] = [
  ['null', null, null],
  ['true', true, true],
  ['a number', 7, 7n],
  ['the least integer', -(2n ** 64n), -(2n ** 64n)],
  ['the greatest integer', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['text with a byte order mark', '\ufeffé💩\0', '\ufeffé💩\0'],
  ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ['a Buffer', Buffer.from([1, 2]), new Uint8Array([1, 2])],
  ['a link', LINK, LINK],
  ['empty lists and maps', [[], {}, Object.create(null)], [[], {}, {}]],
  ['a map of another realm', runInContext('({ a: [1] })', createContext({})), { a: [1n] }],
  ['names of properties of objects', { constructor: 1, toString: 2 }, { constructor: 1n, toString: 2n }],
  ['levels at the limit', nested(61), nested(61, 0n) as Value],
  ['a map that shares its parts', { a: LINK, b: LINK }, { a: LINK, b: LINK }],
]

describe('values (RECEIPT-24)', () => {
  test.each(SOUND)('%s', (_, given, value) => {
    expect(read(given)).toEqual(value)
    expect(fromPlain(structuredClone(toPlain(read(given))), 'v')).toEqual(value)
    const task = createTask({ mod: LINK, fun: 'f', params: [given as never], abi: 'core' })
    expect(task.args.params).toEqual([value])
    expect(decodeTask(encodeTask(task).bytes)).toEqual(task)
    const receipt = receiptOf({ ok: value })
    expect(decodeReceipt(encodeReceipt(receipt).bytes)).toEqual(receipt)
    const again = fromDagJson(toDagJson(receipt)) as typeof receipt
    expect(encodeReceipt(again).cid).toEqual(encodeReceipt(receipt).cid)
  })

  test('a key __proto__ is a key', () => {
    const value = read(PROTO) as Record<string, Value>
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as { a?: unknown }).a).toBe(undefined)
    const receipt = receiptOf({ ok: value })
    const { bytes, cid } = encodeReceipt(receipt)
    expect(encodeReceipt(decodeReceipt(bytes)).cid).toEqual(cid)
    expect(encodeReceipt(fromDagJson(toDagJson(receipt)) as never).cid).toEqual(cid)
    expect(Object.keys(structuredClone(toPlain(value)) as object)).toEqual(['__proto__'])
  })

  test('the copy is frozen, and does not change with the original', () => {
    const given = { a: [new Uint8Array([1])], cid: LINK }
    const value = readValue(given, 'v', 'any', true) as { a: Uint8Array[]; cid: CID }
    given.a[0]![0] = 9
    given.a.push(new Uint8Array())
    expect(value).toEqual({ a: [new Uint8Array([1])], cid: LINK })
    expect([Object.isFrozen(value), Object.isFrozen(value.a)]).toEqual([true, true])
    expect(value.cid).not.toBe(LINK)
  })

  test('links are of the version that is asked for', () => {
    expect(String((readValue([V0], 'v', 'as-1') as CID[])[0])).toBe(V0.toV1().toString())
    expect(() => readValue([V0], 'v', '1')).toThrow('v[0]')
    expect(read([V0])).toEqual([V0])
  })

  test('every value survives a round trip through dag-cbor and dag-json', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
      fc.string({ unit: 'binary' }).filter(text => !/\p{Surrogate}/u.test(text)),
      fc.uint8Array({ maxLength: 20 }),
      fc.constant(LINK),
    )
    const key = fc.string({ unit: 'binary', maxLength: 4 }).filter(text => text !== '/' && !/\p{Surrogate}/u.test(text))
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value')),
      ),
    }))
    fc.assert(
      fc.property(value, given => {
        const { bytes, cid } = encodeReceipt(receiptOf({ ok: given as Value }))
        expect(encodeReceipt(decodeReceipt(bytes)).cid).toEqual(cid)
        expect(encodeReceipt(fromDagJson(toDagJson(decodeReceipt(bytes))) as never).cid).toEqual(cid)
        expect(encodeStrict(fromPlain(structuredClone(toPlain(read(given))), ''))).toEqual(encodeStrict(read(given)))
      }),
      { numRuns: 300 },
    )
  })
})

/** A list whose getter returns another item each time. */
const changing = (): unknown => {
  let times = 0
  return Object.defineProperty({}, 'a', { enumerable: true, get: () => (times++ === 0 ? 1 : 0.5) })
}

describe('inputs that are not values (RECEIPT-25)', () => {
  const cycle: unknown[] = []
  cycle.push([cycle])
  const gone = new Uint8Array(3)
  structuredClone(gone.buffer, { transfer: [gone.buffer] })
  class Text extends String {}
  const WRONG: readonly [title: string, wrong: unknown][] = [
    ['undefined', undefined],
    ['a float', 1.5],
    ['NaN', NaN],
    ['infinity', -Infinity],
    ['minus zero', -0],
    ['a number beyond 2^53', 2 ** 53],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['an integer below 64 bits', -(2n ** 64n) - 1n],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['a lone surrogate', 'a\udc00'],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a Date', new Date(0)],
    ['a promise', Promise.resolve()],
    ['a text that is an object', new Text('a')],
    ['another typed array', new Uint16Array(2)],
    ['a DataView', new DataView(new ArrayBuffer(8))],
    ['a buffer', new ArrayBuffer(8)],
    ['detached bytes', gone],
    ['an error', new Error('x')],
    ['a map with a lone surrogate as key', { '\ud800': 1 }],
    ['a map with the key /', { '/': 1 }],
    ['a map that looks like a CID', { '/': 'x', bytes: 'x' }],
    ['one with invalid bytes', (bytes => ({ '/': bytes, bytes }))(new Uint8Array([1, 2, 3]))],
    ['a list that claims another length', new Proxy([], { get: (_, key) => (key === 'length' ? 0.5 : undefined) })],
  ]
  test.each(WRONG)('%s, by itself, in a list and in a map', (_, wrong) => {
    const own = misfit(wrong)
    expect(own).toMatch(/^v/)
    expect(misfit([0, wrong])).toBe(`v[1]${own.slice(1)}`)
    expect(misfit({ a: { 'b c': wrong } })).toBe(`v.a["b c"]${own.slice(1)}`)
    const params = [[wrong as never]]
    expect(() => createTask({ mod: LINK, fun: 'f', params, abi: 'core' })).toThrow(
      expect.objectContaining({ code: 'bad-task', detail: { field: `args.params[0][0]${own.slice(1)}` } }),
    )
    expect(() => encodeReceipt(receiptOf({ ok: { stdout: wrong as never } }))).toThrow(
      expect.objectContaining({ code: 'bad-receipt', detail: { field: `out.ok.stdout${own.slice(1)}` } }),
    )
  })

  test.each<[title: string, hostile: unknown, field: string]>([
    ['a cycle', cycle, 'v'],
    ['a level too many', nested(62), 'v'],
    ['a hundred thousand levels', nested(100_000), 'v'],
    ['a list with only a length', new Array(2 ** 32 - 1), 'v'],
    ['a list of holes', [Array(3)], 'v[0][0]'],
    ['lists of lists, each twice', Array.from({ length: 60 }).reduce<unknown>(one => [one, one], 0), 'v'],
    ['maps that throw', { get a() { throw new Error('no') } }, 'v.a'], // prettier-ignore
    ['maps that throw something other than an error', { a: { get b() { throw 'no' } } }, 'v.a'], // prettier-ignore
    ['a map whose prototype cannot be read', new Proxy({}, { getPrototypeOf: () => { throw new Error('no') } }), 'v'], // prettier-ignore
    ['a map whose keys cannot be read', [new Proxy({}, { ownKeys: () => { throw new Error('no') } })], 'v[0]'], // prettier-ignore
  ])('%s', (_, hostile, field) => {
    expect(misfit(hostile).slice(0, 3)).toBe(field.slice(0, 3))
    expect(() => createTask({ mod: LINK, fun: 'f', params: [hostile as never], abi: 'core' })).toThrow(
      expect.objectContaining({ code: 'bad-task' }),
    )
  })

  test('more parts than a document has bytes, and ten million characters', () => {
    const pairs = Array.from({ length: 300_000 }, (_, i) => [`k${i}`, [0, 0, 0, 0, 0, 0]])
    for (const many of [Object.fromEntries(pairs), new Array(2_200_000).fill(0)])
      expect(() => createTask({ mod: LINK, fun: 'f', params: [many as never], abi: 'core' })).toThrow('must be smaller')
    const long = createTask({ mod: LINK, fun: 'f', params: [['x'.repeat(10_000_000)]], abi: 'core' })
    expect(() => encodeTask(long)).toThrow(expect.objectContaining({ code: 'bad-task' }))
    expect(() => encodeReceipt(receiptOf({ ok: { a: 'x'.repeat(10_000_000) } }))).toThrow(
      expect.objectContaining({ code: 'bad-receipt' }),
    )
  })

  test('each part is read once', () => {
    expect(read(changing())).toEqual({ a: 1n })
    expect(createTask({ mod: LINK, fun: 'f', params: [changing() as never], abi: 'core' }).args.params).toEqual([
      { a: 1n },
    ])
  })
})

describe('hostile documents', () => {
  /** A receipt in which the given bytes replace the result 7. */
  const spoilt = (ok: Uint8Array): Uint8Array => {
    const { bytes } = encodeReceipt(receiptOf({ ok: 'seven' }))
    const at = bytes.findIndex((byte, i) => byte === 0x65 && bytes[i + 1] === 's'.charCodeAt(0))
    return Uint8Array.of(...bytes.subarray(0, at), ...ok, ...bytes.subarray(at + 6))
  }
  const refused = (block: Uint8Array): unknown => {
    try {
      return decodeReceipt(block)
    } catch (error) {
      return (error as { code: unknown }).code
    }
  }

  test('a result of 61 levels is read, and one of 62 is not', () => {
    expect(decodeReceipt(spoilt(encodeStrict(nested(61)))).out).toEqual({ ok: nested(61, 0n) })
    expect(refused(spoilt(encodeStrict(nested(62))))).toBe('bad-receipt')
  })

  test.each<[title: string, ok: Uint8Array]>([
    ['a hundred thousand lists', new Uint8Array(100_000).fill(0x81)],
    [
      'lists that all claim all remaining bytes',
      Uint8Array.from({ length: 300 }, (_, i) => [0x9a, 0, 0, 0, 200][i % 5]!),
    ],
    ['a map that claims two million keys', new Uint8Array([0xba, 0, 0x20, 0, 0])],
    ['text that claims two million bytes', new Uint8Array([0x7a, 0, 0x20, 0, 0])],
    ['a map with a key twice', new Uint8Array([0xa2, 0x61, 0x61, 0, 0x61, 0x61, 0])],
    ['keys out of order', new Uint8Array([0xa2, 0x61, 0x62, 0, 0x61, 0x61, 0])],
    [
      'a map that the encoder would write as a link',
      new Uint8Array([0xa2, 0x61, 0x2f, 0, 0x65, 98, 121, 116, 101, 115, 0]),
    ],
    ['the same with text', new Uint8Array([0xa2, 0x61, 0x2f, 0x61, 0x78, 0x65, 98, 121, 116, 101, 115, 0x61, 0x78])],
    ['a float', new Uint8Array([0xfb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0])],
    ['undefined', new Uint8Array([0xf7])],
  ])('%s', (_, ok) => expect(refused(spoilt(ok))).toBe('bad-receipt'))

  test('lists that claim many items take no memory in advance', () => {
    // 60 lists, of which each claims a million items, and then a million bytes that are no value.
    const heads = Uint8Array.from({ length: 300 }, (_, i) => [0x9a, 0, 0x0f, 0x42, 0x40][i % 5]!)
    const block = new Uint8Array(1_100_000).fill(0xff)
    block.set(heads)
    const before = process.memoryUsage().rss
    expect(() => decodeStrict(block)).toThrow('no')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })
})

describe('paths and keys (RECEIPT-26)', () => {
  test.each<[key: string | number, path: string]>([
    [0, 'v[0]'],
    ['env', 'v.env'],
    ['_1', 'v._1'],
    ['1', 'v["1"]'],
    ['a-b', 'v["a-b"]'],
    ['', 'v[""]'],
    ['a"\n', 'v["a\\"\\n"]'],
    ['x'.repeat(64), `v.${'x'.repeat(64)}`],
    ['x'.repeat(65), `v["${'x'.repeat(64)}…"]`],
    [`${'x'.repeat(63)}💩`, `v["${'x'.repeat(63)}…"]`],
    ['__proto__', 'v.__proto__'],
  ])('%j', (key, path) => expect(fieldIn('v', key)).toBe(path))

  test('keys come in the order of dag-cbor', () => {
    expect(sortedKeys({ bb: 0, a: 0, é: 0, '10': 0, z: 0, 9: 0, '\uffff': 0, '💩': 0 })).toEqual([
      '9',
      'a',
      'z',
      '10',
      'bb',
      'é',
      '\uffff',
      '💩', // prettier-ignore
    ])
  })

  test('bytes, links and lists are not maps', () => {
    expect([{}, { a: 1n }].every(value => isMap<CID>(value))).toBe(true)
    expect([null, 'a', 1n, [], new Uint8Array(), LINK].some(value => isMap<CID>(value))).toBe(false)
  })
})
