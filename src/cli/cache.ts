/** Caches that the command keeps between calls. */
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isPrivate } from '../content/private-folder.ts'
import { makeFolders } from '../content/folders.ts'

/**
 * The folder of a cache: below `IPVM_WASM_CACHE`, or else below the user's cache folder. It is not in the working directory,
 * whose contents may come from others, since whoever writes prepared modules decides what guests do. Undefined if the variable
 * is set and empty: then nothing is cached.
 */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { IPVM_WASM_CACHE: named, XDG_CACHE_HOME: home } = env
  if (named !== undefined) return named === '' ? undefined : join(named, name)
  return join(home || join(homedir(), '.cache'), 'ipvm-wasm', name)
}

/** Node's function that turns on its cache of compiled code. It does not exist before Node 22. */
type Enable = ((folder: string) => unknown) | undefined

/**
 * Turns on the cache of our own compiled code, if the platform has one and the folder is private. Whoever can write to the folder
 * decides what this program does.
 */
export function keepCompiledCode(
  enable = (nodeModule as { readonly enableCompileCache?: Enable }).enableCompileCache,
  folder = cacheFolder('code'),
): void {
  if (folder === undefined || enable === undefined) return
  try {
    makeFolders(folder, 0o700)
    if (isPrivate(folder)) enable(folder)
  } catch {
    // Without the cache the command only starts more slowly.
  }
}
