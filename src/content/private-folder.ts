import { lstatSync } from 'node:fs'
import { userInfo } from 'node:os'

/** True if a folder belongs to the user and others have no access. False for a link. Throws if it does not exist. */
export function isPrivate(folder: string): boolean {
  const found = lstatSync(folder)
  const own = userInfo().uid
  // Windows has no such modes. There, folders of a user are taken to be private.
  return found.isDirectory() && (own < 0 || (found.uid === own && (found.mode & 0o077) === 0))
}
