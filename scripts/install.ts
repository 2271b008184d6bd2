/**
 * Gets what a script needs, into the cache folder or by Debian's packages. Nothing of it is a dependency of this project.
 * What cannot be had is a reason to skip what needs it, and the reason is printed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why something cannot run here. */
export class Unavailable extends Error {}

/**
 * The path of a file of an npm package, installed into a folder of its own under the cache. A later version within the
 * range is taken when the folder is removed.
 */
export function npmFile(
  cache: string,
  folder: string,
  spec: string,
  file: string,
  options: readonly string[] = [],
): string {
  const home = join(cache, folder)
  const path = join(home, 'node_modules', file)
  if (existsSync(path)) return path
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-save', ...options, spec], {
    cwd: home,
    encoding: 'utf8',
  })
  if (status === 0 && existsSync(path)) return path
  const line = stderr?.split('\n').find(text => text.startsWith('npm error'))
  throw new Unavailable(`npm could not install ${spec}${line === undefined ? '' : `: ${line}`}`)
}

/** The path of a program, installed with Debian's packages if it is not there and this is root. */
export function debianProgram(program: string, packages: readonly string[]): string {
  const there = onPath(program)
  if (there !== undefined) return there
  debianPackages(packages)
  const found = onPath(program)
  if (found === undefined) throw new Unavailable(`the packages ${packages.join(', ')} have no ${program}`)
  return found
}

/** Installs Debian's packages. */
export function debianPackages(packages: readonly string[]): void {
  if (onPath('apt-get') === undefined) throw new Unavailable(`${packages[0]} is not installed, and there is no apt-get`)
  if (process.getuid?.() !== 0)
    throw new Unavailable(`${packages[0]} is not installed: as root, apt-get install ${packages.join(' ')}`)
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { stdio: 'ignore' })
  } catch {
    throw new Unavailable(`apt-get could not install ${packages.join(' ')}`)
  }
}

/** The path of a program, if it is there. */
export function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(folder => join(folder, program))
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
