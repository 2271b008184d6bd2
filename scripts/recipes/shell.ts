/** Runs the commands of a recipe as a reader would: in a new folder, with `ipvm-wasm` in the search path. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HEADER, ROOT, usesHeader, type Recipe } from './recipes.ts'

/** A program in the search path of a recipe: its name, and the command line that it runs. */
export interface Program {
  readonly name: string
  readonly command: readonly string[]
}

const IPVM: Program = { name: 'ipvm-wasm', command: [process.execPath, join(ROOT, 'dist/cli/main.js')] }

/** The search path. It has no folders of npm, since clang runs any wasm-opt in the path on its output. */
const PATH = ['/usr/local/bin', '/usr/bin', '/bin']

/** Writes the sources of a recipe into a folder. */
export function writeSources({ files }: Recipe, folder: string): void {
  for (const { path, text } of files.some(usesHeader) ? [...files, HEADER] : files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** Runs commands in a folder, and returns their output and their error output. */
export function runCommands(
  commands: readonly string[],
  folder: string,
  programs: readonly Program[] = [],
): { readonly stdout: string; readonly stderr: string } {
  const bin = join(folder, '.bin')
  mkdirSync(bin, { recursive: true })
  for (const { name, command } of [IPVM, ...programs]) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command.map(word => `'${word}'`).join(' ')} "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const env = {
    ...process.env,
    PATH: [bin, ...PATH].join(':'),
    NO_COLOR: '1',
    IPVM_WASM_STORE: join(folder, '.store'),
    IPVM_WASM_CACHE: join(folder, '.cache'),
  }
  const { stdout, stderr, error } = spawnSync('sh', ['-u', '-c', commands.join('\n')], {
    cwd: folder,
    encoding: 'utf8',
    env,
    timeout: 300_000,
  })
  if (error !== undefined) throw error
  return { stdout, stderr }
}
