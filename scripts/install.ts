/**
 * Installs tools that scripts need: Debian packages, packages of npm and PyPI, and programs built with cargo or go.
 * They go into a cache folder, and are not dependencies of this project. If a tool cannot be installed, the script
 * skips what needs it, and prints the reason.
 */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A tool cannot be installed. The message is the reason. */
export class Unavailable extends Error {}

/**
 * The path of a file in an npm package. The package is installed into a folder of its own in the cache. To get a later
 * version in the range, remove this folder.
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

/**
 * The path of the program of a crate in this repository, built with cargo in the cache. The lock file of the crate pins
 * all its dependencies. If the crate does not compile, this throws an `Error` and not `Unavailable`.
 */
export function crateProgram(cache: string, manifest: string, program: string): string {
  if (onPath('cargo') === undefined) throw new Unavailable('cargo is not installed')
  const cargo = (...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync('cargo', [...args, '--quiet', '--locked', '--manifest-path', manifest], { encoding: 'utf8' })
  const fetched = cargo('fetch')
  if (fetched.status !== 0)
    throw new Unavailable(`cargo could not fetch the crates of ${program}: ${lastLine(fetched.stderr)}`)
  const target = join(cache, 'cargo')
  const built = cargo('build', '--release', '--offline', '--target-dir', target)
  const tooOld = /requires rustc|is not supported by the following packages?|feature `edition\d+` is required/
  if (built.status !== 0 && tooOld.test(built.stderr)) throw new Unavailable(`cargo is too old for ${program}`)
  if (built.status !== 0) throw new Error(`${program} does not build:\n${built.stderr}`)
  return join(target, 'release', process.platform === 'win32' ? `${program}.exe` : program)
}

/** The path of a program of a Go module at an exact version, built with go in the cache. */
export function goProgram(cache: string, program: string, spec: string): string {
  const bin = join(cache, 'go', spec.replaceAll(/[^\w.@-]/g, '+'))
  const path = join(bin, process.platform === 'win32' ? `${program}.exe` : program)
  if (existsSync(path)) return path
  if (onPath('go') === undefined) throw new Unavailable('go is not installed')
  const { status, stderr } = spawnSync('go', ['install', spec], {
    encoding: 'utf8',
    env: { ...process.env, GOBIN: bin, GOFLAGS: '-mod=mod' },
  })
  if (status !== 0) throw new Unavailable(`go could not install ${spec}: ${lastLine(stderr)}`)
  return path
}

/** The path of Python in a virtual environment with one package at an exact version. */
export function pythonWith(cache: string, spec: string): string {
  const home = join(cache, 'python', spec)
  const windows = process.platform === 'win32'
  const python = join(home, windows ? 'Scripts/python.exe' : 'bin/python')
  const run = (program: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(program, args, { encoding: 'utf8' })
  const name = spec.split('==')[0]!
  if (existsSync(python) && run(python, '-c', `import ${name}`).status === 0) return python
  const made = run(windows ? 'python' : 'python3', '-m', 'venv', home)
  if (made.error !== undefined) throw new Unavailable('python is not installed')
  if (made.status !== 0) throw new Unavailable(`python could not make an environment: ${lastLine(made.stderr)}`)
  const { status, stderr } = run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', spec)
  if (status !== 0) throw new Unavailable(`pip could not install ${spec}: ${lastLine(stderr)}`)
  return python
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!.trim()
}

/** The path of a program. If it is missing and the user is root, its Debian packages are installed. */
export function debianProgram(program: string, packages: readonly string[]): string {
  const there = onPath(program)
  if (there !== undefined) return there
  debianPackages(packages)
  const found = onPath(program)
  if (found === undefined) throw new Unavailable(`the packages ${packages.join(', ')} have no ${program}`)
  return found
}

/** Installs Debian packages. */
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

/** The path of a program; undefined if it is not in the search path. */
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
