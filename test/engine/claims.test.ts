/** If several seats need a module, only one prepares it. */
import { describe, expect, test } from 'vitest'
import { Claims } from '../../src/engine/claims.ts'
import type { Seat } from '../../src/engine/seat.ts'

const seatOf = (): Seat => ({ post: () => {}, hold: () => {}, end: () => Promise.resolve() })

function place() {
  const claims = new Claims()
  const seats = { a: seatOf(), b: seatOf(), c: seatOf() }
  const told: [seat: string, claimed: unknown][] = []
  const ask = (name: keyof typeof seats, key = 'k'): void =>
    claims.ask(key, seats[name], claimed => told.push([name, claimed]))
  return { claims, seats, told, ask }
}

test('the first one is to prepare it, and the others are given it', () => {
  const { claims, told, ask } = place()
  for (const name of ['a', 'b', 'c'] as const) ask(name)
  expect(told).toEqual([['a', undefined]])
  const bytes = Uint8Array.of(1)
  claims.done('k', bytes)
  expect(told.slice(1)).toEqual([
    ['b', bytes],
    ['c', bytes],
  ])
  ask('c')
  expect(told.at(-1)).toEqual(['c', undefined])
})

test('without bytes they are told to look again', () => {
  const { claims, told, ask } = place()
  for (const name of ['a', 'b'] as const) ask(name)
  claims.done('k', undefined)
  expect(told.at(-1)).toEqual(['b', 'look again'])
})

test('one that has the claim is not kept waiting by it, and other modules are other claims', () => {
  const { told, ask } = place()
  ask('a')
  ask('a')
  ask('b', 'other')
  expect(told).toEqual([
    ['a', undefined],
    ['a', undefined],
    ['b', undefined],
  ])
})

describe('one that is released', () => {
  test('hands its claim to the next one that waits', () => {
    const { claims, seats, told, ask } = place()
    for (const name of ['a', 'b', 'c'] as const) ask(name)
    claims.release(seats.a)
    expect(told).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
    claims.done('k', Uint8Array.of(1))
    expect(told.at(-1)).toEqual(['c', Uint8Array.of(1)])
  })

  test('while it waits is not told', () => {
    const { claims, seats, told, ask } = place()
    for (const name of ['a', 'b', 'c'] as const) ask(name)
    claims.release(seats.b)
    claims.release(seats.a)
    expect(told.map(([name]) => name)).toEqual(['a', 'c'])
    claims.release(seats.c)
    ask('b')
    expect(told.at(-1)).toEqual(['b', undefined])
  })
})
