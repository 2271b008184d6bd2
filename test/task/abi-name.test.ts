import { describe, expect, it } from 'vitest'
import { AS_TYPES, formatAbi, parseAbi } from '../../src/task/abi-name.ts'
import { faultOf } from './fault.ts'

describe('names of ABIs', () => {
  it.each([
    ['core', { name: 'core' }],
    ['bytes', { name: 'bytes' }],
    ['wasi', { name: 'wasi' }],
    ['assemblyscript()->void', { name: 'assemblyscript', params: [], result: 'void' }],
    [
      'assemblyscript(string,u64)->Uint8Array',
      { name: 'assemblyscript', params: ['string', 'u64'], result: 'Uint8Array' },
    ],
    [`assemblyscript(${AS_TYPES.join(',')})->f64`, { name: 'assemblyscript', params: [...AS_TYPES], result: 'f64' }],
  ])('%s reads and writes', (name, abi) => {
    expect(parseAbi(name)).toEqual(abi)
    expect(formatAbi(parseAbi(name))).toBe(name)
  })

  it.each([
    '',
    'Core',
    'core ',
    'Wasi',
    'wasi()',
    'assemblyscript',
    'assemblyscript()',
    'assemblyscript()->',
    'assemblyscript(void)->i32',
    'assemblyscript(i32, i32)->i32',
    'assemblyscript(i32,)->i32',
    'assemblyscript(,)->i32',
    'assemblyscript(i32)-> i32',
    'assemblyscript(i32)->i32\n',
    'assemblyscript(I32)->i32',
    'assemblyscript(usize)->i32',
    'assemblyscript((i32))->i32',
    'assemblyscript(constructor)->i32',
    'assemblyscript()->toString',
  ])('%j is not the name of an ABI', name => {
    expect(faultOf(() => parseAbi(name))).toMatchObject({ code: 'bad-task', field: 'args.abi' })
  })

  it.each(['x'.repeat(1e6), `assemblyscript(${'('.repeat(1e6)}`, `assemblyscript(${'x'.repeat(1e6)})->i32`])(
    'one that is very long is not quoted whole',
    name =>
      expect(() => parseAbi(name)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{20,700}$/) })),
  )
})
