/** Faults as messages between an engine and its seats. */
import { expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { faultMessage, faultOf } from '../../src/engine/protocol.ts'

function errorWith(stack: string | undefined): Error {
  const error = new TypeError('the words')
  Object.defineProperty(error, 'stack', { value: stack })
  return error
}

test.each([
  ['V8', 'TypeError: the words\n    at f (x.js:1:1)', 'TypeError: the words\n    at f (x.js:1:1)'],
  ['Firefox and Safari', 'f@x.js:1:1\n', 'TypeError: the words\nf@x.js:1:1\n'],
  ['an engine without stacks', undefined, 'TypeError: the words\n'],
])('the cause keeps its message and its stack, in the form of %s', (_, stack, words) => {
  const { code, message, detail, cause } = faultOf(faultMessage(new Fault('engine-failed', 'm', { a: 1 }, errorWith(stack)))) // prettier-ignore
  expect({ code, message, detail, cause }).toEqual({
    code: 'engine-failed',
    message: 'm',
    detail: { a: 1 },
    cause: words,
  })
})

test('what is no fault is a bug of this library', () => {
  expect(faultMessage(new Error('no'))).toMatchObject({ code: 'internal', message: 'Error: no' })
  expect(faultMessage('no')).toMatchObject({ code: 'internal', message: 'no', cause: 'no' })
})
