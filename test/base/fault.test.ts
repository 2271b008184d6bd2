import { describe, expect, test } from 'vitest'
import { Fault, throwIfAborted, type FaultCode } from '../../src/base/fault.ts'

describe('faults', () => {
  const retryable: readonly FaultCode[] = [
    'block-missing',
    'hash-mismatch',
    'gateway-failed',
    'store-failed',
    'aborted',
    'timeout',
    'engine-failed',
    'host-memory',
    'queue-failed',
    'no-agreement',
  ]
  const final: readonly FaultCode[] = [
    'bad-usage',
    'bad-task',
    'bad-receipt',
    'too-large',
    'unknown-profile',
    'host-stack',
    'compilation-forbidden',
    'poison-task',
    'internal',
  ]

  test.each(retryable)('%s is retryable', code => expect(new Fault(code, '').retryable).toBe(true))
  test.each(final)('%s is not retryable', code => expect(new Fault(code, '').retryable).toBe(false))
  test('faults of the requestor are never retryable', () => {
    for (const code of ['bad-usage', 'bad-cid', 'bad-json', 'bad-dag', 'class-mismatch'] as const) {
      expect(new Fault(code, '')).toMatchObject({ whose: 'requestor', retryable: false })
    }
  })
})

describe('signals', () => {
  const thrown = (signal: unknown): unknown => {
    try {
      throwIfAborted(signal as AbortSignal)
      return undefined
    } catch (fault) {
      return fault
    }
  }

  test('no signal, or one that has not fired', () => {
    expect(thrown(undefined)).toBeUndefined()
    expect(thrown(new AbortController().signal)).toBeUndefined()
  })
  test('one that was aborted, and one that timed out', () => {
    expect(thrown(AbortSignal.abort())).toMatchObject({ code: 'aborted' })
    expect(thrown(AbortSignal.abort(new DOMException('late', 'TimeoutError')))).toMatchObject({ code: 'timeout' })
  })
  test.each([null, 5, {}, { aborted: false }])('%j is not a signal', signal =>
    expect(thrown(signal)).toMatchObject({ code: 'bad-usage' }),
  )
})
