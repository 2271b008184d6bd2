/** The table, the order of checks, arguments, environment variables, streams and the end. */
import { describe, expect, test } from 'vitest'
import { wasiGrants } from '../../../src/host/wasi/grants.ts'
import { ERRNO } from '../../../src/host/wasi/constants.ts'
import { logStreams } from '../../../src/host/wasi/finish.ts'
import { TABLE, type Row } from '../../../src/host/wasi/table.ts'
import { begin, functions } from '../../../src/host/wasi/wasi.ts'
import { checkProfile } from '../../../src/profile/check.ts'
import { PROFILE_1 } from '../../../src/profile/v1.ts'
import { typeOf } from '../../../src/wasm/types.ts'
import { profileWith } from '../../support/jobs.ts'
import { BUFFERS, DATA, Ended, RESULT, TestGuest } from './guest.ts'

describe('the table (WASI-1)', () => {
  test('has the 46 functions, each once, with a name for each parameter', () => {
    expect(TABLE).toHaveLength(46)
    expect(new Set(TABLE.map(({ name }) => name)).size).toBe(46)
    expect(Object.keys(functions)).toHaveLength(46)
    for (const { name, type, params } of TABLE) expect(params, name).toHaveLength(typeOf(type).params.length)
  })

  test('names ranges and values by parameters of the right kind', () => {
    for (const { name, type, ranges, values } of TABLE) {
      for (const { pointer, times } of ranges) {
        expect(type[pointer], name).toBe('i')
        if (times !== undefined) expect(type[times], name).toBe('i')
      }
      for (const allowed of values) {
        const isBig = 'flags' in allowed && typeof allowed.flags === 'bigint'
        expect(type[allowed.param], name).toBe(isBig ? 'I' : 'i')
      }
    }
  })

  test('makes valid grants, with or without clocks, randomness, polling and sockets (WASI-19)', () => {
    const [pure, virtual] = [wasiGrants('pure'), wasiGrants('virtual')]
    expect(virtual).toHaveLength(46)
    expect(
      virtual
        .filter(grant => !pure.includes(grant) && !pure.some(({ name }) => name === grant.name))
        .map(({ name }) => name),
    ).toEqual([
      'clock_res_get',
      'clock_time_get',
      'poll_oneoff',
      'random_get',
      'sock_accept',
      'sock_recv',
      'sock_send',
      'sock_shutdown',
    ])
    for (const grants of [pure, virtual]) expect(() => checkProfile(profileWith({ grants }))).not.toThrow()
    expect(pure.find(({ name }) => name === 'fd_write')).toEqual({
      module: 'wasi_snapshot_preview1',
      name: 'fd_write',
      type: 'iiii:i',
      semantics: 'wasi-preview1/fd_write@1',
      may: [],
      price: { flat: 50_000, perUnit: 200 },
    })
    expect(virtual.filter(({ may }) => may.length > 0).map(({ name }) => name)).toEqual(['proc_exit'])
  })
})

/** Parameters of a well-formed call, which may only be refused because of its descriptor. */
function harmless({ type, ranges }: Row): (number | bigint)[] {
  const params = [...type.split(':')[0]!].map((letter): number | bigint => (letter === 'I' ? 0n : 0))
  for (const { pointer } of ranges) params[pointer] = 1024
  return params
}

