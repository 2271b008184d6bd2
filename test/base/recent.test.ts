import { expect, test } from 'vitest'
import { Recent } from '../../src/base/recent.ts'

test('the least recently used values are dropped first, and no more than necessary', () => {
  const recent = new Recent<number>(10)
  recent.set('a', 1, 4)
  recent.set('b', 2, 3)
  recent.set('c', 3, 3)
  expect(recent.get('a')).toBe(1)
  recent.set('d', 4, 2)
  expect(['a', 'b', 'c', 'd'].map(key => recent.get(key))).toEqual([1, undefined, 3, 4])
  expect([recent.size, recent.weight]).toEqual([3, 9])
  recent.set('e', 5, 1)
  expect([recent.size, recent.weight]).toEqual([4, 10])
})

test('another value under a key replaces the value and its weight', () => {
  const recent = new Recent<number>(10)
  recent.set('a', 1, 6)
  recent.set('a', 2, 3)
  recent.set('b', 3, 7)
  expect([recent.get('a'), recent.get('b'), recent.weight]).toEqual([2, 3, 10])
  recent.delete('a')
  recent.delete('none')
  expect([recent.get('a'), recent.size, recent.weight]).toEqual([undefined, 1, 7])
})

test('the latest value stays, even if it is too heavy', () => {
  const recent = new Recent<number>(10)
  recent.set('a', 1, 1)
  recent.set('b', 2, 100)
  expect([recent.get('a'), recent.get('b'), recent.weight]).toEqual([undefined, 2, 100])
  recent.set('c', 3, 1)
  expect([recent.get('b'), recent.get('c'), recent.weight]).toEqual([undefined, 3, 1])
})
