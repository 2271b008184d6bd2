/** The faults of a queue on Redis show no password. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { addressOf, queueFailed } from '../../src/farm/bull-client.ts'

test('an error of Redis is passed on without the command that it answers, which may have the password', () => {
  const command = { name: 'auth', args: ['user', 'secret'] }
  const fault = queueFailed('redis://h:1', Object.assign(new Error('WRONGPASS invalid password'), { command }))
  expect(fault).toMatchObject({ code: 'queue-failed', detail: { address: 'redis://h:1' } })
  expect(inspect(fault, { depth: 9 })).toContain('WRONGPASS')
  expect(inspect(fault, { depth: 9, showHidden: true })).not.toContain('secret')
})

test('a fault is passed on as it is', () => {
  const fault = new Fault('timeout', 'late')
  expect(queueFailed('redis://h:1', fault)).toBe(fault)
})

test.each([
  ['redis://user:secret@h:1/3', 'redis://h:1/3'],
  ['redis://h:1?password=secret', 'redis://h:1'],
  ['rediss://:secret@h', 'rediss://h'],
  ['/run/redis.sock', '/run/redis.sock'],
  [{ host: 'h', username: 'user', password: 'secret' }, 'h:6379'],
  [{ path: '/run/redis.sock', password: 'secret' }, '/run/redis.sock'],
])('the address of %j is %s', (connection, address) => expect(addressOf(connection)).toBe(address))

test.each(['http://:secret@h', 'h:6379', '', ['redis://:secret@h'], null])('%j is no address', connection => {
  const fault = ((): Fault => {
    try {
      addressOf(connection as never)
    } catch (error) {
      return error as Fault
    }
    throw new Error('no fault')
  })()
  expect(fault.code).toBe('bad-usage')
  expect(inspect(fault, { depth: 9 })).not.toContain('secret')
})
