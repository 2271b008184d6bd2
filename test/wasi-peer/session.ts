/** Random sequences of calls of WASI, some with hostile pointers, descriptors and paths. */
import { ALL_RIGHTS } from '../../src/host/wasi/constants.ts'
import type { Random } from '../support/random.ts'
import { BUFFERS, DATA, PATH, PATH_2, RESULT, STAT, type Tree } from '../host/wasi/guest.ts'

/** The pages of the memory. */
export const PAGES = 1
export const MEMORY_BYTES = 65_536 * PAGES

/** A call, and the bytes that are written to memory before it. */
export interface Call {
  readonly name: string
  readonly params: readonly (number | bigint)[]
  readonly poke: readonly (readonly [at: number, bytes: Uint8Array])[]
  /** The indices of the parameters that are descriptors. */
  readonly fds: readonly number[]
  /** The addresses of descriptors in memory, which are 4 bytes each. */
  readonly fdsAt: readonly number[]
  /** The nanoseconds by which a successful call advances the clocks at least. */
  readonly sleeps: bigint
}

/** The environment of a program. */
export interface Surroundings {
  readonly tree: Tree
  readonly args: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly stdin: string
}

export const SURROUNDINGS: Surroundings = {
  tree: {
    a: 'the first file',
    b: '0123456789'.repeat(1000),
    empty: '',
    dir: { x: 'in a directory', sub: { deep: 'deeper' }, none: {} },
    ü: { 'ß€😀': 'not ASCII' },
  },
  args: ['program', 'ä', '', '😀 two words'],
  variables: { A: '1', B: '', HOME: '/', Ö: 'ü' },
  stdin: 'what is typed\nin two lines\n',
}

const NAMES = ['a', 'b', 'c', 'dir', 'sub', 'x', 'deep', 'none', 'empty', 'ü', 'ß€😀', 'l', 'm', 'n']
const WAYS = ['.', '..', '', ...NAMES, 'dir/sub', 'dir/none', 'dir/x', 'dir/..', 'l/x', 'm/sub']
const BAD_PATHS: readonly (string | Uint8Array)[] = [
  '/a',
  '/',
  '',
  'a\0',
  'x'.repeat(255),
  'x'.repeat(256),
  'dir/'.repeat(1200),
  Uint8Array.of(0x61, 0xff),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xc0, 0xaf),
]
const POINTERS = [0, 1, -1, 65_536, 65_535, 65_532, 65_528, 65_472, 0x7fff_fff8, -8]
const OFFSETS = [0n, 1n, 5n, 13n, 14n, 4095n, 4096n, 9_990n, 20_000n, 2n ** 63n - 1n, -1n, -(2n ** 63n)]
const MILLISECOND = 1_000_000n
const HOUR = 3_600_000_000_000n
const RIGHTS = [1n << 1n, 1n << 6n, (1n << 1n) | (1n << 6n), 0n, ALL_RIGHTS]

export class CallMaker {
  readonly #random: Random
  /** The descriptors that are probably open. */
  readonly #open: () => readonly number[]

  constructor(random: Random, open: () => readonly number[]) {
    this.#random = random
    this.#open = open
  }

