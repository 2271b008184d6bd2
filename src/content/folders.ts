import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../base/realms.ts'

/**
 * Makes a folder and those above it, as far as they are not there; `mode` is that of the ones that are made. Throws the errors
 * of the file system. Node's own `recursive` tries for good where a folder is there and nothing can be made in it, as in `/proc`.
 */
export function makeFolders(path: string, mode?: number): void {
  try {
    mkdirSync(path, mode)
  } catch (error) {
    if (isFolder(path)) return
    const parent = dirname(path)
    if (codeOf(error) !== 'ENOENT' || parent === path || isFolder(parent)) throw error
    makeFolders(parent, mode)
    makeFolders(path, mode)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
