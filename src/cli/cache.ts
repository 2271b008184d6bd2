/** What is kept between calls of the command. */
import { mkdirSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

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

/** Keeps the compiled form of our own code where the platform can, which is Node from 22 on, and the folder can be made. */
export function keepCompiledCode(): void {
  const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (folder: string) => unknown }
  const folder = cacheFolder('code')
  if (folder === undefined || enableCompileCache === undefined) return
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    enableCompileCache(folder)
  } catch {
    // A start that is slower, and nothing else.
  }
}
