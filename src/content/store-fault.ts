/** Errors of the file system in a store, and the faults that they become. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { codeOf, messageOf } from '../base/realms.ts'

/** Advice for errors of file systems that a user can resolve. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or choose a store on another disk',
  EDQUOT: 'the disk quota is used up: free some space, or choose a store on another disk',
  EROFS: 'the file system is read-only: choose a store elsewhere',
  EACCES: 'access is denied: change the permissions of the folder, or choose a store elsewhere',
  EPERM: 'access is denied: change the permissions of the folder, or choose a store elsewhere',
  EIO: 'the disk reports an error: check it, and choose a store elsewhere',
  ENOTDIR: 'there is a file or a link where a folder is needed: remove it, or choose a store elsewhere',
  EEXIST: 'there is a file where a folder is needed: remove it, or choose a store elsewhere',
  EISDIR: 'there is a folder where a file is needed: remove it, or choose a store elsewhere',
  ELOOP: 'there is a link where a file is needed: remove it, or choose a store elsewhere',
  ENOTSUP: 'there is something that is no file where one is needed: remove it, or choose a store elsewhere',
  EMFILE: 'too many files are open: allow this process more',
  ENFILE: 'too many files are open: allow this system more',
}

/** The codes of errors that show that something else stands in the place of a block's file or of one of its folders. */
const IN_THE_WAY: readonly string[] = ['ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENOTSUP']

/** Converts an error of the file system to the fault store-failed. An error that is already a fault stays as it is. */
export function storeFailed(doing: string, place: string, error: unknown, cid?: CID): Fault {
  if (error instanceof Fault) return error
  const errno = codeOf(error)
  const met = errno !== undefined && IN_THE_WAY.includes(errno) ? (error as NodeJS.ErrnoException).path : undefined
  const path = met ?? place
  const advice = (errno === undefined ? undefined : ADVICE[errno]) ?? messageOf(error)
  const detail = { errno, path, ...(cid === undefined ? {} : { cid }) }
  return new Fault('store-failed', `${doing} ${path}: ${advice}`, detail, error)
}

/** Ignores the error that a file does not exist, and throws all other errors. It is an argument of `catch`. */
export function ifGone(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
