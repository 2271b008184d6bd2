/**
 * Functions of `wasi_snapshot_preview1` as docs/spec/wasi.md defines them: a second opinion on `src/host/wasi`, which shares nothing
 * with it. They are those that programs use most, and those by which files come and go, but for links and renaming.
 */
import type { OracleFunction } from './imports.ts'
import type { Value } from './values.ts'
import {
  allow,
  areRights,
  callOf,
  isWithin,
  nodeOf,
  pathAt,
  typeOf,
  writeStat,
  writeTexts,
  writeTextSizes,
  type Call,
} from './wasi-call.ts'
import { MOST, read, rightsOf, seek, seekable, write } from './wasi-descriptors.ts'
import { list, makeDirectory, open, removeDirectory } from './wasi-directories.ts'
import { Refused, refuse } from './wasi-files.ts'
import { nodeAt, placeFor } from './wasi-paths.ts'
import type { Program } from './wasi-program.ts'

type Step = (call: Call, ...args: never[]) => void

/** Functions of WASI by the ids of their semantics, for one run. */
export function wasiFunctions(program: Program): Readonly<Record<string, OracleFunction>> {
  return Object.fromEntries(
    Object.entries(STEPS).map(([name, step]) => [`wasi-preview1/${name}@1`, functionOf(program, name, step)]),
  )
}

function functionOf(program: Program, name: string, step: Step): OracleFunction {
  return (run, args) => {
    try {
      ;(step as (call: Call, ...args: readonly Value[]) => void)(callOf(run, program), ...args)
      return name === 'proc_exit' ? [] : [0]
    } catch (error) {
      if (error instanceof Refused) return [error.errno]
      throw error
    }
  }
}

// ── The functions ───────────────────────────────────────────────────────────────────────────────────────────────────

/** By name. Parameters are unsigned. */
const STEPS: Readonly<Record<string, Step>> = {
  args_get: (call, pointers: number, buffer: number) => writeTexts(call, call.program.args, pointers, buffer),
  args_sizes_get: (call, count: number, size: number) => writeTextSizes(call, call.program.args, count, size),
  environ_get: (call, pointers: number, buffer: number) => writeTexts(call, call.program.variables, pointers, buffer),
  environ_sizes_get: (call, count: number, size: number) => writeTextSizes(call, call.program.variables, count, size),
  clock_time_get({ program, check, view }, id: number, _: bigint, result: number) {
    allow(id <= 3)
    check(result, 8)
    if (id > 1) refuse('badf')
    view.setBigUint64(result, program.now, true)
    program.now += 1000n
  },
  random_get({ program, pay, check, memory }, buffer: number, length: number) {
    check(buffer, length)
    pay(length)
    for (let i = 0; i < length; i++) memory[buffer + i] = program.random()
  },
  fd_close: ({ program }, fd: number) => program.close(fd),
  fd_renumber({ program }, from: number, to: number) {
    const found = program.at(from)
    program.at(to)
    if (from === to) return
    program.close(to)
    program.descriptors[to] = found
    program.descriptors[from] = undefined
  },
  fd_fdstat_get({ program, check, view, memory }, fd: number, stat: number) {
    check(stat, 24)
    const found = program.at(fd)
    const [base, inheriting] = rightsOf(found)
    memory[stat] = typeOf(nodeOf(found))
    view.setUint16(stat + 2, found.kind === 'file' ? found.flags : 0, true)
    view.setBigUint64(stat + 8, base, true)
    view.setBigUint64(stat + 16, inheriting, true)
  },
  fd_filestat_get(call, fd: number, stat: number) {
    call.check(stat, 64)
    writeStat(call, stat, nodeOf(call.program.at(fd)))
  },
  fd_filestat_set_size({ program, pay }, fd: number, size: bigint) {
    const { node, writes } = program.fileAt(fd)
    if (!writes || size > MOST) refuse('inval')
    if (size >= BigInt(node.size + program.space.left + 1)) refuse('nospc')
    node.resize(Number(size), pay)
  },
  fd_prestat_get({ program, check, memory, view }, fd: number, prestat: number) {
    check(prestat, 8)
    const found = program.at(fd)
    if (found.kind !== 'directory' || !found.isPreopened) refuse('badf')
    memory[prestat] = 0
    view.setUint32(prestat + 4, 1, true)
  },
  fd_prestat_dir_name({ program, check, pay, memory }, fd: number, pointer: number, length: number) {
    check(pointer, length)
    const found = program.at(fd)
    if (found.kind !== 'directory' || !found.isPreopened) refuse('notdir')
    if (length < 1) refuse('nametoolong')
    pay(1)
    memory[pointer] = 0x2f
  },
  fd_read(call, fd: number, list: number, count: number, result: number) {
    call.check(list, 8 * count)
    call.check(result, 4)
    read(call, fd, list, count, result)
  },
  fd_write(call, fd: number, list: number, count: number, result: number) {
    call.check(list, 8 * count)
    call.check(result, 4)
    write(call, fd, list, count, result)
  },
  fd_seek: seek,
  fd_tell(call, fd: number, result: number) {
    call.check(result, 8)
    call.view.setBigUint64(result, seekable(call, fd).position, true)
  },
  fd_readdir(call, fd: number, buffer: number, size: number, cookie: bigint, result: number) {
    call.check(buffer, size)
    call.check(result, 4)
    list(call, fd, buffer, size, cookie, result)
  },
  path_open(
    call,
    fd: number,
    lookup: number,
    pointer: number,
    length: number,
    oflags: number,
    base: bigint,
    inheriting: bigint,
    fdflags: number,
    result: number,
  ) {
    allow(isWithin(lookup, 1) && isWithin(oflags, 0xf) && areRights(base) && areRights(inheriting))
    allow(isWithin(fdflags, 0x1f))
    call.check(pointer, length)
    call.check(result, 4)
    call.view.setUint32(result, open(call, [fd, pointer, length, oflags, fdflags], base), true)
  },
  path_filestat_get(call, fd: number, lookup: number, pointer: number, length: number, stat: number) {
    allow(isWithin(lookup, 1))
    call.check(pointer, length)
    call.check(stat, 64)
    const { node: base } = call.program.directoryAt(fd)
    writeStat(call, stat, nodeAt(base, pathAt(call, pointer, length), call.pay))
  },
  path_create_directory: makeDirectory,
  path_remove_directory: removeDirectory,
  path_unlink_file(call, fd: number, pointer: number, length: number) {
    call.check(pointer, length)
    const { node: base } = call.program.directoryAt(fd)
    const { directory, name, node } = placeFor(base, pathAt(call, pointer, length), call.pay)
    if (name === undefined) refuse('isdir')
    if (node === undefined) refuse('noent')
    if (node!.kind === 'directory') refuse('isdir')
    directory.remove(name!, call.pay)
  },
  proc_exit: ({ run, program }, code: number) => program.exit(run, code),
}

/** Names of the functions that are here. */
export const WASI_NAMES: readonly string[] = Object.keys(STEPS)
