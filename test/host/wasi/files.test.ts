/** Descriptors, reading, writing, sizes and space. */
import { describe, expect, test } from 'vitest'
import { ALL_RIGHTS, ERRNO, FDFLAG, FILETYPE, OFLAG, RIGHT, WHENCE } from '../../../src/host/wasi/constants.ts'
import { finish } from '../../../src/host/wasi/finish.ts'
import type { InputDirectory, InputFile } from '../../../src/host/wasi/input.ts'
import { BUFFERS, DATA, entryOf, inputFile, READ, RESULT, STAT, TestGuest, WRITE, type GuestOptions } from './guest.ts'

const BOTH = READ | WRITE
const PAGE = 4096

/** Ways to write a file. */
const create = { oflags: OFLAG.create, rights: BOTH } as const

describe('descriptors (WASI-6)', () => {
  test('the lowest free number is used, even again', () => {
    const guest = new TestGuest({ tree: { a: '1', b: '2', c: '3' } })
    expect([guest.open('a'), guest.open('b'), guest.open('c')]).toEqual([4, 5, 6])
    expect([guest.wasi('fd_close', 5), guest.wasi('fd_close', 4)]).toEqual([0, 0])
    expect([guest.open('a'), guest.open('b'), guest.open('c')]).toEqual([4, 5, 7])
    expect([guest.wasi('fd_close', 0), guest.open('c'), guest.read(0)]).toEqual([0, 0, '3'])
  })

  test.each([4, 99, -1])('%i is not open', fd => {
    const guest = new TestGuest()
    expect(guest.wasi('fd_close', fd)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_renumber', fd, 3)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_renumber', 3, fd)).toBe(ERRNO.badf)
    expect(guest.read(fd)).toBe(ERRNO.badf)
    expect(guest.open('x', { fd })).toBe(-ERRNO.badf)
    expect(guest.wasi('fd_prestat_dir_name', fd, DATA, 1)).toBe(ERRNO.badf)
  })

  test('there are at most 1 024, and opening one more makes no file', () => {
    const guest = new TestGuest({ tree: { a: 'x' } })
    for (let fd = 4; fd < 1024; fd++) expect(guest.open('a')).toBe(fd)
    expect(guest.open('b', create)).toBe(-ERRNO.mfile)
    expect(guest.open('a', { oflags: OFLAG.truncate })).toBe(-ERRNO.mfile)
    expect([guest.list(3), guest.read(4)]).toEqual([['.', '..', 'a'], 'x'])
    guest.wasi('fd_close', 500)
    expect(guest.open('b', create)).toBe(500)
  })

  test('fd_renumber closes a descriptor and moves another one to its number', () => {
    const guest = new TestGuest({ tree: { a: '1', b: '2' } })
    const [a, b] = [guest.open('a'), guest.open('b')]
    expect(guest.wasi('fd_renumber', a, b)).toBe(0)
    expect([guest.read(b), guest.read(a)]).toEqual(['1', ERRNO.badf])
    expect(guest.wasi('fd_renumber', b, b)).toBe(0)
    expect(guest.wasi('fd_renumber', b, 1)).toBe(0)
    expect(guest.open('b')).toBe(a)
    expect([guest.wasi('fd_tell', 1, RESULT), guest.u64(RESULT)]).toEqual([0, 1n])
  })

  test('have the attributes of their kind (WASI-16)', () => {
    const guest = new TestGuest({ tree: { a: 'x', d: {} } })
    const told = (fd: number): readonly [number, number, bigint, bigint] => {
      expect(guest.wasi('fd_fdstat_get', fd, STAT)).toBe(0)
      return [guest.bytes[STAT]!, guest.view.getUint16(STAT + 2, true), guest.u64(STAT + 8), guest.u64(STAT + 16)]
    }
    expect(told(0)).toEqual([FILETYPE.unknown, 0, RIGHT.fdRead, RIGHT.fdRead])
    expect(told(1)).toEqual([FILETYPE.unknown, 0, RIGHT.fdWrite, RIGHT.fdWrite])
    expect(told(3).slice(0, 2)).toEqual([FILETYPE.directory, 0])
    expect(told(guest.open('a'))).toEqual([FILETYPE.file, 0, ALL_RIGHTS & ~WRITE, ALL_RIGHTS & ~WRITE])
    const written = told(guest.open('a', { rights: WRITE, fdflags: FDFLAG.append | FDFLAG.nonblock }))
    expect(written[1]).toBe(FDFLAG.append | FDFLAG.nonblock)
    expect(written[2] & (READ | WRITE)).toBe(WRITE)
    const directory = told(guest.open('d', { oflags: OFLAG.directory }))
    expect(directory[2] & (RIGHT.fdSeek | RIGHT.fdWrite | RIGHT.fdFilestatSetSize)).toBe(0n)
    expect(guest.wasi('fd_fdstat_set_rights', 3, 0n, 0n)).toBe(ERRNO.notsup)
    expect(guest.wasi('fd_fdstat_set_rights', 1, 0n, 0n)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_fdstat_set_flags', 3, 0)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_fdstat_set_flags', 4, FDFLAG.dsync)).toBe(ERRNO.inval)
    expect(guest.wasi('fd_fdstat_set_flags', 5, 0)).toBe(0)
    expect(told(5)[1]).toBe(0)
  })

  test('bytes of a structure that no field covers stay as they are (WASI-3)', () => {
    const guest = new TestGuest()
    guest.bytes.fill(0xaa)
    guest.wasi('fd_fdstat_get', 1, STAT)
    expect([guest.bytes[STAT + 1], guest.bytes[STAT + 4], guest.bytes[STAT + 24]]).toEqual([0xaa, 0xaa, 0xaa])
    guest.bytes.fill(0xaa)
    guest.wasi('fd_filestat_get', 1, STAT)
    expect([guest.bytes[STAT + 17], guest.bytes[STAT + 23], guest.bytes[STAT + 64]]).toEqual([0xaa, 0xaa, 0xaa])
    guest.bytes.fill(0xaa)
    guest.wasi('fd_prestat_get', 3, STAT)
    expect([guest.bytes[STAT + 1], guest.bytes[STAT + 3]]).toEqual([0xaa, 0xaa])
  })

  test('the preopened directory has the name /', () => {
    const guest = new TestGuest({ tree: { d: {} } })
    expect([guest.wasi('fd_prestat_get', 3, STAT), guest.bytes[STAT], guest.u32(STAT + 4)]).toEqual([0, 0, 1])
    expect(guest.wasi('fd_prestat_dir_name', 3, DATA, 0)).toBe(ERRNO.nametoolong)
    expect([guest.wasi('fd_prestat_dir_name', 3, DATA, 2), guest.text(DATA, 2)]).toEqual([0, '/\0'])
    const d = guest.open('d')
    for (const fd of [d, 0]) {
      expect(guest.wasi('fd_prestat_get', fd, STAT)).toBe(ERRNO.badf)
      expect(guest.wasi('fd_prestat_dir_name', fd, DATA, 1)).toBe(ERRNO.notdir)
    }
    expect(guest.wasi('fd_renumber', 3, d)).toBe(0)
    expect(guest.wasi('fd_prestat_get', d, STAT)).toBe(0)
  })
})

