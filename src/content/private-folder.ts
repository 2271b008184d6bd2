import { lstatSync } from 'node:fs'
import { userInfo } from 'node:os'

/** Whether a folder is the user's own and nobody else can look into it; a link to one is not. Throws if it is not there. */
export function isPrivate(folder: string): boolean {
  const found = lstatSync(folder)
  const own = userInfo().uid
  // Windows has no such modes: what lies in a user's folders there is the user's.
  return found.isDirectory() && (own < 0 || (found.uid === own && (found.mode & 0o077) === 0))
}
