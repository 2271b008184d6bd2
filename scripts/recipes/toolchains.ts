/** The toolchains of recipes, by the first word of the command that needs them. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { debianPackages, onPath, Unavailable } from '../install.ts'
import { isPrebuilt, ROOT, type Recipe } from './recipes.ts'
import type { Program } from './shell.ts'

export interface Toolchain {
  /** The version that it prints. */
  readonly version: string
  readonly programs: readonly Program[]
}

const CACHE = join(ROOT, '.cache/recipes')

const CLANG = ['clang', 'lld', 'wasi-libc', 'libclang-rt-dev-wasm32', 'libc++-dev-wasm32']
const ZIG = '0.15.2'

/** The toolchain of a recipe, which is installed if it is missing. Throws `Unavailable` if that fails. */
export function toolchainOf(recipe: Recipe): Toolchain {
  if (isPrebuilt(recipe)) return { version: 'the module of wasm-fixtures/wasi', programs: [] }
  const words = recipe.commands[0]!.split(' ')
  const word = words.find(text => !text.includes('='))
  switch (word) {
    case 'clang':
    case 'clang++':
      return clang()
    case 'cargo':
    case 'rustc':
      return rust(words[words.indexOf('--target') + 1]!)
    case 'go':
      return go()
    case 'zig':
      return zig()
    case 'asc':
      return assemblyScript()
    default:
      throw new Error(`no toolchain is known for ${word}`)
  }
}

function clang(): Toolchain {
  const files = [
    '/usr/bin/clang++',
    '/usr/bin/wasm-ld',
    '/usr/include/wasm32-wasi/stdlib.h',
    '/usr/lib/wasm32-wasi/libc++.a',
  ]
  if (!files.every(existsSync)) debianPackages(CLANG)
  return { version: firstLine('/usr/bin/clang', ['--version']), programs: [] }
}

function rust(target: string): Toolchain {
  const [cargo, rustup] = [onPath('cargo'), onPath('rustup')]
  if (cargo === undefined || rustup === undefined) throw new Unavailable('cargo or rustup is not installed')
  attempt(`rustup could not add the target ${target}`, rustup, ['target', 'add', target])
  const rustc = join(dirname(cargo), 'rustc')
  const version = firstLine(rustc, ['--version'])
  if (Number(/1\.(\d+)/.exec(version)?.[1]) < 85) throw new Unavailable(`${version} does not know edition 2024`)
  return {
    version,
    programs: [
      { name: 'cargo', command: [cargo] },
      { name: 'rustc', command: [rustc] },
    ],
  }
}

function go(): Toolchain {
  const go = onPath('go')
  if (go === undefined) throw new Unavailable('go is not installed')
  const version = firstLine(go, ['version'])
  if (Number(/go1\.(\d+)/.exec(version)?.[1]) < 22) throw new Unavailable(`${version} is older than 1.22`)
  return { version, programs: [{ name: 'go', command: [go] }] }
}

function zig(): Toolchain {
  const python = join(CACHE, 'zig/bin/python')
  if (!existsSync(python)) {
    const system = onPath('python3')
    if (system === undefined) throw new Unavailable('python3 is not installed')
    mkdirSync(CACHE, { recursive: true })
    attempt('python3 could not make a virtual environment', system, ['-m', 'venv', join(CACHE, 'zig')])
  }
  attempt(`pip could not install ziglang ${ZIG}`, python, ['-m', 'pip', 'install', '--quiet', `ziglang==${ZIG}`])
  return { version: `zig ${ZIG}`, programs: [{ name: 'zig', command: [python, '-m', 'ziglang'] }] }
}

function assemblyScript(): Toolchain {
  const asc = join(ROOT, 'node_modules/assemblyscript/bin/asc.js')
  return {
    version: firstLine(process.execPath, [asc, '--version']).replace('Version', 'assemblyscript'),
    programs: [{ name: 'asc', command: [process.execPath, asc] }],
  }
}

function firstLine(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0]!.trim()
}

function attempt(failure: string, program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 600_000 })
  } catch {
    throw new Unavailable(failure)
  }
}