describe('reading and writing (WASI-10)', () => {
  test('continue at the end of the last call', () => {
    const guest = new TestGuest({ tree: { a: '0123456789' } })
    const fd = guest.open('a', { rights: BOTH })
    expect([guest.read(fd, 3), guest.write(fd, 'abc'), guest.read(fd), guest.read(fd)]).toEqual(['012', 3, '6789', ''])
    const list = guest.putBuffers(BUFFERS, [DATA, 4])
    expect([guest.wasi('fd_pread', fd, ...list, 2n, RESULT), guest.text(DATA, 4)]).toEqual([0, '2abc'])
    guest.put(DATA, 'WXYZ')
    expect([guest.wasi('fd_pwrite', fd, ...list, 8n, RESULT), guest.stat('a')]).toMatchObject([0, { size: 12 }])
    expect([guest.wasi('fd_tell', fd, RESULT), guest.u64(RESULT)]).toEqual([0, 10n])
    expect(guest.read(fd)).toBe('YZ')
  })

  test('a file opened for reading cannot be written, and one opened for writing cannot be read', () => {
    const guest = new TestGuest({ tree: { a: 'x' } })
    const [r, w, neither] = [guest.open('a'), guest.open('a', { rights: WRITE }), guest.open('a', { rights: 0n })]
    expect([guest.write(r, 'y'), guest.read(w), guest.read(neither), guest.write(neither, 'y')]).toEqual([
      -ERRNO.badf,
      ERRNO.badf,
      'x',
      -ERRNO.badf,
    ])
    expect(guest.wasi('fd_filestat_set_size', r, 0n)).toBe(ERRNO.inval)
    expect(guest.read(3)).toBe(ERRNO.badf)
    expect(guest.write(3, 'x')).toBe(-ERRNO.badf)
  })

  test('a file opened with APPEND is written at its end for any offset', () => {
    const guest = new TestGuest({ tree: { a: 'abc' } })
    const fd = guest.open('a', { rights: BOTH, fdflags: FDFLAG.append })
    expect(guest.write(fd, 'de')).toBe(2)
    const list = guest.putBuffers(BUFFERS, guest.put(DATA, 'f'))
    expect(guest.wasi('fd_pwrite', fd, ...list, 0n, RESULT)).toBe(0)
    expect([guest.wasi('fd_tell', fd, RESULT), guest.u64(RESULT)]).toEqual([0, 5n])
    expect(guest.read(fd)).toBe('f')
    expect(guest.read(guest.open('a'))).toBe('abcdef')
    guest.wasi('fd_seek', fd, 0n, WHENCE.set, RESULT)
    expect([guest.write(fd, ''), guest.wasi('fd_tell', fd, RESULT), guest.u64(RESULT)]).toEqual([0, 0, 6n])
  })

  test('offsets are signed numbers of 64 bits', () => {
    const guest = new TestGuest({ tree: { a: 'abc' } })
    const fd = guest.open('a', { rights: BOTH })
    const list = guest.putBuffers(BUFFERS, [DATA, 2])
    const most = 2n ** 63n - 1n
    for (const name of ['fd_pread', 'fd_pwrite']) {
      expect(guest.wasi(name, fd, ...list, 2n ** 63n, RESULT)).toBe(ERRNO.inval)
      expect(guest.wasi(name, fd, ...list, -1n, RESULT)).toBe(ERRNO.inval)
      expect(guest.wasi(name, fd, ...list, most - 1n, RESULT)).toBe(ERRNO.inval)
    }
    expect([guest.wasi('fd_pread', fd, ...list, most - 2n, RESULT), guest.u32(RESULT)]).toEqual([0, 0])
    expect(guest.wasi('fd_pwrite', fd, ...list, most - 2n, RESULT)).toBe(ERRNO.nospc)
    expect(guest.stat('a')).toMatchObject({ size: 3 })
  })

  test('fd_seek counts from the beginning, the position and the end', () => {
    const guest = new TestGuest({ tree: { a: 'abc', d: {} } })
    const fd = guest.open('a')
    const seek = (delta: bigint, whence: number): bigint | number => {
      const errno = guest.wasi('fd_seek', fd, delta, whence, RESULT)
      return errno === 0 ? guest.u64(RESULT) : errno
    }
    expect([seek(2n, WHENCE.set), seek(5n, WHENCE.current), seek(-1n, WHENCE.end)]).toEqual([2n, 7n, 2n])
    expect([seek(-3n, WHENCE.current), seek(-1n, WHENCE.set), seek(-4n, WHENCE.end)]).toEqual([28, 28, 28])
    const most = 2n ** 63n - 1n
    expect([seek(most, WHENCE.set), seek(most, WHENCE.current), seek(1n, WHENCE.current)]).toEqual([
      most,
      2n * most,
      2n ** 64n - 1n,
    ])
    expect([seek(1n, WHENCE.current), guest.read(fd)]).toEqual([28, 28])
    expect(guest.wasi('fd_seek', guest.open('d'), 0n, 0, RESULT)).toBe(ERRNO.badf)
    expect(guest.wasi('fd_tell', 3, RESULT)).toBe(ERRNO.badf)
  })

  test.each(['fd_sync', 'fd_datasync'])('%s does nothing', name => {
    const guest = new TestGuest({ tree: { a: '' } })
    expect([guest.open('a'), ...[4, 3, 1, 9].map(fd => guest.wasi(name, fd))]).toEqual([4, 0, 8, 8, 8])
  })

  test('fd_advise has no effect, and fd_allocate is refused', () => {
    const guest = new TestGuest({ tree: { a: '' } })
    const fd = guest.open('a')
    expect([guest.wasi('fd_advise', fd, -1n, 0n, 5), guest.wasi('fd_advise', fd, 0n, -1n, 5)]).toEqual([0, ERRNO.inval])
    expect([guest.wasi('fd_advise', 3, 0n, 0n, 0), guest.wasi('fd_allocate', 3, 0n, 0n)]).toEqual([
      ERRNO.badf,
      ERRNO.badf,
    ])
    expect(guest.wasi('fd_allocate', fd, 0n, 1n)).toBe(ERRNO.notsup)
  })
})