describe('the order of errors (WASI-2)', () => {
  const ranged = TABLE.filter(({ ranges }) => ranges.length > 0)

  test.each(ranged.flatMap(row => row.ranges.map((range, i) => [row.name, i, row, range] as const)))(
    '%s: range %i outside of the memory is EFAULT, and nothing is changed (WASI-3)',
    (name, _, row, { pointer, bytes, times }) => {
      const guest = new TestGuest({ args: ['a'] })
      guest.bytes.fill(0xaa)
      const at = guest.bytes.length - bytes
      for (const bad of [at + 1, 0xffff_ffff, 0x8000_0000, guest.bytes.length]) {
        const params = harmless(row)
        params[pointer] = bad
        if (times !== undefined) params[times] = 1
        expect(guest.wasi(name, ...params), String(bad)).toBe(ERRNO.fault)
      }
      if (times !== undefined) {
        const params = harmless(row)
        params[times] = 0xffff_ffff
        expect(guest.wasi(name, ...params)).toBe(ERRNO.fault)
      }
      expect(guest.bytes.every(byte => byte === 0xaa)).toBe(true)
      expect(guest.units).toBe(0)
    },
  )

  test.each(ranged.map(row => [row.name, row] as const))('%s: a guest without memory', (name, row) => {
    const guest = new TestGuest({ pages: 0 })
    const params = harmless(row)
    for (const { times } of row.ranges) if (times !== undefined) params[times] = 1
    expect(guest.wasi(name, ...params)).toBe(ERRNO.fault)
  })

  test.each(TABLE.flatMap(row => row.values.map(values => [row.name, values, row] as const)))(
    '%s: other values of %o are EINVAL, even with wrong pointers',
    (name, values, row) => {
      const guest = new TestGuest()
      const bad =
        'below' in values
          ? [values.below, -1]
          : typeof values.flags === 'bigint'
            ? [values.flags + 1n, -1n]
            : [values.flags + 1, -1]
      for (const value of bad) {
        const params = harmless(row)
        for (const { pointer } of row.ranges) params[pointer] = -1
        params[values.param] = value
        expect(guest.wasi(name, ...params), String(value)).toBe(ERRNO.inval)
      }
    },
  )

  test('an empty range is always in the memory (WASI-3)', () => {
    const guest = new TestGuest()
    expect(guest.wasi('path_create_directory', 3, -1, 0)).toBe(ERRNO.noent)
    expect(guest.wasi('fd_write', 1, -1, 0, RESULT)).toBe(ERRNO.success)
    expect(
      guest.wasi('fd_write', 1, ...guest.putBuffers(BUFFERS, [0xffff_ffff, 0], guest.put(DATA, 'x')), RESULT),
    ).toBe(0)
    expect(guest.sunk('stdout')).toBe('x')
  })

  test('all buffers of a list are checked before any byte is moved (WASI-3)', () => {
    const guest = new TestGuest({ stdin: 'abc' })
    const list = guest.putBuffers(BUFFERS, [DATA, 3], [65_530, 7])
    expect(guest.wasi('fd_read', 0, ...list, RESULT)).toBe(ERRNO.fault)
    expect(guest.wasi('fd_write', 1, ...list, RESULT)).toBe(ERRNO.fault)
    expect(guest.text(DATA, 3)).toBe('\0\0\0')
    expect(guest.sunk('stdout')).toBe('')
    expect(guest.read(0)).toBe('abc')
  })

  test('more than 1 024 buffers, or 2³² bytes in them together, are EINVAL (WASI-3)', () => {
    const guest = new TestGuest({ pages: 65 })
    const many = Array.from({ length: 1025 }, () => [0, 1] as const)
    expect(guest.wasi('fd_write', 1, ...guest.putBuffers(BUFFERS, ...many), RESULT)).toBe(ERRNO.inval)
    expect(guest.wasi('fd_write', 1, ...guest.putBuffers(BUFFERS, ...many.slice(1)), RESULT)).toBe(ERRNO.success)
    const large = Array.from({ length: 1024 }, () => [0, 2 ** 22] as const)
    expect(guest.wasi('fd_write', 1, ...guest.putBuffers(BUFFERS, ...large), RESULT)).toBe(ERRNO.inval)
    expect(guest.wasi('fd_write', 1, BUFFERS, 1, RESULT)).toBe(ERRNO.success)
  })
})

describe('arguments and environment (WASI-7)', () => {
  const args = ['program', '', 'ä', '😀']

  test('are counted in bytes, with their NULs, and not in units of UTF-16 (WASI-4)', () => {
    const guest = new TestGuest({ args })
    expect(guest.wasi('args_sizes_get', RESULT, RESULT + 4)).toBe(0)
    expect([guest.u32(RESULT), guest.u32(RESULT + 4)]).toEqual([4, 8 + 1 + 3 + 5])
    guest.bytes.fill(0xaa)
    expect(guest.wasi('args_get', RESULT, DATA)).toBe(0)
    expect([0, 1, 2, 3].map(i => guest.u32(RESULT + 4 * i) - DATA)).toEqual([0, 8, 9, 12])
    expect(guest.text(DATA, 17)).toBe('program\0\0ä\0😀\0')
    expect(guest.bytes[DATA + 17]).toBe(0xaa)
    expect(guest.units).toBe(4 * 4 + 17)
  })

  test('the environment is in byte order of its names', () => {
    const variables = { '\u{10000}': 'last', '\uffff': 'before', b: '1', a: '=', B: '', ab: '2' }
    const guest = new TestGuest({ variables })
    guest.wasi('environ_sizes_get', RESULT, RESULT + 4)
    const size = guest.u32(RESULT + 4)
    expect(guest.wasi('environ_get', RESULT, DATA)).toBe(0)
    expect(guest.text(DATA, size).split('\0')).toEqual([
      'B=',
      'a==',
      'ab=2',
      'b=1',
      '\uffff=before',
      '\u{10000}=last',
      '',
    ])
    expect(guest.u32(RESULT)).toBe(DATA)
  })

  test('need no memory if there are none, and are EFAULT if they do not fit', () => {
    expect(new TestGuest().wasi('args_get', -1, -1)).toBe(0)
    const guest = new TestGuest({ args })
    expect(guest.wasi('args_get', 65_536 - 15, DATA)).toBe(ERRNO.fault)
    expect(guest.wasi('args_get', RESULT, 65_536 - 16)).toBe(ERRNO.fault)
    expect(guest.wasi('args_get', RESULT, 65_536 - 17)).toBe(0)
    expect(guest.wasi('environ_get', -1, -1)).toBe(0)
  })

  test('overlapping pointers and texts are written one text after the other', () => {
    const guest = new TestGuest({ args: ['ab', 'cd'] })
    expect(guest.wasi('args_get', RESULT, RESULT + 4)).toBe(0)
    expect([...guest.bytes.subarray(RESULT, RESULT + 10)]).toEqual([20, 0, 0, 0, 23, 0, 0, 99, 100, 0])
  })
})

