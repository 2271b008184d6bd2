import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { looksNegative, parseFloat, parseInteger, parseVector } from '../../src/words/literals.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex')

describe('integers', () => {
  test.each([
    ['0', 32, 0n],
    ['-0', 32, 0n],
    ['+7', 32, 7n],
    ['42', 32, 42n],
    ['-42', 32, -42n],
    ['1_000_000', 32, 1000000n],
    ['0xff', 32, 255n],
    ['0XFF', 32, 255n],
    ['-0x10', 32, -16n],
    ['0xdead_beef', 32, -559038737n],
    ['2147483647', 32, 2147483647n],
    ['2147483648', 32, -2147483648n],
    ['4294967295', 32, -1n],
    ['-2147483648', 32, -2147483648n],
    ['18446744073709551615', 64, -1n],
    ['-9223372036854775808', 64, -(2n ** 63n)],
    ['0x8000000000000000', 64, -(2n ** 63n)],
    ['255', 8, -1n],
    ['-128', 8, -128n],
    ['3e9', 32, -1294967296n],
    ['-1E3', 32, -1000n],
    ['1.5e3', 32, 1500n],
    ['1.250e+2', 32, 125n],
    ['1_0e1', 64, 100n],
    ['0e999', 8, 0n],
  ] as const)('%s as i%i', (word, bits, value) => expect(parseInteger(word, bits)).toBe(value))

  test.each([
    ['4294967296', 32],
    ['-2147483649', 32],
    ['18446744073709551616', 64],
    ['-9223372036854775809', 64],
    ['256', 8],
    ['', 32],
    ['-', 32],
    ['1.5', 32],
    ['1.5e0', 32],
    ['1.25e1', 32],
    ['1e-1', 32],
    ['1e99', 64],
    ['1e1000', 64],
    ['1e999999999', 64],
    ['e3', 32],
    ['0x1e', 4],
    ['_1', 32],
    ['1_', 32],
    ['1__0', 32],
    ['0x', 32],
    ['0x_1', 32],
    ['--1', 32],
    [' 1', 32],
    ['1\n', 32],
    ['abc', 32],
    ['0b1', 32],
    ['٣', 32],
  ] as const)('%j is no i%i', (word, bits) => expect(() => parseInteger(word, bits)).toThrow(Fault))
})

