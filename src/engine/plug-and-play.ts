/** Support of Yarn's Plug'n'Play, which finds packages by a loader of Yarn instead of in `node_modules`. */
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { join, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The value of `NODE_OPTIONS` with which a child process finds packages; undefined without Plug'n'Play. It is made from the path
 * of the loader, so that nothing else of this process's environment is passed on.
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
