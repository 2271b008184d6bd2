/**
 * The 46 functions of `wasi_snapshot_preview1` as data: types, prices, abilities, checks of parameters, and the steps
 * that implement them. The table in docs/spec/wasi.md is generated from this file.
 */
import type { Ability, GrantPrice } from '../../interface-profile.ts'
import { ALL_RIGHTS } from './constants.ts'
import type { Step } from './state.ts'
import * as args from './steps/arguments.ts'
import * as descriptors from './steps/descriptors.ts'
import * as directories from './steps/directories.ts'
import * as files from './steps/files.ts'
import * as open from './steps/open.ts'
import * as paths from './steps/paths.ts'
import * as program from './steps/program.ts'
import * as virtual from './steps/virtual.ts'

/** A function of WASI. */
export interface Row {
  readonly name: string
  /** The type in the notation of grants. */
  readonly type: string
  /** The names of the parameters. */
  readonly params: readonly string[]
  /** True if the pure profile grants it, which has no clocks, randomness, polling and sockets. */
  readonly pure: boolean
  readonly may: readonly Ability[]
  readonly price: GrantPrice
  /** Parameters with a restricted set of values. Any other value is refused with EINVAL. */
  readonly values: readonly Values[]
  /** The ranges of memory that it reads or writes. One that is not in the memory is refused with EFAULT. */
  readonly ranges: readonly Range[]
  readonly step: Step
}

/** The index of a parameter, and its permitted values: combinations of flags, or unsigned numbers below a bound. */
export type Values =
  { readonly param: number; readonly flags: number | bigint } | { readonly param: number; readonly below: number }

/**
 * A range of memory, which begins where the parameter `pointer` points. Its size is `bytes`, times the parameter
 * `times` if given.
 */
export interface Range {
  readonly pointer: number
  readonly bytes: number
  readonly times?: number
  readonly access: 'read' | 'write'
}

type Rest = Partial<Pick<Row, 'pure' | 'may' | 'price' | 'values' | 'ranges'>>

/** The gas of a call. Calling the host and returning takes half a microsecond, and refusing a call takes as long. */
const FLAT = 50_000
/** The gas of a call with a path, which has to be decoded and split. */
const PATH_FLAT = 100_000
/** The gas of a unit. Bytes are copied, and may be hashed at the end of the run. */
const PER_UNIT = 200

/** Makes a row of the table. `signature` has the type and the names of the parameters, such as `ii:i argv argv_buf`. */
function row(name: string, signature: string, step: (...args: never[]) => void, rest: Rest = {}): Row {
  const [type, ...params] = signature.split(' ')
  return {
    name,
    type: type!,
    params,
    pure: true,
    may: [],
    price: { flat: name.startsWith('path_') ? PATH_FLAT : FLAT, perUnit: PER_UNIT },
    values: [],
    ranges: [],
    ...rest,
    step: step as Step,
  }
}

const reads = (pointer: number, bytes: number, times?: number): Range => range('read', pointer, bytes, times)
const writes = (pointer: number, bytes: number, times?: number): Range => range('write', pointer, bytes, times)
const range = (access: Range['access'], pointer: number, bytes: number, times?: number): Range =>
  times === undefined ? { access, pointer, bytes } : { access, pointer, bytes, times }

/** A text. Its length is the parameter after the pointer. */
const text = (pointer: number): Range => reads(pointer, 1, pointer + 1)
/** A list of buffers. Its length is the parameter after the pointer. */
const buffers = (pointer: number): Range => reads(pointer, 8, pointer + 1)

const flags = (param: number, flags: number | bigint): Values => ({ param, flags })
const below = (param: number, below: number): Values => ({ param, below })
const lookup = (param: number): Values => flags(param, 1)
const oflags = (param: number): Values => flags(param, 0xf)
const fdflags = (param: number): Values => flags(param, 0x1f)
const times = (param: number): Values => flags(param, 0xf)
const rights = (param: number): Values => flags(param, ALL_RIGHTS)

/** The price of a function whose work does not depend on its parameters. */
const FLAT_ONLY = { price: { flat: FLAT, perUnit: 0 } } as const
const DENIED = { pure: false } as const

