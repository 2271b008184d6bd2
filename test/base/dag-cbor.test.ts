import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import {
  decodeStrict,
  encodeStrict,
  linkOf,
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENT_DEPTH,
  sameBytes,
} from '../../src/base/dag-cbor.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const CID_TEXT = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

describe('integers', () => {
  it.each<[unknown, string, unknown]>([
    [0n, '00', 0],
    [1n, '01', 1],
    [-1n, '20', -1],
    [2n ** 53n - 1n, '1b001fffffffffffff', 2 ** 53 - 1],
    [2n ** 53n, '1b0020000000000000', 2n ** 53n],
    [2n ** 62n, '1b4000000000000000', 2n ** 62n],
    [2n ** 64n - 1n, '1bffffffffffffffff', 2n ** 64n - 1n],
    [-(2n ** 53n), '3b001fffffffffffff', -(2n ** 53n)],
    [-(2n ** 63n), '3b7fffffffffffffff', -(2n ** 63n)],
  ])('%s is %s', (value, encoded, decoded) => {
    expect(toHex(encodeStrict(value))).toBe(encoded)
    expect(decodeStrict(hex(encoded))).toStrictEqual(decoded)
  })
})

describe('bytes that are not strict', () => {
  it.each([
    ['an integer that is longer than necessary', '1800'],
    ['an integer in 8 bytes', '1b0000000000000001'],
    ['keys out of order', 'a2616201616101'],
    ['a longer key first', 'a262616101616201'],
    ['a key twice', 'a2616101616102'],
    ['a key that is no text', 'a10101'],
    ['undefined', 'f7'],
    ['half a float', 'f93e00'],
    ['a short float', 'fa3fc00000'],
    ['a float that is an integer', 'fb3ff0000000000000'],
    ['a float that is a large integer', 'fb43efffffffffffff'],
    ['minus zero', 'fb8000000000000000'],
    ['NaN', 'fb7ff8000000000000'],
    ['infinity', 'fb7ff0000000000000'],
    ['an indefinite list', '9f01ff'],
    ['an indefinite text', '7f6161ff'],
    ['a break', 'ff'],
    ['a reserved head', '1c'],
    ['invalid UTF-8', '61ff'],
    ['a lone surrogate', '63eda080'],
    ['another tag', 'c101'],
    ['a link that is text', 'd82a6100'],
    ['a link without its zero', 'd82a4501551200'],
    ['a link whose multihash has a varint that is too long', 'd82a4700015592000100'],
    ['a second value', '0101'],
    ['nothing', ''],
    ['a list that is cut off', '8201'],
    ['a list of 2^32 items', '9b0000000100000000'],
    ['a list of 2^64 items', '9bffffffffffffffff'],
    ['a map of 2^31 entries', 'ba7fffffff'],
    ['bytes that are cut off', '5a7fffffff00'],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeStrict(hex(bytes))).toThrow(Error)
  })

  it.each([
    ['undefined', undefined],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['minus zero', -0],
    ['a number beyond 2^53', 2 ** 53],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate as key', { '\udc00': 1 }],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['a field undefined', { a: undefined }],
    ['other arrays', new Uint16Array(1)],
  ])('%s does not encode', (_, value) => {
    expect(() => encodeStrict(value)).toThrow(Error)
  })
})

describe('bounds', () => {
  const nested = (depth: number): Uint8Array => new Uint8Array(depth + 1).fill(0x81, 0, depth)

  it('reads to the greatest depth and no deeper', () => {
    expect(toHex(encodeStrict(decodeStrict(nested(MAX_DOCUMENT_DEPTH))))).toBe(toHex(nested(MAX_DOCUMENT_DEPTH)))
    expect(() => decodeStrict(nested(MAX_DOCUMENT_DEPTH + 1))).toThrow('nested deeper than 64')
    expect(() => decodeStrict(nested(1_000_000))).toThrow('nested deeper than 64')
  })

  it('writes to the greatest depth and no deeper, a cycle included', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => encodeStrict(cycle)).toThrow('nested deeper than 64')
  })

  it('takes no more bytes than a block may have', () => {
    // A byte string of that many bytes has a head of five.
    const largest = new Uint8Array(MAX_DOCUMENT_BYTES - 5)
    expect(encodeStrict(largest).length).toBe(MAX_DOCUMENT_BYTES)
    expect(() => encodeStrict(new Uint8Array(MAX_DOCUMENT_BYTES - 4))).toThrow('2097153 bytes')
    expect(() => decodeStrict(new Uint8Array(MAX_DOCUMENT_BYTES + 1))).toThrow('2097153 bytes')
  })
})

describe('text and keys', () => {
  it('keeps a byte order mark, which the decoder of @ipld/dag-cbor drops', () => {
    expect(decodeStrict(encodeStrict('\ufeffa'))).toBe('\ufeffa')
    expect(dagCbor.decode(dagCbor.encode('\ufeffa'))).toBe('a')
  })

  it('reads __proto__ as a key like any other', () => {
    const value = decodeStrict(hex('a1695f5f70726f746f5f5f01'))
    expect(Object.entries(value as object)).toEqual([['__proto__', 1]])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('links', () => {
  it('round trips links of both versions', () => {
    const links = [CID.parse(CID_TEXT), CID.parse('QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid')]
    expect((decodeStrict(encodeStrict(links)) as CID[]).map(String)).toEqual(links.map(String))
  })

  it('makes CIDs with dag-cbor and sha2-256', () => {
    expect(linkOf(encodeStrict({})).toString()).toBe('bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua')
  })
})

describe('against @ipld/dag-cbor', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), tie('value'), { maxKeys: 4 }),
    ),
  }))

  it('encodes the same', () => {
    fc.assert(
      fc.property(value, input => toHex(encodeStrict(input)) === toHex(dagCbor.encode(input))),
      { numRuns: 200 },
    )
  })

  it('reads mutated bytes if and only if @ipld/dag-cbor re-encodes to them', () => {
    const mutated = fc.tuple(value, fc.nat(), fc.nat(255)).map(([input, at, byte]) => {
      const bytes = Uint8Array.from(dagCbor.encode(input))
      bytes[at % bytes.length] = byte
      return bytes
    })
    fc.assert(
      fc.property(mutated, bytes => {
        // Theirs loses byte order marks, and takes integers that are written as floats.
        fc.pre(!toHex(bytes).includes('efbbbf') && !toHex(bytes).includes('fb'))
        expect(accepts(() => decodeStrict(bytes))).toBe(
          accepts(() => {
            if (toHex(dagCbor.encode(dagCbor.decode(bytes))) !== toHex(bytes)) throw new Error('not canonical')
          }),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

function accepts(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

describe('sameBytes', () => {
  const odd = (values: readonly number[]): Uint8Array => Uint8Array.from([0, ...values]).subarray(1)

  it.each([0, 1, 3, 4, 5, 8, 11, 64, 65])('tells %i bytes from others, wherever they lie', length => {
    const values = Array.from({ length }, (_, i) => i + 1)
    expect(sameBytes(Uint8Array.from(values), odd(values))).toBe(true)
    expect(sameBytes(odd(values), Uint8Array.from([...values, 0]))).toBe(false)
    for (let at = 0; at < length; at++) {
      const other = Uint8Array.from(values)
      other[at]! ^= 0x80
      expect([sameBytes(other, Uint8Array.from(values)), sameBytes(odd(values), other)]).toEqual([false, false])
    }
  })
})
