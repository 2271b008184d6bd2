/** Paths, opening, listing, and what makes, moves and removes entries. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../src/base/fault.ts'
import { ERRNO, FDFLAG, FILETYPE, OFLAG } from '../../../src/host/wasi/constants.ts'
import { finish, type Finished } from '../../../src/host/wasi/finish.ts'
import type { InputDirectory, InputEntry } from '../../../src/host/wasi/input.ts'
import { shown } from './run-program.ts'
import {
  DATA,
  entryOf,
  inputDirectory,
  inputFile,
  PATH,
  PATH_2,
  READ,
  RESULT,
  STAT,
  TestGuest,
  WRITE,
} from './guest.ts'

const tree = { a: 'in a', d: { x: 'in x', s: { y: '' }, e: {} } }
const files = (): TestGuest => new TestGuest({ tree })

/** Calls a function that takes a descriptor and a path. */
const at = (guest: TestGuest, name: string, path: string | Uint8Array, fd = 3): number =>
  guest.wasi(name, fd, ...guest.put(PATH, path))
const mkdir = (guest: TestGuest, path: string, fd = 3): number => at(guest, 'path_create_directory', path, fd)
const unlink = (guest: TestGuest, path: string, fd = 3): number => at(guest, 'path_unlink_file', path, fd)
const rmdir = (guest: TestGuest, path: string, fd = 3): number => at(guest, 'path_remove_directory', path, fd)
const symlink = (guest: TestGuest, target: string, path: string, fd = 3): number =>
  guest.wasi('path_symlink', ...guest.put(PATH, target), fd, ...guest.put(PATH_2, path))
const rename = (guest: TestGuest, from: string, to: string, fds: readonly [number, number] = [3, 3]): number =>
  guest.wasi('path_rename', fds[0], ...guest.put(PATH, from), fds[1], ...guest.put(PATH_2, to))
const link = (guest: TestGuest, from: string, to: string, follow = 0): number =>
  guest.wasi('path_link', 3, follow, ...guest.put(PATH, from), 3, ...guest.put(PATH_2, to))
const readlink = (guest: TestGuest, path: string, size = 100): string | number => {
  const errno = guest.wasi('path_readlink', 3, ...guest.put(PATH, path), DATA, size, RESULT)
  return errno === 0 ? guest.text(DATA, guest.u32(RESULT)) : errno
}

