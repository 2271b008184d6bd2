/** Constants of `wasi_snapshot_preview1`, as its witx files define them. */

/** The return value of a call: 0, or the reason of a refusal. Only values that this library returns are listed. */
export const ERRNO = {
  success: 0,
  badf: 8,
  busy: 10,
  exist: 20,
  fault: 21,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nomem: 48,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  perm: 63,
  spipe: 70,
} as const

/** The name of an errno, without the prefix E. */
export type ErrnoName = keyof typeof ERRNO

/** The type of a descriptor or of an entry of a directory. */
export const FILETYPE = { unknown: 0, directory: 3, file: 4, link: 7 } as const

/** The rights of a descriptor, as bits. */
export const RIGHT = {
  fdDatasync: 1n << 0n,
  fdRead: 1n << 1n,
  fdSeek: 1n << 2n,
  fdFdstatSetFlags: 1n << 3n,
  fdSync: 1n << 4n,
  fdTell: 1n << 5n,
  fdWrite: 1n << 6n,
  fdAdvise: 1n << 7n,
  fdAllocate: 1n << 8n,
  pathCreateDirectory: 1n << 9n,
  pathCreateFile: 1n << 10n,
  pathLinkSource: 1n << 11n,
  pathLinkTarget: 1n << 12n,
  pathOpen: 1n << 13n,
  fdReaddir: 1n << 14n,
  pathReadlink: 1n << 15n,
  pathRenameSource: 1n << 16n,
  pathRenameTarget: 1n << 17n,
  pathFilestatGet: 1n << 18n,
  pathFilestatSetSize: 1n << 19n,
  pathFilestatSetTimes: 1n << 20n,
  fdFilestatGet: 1n << 21n,
  fdFilestatSetSize: 1n << 22n,
  fdFilestatSetTimes: 1n << 23n,
  pathSymlink: 1n << 24n,
  pathRemoveDirectory: 1n << 25n,
  pathUnlinkFile: 1n << 26n,
  pollFdReadwrite: 1n << 27n,
} as const

/** All rights, including those of sockets. */
export const ALL_RIGHTS = (1n << 30n) - 1n

/** Flags of `path_open`. */
export const OFLAG = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const

/** Flags of an open file. */
export const FDFLAG = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const

/** Flags that say which times are set, and which of these to the current time. */
export const FSTFLAG = { access: 1, accessNow: 2, modification: 4, modificationNow: 8 } as const

/** The flag for following a symbolic link at the end of a path. */
export const LOOKUP_FOLLOW = 1

/** The origin of the offset in `fd_seek`. */
export const WHENCE = { set: 0, current: 1, end: 2 } as const

/** The ids of the clocks that exist. */
export const CLOCK = { realtime: 0, monotonic: 1 } as const

/** The types of subscriptions and events of `poll_oneoff`. */
export const EVENT = { clock: 0, read: 1, write: 2 } as const

/** The flag of a clock subscription whose timeout is an absolute time. */
export const CLOCK_ABSOLUTE = 1

/** The flag of an event at the end of a file. */
export const EVENT_HANGUP = 1
