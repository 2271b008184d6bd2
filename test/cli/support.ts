/** Runs the command line as users do: in this process, or the built file in a new process. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { decode } from '@ipld/dag-json'
import { afterAll, onTestFinished, vi } from 'vitest'
import type { PreparingEngine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { WORKER } from '../support/jobs.ts'
import { Captured, setStreams } from './streams.ts'

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
  /** True if both streams act as a terminal. */
  readonly terminal?: boolean
}

export interface ProcessOptions extends CallOptions {
  /** The text on stderr at which the process is interrupted. */
  readonly interruptAt?: string
}

/**
 * Code that is loaded before the command line. It makes the streams act as a terminal, while the test can still read
 * them.
 */
const TERMINAL = 'data:text/javascript,process.stdout.isTTY=process.stderr.isTTY=true'

/** The cache between calls, another one for each test file. */
const CACHE = mkdtempSync(join(tmpdir(), 'ipvm-cli-cache-'))
afterAll(() => rmSync(CACHE, { recursive: true, force: true }))

/**
 * The engine of all calls in this process: one thread, which loads binaryen once. The real command line has an engine
 * on a process for each call, and closes it.
 */
const engine = createThreadEngine({ workerUrl: WORKER })
afterAll(() => engine.close())
const takeEngine = (): PreparingEngine => ({
  compute: (job, options) => engine.compute(job, options),
  inspect: (job, options) => engine.inspect(job, options),
  close: async () => {},
})
vi.doMock('../../src/cli/engine.ts', () => ({ takeEngine }))

/** Runs the command line to its end in a new process, for tests of signals, pipes and loaded files. */
export function ipvmProcess(
  words: readonly string[],
  { cwd = tmpdir(), input, env = {}, interruptAt, terminal = false }: ProcessOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const flags = terminal ? ['--import', TERMINAL] : []
    const child = spawn(process.execPath, [...flags, MAIN, ...words], { cwd, env: environment(env) })
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

/** The environment of a call, without a store from the environment of the tests. */
function environment(env: CallOptions['env']): NodeJS.ProcessEnv {
  const { IPVM_WASM_STORE: _, ...inherited } = process.env
  return { ...inherited, IPVM_WASM_CACHE: CACHE, ...env }
}

/**
 * The last call. Calls run one after another, since each uses the working directory, environment and streams of the
 * process.
 */
let last: Promise<unknown> = Promise.resolve()

/** Runs the command line to its end in this process, which has loaded its files already. */
export function ipvm(words: readonly string[], options: CallOptions = {}): Promise<Ended> {
  const ended = last.then(() => callHere(words, options))
  last = ended.catch(() => {})
  return ended
}

async function callHere(
  words: readonly string[],
  { cwd = tmpdir(), input = '', env = {}, terminal = false }: CallOptions,
): Promise<Ended> {
  const { main } = await import('../../src/cli/command.ts')
  const [stdout, stderr] = [new Captured(terminal), new Captured(terminal)]
  const stdin = Readable.from(input.length === 0 ? [] : [Buffer.from(input)])
  const undo = [setStreams({ stdin, stdout, stderr }), setEnvironment(environment(env)), setListeners()]
  const before = process.cwd()
  process.chdir(cwd)
  try {
    return { code: await main(words), stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    process.chdir(before)
    for (const restore of undo) restore()
  }
}

function setEnvironment(env: NodeJS.ProcessEnv): () => void {
  const before = process.env
  process.env = env
  return () => void (process.env = before)
}

/** Removes listeners that the command line adds to the process, since it does not remove them itself. */
function setListeners(): () => void {
  const events = ['SIGINT', 'uncaughtException'] as const
  const before = events.map(event => process.listeners(event as 'SIGINT'))
  return () => {
    for (const [i, event] of events.entries())
      for (const listener of process.listeners(event as 'SIGINT'))
        if (!before[i]!.includes(listener)) process.off(event, listener)
  }
}

/** The object on stdout, which must be its only line. */
export async function ipvmJson<T = Record<string, unknown>>(
  words: readonly string[],
  options: CallOptions = {},
): Promise<Ended & { readonly json: T }> {
  return withJson(await ipvm([...words, '--json'], options))
}

/** The same, from a new process. */
export async function ipvmProcessJson<T = Record<string, unknown>>(
  words: readonly string[],
  options: ProcessOptions = {},
): Promise<Ended & { readonly json: T }> {
  return withJson(await ipvmProcess([...words, '--json'], options))
}

function withJson<T>(ended: Ended): Ended & { readonly json: T } {
  if (!/^\{.*\}\n$/.test(ended.stdout)) throw new Error(`no single line of JSON: ${ended.stdout}\n${ended.stderr}`)
  return { ...ended, json: decode<T>(new TextEncoder().encode(ended.stdout.trim())) }
}

/** A folder that is removed after the test. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

/** A module with a function for each kind of number, and some functions that trap. */
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
