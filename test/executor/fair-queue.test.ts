import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FairQueue, type Place } from '../../src/executor/fair-queue.ts'
import { QueueModel } from '../support/queue-model.ts'

function drained<T>(queue: FairQueue<T>): T[] {
  const items: T[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item)
  return items
}

describe('within a priority callers take turns', () => {
  test('one item of many comes second', () => {
    const queue = new FairQueue<string>()
    for (let i = 0; i < 1000; i++) queue.add(`a${i}`, 'a', 0)
    queue.add('b0', 'b', 0)
    expect(queue.size).toBe(1001)
    const order = drained(queue)
    expect(order.slice(0, 4)).toEqual(['a0', 'b0', 'a1', 'a2'])
    expect(order).toHaveLength(1001)
    expect(queue.size).toBe(0)
  })

  test('in the order in which they came, and a new one is last', () => {
    const queue = new FairQueue<string>()
    for (const item of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) queue.add(item, item[0]!, 0)
    expect([queue.take(), queue.take()]).toEqual(['a1', 'b1'])
    queue.add('d1', 'd', 0)
    expect(drained(queue)).toEqual(['c1', 'a2', 'b2', 'd1', 'a3'])
  })
})

test('a higher priority comes first, whoever waits', () => {
  const queue = new FairQueue<string>()
  queue.add('low', 'a', -1)
  queue.add('usual', 'a', 0)
  queue.add('high', 'b', 5)
  queue.add('high too', 'a', 5)
  expect(drained(queue)).toEqual(['high', 'high too', 'usual', 'low'])
})

test('an item can be raised, not lowered, and only while it waits', () => {
  const queue = new FairQueue<string>()
  const first = queue.add('first', 'a', 0)
  const second = queue.add('second', 'a', 0)
  queue.raise(second, 3)
  queue.raise(second, 1)
  expect(queue.take()).toBe('second')
  queue.raise(second, 9)
  queue.remove(second)
  expect([first.queued, second.queued, queue.size]).toEqual([true, false, 1])
  expect(drained(queue)).toEqual(['first'])
})

test('any sequence of operations gives the order of a slow model', () => {
  const operation = fc.oneof(
    fc.record({ add: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 2 })) }),
    fc.constant('take' as const),
    fc.record({ remove: fc.nat(30) }),
    fc.record({ raise: fc.tuple(fc.nat(30), fc.integer({ min: 0, max: 2 })) }),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), operations => {
      const queue = new FairQueue<number>()
      const model = new QueueModel()
      const places: Place<number>[] = []
      for (const step of operations) {
        if (step === 'take') expect(queue.take()).toBe(model.take())
        else if ('add' in step) {
          const id = places.length
          places.push(queue.add(id, ...step.add))
          model.add(id, ...step.add)
        } else if ('remove' in step) {
          const place = places[step.remove]
          if (place === undefined) continue
          queue.remove(place)
          model.remove(step.remove)
        } else {
          const [id, priority] = step.raise
          const place = places[id]
          if (place === undefined || !place.queued || priority <= place.priority) continue
          queue.raise(place, priority)
          model.remove(id)
          model.add(id, place.caller, priority)
        }
        expect(queue.size).toBe(model.items.length)
      }
      const rest: (number | undefined)[] = []
      while (model.items.length > 0) rest.push(model.take())
      expect(drained(queue)).toEqual(rest)
    }),
    { seed: 14, numRuns: 300 },
  )
})