describe('files of the task', () => {
  const bytes = Uint8Array.from({ length: 5 * PAGE + 100 }, (_, i) => (i * 7) % 251)

  test('only the bytes that are read are loaded, after they are charged', () => {
    const reads: (readonly [number, number])[] = []
    const file = inputFile(bytes, (offset, length) => reads.push([offset, length]))
    const guest = new TestGuest({ root: { kind: 'directory', entries: () => [['a', entryOf(file)]] } })
    const fd = guest.open('a')
    const before = guest.units
    guest.wasi('fd_seek', fd, 5n, WHENCE.set, RESULT)
    guest.read(fd, 10)
    expect(reads).toEqual([[5, 10]])
    expect(guest.units - before).toBe(64 + 10)
  })

  test('its size is not determined by what does not need it (WASI-27)', () => {
    let asked = 0
    const file: InputFile = {
      kind: 'file',
      get size() {
        return ++asked
      },
      read: () => {},
    }
    const root: InputDirectory = { kind: 'directory', entries: () => [['a', entryOf(file)]] }
    const guest = new TestGuest({ root, keep: ['/'] })
    const fd = guest.open('a', { rights: BOTH })
    expect([guest.list(3), guest.wasi('fd_sync', fd), guest.wasi('fd_close', fd)]).toEqual([['.', '..', 'a'], 0, 0])
    expect(finish(guest, guest.state, 0, () => {}).files).toMatchObject({ entries: [['a', { kind: 'input' }]] })
    expect(guest.wasi('path_unlink_file', 3, ...guest.put(DATA, 'a'))).toBe(0)
    expect(asked).toBe(0)
    expect(new TestGuest({ root }).stat('a')).toMatchObject({ size: 1 })
  })

  test('writing to one copies one page (WASI-15)', () => {
    const reads: (readonly [number, number])[] = []
    const file = inputFile(bytes, (offset, length) => reads.push([offset, length]))
    const guest = new TestGuest({ root: { kind: 'directory', entries: () => [['a', entryOf(file)]] } })
    const fd = guest.open('a', { rights: BOTH })
    const list = guest.putBuffers(BUFFERS, guest.put(DATA, 'xy'))
    const before = guest.units
    expect(guest.wasi('fd_pwrite', fd, ...list, BigInt(2 * PAGE - 1), RESULT)).toBe(0)
    expect(reads).toEqual([
      [PAGE, PAGE],
      [2 * PAGE, PAGE],
    ])
    expect(guest.units - before).toBe(64 + 2 + 2 * (64 + PAGE))
    expect(guest.state.space.left).toBe(64 * 1024 * 1024 - 2 * PAGE)
    // The second write into the same pages copies nothing.
    const middle = guest.units
    guest.wasi('fd_pwrite', fd, ...list, BigInt(2 * PAGE - 1), RESULT)
    expect(guest.units - middle).toBe(64 + 2)
  })

  test('have the same bytes as a plain array after writing, cutting and extending', () => {
    const guest = new TestGuest({ tree: { a: bytes }, pages: 2 })
    const fd = guest.open('a', { rights: BOTH })
    let model = bytes
    let state = 7
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    for (let i = 0; i < 300; i++) {
      const offset = random(7 * PAGE)
      if (i % 5 === 0) {
        expect(guest.wasi('fd_filestat_set_size', fd, BigInt(offset))).toBe(0)
        const next = new Uint8Array(offset)
        next.set(model.subarray(0, offset))
        model = next
      } else {
        const text = Uint8Array.from({ length: random(3 * PAGE) }, () => random(256))
        expect(
          guest.wasi('fd_pwrite', fd, ...guest.putBuffers(BUFFERS, guest.put(DATA, text)), BigInt(offset), RESULT),
        ).toBe(0)
        const next = new Uint8Array(text.length === 0 ? model.length : Math.max(model.length, offset + text.length))
        next.set(model)
        next.set(text, offset)
        model = next
      }
      guest.bytes.fill(0xaa, DATA)
      const list = guest.putBuffers(BUFFERS, [DATA, 11 * PAGE])
      expect(guest.wasi('fd_pread', fd, ...list, 0n, RESULT)).toBe(0)
      expect(guest.u32(RESULT)).toBe(model.length)
      expect(Buffer.compare(guest.bytes.subarray(DATA, DATA + model.length), model)).toBe(0)
    }
  })

  test('are the same whether written byte by byte or at once', () => {
    const guest = new TestGuest({ tree: { a: 'abc' } })
    const fd = guest.open('a', { rights: BOTH, fdflags: FDFLAG.append })
    for (let i = 0; i < 300; i++) expect(guest.write(fd, String(i % 10))).toBe(1)
    expect(guest.read(fd)).toBe('')
    guest.wasi('fd_seek', fd, 0n, WHENCE.set, RESULT)
    expect(guest.read(fd)).toBe(`abc${'0123456789'.repeat(30)}`)
    expect(guest.wasi('fd_filestat_set_size', fd, 5000n)).toBe(0)
    guest.wasi('fd_seek', fd, 300n, WHENCE.set, RESULT)
    expect(guest.read(fd, 6)).toBe('789\0\0\0')
  })

  test('bytes that were cut off do not come back', () => {
    const guest = new TestGuest({ tree: { a: 'secret' } })
    const fd = guest.open('a', { rights: BOTH })
    for (const size of [2n, 6n]) expect(guest.wasi('fd_filestat_set_size', fd, size)).toBe(0)
    expect(guest.read(fd)).toBe('se\0\0\0\0')
  })
})