describe('standard streams (WASI-9)', () => {
  test('the input is read once, from buffer to buffer, and then ends', () => {
    const guest = new TestGuest({ stdin: 'one two' })
    const list = guest.putBuffers(BUFFERS, [DATA, 2], [DATA + 100, 0], [DATA + 200, 3])
    expect(guest.wasi('fd_read', 0, ...list, RESULT)).toBe(0)
    expect([guest.u32(RESULT), guest.text(DATA, 3), guest.text(DATA + 200, 4)]).toEqual([5, 'on\0', 'e t\0'])
    expect([guest.read(0), guest.read(0), guest.read(0, 0)]).toEqual(['wo', '', ''])
  })

  test('the outputs go to sinks of their names; both are kept in the order of writing for a trap', () => {
    const guest = new TestGuest({ logBytes: 7 })
    expect(guest.write(1, 'out ')).toBe(4)
    expect(guest.write(2, 'err ')).toBe(4)
    expect(guest.write(1, 'more')).toBe(4)
    expect([guest.sunk('stdout'), guest.sunk('stderr'), guest.sunk('logs')]).toEqual(['out more', 'err ', ''])
    logStreams(guest, guest.state)
    expect(guest.sunk('logs')).toBe('out err')
  })

  test('a stream takes the bytes that fit, and returns their number; a full one is ENOSPC', () => {
    const guest = new TestGuest({ valueBytes: 5 })
    const list = guest.putBuffers(BUFFERS, guest.put(DATA, 'abc'), guest.put(DATA + 10, 'defg'))
    expect(guest.wasi('fd_write', 1, ...list, RESULT)).toBe(0)
    expect(guest.u32(RESULT)).toBe(5)
    expect(guest.units).toBe(2 * 64 + 5)
    expect(guest.write(1, 'x')).toBe(-ERRNO.nospc)
    expect(guest.write(1, '')).toBe(0)
    expect(guest.write(2, 'x')).toBe(1)
    expect(guest.sunk('stdout')).toBe('abcde')
  })

  test('for other ABIs than wasi, both outputs are the logs, and there are no files', () => {
    const guest = new TestGuest({ bare: true, logBytes: 9 })
    expect([guest.write(1, 'out '), guest.write(2, 'errors'), guest.write(1, 'x')]).toEqual([4, 5, -ERRNO.nospc])
    expect(guest.sunk('logs')).toBe('out error')
    expect(guest.list(3)).toEqual(['.', '..'])
    const { args, variables, stdin } = begin({ fun: 'f', params: [], limits: PROFILE_1.limits })
    expect([args, variables, stdin.size]).toEqual([[], [], 0])
  })

  test('input cannot be written, outputs cannot be read, and none can be sought', () => {
    const guest = new TestGuest({ stdin: 'x' })
    expect([guest.write(0, 'x'), guest.read(1), guest.read(2)]).toEqual([-ERRNO.badf, ERRNO.badf, ERRNO.badf])
    for (const fd of [0, 1, 2]) {
      expect(guest.wasi('fd_seek', fd, 0n, 0, RESULT)).toBe(ERRNO.spipe)
      expect(guest.wasi('fd_tell', fd, RESULT)).toBe(ERRNO.spipe)
    }
    const list = guest.putBuffers(BUFFERS, [DATA, 1])
    expect(guest.wasi('fd_pread', 0, ...list, 0n, RESULT)).toBe(ERRNO.spipe)
    expect(guest.wasi('fd_pread', 1, ...list, 0n, RESULT)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_pwrite', 1, ...list, 0n, RESULT)).toBe(ERRNO.spipe)
    expect(guest.wasi('fd_pwrite', 0, ...list, 0n, RESULT)).toBe(ERRNO.badf)
  })
})

describe('the end (WASI-8)', () => {
  const endOf = (guest: TestGuest, code: number): Ended => {
    try {
      guest.wasi('proc_exit', code)
    } catch (error) {
      if (error instanceof Ended) return error
    }
    throw new Error('it has not ended')
  }

  test.each([0, 3, 126, -1])('with code %i is a trap for other ABIs than wasi', code => {
    const { code: trap, about } = endOf(new TestGuest({ bare: true }), code)
    expect(trap).toBe('abort')
    expect(about?.message).toBe(`the guest exited with code ${code >>> 0}`)
  })

  test('is passed to the wasi ABI unchanged', () => expect(endOf(new TestGuest(), -1).code).toBe(2 ** 32 - 1))

  test('signals are not supported, and yielding does nothing', () => {
    expect(new TestGuest().wasi('proc_raise', 6)).toBe(ERRNO.notsup)
    expect(new TestGuest().wasi('sched_yield')).toBe(0)
  })
})
