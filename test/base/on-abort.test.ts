import { expect, test, vi } from 'vitest'
import { onAbort } from '../../src/base/on-abort.ts'

test('a signal has one listener for all callbacks, and none without callbacks', () => {
  const controller = new AbortController()
  const [added, removed] = [
    vi.spyOn(controller.signal, 'addEventListener'),
    vi.spyOn(controller.signal, 'removeEventListener'),
  ]
  const told: number[] = []
  const leaving = Array.from({ length: 20 }, (_, index) => onAbort(controller.signal, () => told.push(index)))
  expect(added).toHaveBeenCalledTimes(1)
  for (const leave of leaving) leave()
  for (const leave of leaving) leave()
  expect(removed).toHaveBeenCalledTimes(1)
  controller.abort()
  expect(told).toEqual([])
})

test('each remaining callback is called once', () => {
  const controller = new AbortController()
  const act = vi.fn()
  const leave = onAbort(controller.signal, act)
  onAbort(controller.signal, act)
  onAbort(controller.signal, act)
  leave()
  controller.abort()
  controller.abort()
  expect(act).toHaveBeenCalledTimes(2)
  expect(onAbort(undefined, act)).not.toThrow()
})