describe('space (WASI-15)', () => {
  const small = (fileBytes: number, options: GuestOptions = {}): TestGuest => new TestGuest({ fileBytes, ...options })

  test('as many bytes are written as there is space for', () => {
    const guest = small(512 + 10)
    const fd = guest.open('a', create)
    expect([guest.write(fd, '0123456789ab'), guest.write(fd, 'x'), guest.write(fd, '')]).toEqual([10, -ERRNO.nospc, 0])
    expect(guest.stat('a')).toMatchObject({ size: 10 })
    expect(guest.open('b', create)).toBe(-ERRNO.nospc)
    expect(guest.wasi('path_create_directory', 3, ...guest.put(DATA, 'b'))).toBe(ERRNO.nospc)
    expect(guest.list(3)).toEqual(['.', '..', 'a'])
  })

  test('a changed page of the task takes a whole page of space', () => {
    const guest = small(PAGE + 2, { tree: { a: 'x'.repeat(2 * PAGE) } })
    const fd = guest.open('a', { rights: BOTH })
    expect(guest.write(fd, 'y'.repeat(PAGE + 1))).toBe(PAGE)
    expect(guest.write(fd, 'y')).toBe(-ERRNO.nospc)
    guest.wasi('fd_seek', fd, 0n, WHENCE.end, RESULT)
    expect(guest.write(fd, 'z'.repeat(10))).toBe(2)
    expect(guest.state.space.left).toBe(0)
  })

  test('a page at the end of the task’s file takes no space if there is not enough', () => {
    const guest = small(PAGE, { tree: { a: 'x' } })
    const fd = guest.open('a', { rights: BOTH, fdflags: FDFLAG.append })
    expect([guest.write(fd, 'yz'), guest.state.space.left]).toEqual([-ERRNO.nospc, PAGE])
    const roomy = small(PAGE + 1, { tree: { a: 'x' } })
    expect(roomy.write(roomy.open('a', { rights: BOTH, fdflags: FDFLAG.append }), 'yz')).toBe(1)
  })

  test('holes take space, and a file that is too long is refused', () => {
    const guest = small(10_000)
    const fd = guest.open('a', create)
    expect(guest.wasi('fd_filestat_set_size', fd, 10_000n - 512n)).toBe(0)
    expect(guest.wasi('fd_filestat_set_size', fd, 10_001n - 512n)).toBe(ERRNO.nospc)
    expect(guest.wasi('fd_filestat_set_size', fd, 2n ** 63n - 1n)).toBe(ERRNO.nospc)
    expect(guest.wasi('fd_filestat_set_size', fd, -1n)).toBe(ERRNO.inval)
    expect(guest.wasi('fd_filestat_set_size', fd, 0n)).toBe(0)
    expect(guest.state.space.left).toBe(10_000 - 512)
  })

  test('loaded entries of the task have their own space, and ENOMEM if it is full', () => {
    const two = { a: 'x', b: 'y' }
    const guest = small(3 * 257 + 257 + 10, { tree: { a: '', b: two, c: { '0123456789': '', x: '' } } })
    // The root takes three entries, and leaves 267 bytes: b needs 514, c 523, and neither is there.
    expect(guest.stat('a')).toMatchObject({ size: 0 })
    const before = guest.units
    expect(guest.stat('b/a')).toBe(ERRNO.nomem)
    expect(guest.stat('b/a')).toBe(ERRNO.nomem)
    expect(guest.stat('c/x')).toBe(ERRNO.nomem)
    expect(guest.units - before).toBeGreaterThan(6 * 64)
    // What is made of its own takes nothing of it, and what it takes is not given back.
    expect(guest.wasi('path_create_directory', 3, ...guest.put(DATA, 'd'))).toBe(0)
    expect(guest.list(3)).toEqual(['.', '..', 'a', 'b', 'c', 'd'])
    const roomy = small(3 * 257 + 2 * 257, { tree: { a: '', b: two, c: two } })
    expect([roomy.stat('b/a'), roomy.stat('c/a')]).toMatchObject([{ size: 1 }, ERRNO.nomem])
  })

  test('is released with the last name and the last descriptor of a file', () => {
    const guest = small(5000)
    const fd = guest.open('a', create)
    guest.write(fd, 'x'.repeat(1000))
    expect(guest.wasi('path_link', 3, 0, ...guest.put(DATA, 'a'), 3, ...guest.put(DATA + 9, 'b'))).toBe(0)
    const left: number[] = [guest.state.space.left]
    for (const name of ['a', 'b']) {
      expect(guest.wasi('path_unlink_file', 3, ...guest.put(DATA, name))).toBe(0)
      left.push(guest.state.space.left)
    }
    guest.wasi('fd_seek', fd, 0n, WHENCE.set, RESULT)
    expect(guest.read(fd)).toBe('x'.repeat(1000))
    guest.wasi('fd_close', fd)
    expect([...left, guest.state.space.left]).toEqual([2976, 3488, 4000, 5000])
  })

  test('cutting a file off is charged by its own pages (WASI-5)', () => {
    const guest = new TestGuest()
    const fd = guest.open('a', create)
    guest.write(fd, 'x'.repeat(3 * PAGE))
    const before = guest.units
    guest.wasi('fd_filestat_set_size', fd, 1n)
    expect(guest.units - before).toBe(3 * 64)
    guest.wasi('fd_filestat_set_size', fd, 5n)
    expect(guest.units - before).toBe(3 * 64)
  })
})