  next(): Call {
    // Both hosts have the same bytes in the places of results.
    const poke: [number, Uint8Array][] = [[RESULT, new Uint8Array(8)]]
    const parts = new Parts(this.#random, poke, this.#open())
    const [name, ...params] = this.#random.pick(MAKERS)(parts)
    // Without the root, few calls would have effects.
    if (/fd_close|fd_renumber/.test(name) && params.includes(3) && !this.#random.once(50)) return this.next()
    const fds = FD_PARAMS[name] ?? []
    // Sometimes one parameter is hostile.
    if (this.#random.once(25) && params.length > 0) {
      const i = this.#random.below(params.length)
      // A listing that lies where its length is written cannot be told.
      const isListing = name === 'fd_readdir' && i === 1
      // Without some of its subscriptions, a poll might wait for an hour.
      const isCount = name === 'poll_oneoff' && i === 2
      if (!fds.includes(i) && !isListing && !isCount)
        params[i] = typeof params[i] === 'bigint' ? this.#random.pick(OFFSETS) : this.#random.pick(POINTERS)
    }
    return { name, params, poke, fds, fdsAt: parts.fdsAt, sleeps: parts.sleeps }
  }
}

/** Parts of calls, which put what they need into the memory. */
class Parts {
  readonly random: Random
  readonly fdsAt: number[] = []
  sleeps = 0n
  readonly #poke: [number, Uint8Array][]
  readonly #open: readonly number[]

  constructor(random: Random, poke: [number, Uint8Array][], open: readonly number[]) {
    this.random = random
    this.#poke = poke
    this.#open = open
  }

  fd(): number {
    return this.random.once(12) || this.#open.length === 0
      ? this.random.pick([-1, 4, 9, 99, 0, 1, 2])
      : this.random.pick(this.#open)
  }

  /** Mostly the root. */
  base(): number {
    return this.random.once(3) ? this.fd() : 3
  }

  path(at = PATH): readonly [number, number] {
    return this.put(at, this.text())
  }

  text(): string | Uint8Array {
    const { random } = this
    if (random.once(20)) return random.pick(BAD_PATHS)
    const names = Array.from({ length: 1 + random.below(random.once(3) ? 3 : 1) }, () => random.pick(WAYS))
    return names.join('/') + (random.once(8) ? '/' : '')
  }

  /** At most one buffer with bytes in it, since Wasmtime moves those of one alone. */
  buffers(content?: string): readonly [number, number] {
    const { random } = this
    const length = content?.length ?? random.pick([1, 3, 100, 5000])
    const bytes = new Uint8Array(8 * 3)
    const view = new DataView(bytes.buffer)
    const index = random.below(3)
    view.setUint32(8 * index, DATA, true)
    view.setUint32(8 * index + 4, length, true)
    if (random.once(30)) view.setUint32(8 * index, random.pick(POINTERS), true)
    if (random.once(30)) view.setUint32(8 * index + 4, random.pick(POINTERS), true)
    this.put(BUFFERS, bytes)
    if (content !== undefined) this.put(DATA, content)
    return [BUFFERS, index + 1 + random.below(3 - index)]
  }

  content(): string {
    return this.random.pick(['x', 'some text', 'lorem ipsum '.repeat(50), 'y'.repeat(5000)])
  }

  offset(): bigint {
    return this.random.pick(OFFSETS)
  }

  /** Subscriptions of which one at least is ready at once, or invalid, or a clock that is due in a millisecond. */
  subscriptions(): readonly [pointer: number, count: number] {
    const { random } = this
    const count = 1 + random.below(4)
    const first = random.below(count)
    const waits = random.once(4)
    if (waits) this.sleeps = MILLISECOND
    for (let i = 0; i < count; i++) {
      const at = BUFFERS + 48 * i
      if (waits || (i !== first && random.once(3))) this.#clock(at, i === first ? MILLISECOND : HOUR)
      else if (random.once(2)) this.#clock(at, 0n)
      else this.#descriptor(at)
    }
    return [BUFFERS, random.once(30) ? 0 : count]
  }

  /** A subscription to a clock, which is due after a time or, for 0, at once. An hour means any longer time, too. */
  #clock(at: number, after: bigint): void {
    const { random } = this
    const view = this.#subscription(at, 0)
    const absolute = after !== MILLISECOND && random.once(3)
    const far = [after, 2n ** 63n, 2n ** 64n - 1n]
    const timeout =
      after === HOUR ? random.pick(absolute ? far.slice(1) : far) : absolute ? random.pick([0n, 1n]) : after
    view.setUint32(16, random.once(20) ? random.pick([2, 3, 9]) : random.below(2), true)
    view.setBigUint64(24, timeout, true)
    view.setBigUint64(32, random.pick([0n, 1n, 2n ** 64n - 1n]), true)
    view.setUint16(40, random.once(20) ? random.pick([2, 3, 256]) : absolute ? 1 : 0, true)
  }

  #descriptor(at: number): void {
    const view = this.#subscription(at, this.random.once(20) ? this.random.pick([3, 255]) : 1 + this.random.below(2))
    view.setInt32(16, this.fd(), true)
    this.fdsAt.push(at + 16)
  }

  #subscription(at: number, type: number): DataView {
    // Padding has no meaning.
    const bytes = new Uint8Array(48).fill(this.random.pick([0, 0x55, 0xff]))
    bytes.set([this.random.below(256), 0, 0, 0, 0, 0, 0, this.random.below(256), type])
    this.put(at, bytes)
    return new DataView(bytes.buffer)
  }

