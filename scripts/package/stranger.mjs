/** Makes projects in which the packed package is used as by a new user: empty folders outside of this repository. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The package.json of this package. */
export const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Enough time for an installation over a slow connection. */
const TIMEOUT_MS = 240_000

/** Makes a folder for all projects. The caller removes it. */
export function makeFolder() {
  return mkdtempSync(join(tmpdir(), 'ipvm-wasm-package-'))
}

/** Runs a command, and returns its output. If it fails, throws an error that contains the output. */
export function run(command, args, cwd, env = {}) {
  const options = {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  }
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (${error?.message ?? `exit ${status}`})\n${stdout}\n${stderr}`)
  return stdout
}

/** Runs a script of a project with this Node. */
export function node(project, ...args) {
  return run(process.execPath, args, project)
}

/** Packs the package. Returns the tarball, and npm's list of its files. */
export function pack(folder) {
  const printed = run('npm', ['pack', '--json', '--pack-destination', folder], ROOT)
  const packed = JSON.parse(printed)
  const [{ filename, size, unpackedSize, files }] = Array.isArray(packed) ? packed : Object.values(packed)
  return { tarball: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) }
}

/** Makes a new project with these files. */
export function makeProject(folder, name, files = {}, description = {}) {
  const project = join(folder, name)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module', ...description }))
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text)
  return project
}

/** Throws if a text is not the expected one. */
export function expectText(what, text, expected) {
  if (text !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(text)}`)
}
