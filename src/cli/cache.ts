/** What is kept between calls of the command. */
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isPrivate } from '../content/private-folder.ts'
import { makeFolders } from '../content/folders.ts'

/**
 * A folder for what is kept: below `IPVM_WASM_CACHE`, or else below the user's cache. It is not in the working directory,
 * since what lies there may come from others, and whoever writes prepared modules decides what guests do. Undefined if the
 * variable is there and empty: then nothing is kept.
 */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { IPVM_WASM_CACHE: named, XDG_CACHE_HOME: home } = env
  if (named !== undefined) return named === '' ? undefined : join(named, name)
  return join(home || join(homedir(), '.cache'), 'ipvm-wasm', name)
}

/** What turns on the platform's cache of compiled code in a folder; absent before Node 22. */
type Enable = ((folder: string) => unknown) | undefined

/**
 * Keeps the compiled form of our own code where the platform can, and the folder can be made and is the user's alone: whoever
 * can write there decides what we do.
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
    // A start that is slower, and nothing else.
  }
}