describe('paths (WASI-11, WASI-12)', () => {
  test.each([
    ['', ERRNO.noent],
    ['/', ERRNO.perm],
    ['/a', ERRNO.perm],
    ['a\0', ERRNO.inval],
    ['\0', ERRNO.inval],
    ['..', ERRNO.perm],
    ['d/../..', ERRNO.perm],
    ['d/../../a', ERRNO.perm],
    ['nothing', ERRNO.noent],
    ['nothing/a', ERRNO.noent],
    ['nothing/..', ERRNO.noent],
    ['a/', ERRNO.notdir],
    ['a/.', ERRNO.notdir],
    ['a/x', ERRNO.notdir],
    ['a/..', ERRNO.notdir],
    ['x'.repeat(256), ERRNO.nametoolong],
    ['ä'.repeat(128), ERRNO.nametoolong],
    ['x'.repeat(255), ERRNO.noent],
    ['ä'.repeat(127), ERRNO.noent],
    [`${'x'.repeat(256)}/a`, ERRNO.nametoolong],
    [`${'./'.repeat(2047)}a`, FILETYPE.file],
    [`${'./'.repeat(2047)}aa`, ERRNO.nametoolong],
    ['a', FILETYPE.file],
    ['./a', FILETYPE.file],
    ['d//x', FILETYPE.file],
    ['d/./s/../x', FILETYPE.file],
    ['.', FILETYPE.directory],
    ['./', FILETYPE.directory],
    ['d', FILETYPE.directory],
    ['d/', FILETYPE.directory],
    ['d//', FILETYPE.directory],
    ['d/s/..', FILETYPE.directory],
  ])('%j', (path, expected) => {
    const seen = files().stat(path)
    expect(typeof seen === 'number' ? seen : seen.type).toBe(expected)
  })

  test.each([
    ['a lone byte', [0x61, 0xff]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['cut off', [0xe2, 0x82]],
  ])('that are not UTF-8: %s (WASI-4)', (_, bytes) => {
    const guest = files()
    const path = guest.put(PATH, bytes)
    expect(guest.wasi('path_filestat_get', 3, 0, ...path, STAT)).toBe(ERRNO.ilseq)
    expect(guest.wasi('path_create_directory', 3, ...path)).toBe(ERRNO.ilseq)
    expect(guest.wasi('path_rename', 3, ...guest.put(PATH_2, 'a'), 3, ...path)).toBe(ERRNO.ilseq)
    expect(guest.wasi('path_symlink', ...path, 3, ...guest.put(PATH_2, 'l'))).toBe(ERRNO.ilseq)
    expect(guest.wasi('path_open', 99, 0, ...path, 0, 0n, 0n, 0, RESULT)).toBe(ERRNO.ilseq)
  })

  test('begin at the directory of a descriptor and do not leave it', () => {
    const guest = files()
    const d = guest.open('d')
    expect([
      guest.read(guest.open('x', { fd: d })),
      guest.open('../a', { fd: d }),
      guest.open('s/../x', { fd: d }),
    ]).toEqual(['in x', -63, 6])
    expect(guest.open('x', { fd: 5 })).toBe(-ERRNO.notdir)
    expect(guest.open('x', { fd: 1 })).toBe(-ERRNO.badf)
    expect([mkdir(guest, 'n', 5), mkdir(guest, 'n', 1)]).toEqual([ERRNO.badf, ERRNO.badf])
  })

  test('lead through symbolic links, relative to the directories of the links', () => {
    const guest = files()
    expect([symlink(guest, 'd', 'l'), symlink(guest, '../a', 'd/up'), symlink(guest, 's/', 'd/slash')]).toEqual([
      0, 0, 0,
    ])
    expect(guest.read(guest.open('l/x'))).toBe('in x')
    expect(guest.read(guest.open('l/up'))).toBe('in a')
    expect(guest.open('up', { fd: guest.open('d') })).toBe(-ERRNO.perm)
    expect([guest.stat('l'), guest.stat('l/')]).toMatchObject([
      { type: FILETYPE.link, size: 1 },
      { type: FILETYPE.directory },
    ])
    expect([guest.stat('d/slash', { follow: true }), guest.stat('d/slash/y')]).toMatchObject([{ type: 3 }, { type: 4 }])
    expect([symlink(guest, 'a/', 'not-a-directory'), guest.stat('not-a-directory', { follow: true })]).toEqual([
      0,
      ERRNO.notdir,
    ])
    expect([readlink(guest, 'd/up'), readlink(guest, 'd/up', 2), readlink(guest, 'a')]).toEqual([
      '../a',
      '..',
      ERRNO.inval,
    ])
    expect([readlink(guest, 'l/'), readlink(guest, 'n'), readlink(guest, '.')]).toEqual([
      ERRNO.inval,
      ERRNO.noent,
      ERRNO.inval,
    ])
  })

  test('lead through at most forty links', () => {
    const guest = files()
    symlink(guest, 'a', 'l1')
    for (let i = 2; i <= 41; i++) symlink(guest, `l${i - 1}`, `l${i}`)
    symlink(guest, 'loop', 'loop')
    expect(guest.stat('l40', { follow: true })).toMatchObject({ type: FILETYPE.file })
    expect([guest.stat('l41', { follow: true }), guest.stat('loop', { follow: true })]).toEqual([
      ERRNO.loop,
      ERRNO.loop,
    ])
    expect(guest.stat('loop/x')).toBe(ERRNO.loop)
    expect(guest.stat('loop')).toMatchObject({ type: FILETYPE.link })
  })

  test('are charged by bytes and components, even if they do not resolve (WASI-5)', () => {
    const guest = files()
    const costs = (path: string): number => {
      const before = guest.units
      guest.stat(path)
      return guest.units - before
    }
    // The root is looked into for the first time: two entries, with their names.
    expect(costs('a')).toBe(1 + 64 + 2 * 64 + 2)
    expect(costs('a')).toBe(1 + 64)
    expect(costs('./a/b/c')).toBe(7 + 4 * 64)
    symlink(guest, 'd/e', 'l')
    expect(costs('l/')).toBe(2 + 64 + (3 + 2 * 64) + (3 * 64 + 3))
    expect(costs('x'.repeat(5000))).toBe(5000)
  })
})

describe('opening (WASI-16)', () => {
  const { create, exclusive, truncate, directory } = OFLAG

  test.each([
    ['a', 0, 0n, 'in a'],
    ['n', create, 0n, ''],
    ['n', create | exclusive, 0n, ''],
    ['a', create | exclusive, 0n, -ERRNO.exist],
    ['d', create | exclusive, 0n, -ERRNO.exist],
    ['.', create | exclusive, 0n, -ERRNO.exist],
    ['l', create | exclusive, 0n, -ERRNO.exist],
    ['a', exclusive, 0n, 'in a'],
    ['a', truncate, READ, ''],
    ['a', directory, 0n, -ERRNO.notdir],
    ['a', create | directory, 0n, -ERRNO.inval],
    ['d', directory | exclusive, 0n, -ERRNO.inval],
    ['d', directory | truncate, 0n, -ERRNO.inval],
    ['d', 0, WRITE, -ERRNO.isdir],
    ['d', create, 0n, -ERRNO.isdir],
    ['d', truncate, 0n, -ERRNO.isdir],
    ['.', create, 0n, -ERRNO.isdir],
    ['n/', create, 0n, -ERRNO.isdir],
    ['a/', create, 0n, -ERRNO.isdir],
    ['a/', 0, 0n, -ERRNO.notdir],
    ['n', 0, 0n, -ERRNO.noent],
    ['l', 0, 0n, 'in x'],
    ['to', create, 0n, ''],
    ['to', 0, 0n, -ERRNO.noent],
  ])('%s with flags %i and rights %i is %j', (path, oflags, rights, expected) => {
    const guest = files()
    symlink(guest, 'd/x', 'l')
    symlink(guest, 'd/new', 'to')
    const fd = guest.open(path, { oflags, rights })
    expect(typeof expected === 'number' ? fd : guest.read(fd)).toBe(expected)
    if (path === 'to' && fd > 0) expect(guest.stat('d/new')).toMatchObject({ size: 0 })
  })

  test('a link that is not followed is ELOOP', () => {
    const guest = files()
    symlink(guest, 'n', 'l')
    expect([guest.open('l', { follow: false }), guest.open('l', { follow: false, oflags: create })]).toEqual([-32, -32])
    expect(guest.open('l', { follow: false, oflags: directory })).toBe(-ERRNO.loop)
    expect(guest.list(3)).toEqual(['.', '..', 'a', 'd', 'l'])
  })

  test.each([FDFLAG.dsync, FDFLAG.rsync, FDFLAG.sync])('flag %i is not supported', fdflags => {
    expect(files().open('a', { fdflags })).toBe(-ERRNO.notsup)
  })
})

describe('listing (WASI-13)', () => {
  const entries = (guest: TestGuest, size: number, cookie: bigint, fd = 3): readonly [number, Uint8Array] => {
    guest.bytes.fill(0, DATA)
    expect(guest.wasi('fd_readdir', fd, DATA, size, cookie, RESULT)).toBe(0)
    return [guest.u32(RESULT), guest.bytes.slice(DATA, DATA + size)]
  }

  test('is in the byte order of names, which differs from that of UTF-16', () => {
    const names = { '\u{10000}': '', '\uffff': '', b: '', a: '', B: '', é: '', é́: '', aa: '' }
    expect(new TestGuest({ tree: names }).list(3)).toEqual([
      '.',
      '..',
      'B',
      'a',
      'aa',
      'b',
      'é',
      'é́',
      '\uffff',
      '\u{10000}',
    ])
  })

  test('returns cookie, inode, length in bytes and type', () => {
    const guest = new TestGuest({ tree: { 'ß€😀': 'x' } })
    const [used, bytes] = entries(guest, 1000, 0n)
    const view = new DataView(bytes.buffer)
    expect(used).toBe(24 + 1 + 24 + 2 + 24 + 9)
    const told = [0, 25, 51].map(i => [
      view.getBigUint64(i, true),
      view.getBigUint64(i + 8, true),
      view.getUint32(i + 16, true),
      view.getUint32(i + 20, true),
    ])
    expect(told).toEqual([
      [1n, 1n, 1, FILETYPE.directory],
      [2n, 1n, 2, FILETYPE.directory],
      [3n, 2n, 9, FILETYPE.file],
    ])
  })

  test('is cut off at the end of the buffer, and continues at any cookie', () => {
    const guest = files()
    const [, whole] = entries(guest, 101, 0n)
    for (const size of [0, 1, 23, 24, 25, 60, 100]) {
      const [used, bytes] = entries(guest, size, 0n)
      expect([used, Buffer.compare(bytes, whole.subarray(0, size))]).toEqual([size, 0])
    }
    const [used, bytes] = entries(guest, 200, 2n)
    expect([used, Buffer.compare(bytes.subarray(0, used), whole.subarray(51, 51 + used))]).toEqual([50, 0])
    expect([entries(guest, 100, 4n)[0], entries(guest, 100, 5n)[0], entries(guest, 100, -1n)[0]]).toEqual([0, 0, 0])
    expect(guest.wasi('fd_readdir', guest.open('a'), DATA, 100, 0n, RESULT)).toBe(ERRNO.badf)
  })

  test('continues with the names at its beginning, so that removing entries skips nothing', () => {
    const guest = new TestGuest({ tree: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i + 10}`, ''])) })
    let seen = 0
    for (let cookie = 2n; ; cookie++) {
      const [used, bytes] = entries(guest, 27, cookie === 2n ? 0n : cookie)
      if (cookie === 2n) continue
      if (used === 0) break
      expect(unlink(guest, new TextDecoder().decode(bytes.subarray(24)))).toBe(0)
      seen++
    }
    expect([seen, guest.list(3)]).toEqual([19, ['.', '..', 'f10']])
  })

  test('leaves out entries that were removed or added since', () => {
    const guest = new TestGuest({ tree: { a: '', b: '', c: '', d: '' } })
    const [used] = entries(guest, 51 + 25, 0n)
    expect(used).toBe(76)
    expect([unlink(guest, 'b'), mkdir(guest, 'ab'), unlink(guest, 'c'), mkdir(guest, 'c')]).toEqual([0, 0, 0, 0])
    const [rest, bytes] = entries(guest, 1000, 3n)
    expect(rest).toBe(2 * 25)
    expect([bytes[20], bytes[24], bytes[45], bytes[49]]).toEqual([FILETYPE.directory, 99, FILETYPE.file, 100])
  })

  test('an empty directory that is removed while it is open can be listed, but nothing can be made in it (WASI-17)', () => {
    const guest = files()
    const e = guest.open('d/e')
    expect([rmdir(guest, 'd/e'), guest.list(e), mkdir(guest, 'n', e)]).toEqual([0, ['.', '..'], ERRNO.noent])
    expect(guest.open('n', { fd: e, oflags: OFLAG.create })).toBe(-ERRNO.noent)
    expect([symlink(guest, 'x', 'l', e), rename(guest, 'a', 'n', [3, e])]).toEqual([ERRNO.noent, ERRNO.noent])
  })

  const bad = (...names: string[]): InputDirectory => ({
    kind: 'directory',
    entries: () => names.map(name => [name, entryOf(inputFile(''))] as const),
  })

  test.each([[['']], [['.']], [['..']], [['a/b']], [['a\0']], [['a', 'a']]])(
    'names %j of the task are a fault',
    names => {
      const guest = new TestGuest({ root: { kind: 'directory', entries: () => [['d', entryOf(bad(...names))]] } })
      expect(guest.stat('d')).toMatchObject({ type: FILETYPE.directory })
      const look = (): unknown => guest.stat('d/x')
      expect(look).toThrow(Fault)
      expect(look).toThrow('no program can name')
    },
  )

  test('a directory of the task loads its entries when it is used, each charged before the next', () => {
    const guest = new TestGuest({
      root: {
        kind: 'directory',
        *entries() {
          expect(guest.units).toBe(64 + 1)
          yield ['ab', entryOf(inputFile(''))]
          expect(guest.units).toBe(64 + 1 + 64 + 2)
          yield ['abc', entryOf(inputDirectory({}))]
          expect(guest.units).toBe(64 + 1 + 64 + 2 + 64 + 3)
        },
      },
    })
    expect(guest.stat('x')).toBe(ERRNO.noent)
  })
})

describe('attributes of files (WASI-14)', () => {
  test('inodes count up from 1 in the order of their first use, anew for each state', () => {
    for (let i = 0; i < 2; i++) {
      const guest = files()
      expect(['d', 'a', 'd/x', 'd'].map(path => guest.stat(path))).toMatchObject([
        { inode: 1 },
        { inode: 2 },
        { inode: 3 },
        { inode: 1 },
      ])
    }
  })

  test('names of one file share its inode and count as its links', () => {
    const guest = files()
    expect([guest.stat('a'), link(guest, 'a', 'd/b'), guest.stat('d/b'), unlink(guest, 'a')]).toMatchObject([
      { inode: 1, links: 1 },
      0,
      { inode: 1, links: 2 },
      0,
    ])
    const fd = guest.open('d/b', { rights: WRITE })
    expect([guest.write(fd, 'changed'), unlink(guest, 'd/b')]).toEqual([7, 0])
    expect(guest.wasi('fd_filestat_get', fd, STAT)).toBe(0)
    expect(guest.statAt(STAT)).toEqual({ type: FILETYPE.file, links: 0, size: 7, inode: 1 })
  })

  test('times are 0, and are set without effect', () => {
    const guest = files()
    const fd = guest.open('a')
    expect(guest.wasi('fd_filestat_set_times', fd, 5n, 6n, 5)).toBe(0)
    expect(guest.wasi('path_filestat_set_times', 3, 1, ...guest.put(PATH, 'a'), 5n, 6n, 10)).toBe(0)
    guest.stat('a')
    expect([40, 48, 56].map(time => guest.u64(STAT + time))).toEqual([0n, 0n, 0n])
    for (const flags of [3, 12, 15]) {
      expect(guest.wasi('fd_filestat_set_times', fd, 0n, 0n, flags)).toBe(ERRNO.inval)
      expect(guest.wasi('path_filestat_set_times', 3, 1, ...guest.put(PATH, 'a'), 0n, 0n, flags)).toBe(ERRNO.inval)
    }
    expect(guest.wasi('fd_filestat_set_times', 1, 0n, 0n, 0)).toBe(ERRNO.badf)
    expect(guest.wasi('path_filestat_set_times', 3, 1, ...guest.put(PATH, 'n'), 0n, 0n, 1)).toBe(ERRNO.noent)
  })

  test('streams have an unknown type', () => {
    const guest = files()
    guest.bytes.fill(0xff)
    expect([guest.wasi('fd_filestat_get', 0, STAT), guest.u64(STAT), guest.statAt(STAT)]).toEqual([
      0,
      0n,
      { type: FILETYPE.unknown, links: 0, size: 0, inode: 0 },
    ])
  })
})

describe('making (WASI-17)', () => {
  test.each([
    ['n', 0],
    ['n/', 0],
    ['n//', 0],
    ['d/n', 0],
    ['d/../n', 0],
    ['a', ERRNO.exist],
    ['a/', ERRNO.exist],
    ['d', ERRNO.exist],
    ['.', ERRNO.exist],
    ['d/..', ERRNO.exist],
    ['n/.', ERRNO.noent],
    ['n/m', ERRNO.noent],
    ['a/n', ERRNO.notdir],
    ['..', ERRNO.perm],
  ])('a directory at %s is %i', (path, errno) => {
    const guest = files()
    expect(mkdir(guest, path)).toBe(errno)
    if (errno === 0) expect(guest.stat(path)).toMatchObject({ type: FILETYPE.directory })
  })

  test.each([
    ['a', 'n', 0],
    ['no/matter', 'n', 0],
    ['', 'n', ERRNO.noent],
    ['/a', 'n', ERRNO.perm],
    ['a\0', 'n', ERRNO.inval],
    ['x', 'a', ERRNO.exist],
    ['x', 'd/', ERRNO.exist],
    ['x', 'n/', ERRNO.noent],
    ['x', 'n/m', ERRNO.noent],
  ])('a symbolic link to %j at %s is %i', (target, path, errno) => expect(symlink(files(), target, path)).toBe(errno))

  test.each([
    ['a', 'n', 0],
    ['d', 'n', ERRNO.perm],
    ['d/', 'n', ERRNO.perm],
    ['n', 'm', ERRNO.noent],
    ['a', 'd', ERRNO.exist],
    ['d', 'a', ERRNO.exist],
    ['a/', 'n', ERRNO.notdir],
    ['a', 'n/', ERRNO.noent],
    ['n', 'a/m', ERRNO.notdir],
  ])('another name %s for %s is %i', (from, to, errno) => expect(link(files(), from, to)).toBe(errno))

  test('a link is linked itself, and not followed', () => {
    const guest = files()
    symlink(guest, 'a', 'l')
    expect([link(guest, 'l', 'm'), link(guest, 'l', 'o', 1), readlink(guest, 'm')]).toEqual([0, ERRNO.inval, 'a'])
    expect(guest.stat('m')).toMatchObject({ links: 2 })
  })
})

describe('removing (WASI-17)', () => {
  test.each([
    ['a', 0, ERRNO.notdir],
    ['l', 0, ERRNO.notdir],
    ['d', ERRNO.isdir, ERRNO.notempty],
    ['d/e', ERRNO.isdir, 0],
    ['d/e/', ERRNO.isdir, ERRNO.inval],
    ['d/e/.', ERRNO.isdir, ERRNO.inval],
    ['.', ERRNO.isdir, ERRNO.inval],
    ['a/', ERRNO.notdir, ERRNO.notdir],
    ['n', ERRNO.noent, ERRNO.noent],
    ['n/', ERRNO.noent, ERRNO.noent],
    ['..', ERRNO.perm, ERRNO.perm],
  ])('%s as a file is %i, as a directory %i', (path, asFile, asDirectory) => {
    const guest = (): TestGuest => {
      const made = files()
      symlink(made, 'd/e', 'l')
      return made
    }
    expect([unlink(guest(), path), rmdir(guest(), path)]).toEqual([asFile, asDirectory])
  })

  test('removed entries are gone, and can be made again', () => {
    const guest = files()
    expect([unlink(guest, 'a'), guest.stat('a'), mkdir(guest, 'a'), rmdir(guest, 'a'), guest.list(3)]).toEqual([
      0,
      44,
      0,
      0,
      ['.', '..', 'd'],
    ])
  })
})

describe('moving (WASI-17)', () => {
  test.each([
    ['a', 'n', 0],
    ['a', 'd/x', 0],
    ['d', 'n', 0],
    ['d', 'n/', 0],
    ['d/', 'n', 0],
    ['d/s', 'd/e', 0],
    ['a', 'a', 0],
    ['d', 'd', 0],
    ['a', 'd', ERRNO.isdir],
    ['a', 'd/e', ERRNO.isdir],
    ['d', 'a', ERRNO.notdir],
    ['d/e', 'd/s', ERRNO.notempty],
    ['d/s', 'd', ERRNO.notempty],
    ['d/x', 'd', ERRNO.notempty],
    ['d', 'd/n', ERRNO.inval],
    ['d', 'd/s/n', ERRNO.inval],
    ['d', 'd/e', ERRNO.inval],
    ['a/', 'n', ERRNO.notdir],
    ['a', 'n/', ERRNO.notdir],
    ['n', 'm', ERRNO.noent],
    ['n/', 'm', ERRNO.noent],
    ['.', 'n', ERRNO.busy],
    ['a', '.', ERRNO.busy],
    ['d/s/..', 'n', ERRNO.busy],
    ['a', 'n/m', ERRNO.noent],
    ['..', 'n', ERRNO.perm],
  ])('%s to %s is %i', (from, to, errno) => {
    const guest = files()
    const before = guest.stat(from)
    expect(rename(guest, from, to)).toBe(errno)
    if (errno !== 0) return
    expect(guest.stat(to)).toEqual(before)
    if (from !== to) expect(guest.stat(from)).toBe(ERRNO.noent)
  })

  test('between two names of one file does nothing', () => {
    const guest = files()
    link(guest, 'a', 'b')
    expect([rename(guest, 'a', 'b'), guest.list(3)]).toEqual([0, ['.', '..', 'a', 'b', 'd']])
  })

  test('a directory has another parent afterwards', () => {
    const guest = files()
    const s = guest.open('d/s')
    expect([rename(guest, 'd/s', 's'), guest.read(guest.open('s/../a')), guest.stat('y', { fd: s })]).toMatchObject([
      0,
      'in a',
      { size: 0 },
    ])
    expect(rename(guest, 'd', 's/d')).toBe(0)
    expect(rename(guest, 's', 's/d/n')).toBe(ERRNO.inval)
  })

  test('the replaced entry is gone', () => {
    const guest = files()
    const left = guest.state.space.left
    const fd = guest.open('b', { oflags: OFLAG.create, rights: WRITE })
    guest.write(fd, 'x'.repeat(1000))
    guest.wasi('fd_close', fd)
    expect([rename(guest, 'a', 'b'), guest.read(guest.open('b')), guest.state.space.left]).toEqual([0, 'in a', left])
  })
})

describe('kept files (WASI-18)', () => {
  const leave = (guest: TestGuest, exit = 0): Finished => finish(guest, guest.state, exit, units => guest.charge(units))
  const kept = (keep: readonly string[]): unknown => {
    const guest = new TestGuest({ tree, keep, stdin: '' })
    guest.write(guest.open('d/new', { oflags: OFLAG.create, rights: WRITE }), 'made')
    symlink(guest, 'x', 'd/l')
    return shown(leave(guest).files)
  }

  test.each([
    [[], undefined],
    [['/nothing'], undefined],
    [['/a'], { a: 'in a' }],
    [['/a', '/a/'], { a: 'in a' }],
    [['/d/new', '/d/l', '/a/b'], { d: { l: '-> x', new: 'made' } }],
    [['/d/new', '/d'], { d: { e: {}, l: '-> x', new: 'made', s: { y: '' }, x: 'in x' } }],
    [['/d', '/d/new'], { d: { e: {}, l: '-> x', new: 'made', s: { y: '' }, x: 'in x' } }],
    [['/'], { a: 'in a', d: { e: {}, l: '-> x', new: 'made', s: { y: '' }, x: 'in x' } }],
  ])('of %j is %j', (keep, expected) => expect(kept(keep)).toEqual(expected))

  test('distinguishes unchanged files and directories', () => {
    const root = inputDirectory(tree)
    const guest = new TestGuest({ root, keep: ['/'] })
    const all = leave(guest).files
    expect(all?.kind === 'input' && all.entry.open()).toBe(root)
    guest.write(guest.open('d/x', { rights: WRITE }), 'I')
    const { files } = leave(guest)
    expect(files).toMatchObject({
      kind: 'directory',
      entries: [
        ['a', { kind: 'input' }],
        [
          'd',
          {
            entries: [
              ['e', { kind: 'input' }],
              ['s', { kind: 'input' }],
              ['x', { kind: 'file', size: 4 }],
            ],
          },
        ],
      ],
    })
  })

  test('is charged by the listed entries, and not for unused directories', () => {
    const guest = new TestGuest({ tree, keep: ['/'] })
    const costs = (): number => {
      const before = guest.units
      leave(guest)
      return guest.units - before
    }
    expect(costs()).toBe(0)
    mkdir(guest, 'd/n')
    expect(costs()).toBe(2 * 64 + 4 * 64)
  })

  test('is charged by the bytes of changed files, up to 64 MiB', () => {
    const size = 20 * 2 ** 20
    const guest = new TestGuest({ tree: { big: new Uint8Array(size) }, keep: ['/out'], fileBytes: 2 ** 30 })
    guest.wasi('fd_close', guest.open('big', { rights: WRITE }))
    mkdir(guest, 'out')
    link(guest, 'big', 'out/0')
    const costs = (): number => {
      const from = guest.units
      leave(guest)
      return guest.units - from
    }
    expect(costs()).toBe(2 * 64 + 64)
    // One byte changes the whole file.
    guest.write(guest.open('big', { rights: WRITE }), 'x')
    expect(costs()).toBe(2 * 64 + 64 + size)
    for (const name of ['1', '2']) link(guest, 'big', `out/${name}`)
    expect(costs()).toBe(2 * 64 + 3 * 64 + 3 * size)
    link(guest, 'big', 'out/3')
    expect(() => leave(guest)).toThrow('abi-violation')
  })

  test('has names of at most 1 MiB in one directory, with 64 bytes more for each', () => {
    const guest = new TestGuest({ keep: ['/out'] })
    mkdir(guest, 'out')
    const name = (i: number): string => `out/${String(i).padStart(192, '0')}`
    for (let i = 0; i < 4096; i++) symlink(guest, 'x', name(i))
    expect(leave(guest).files).toMatchObject({ kind: 'directory' })
    symlink(guest, 'x', 'out/a')
    expect(() => leave(guest)).toThrow('abi-violation')
  })

  test('lists directories on the way to mounts, since they have no CID', () => {
    const way: InputDirectory = { kind: 'directory', entries: () => [['in', entryOf(inputDirectory(tree))]] }
    const root: InputDirectory = { kind: 'directory', entries: () => [['way', entryOf(way)]] }
    const guest = new TestGuest({ root, keep: ['/'] })
    expect(leave(guest).files).toMatchObject({
      kind: 'directory',
      entries: [['way', { kind: 'directory', entries: [['in', { kind: 'input' }]] }]],
    })
    let deep: InputDirectory = inputDirectory({})
    for (let i = 0; i < 256; i++) {
      const below = deep
      deep = { kind: 'directory', entries: () => [['d', entryOf(below)]] }
    }
    expect(() => leave(new TestGuest({ root: deep, keep: ['/'] }))).toThrow('abi-violation')
    expect(() => leave(new TestGuest({ root: deep, keep: [`/${'d/'.repeat(256)}`] }))).toThrow('abi-violation')
  })

  test('entries that no path has named are kept without being opened (WASI-27)', () => {
    const link = { '/': 'bafkreidziarjr3uh2owfcc2uqgtxm6gxqesy6fl6xyu72cmnc3d3xra3gq' }
    const never: InputEntry = {
      link,
      open() {
        throw new Fault('block-missing', 'opened')
      },
    }
    const nested = (levels: number): InputDirectory => {
      let inner: InputDirectory = { kind: 'directory', link, entries: () => [['never', never]] }
      for (let i = 1; i < levels; i++) {
        const below = inner
        inner = { kind: 'directory', link, entries: () => [['d', entryOf(below)]] }
      }
      return inner
    }
    const guest = new TestGuest({ root: nested(1), keep: ['/'] })
    mkdir(guest, 'n')
    expect(leave(guest).files).toMatchObject({ entries: [['n', {}], ['never', { kind: 'input', entry: { link } }]] }) // prettier-ignore
    expect(() => guest.stat('never')).toThrow('opened')
    expect(() => guest.list(3)).toThrow('opened')
    // Whether it is a directory matters where no directory may lie.
    for (const [levels, opens] of [
      [255, false],
      [256, true],
    ] as const) {
      const deep = new TestGuest({ root: nested(levels), keep: ['/'] })
      let fd = 3
      for (let i = 1; i < levels; i++) fd = deep.open('d', { fd, oflags: OFLAG.directory })
      expect(deep.open('nothing', { fd })).toBe(-ERRNO.noent)
      if (opens) expect(() => leave(deep)).toThrow('opened')
      else expect(leave(deep).files).toMatchObject({ kind: 'directory' })
    }
  })

  test('is no deeper than 255 directories', () => {
    const guest = new TestGuest({ keep: ['/'] })
    let fd = 3
    const deeper = (): void => {
      mkdir(guest, 'd', fd)
      const next = guest.open('d', { fd })
      guest.wasi('fd_renumber', next, fd === 3 ? next : fd)
      fd = fd === 3 ? next : fd
    }
    for (let i = 0; i < 255; i++) deeper()
    expect(leave(guest).files).toMatchObject({ kind: 'directory' })
    deeper()
    expect(() => leave(guest)).toThrow('abi-violation')
  })

  test('has exit code and output, too', () => {
    const guest = new TestGuest()
    guest.write(1, 'out')
    guest.write(2, 'err')
    const { exit, stdout, stderr, files } = leave(guest, 7)
    expect([exit, Buffer.from(stdout).toString(), Buffer.from(stderr).toString(), files]).toEqual([
      7,
      'out',
      'err',
      undefined,
    ])
  })
})
