import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../base/realms.ts'

/**
 * Creates a folder and its parents, unless they exist. `mode` applies to folders that are created. Returns those. Throws the errors
 * of the file system. Node's `recursive` option is not used, since it loops forever in folders such as `/proc`.
 */
export function makeFolders(path: string, mode?: number): string[] {
  try {
    mkdirSync(path, mode)
    return [path]
  } catch (error) {
    if (isFolder(path)) return []
    const parent = dirname(path)
    if (codeOf(error) !== 'ENOENT' || parent === path || isFolder(parent)) throw error
    return [...makeFolders(parent, mode), ...makeFolders(path, mode)]
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
