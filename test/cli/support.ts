/** The command line as users call it: the built file, in a process and a folder of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode } from '@ipld/dag-json'
import { afterAll, onTestFinished } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
export const MAIN = join(REPOSITORY, 'dist/cli/main.js')
export const FIXTURES = join(REPOSITORY, 'wasm-fixtures')
export const STATIONS = join(FIXTURES, 'inputs/stations.json')

export const program = (name: string): string => join(FIXTURES, `programs/${name}/${name}.wasm`)

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** What it says on stderr when it is to be interrupted. */
  readonly interruptAt?: string
  /** Whether both streams take themselves for a terminal. */
  readonly terminal?: boolean
}

/** Loaded in front of the command line: what it writes is still read by the test. */
const TERMINAL = 'data:text/javascript,process.stdout.isTTY=process.stderr.isTTY=true'

/** What is kept between calls: for each file of tests its own. */
const CACHE = mkdtempSync(join(tmpdir(), 'ipvm-cli-cache-'))
afterAll(() => rmSync(CACHE, { recursive: true, force: true }))

/** Runs the command line to its end. */
export function ipvm(
  words: readonly string[],
  { cwd = tmpdir(), input, env = {}, interruptAt, terminal = false }: CallOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { IPVM_WASM_STORE: _, ...inherited } = process.env
    const flags = terminal ? ['--import', TERMINAL] : []
    const child = spawn(process.execPath, [...flags, MAIN, ...words], {
      cwd,
      env: { ...inherited, IPVM_WASM_CACHE: CACHE, ...env },
    })
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text
      if (interruptAt !== undefined && text.includes(interruptAt)) child.kill('SIGINT')
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...said }))
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}

/** The object on stdout, which must be its only line. */
export async function ipvmJson<T = Record<string, unknown>>(
  words: readonly string[],
  options: CallOptions = {},
): Promise<Ended & { readonly json: T }> {
  const ended = await ipvm([...words, '--json'], options)
  if (!/^\{.*\}\n$/.test(ended.stdout)) throw new Error(`no single line of JSON: ${ended.stdout}\n${ended.stderr}`)
  return { ...ended, json: decode<T>(new TextEncoder().encode(ended.stdout.trim())) }
}

/** A folder that goes away with the test. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

/** One function for each kind of number, and some that do not end well. */
export const NUMBERS = await assemble(`(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "i64") (param i64) (result i64) local.get 0)
  (func (export "f32") (param f32) (result f32) local.get 0)
  (func (export "f64") (param f64) (result f64) local.get 0)
  (func (export "v128") (param v128) (result v128) local.get 0)
  (func (export "none"))
  (func (export "trap") unreachable)
  (func (export "forever") (loop br 0)))`)

export const CLOCK = await assemble(
  '(module (import "env" "Date.now" (func (result f64))) (func (export "run") (param i32)))',
)

export const bytesOf = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path))
