/** Clocks, randomness, polling and sockets. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../../src/host/wasi/constants.ts'
import { START, STEP } from '../../../src/host/wasi/clock.ts'
import { DATA, RESULT, STAT, TestGuest } from './guest.ts'

const LAST = 2n ** 64n - 1n

describe('the clock (WASI-20)', () => {
  const now = (guest: TestGuest, id = 0): bigint => {
    expect(guest.wasi('clock_time_get', id, 0n, RESULT)).toBe(0)
    return guest.u64(RESULT)
  }

  test('begins in 2024 and advances by a microsecond with each reading of either clock', () => {
    const guest = new TestGuest()
    expect(new Date(Number(START / 1_000_000n)).toISOString()).toBe('2024-01-01T00:00:00.000Z')
    expect([now(guest), now(guest, 1), now(guest)]).toEqual([START, START + STEP, START + 2n * STEP])
    expect(now(new TestGuest())).toBe(START)
    expect([guest.wasi('clock_res_get', 1, RESULT), guest.u64(RESULT)]).toEqual([0, STEP])
  })

  test.each([2, 3])('%i is an unknown clock', id => {
    expect(new TestGuest().wasi('clock_time_get', id, 0n, RESULT)).toBe(ERRNO.badf)
    expect(new TestGuest().wasi('clock_res_get', id, RESULT)).toBe(ERRNO.badf)
  })

  describe('and polling', () => {
    type Sub =
      | { readonly clock: number; readonly timeout: bigint; readonly absolute?: boolean; readonly flags?: number }
      | { readonly read: number }
      | { readonly write: number }
      | { readonly type: number }

    /** Polls, and gives the events as `[userdata, type, nbytes, flags]`. */
    const poll = (
      guest: TestGuest,
      ...subs: readonly Sub[]
    ): number | readonly (readonly [bigint, number, bigint, number])[] => {
      const { view } = guest
      guest.bytes.fill(0xaa, DATA, DATA + 2000)
      subs.forEach((sub, i) => {
        const at = STAT + 48 * i
        guest.bytes.fill(0, at, at + 48)
        view.setBigUint64(at, BigInt(100 + i), true)
        if ('clock' in sub) {
          view.setUint32(at + 16, sub.clock, true)
          view.setBigUint64(at + 24, sub.timeout, true)
          view.setUint16(at + 40, sub.flags ?? (sub.absolute === true ? 1 : 0), true)
        } else if ('type' in sub) {
          view.setUint8(at + 8, sub.type)
        } else {
          view.setUint8(at + 8, 'read' in sub ? 1 : 2)
          view.setUint32(at + 16, 'read' in sub ? sub.read : sub.write, true)
        }
      })
      const errno = guest.wasi('poll_oneoff', STAT, DATA, subs.length, RESULT)
      if (errno !== 0) return errno
      return Array.from({ length: guest.u32(RESULT) }, (_, i) => {
        const at = DATA + 32 * i
        expect(view.getUint16(at + 8, true)).toBe(0)
        return [guest.u64(at), guest.bytes[at + 10]!, guest.u64(at + 16), view.getUint16(at + 24, true)] as const
      })
    }

    test('it jumps to the earliest deadline, and all due events are returned', () => {
      const guest = new TestGuest()
      const sleep = { clock: 1, timeout: 5_000_000_000n }
      expect(
        poll(guest, { clock: 0, timeout: 9_000_000_000n }, sleep, {
          clock: 0,
          timeout: START + 4_999_999_999n + 1n,
          absolute: true,
        }),
      ).toEqual([
        [101n, 0, 0n, 0],
        [102n, 0, 0n, 0],
      ])
      expect(now(guest)).toBe(START + 5_000_000_000n)
    })

    test('it does not go back for a past deadline, nor beyond 2⁶⁴ − 1', () => {
      const guest = new TestGuest()
      expect(poll(guest, { clock: 0, timeout: 1n, absolute: true })).toHaveLength(1)
      expect(now(guest)).toBe(START)
      expect(poll(guest, { clock: 0, timeout: LAST })).toHaveLength(1)
      expect([now(guest), now(guest)]).toEqual([LAST, LAST])
    })

    test('it does not advance while a file or stream is ready', () => {
      const guest = new TestGuest({ tree: { a: 'x' }, stdin: '' })
      const fd = guest.open('a')
      expect(
        poll(
          guest,
          { clock: 0, timeout: 1n },
          { read: 0 },
          { write: 1 },
          { write: 2 },
          { read: fd },
          { write: fd },
          { clock: 0, timeout: 0n },
        ),
      ).toEqual([
        [101n, 1, 1n, 0],
        [102n, 2, 1n, 0],
        [103n, 2, 1n, 0],
        [104n, 1, 1n, 0],
        [105n, 2, 1n, 0],
        [106n, 0, 0n, 0],
      ])
      guest.read(fd)
      expect(poll(guest, { read: fd })).toEqual([[100n, 1, 1n, 1]])
      expect(now(guest)).toBe(START)
    })

    test('for more than 1 024 subscriptions is EINVAL', () => {
      const guest = new TestGuest({ pages: 2 })
      expect(guest.wasi('poll_oneoff', 0, 65_536, 1025, RESULT)).toBe(ERRNO.inval)
      expect(guest.wasi('poll_oneoff', 0, 65_536, 1024, 131_000)).toBe(ERRNO.success)
    })

    test.each([
      [[], ERRNO.inval],
      [[{ type: 3 }], ERRNO.inval],
      [[{ clock: 2, timeout: 0n }], ERRNO.inval],
      [[{ clock: 9, timeout: 0n }], ERRNO.inval],
      [[{ clock: 0, timeout: 0n, flags: 2 }], ERRNO.inval],
      [[{ read: 1 }], ERRNO.badf],
      [[{ write: 0 }], ERRNO.badf],
      [[{ read: 3 }], ERRNO.badf],
      [[{ write: 3 }], ERRNO.badf],
      [[{ clock: 0, timeout: 9n }, { read: 77 }], ERRNO.badf],
    ] as readonly (readonly [readonly Sub[], number])[])('%o is %i, and nothing has happened', (subs, errno) => {
      const guest = new TestGuest()
      expect(poll(guest, ...subs)).toBe(errno)
      expect([guest.bytes[DATA], now(guest)]).toEqual([0xaa, START])
      expect(guest.units).toBe(80 * subs.length)
    })
  })
})