export const TABLE: readonly Row[] = [
  row('args_get', 'ii:i argv argv_buf', args.argsGet),
  row('args_sizes_get', 'ii:i count size', args.argsSizesGet, { ...FLAT_ONLY, ranges: [writes(0, 4), writes(1, 4)] }),
  row('environ_get', 'ii:i environ environ_buf', args.environGet),
  row('environ_sizes_get', 'ii:i count size', args.environSizesGet, {
    ...FLAT_ONLY,
    ranges: [writes(0, 4), writes(1, 4)],
  }),
  row('clock_res_get', 'ii:i id resolution', virtual.clockResGet, {
    ...DENIED,
    ...FLAT_ONLY,
    values: [below(0, 4)],
    ranges: [writes(1, 8)],
  }),
  row('clock_time_get', 'iIi:i id precision time', virtual.clockTimeGet, {
    ...DENIED,
    ...FLAT_ONLY,
    values: [below(0, 4)],
    ranges: [writes(2, 8)],
  }),
  row('fd_advise', 'iIIi:i fd offset len advice', files.fdAdvise, { ...FLAT_ONLY, values: [below(3, 6)] }),
  row('fd_allocate', 'iII:i fd offset len', files.fdAllocate, FLAT_ONLY),
  row('fd_close', 'i:i fd', descriptors.fdClose, FLAT_ONLY),
  row('fd_datasync', 'i:i fd', files.fdSync, FLAT_ONLY),
  row('fd_fdstat_get', 'ii:i fd stat', descriptors.fdFdstatGet, { ...FLAT_ONLY, ranges: [writes(1, 24)] }),
  row('fd_fdstat_set_flags', 'ii:i fd flags', descriptors.fdFdstatSetFlags, { ...FLAT_ONLY, values: [fdflags(1)] }),
  row('fd_fdstat_set_rights', 'iII:i fd base inheriting', descriptors.fdFdstatSetRights, {
    ...FLAT_ONLY,
    values: [rights(1), rights(2)],
  }),
  row('fd_filestat_get', 'ii:i fd stat', descriptors.fdFilestatGet, { ...FLAT_ONLY, ranges: [writes(1, 64)] }),
  row('fd_filestat_set_size', 'iI:i fd size', files.fdFilestatSetSize),
  row('fd_filestat_set_times', 'iIIi:i fd atim mtim flags', descriptors.fdFilestatSetTimes, {
    ...FLAT_ONLY,
    values: [times(3)],
  }),
  row('fd_pread', 'iiiIi:i fd iovs iovs_len offset nread', files.fdPread, { ranges: [buffers(1), writes(4, 4)] }),
  row('fd_prestat_get', 'ii:i fd prestat', descriptors.fdPrestatGet, { ...FLAT_ONLY, ranges: [writes(1, 8)] }),
  row('fd_prestat_dir_name', 'iii:i fd path path_len', descriptors.fdPrestatDirName, { ranges: [writes(1, 1, 2)] }),
  row('fd_pwrite', 'iiiIi:i fd iovs iovs_len offset nwritten', files.fdPwrite, { ranges: [buffers(1), writes(4, 4)] }),
  row('fd_read', 'iiii:i fd iovs iovs_len nread', files.fdRead, { ranges: [buffers(1), writes(3, 4)] }),
  row('fd_readdir', 'iiiIi:i fd buf buf_len cookie used', directories.fdReaddir, {
    ranges: [writes(1, 1, 2), writes(4, 4)],
  }),
  row('fd_renumber', 'ii:i from to', descriptors.fdRenumber, FLAT_ONLY),
  row('fd_seek', 'iIii:i fd offset whence position', files.fdSeek, {
    ...FLAT_ONLY,
    values: [below(2, 3)],
    ranges: [writes(3, 8)],
  }),
  row('fd_sync', 'i:i fd', files.fdSync, FLAT_ONLY),
  row('fd_tell', 'ii:i fd position', files.fdTell, { ...FLAT_ONLY, ranges: [writes(1, 8)] }),
  row('fd_write', 'iiii:i fd iovs iovs_len nwritten', files.fdWrite, { ranges: [buffers(1), writes(3, 4)] }),
  row('path_create_directory', 'iii:i fd path path_len', paths.pathCreateDirectory, { ranges: [text(1)] }),
  row('path_filestat_get', 'iiiii:i fd flags path path_len stat', paths.pathFilestatGet, {
    values: [lookup(1)],
    ranges: [text(2), writes(4, 64)],
  }),
  row('path_filestat_set_times', 'iiiiIIi:i fd flags path path_len atim mtim fst_flags', paths.pathFilestatSetTimes, {
    values: [lookup(1), times(6)],
    ranges: [text(2)],
  }),
  row('path_link', 'iiiiiii:i old_fd old_flags old_path old_path_len new_fd new_path new_path_len', paths.pathLink, {
    values: [lookup(1)],
    ranges: [text(2), text(5)],
  }),
  row('path_open', 'iiiiiIIii:i fd dirflags path path_len oflags base inheriting fdflags opened', open.pathOpen, {
    values: [lookup(1), oflags(4), rights(5), rights(6), fdflags(7)],
    ranges: [text(2), writes(8, 4)],
  }),
  row('path_readlink', 'iiiiii:i fd path path_len buf buf_len used', paths.pathReadlink, {
    ranges: [text(1), writes(3, 1, 4), writes(5, 4)],
  }),
  row('path_remove_directory', 'iii:i fd path path_len', paths.pathRemoveDirectory, { ranges: [text(1)] }),
  row('path_rename', 'iiiiii:i fd old_path old_path_len new_fd new_path new_path_len', paths.pathRename, {
    ranges: [text(1), text(4)],
  }),
  row('path_symlink', 'iiiii:i old_path old_path_len fd new_path new_path_len', paths.pathSymlink, {
    ranges: [text(0), text(3)],
  }),
  row('path_unlink_file', 'iii:i fd path path_len', paths.pathUnlinkFile, { ranges: [text(1)] }),
  row('poll_oneoff', 'iiii:i in out nsubscriptions nevents', virtual.pollOneoff, {
    ...DENIED,
    ranges: [reads(0, 48, 2), writes(1, 32, 2), writes(3, 4)],
  }),
  row('proc_exit', 'i: code', program.procExit, { may: ['end-run'] }),
  row('proc_raise', 'i:i signal', program.procRaise, { ...FLAT_ONLY, values: [below(0, 31)] }),
  row('sched_yield', ':i', program.schedYield, FLAT_ONLY),
  row('random_get', 'ii:i buf buf_len', virtual.randomGet, { ...DENIED, ranges: [writes(0, 1, 1)] }),
  row('sock_accept', 'iii:i fd flags opened', virtual.noSocket, { ...DENIED, ...FLAT_ONLY }),
  row('sock_recv', 'iiiiii:i fd ri_data ri_data_len ri_flags size ro_flags', virtual.noSocket, {
    ...DENIED,
    ...FLAT_ONLY,
  }),
  row('sock_send', 'iiiii:i fd si_data si_data_len si_flags size', virtual.noSocket, { ...DENIED, ...FLAT_ONLY }),
  row('sock_shutdown', 'ii:i fd how', virtual.noSocket, { ...DENIED, ...FLAT_ONLY }),
]
