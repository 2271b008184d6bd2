/** Numbers of `wasi_snapshot_preview1`, as its witx files define them. */

/** What a call gives: 0, or why it was refused. Only what this library gives is here. */
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

/** The name of an errno. */
export type ErrnoName = keyof typeof ERRNO

/** What a descriptor or an entry of a directory is. */
export const FILETYPE = { unknown: 0, directory: 3, file: 4, link: 7 } as const

/** Rights by their bits. */
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

/** All rights that there are, those of sockets included. */
export const ALL_RIGHTS = (1n << 30n) - 1n

/** How a path is opened. */
export const OFLAG = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const

/** Flags of an open file. */
export const FDFLAG = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const

/** Which times are set, and which of them to the present. */
export const FSTFLAG = { access: 1, accessNow: 2, modification: 4, modificationNow: 8 } as const

/** Whether a symbolic link at the end of a path is followed. */
export const LOOKUP_FOLLOW = 1

/** From where a file is sought. */
export const WHENCE = { set: 0, current: 1, end: 2 } as const

/** The clocks that are there. */
export const CLOCK = { realtime: 0, monotonic: 1 } as const

/** What is waited for, and what happened. */
export const EVENT = { clock: 0, read: 1, write: 2 } as const

/** A subscription to a clock whose time is an instant. */
export const CLOCK_ABSOLUTE = 1

/** An event at the end of a file. */
export const EVENT_HANGUP = 1