describe('randomness (WASI-21)', () => {
  const seed = new TextEncoder().encode('the bytes of a CID')
  const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const expected = Buffer.concat(
    [0, 1, 2, 3].map(n => sha256(sha256('ipvm-wasm/wasi-randomness/1', seed), Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0))),
  )

  test('is one stream of bytes that depends on the task', () => {
    const guest = new TestGuest({ seed })
    let at = DATA
    for (const length of [0, 1, 31, 5, 60, 1]) {
      expect(guest.wasi('random_get', at, length)).toBe(0)
      at += length
    }
    expect(Buffer.compare(guest.bytes.subarray(DATA, at), expected.subarray(0, at - DATA))).toBe(0)
    expect([at - DATA, guest.units]).toEqual([98, 98])
  })

  test('another task has another stream', () => {
    const guest = new TestGuest({ seed: Uint8Array.of(1) })
    guest.wasi('random_get', DATA, 32)
    expect(Buffer.compare(guest.bytes.subarray(DATA, DATA + 32), expected.subarray(0, 32))).not.toBe(0)
  })

  test('without a task it is a fault', () => {
    expect(() => new TestGuest().wasi('random_get', DATA, 1)).toThrow('without a task')
    expect(new TestGuest().wasi('random_get', DATA, 0)).toBe(0)
  })
})

test('sockets are not supported, whatever their parameters are (WASI-22)', () => {
  const guest = new TestGuest()
  expect(guest.wasi('sock_accept', -1, -1, -1)).toBe(ERRNO.notsup)
  expect(guest.wasi('sock_recv', 3, -1, -1, -1, -1, -1)).toBe(ERRNO.notsup)
  expect(guest.wasi('sock_send', 1, -1, -1, -1, -1)).toBe(ERRNO.notsup)
  expect(guest.wasi('sock_shutdown', 99, -1)).toBe(ERRNO.notsup)
})