  lookup(): number {
    return this.random.once(20) ? 2 : this.random.below(2)
  }

  put(at: number, content: string | Uint8Array): readonly [number, number] {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    this.#poke.push([at, bytes])
    return [at, bytes.length]
  }
}

type Made = [name: string, ...params: (number | bigint)[]]

const one =
  (name: string): ((parts: Parts) => Made) =>
  parts => [name, parts.fd()]

const MAKERS: readonly ((parts: Parts) => Made)[] = [
  ...Array.from({ length: 10 }, () => (p: Parts): Made => {
    const oflags = p.random.pick([0, 0, 0, 1, 1, 2, 2, 3, 5, 8, 9, 10, 13, 16])
    const fdflags = p.random.pick([0, 0, 0, 0, 1, 4, 5, 2, 32])
    return [
      'path_open',
      p.base(),
      p.lookup(),
      ...p.path(),
      oflags,
      p.random.pick(RIGHTS),
      p.random.pick(RIGHTS),
      fdflags,
      RESULT,
    ]
  }),
  ...Array.from({ length: 4 }, () => (p: Parts): Made => ['fd_write', p.fd(), ...p.buffers(p.content()), RESULT]),
  ...Array.from({ length: 4 }, () => (p: Parts): Made => ['fd_read', p.fd(), ...p.buffers(), RESULT]),
  p => ['fd_pread', p.fd(), ...p.buffers(), p.offset(), RESULT],
  p => ['fd_pwrite', p.fd(), ...p.buffers(p.content()), p.random.pick([0n, 3n, 4090n, 9990n, -1n]), RESULT],
  p => [
    'fd_seek',
    p.fd(),
    p.random.pick([0n, 1n, -1n, 7n, 5000n, 2n ** 63n - 1n]),
    p.random.pick([0, 1, 2, 3]),
    RESULT,
  ],
  p => ['fd_tell', p.fd(), RESULT],
  p => ['fd_filestat_get', p.fd(), STAT],
  p => ['fd_filestat_set_size', p.fd(), p.random.pick([0n, 1n, 5n, 4096n, 10_001n, 12_000n, -1n])],
  p => ['fd_filestat_set_times', p.fd(), 1n, 2n, p.random.below(16)],
  p => ['fd_fdstat_get', p.fd(), STAT],
  p => ['fd_fdstat_set_flags', p.fd(), p.random.pick([0, 1, 4, 5, 2, 32])],
  p => ['fd_fdstat_set_rights', p.fd(), p.random.pick(RIGHTS), 0n],
  p => ['fd_prestat_get', p.fd(), STAT],
  p => ['fd_prestat_dir_name', p.fd(), DATA, p.random.pick([0, 1, 2])],
  p => ['fd_renumber', p.fd(), p.fd()],
  p => ['fd_advise', p.fd(), p.offset(), p.offset(), p.random.below(7)],
  p => ['fd_allocate', p.fd(), 0n, 10n],
  one('fd_close'),
  one('fd_close'),
  one('fd_sync'),
  one('fd_datasync'),
  p => ['fd_readdir', p.fd(), DATA, 4096, p.random.pick([0n, 0n, 0n, 1000n, -1n]), RESULT],
  p => ['fd_readdir', p.fd(), DATA, p.random.pick([0, 1, 24, 25, 60]), 0n, RESULT],
  (): Made => ['args_sizes_get', RESULT, RESULT + 4],
  (): Made => ['args_get', STAT, DATA],
  (): Made => ['environ_sizes_get', RESULT, RESULT + 4],
  (): Made => ['environ_get', STAT, DATA],
  p => ['path_create_directory', p.base(), ...p.path()],
  p => ['path_create_directory', p.base(), ...p.path()],
  ...Array.from({ length: 4 }, () => (p: Parts): Made => [
    'path_filestat_get',
    p.base(),
    p.lookup(),
    ...p.path(),
    STAT,
  ]),
  p => ['path_filestat_set_times', p.base(), p.lookup(), ...p.path(), 1n, 2n, p.random.below(16)],
  p => ['path_link', p.base(), p.random.once(4) ? p.lookup() : 0, ...p.path(), p.base(), ...p.path(PATH_2)],
  p => ['path_link', p.base(), 0, ...p.path(), p.base(), ...p.path(PATH_2)],
  p => ['path_readlink', p.base(), ...p.path(), DATA, p.random.pick([0, 1, 100]), RESULT],
  p => ['path_remove_directory', p.base(), ...p.path()],
  p => ['path_rename', p.base(), ...p.path(), p.base(), ...p.path(PATH_2)],
  p => ['path_rename', p.base(), ...p.path(), p.base(), ...p.path(PATH_2)],
  p => ['path_symlink', ...p.path(), p.base(), ...p.path(PATH_2)],
  p => ['path_symlink', ...p.path(), p.base(), ...p.put(PATH_2, p.random.pick(['l', 'm', 'n', 'dir/l']))],
  p => ['path_unlink_file', p.base(), ...p.path()],
  () => ['sched_yield'],
  p => ['proc_raise', p.random.below(32)],
  p => ['clock_res_get', p.random.below(6), RESULT],
  p => ['clock_time_get', p.random.below(p.random.once(4) ? 6 : 2), p.random.pick([0n, 1n, -1n]), RESULT],
  p => ['random_get', DATA, p.random.pick([0, 1, 31, 32, 33, 5000])],
  ...Array.from({ length: 4 }, () => (p: Parts): Made => ['poll_oneoff', ...polled(p), RESULT]),
  p => ['sock_accept', p.fd(), p.random.pick([0, 4, 64]), RESULT],
  p => ['sock_recv', p.fd(), ...p.buffers(), p.random.pick([0, 1, 2, 8]), RESULT, RESULT + 4],
  p => ['sock_send', p.fd(), ...p.buffers(p.content()), 0, RESULT],
  p => ['sock_shutdown', p.fd(), p.random.below(4)],
]

function polled(parts: Parts): readonly [from: number, to: number, count: number] {
  const [from, count] = parts.subscriptions()
  return [from, DATA, count]
}

const FD_PARAMS: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(
    (
      'advise allocate close datasync fdstat_get fdstat_set_flags fdstat_set_rights filestat_get filestat_set_size ' +
      'filestat_set_times pread prestat_get prestat_dir_name pwrite read readdir seek sync tell write'
    )
      .split(' ')
      .map(name => [`fd_${name}`, [0]]),
  ),
  fd_renumber: [0, 1],
  path_create_directory: [0],
  path_filestat_get: [0],
  path_filestat_set_times: [0],
  path_link: [0, 4],
  path_open: [0],
  path_readlink: [0],
  path_remove_directory: [0],
  path_rename: [0, 3],
  path_symlink: [2],
  path_unlink_file: [0],
  sock_accept: [0],
  sock_recv: [0],
  sock_send: [0],
  sock_shutdown: [0],
}