describe('floats', () => {
  test.each([
    ['0', '00000000'],
    ['-0', '80000000'],
    ['1', '3f800000'],
    ['-1.5', 'bfc00000'],
    ['1.', '3f800000'],
    ['0x1.8', '3fc00000'],
    ['0.1', '3dcccccd'],
    ['1e10', '501502f9'],
    ['1E-3', '3a83126f'],
    ['0x1.8p3', '41400000'],
    ['0x1p-149', '00000001'],
    ['0xAp1', '41a00000'],
    ['0x1.fffffep127', '7f7fffff'],
    ['3.4028235e38', '7f7fffff'],
    ['1e-46', '00000000'],
    ['-1e-99999999999', '80000000'],
    ['0e99999999999', '00000000'],
    ['inf', '7f800000'],
    ['-inf', 'ff800000'],
    ['nan', '7fc00000'],
    ['-nan', 'ffc00000'],
    ['nan:0x1', '7f800001'],
    ['-nan:0x20_0000', 'ffa00000'],
    ['nan:0x7fffff', '7fffffff'],
    // Ties go to even, and the half of the least float to zero.
    ['0x1.000001p0', '3f800000'],
    ['0x1.000003p0', '3f800002'],
    ['0x1p-150', '00000000'],
    ['0x1.000001p-150', '00000001'],
    ['16777217', '4b800000'],
    ['16777219', '4b800002'],
    ['1_6777_217', '4b800000'],
    // As a double this is the tie 1 + 2⁻²⁴, which would go down: it lies above, by less than a double can tell.
    ['1.00000005960464477539062500000000000000000001', '3f800001'],
    ['0x1.0000010000000000000001p0', '3f800001'],
  ])('%s as f32', (word, bits) => expect(hex(parseFloat(word, 32))).toBe(bits))

  test('numbers for which rounding twice would be wrong', () => {
    expect(Math.fround(Number('1.00000005960464477539062500000000000000000001'))).toBe(1)
  })

  test.each([
    ['0.1', '3fb999999999999a'],
    ['-2', 'c000000000000000'],
    ['5e-324', '0000000000000001'],
    ['2e-324', '0000000000000000'],
    ['2.5e-324', '0000000000000001'],
    ['1.7976931348623157e308', '7fefffffffffffff'],
    ['0x1p-1074', '0000000000000001'],
    ['0x1.fffffffffffff8p-1023', '0010000000000000'],
    ['nan', '7ff8000000000000'],
    ['nan:0xfffffffffffff', '7fffffffffffffff'],
    ['9007199254740993', '4340000000000000'],
    ['inf', '7ff0000000000000'],
  ])('%s as f64', (word, bits) => expect(hex(parseFloat(word, 64))).toBe(bits))

  test.each([
    ['1e39', 32],
    ['0x1.ffffffp127', 32],
    ['1e309', 64],
    ['1e99999999999', 64],
    ['-0x1p99999', 64],
    ['nan:0x0', 32],
    ['nan:0x800000', 32],
    ['nan:1', 32],
    ['nan:canonical', 32],
    ['', 64],
    ['.5', 64],
    ['1e', 64],
    ['1p3', 64],
    ['1__0', 64],
    ['1_.0', 64],
    ['infinity', 64],
    ['abc', 64],
    ['1,5', 64],
  ] as const)('%j is no f%i', (word, bits) => expect(() => parseFloat(word, bits)).toThrow(Fault))

  test('decimals are read as the engine reads doubles', () => {
    const view = new DataView(new ArrayBuffer(8))
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(25), (value, digits) => {
        const word = digits > 20 ? String(value) : value.toExponential(digits)
        if (!Number.isFinite(Number(word))) return
        view.setFloat64(0, Number(word))
        expect(hex(parseFloat(word, 64))).toBe(view.getBigUint64(0).toString(16).padStart(16, '0'))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('every f32 comes back from its shortest exact form', () => {
    const view = new DataView(new ArrayBuffer(4))
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
        view.setFloat32(0, value)
        const bits = view.getUint32(0).toString(16).padStart(8, '0')
        expect(hex(parseFloat(Object.is(value, -0) ? '-0' : String(value), 32))).toBe(bits)
      }),
      { seed: 2, numRuns: 2000 },
    )
  })
})

describe('vectors', () => {
  test.each([
    ['i32x4:1,2,3,-1', 'ffffffff000000030000000200000001'],
    ['i8x16:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,255', 'ff0e0d0c0b0a09080706050403020100'],
    ['i16x8:1,0,0,0,0,0,0,0x8000', '80000000000000000000000000000001'],
    ['i64x2:-1,1', '0000000000000001ffffffffffffffff'],
    ['f32x4:1,-0,inf,nan', '7fc000007f800000800000003f800000'],
    ['f64x2:0.1,-1', 'bff00000000000003fb999999999999a'],
    ['0x000102030405060708090a0b0c0d0e0f', '000102030405060708090a0b0c0d0e0f'],
  ])('%s', (word, bits) => expect(hex(parseVector(word))).toBe(bits))

  test.each([
    '',
    '5',
    'i32x4',
    'i32x4:',
    'i32x4:1,2,3',
    'i32x4:1,2,3,4,5',
    'i32x4:1,2,3,x',
    'i7x9:1',
    '0x01',
    'toString:1',
  ])('%j is invalid', word => expect(() => parseVector(word)).toThrow(Fault))
})

test.each([
  ['-5', true],
  ['-0x1f', true],
  ['-1.5e3', true],
  ['-inf', true],
  ['-nan', true],
  ['-nan:0x4', true],
  ['-INF', true],
  ['-', false],
  ['--5', false],
  ['-o', false],
  ['-x5', false],
  ['-infinite', false],
  ['-nano', false],
  ['5', false],
  ['--gas', false],
])('%s looks like a negative number: %s', (word, expected) => expect(looksNegative(word)).toBe(expected))
