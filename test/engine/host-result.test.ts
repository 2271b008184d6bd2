/** The result with which a host function ends a run, where it cannot be read. */
import { expect, test } from 'vitest'
import { readResult } from '../../src/engine/host-result.ts'
import type { Result } from '../../src/interface.ts'

/** A list whose item throws when it is read. */
const throwing = (error: Error): Result => Object.defineProperty([0n], 0, { get: () => { throw error }, enumerable: true }) // prettier-ignore

test.each([
  ['memory that ran out is a fault of the host', new RangeError('Array buffer allocation failed'), 'host-memory'],
  ['a stack that overflowed is a fault of the host', new RangeError('Maximum call stack size exceeded'), 'host-stack'],
  ['any other error is a fault of the host function', new Error('no item'), 'host-function-failed'],
  ['an error that only speaks of memory is one, too', new Error('out of memory'), 'host-function-failed'],
])('%s (PROFILE-29)', (_, error, code) => {
  expect(() => readResult(throwing(error))).toThrow(expect.objectContaining({ code }))
})
