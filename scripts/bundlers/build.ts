/** Builds an app with a bundler, in a project of its own in which the packed package is installed as by a new user. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Unavailable } from '../install.ts'
import { RECIPES, type Bundler, type Recipe } from './recipes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The document of each app. */
const PAGE = fileURLToPath(new URL('app/index.html', import.meta.url))
/** Outside of the repository, whose `tsconfig.json` bundlers would obey. */
const CACHE = join(tmpdir(), `ipvm-wasm-bundlers-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`)

/** What a bundler has built. */
export interface Built {
  /** The folder with `index.html` and the built files, to be served as the root of a site. */
  readonly folder: string
  /** The version of the bundler. */
  readonly version: string
  /** What it printed. */
  readonly printed: string
}

let tarball: string | undefined

/**
 * Builds an app: a folder with `main.js`, and `worker.js`, which `main.js` starts. They import `ipvm-wasm`.
 *
 * @throws Unavailable if the bundler cannot be installed; Error if it fails
 */
export function buildWith(bundler: Bundler, app: string): Built {
  const { packages, config, command, takesHtml }: Recipe = RECIPES[bundler]
  const project = join(CACHE, bundler)
  mkdirSync(project, { recursive: true })
  install(project, packages, (tarball ??= pack()))
  cpSync(app, project, { recursive: true })
  copyFileSync(PAGE, join(project, 'index.html'))
  if (config !== undefined) writeFileSync(join(project, config.file), config.text)
  const folder = join(project, 'dist')
  rmSync(folder, { recursive: true, force: true })
  const [program, ...args] = command
  const windows = process.platform === 'win32'
  const { status, stdout, stderr, error } = spawnSync(join(project, 'node_modules/.bin', program), args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    shell: windows,
  })
  const printed = `${stdout}${stderr}`
  if (status !== 0) throw new Error(`${command.join(' ')} failed: ${error?.message ?? ''}\n${printed}`)
  if (!takesHtml) copyFileSync(PAGE, join(folder, 'index.html'))
  return { folder, version: versionOf(project, packages[0]!), printed }
}

/** Packs this package, and returns the tarball. */
function pack(): string {
  mkdirSync(CACHE, { recursive: true })
  const printed = npm(['pack', '--json', '--pack-destination', CACHE], ROOT)
  const packed = JSON.parse(printed) as { readonly filename: string }[] | Record<string, { readonly filename: string }>
  return join(CACHE, Object.values(packed)[0]!.filename)
}

/** Installs packages into a project, unless they are there already. */
function install(project: string, packages: readonly string[], packed: string): void {
  const stamp = join(project, 'installed.txt')
  const digest = createHash('sha256').update(readFileSync(packed)).digest('hex')
  const wanted = [digest, ...packages].join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  rmSync(stamp, { force: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--no-package-lock', '--prefer-offline']
  npm([...args, packed, ...packages], project)
  writeFileSync(stamp, wanted)
}

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  if (status === 0) return stdout
  const line = stderr?.split('\n').find(text => text.startsWith('npm error')) ?? 'npm does not run'
  throw new Unavailable(`npm ${args[0]} failed: ${line}`)
}

function versionOf(project: string, spec: string): string {
  const name = spec.slice(0, spec.lastIndexOf('@'))
  const text = readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
