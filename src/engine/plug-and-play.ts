/** Yarn's Plug'n'Play: there are no folders of packages, and a loader of Yarn's own says where each is. */
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { join, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The switches of Node that a process needs to find packages, as `NODE_OPTIONS`; undefined where they lie in folders. They are
 * made from where the loader is, so nothing else of this process's environment is handed on.
 */
export function plugAndPlayOptions(): string | undefined {
  if (!('findPnpApi' in module)) return undefined
  const loader = createRequire(import.meta.url).resolve('pnpapi')
  const forModules = join(dirname(loader), '.pnp.loader.mjs')
  const quoted = `--require ${JSON.stringify(loader)}`
  return existsSync(forModules)
    ? `${quoted} --experimental-loader ${JSON.stringify(pathToFileURL(forModules).href)}`
    : quoted
}
