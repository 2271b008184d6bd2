/**
 * `npm run test:wasi -- [sessions] [seed]`: compares our functions of WASI with those of Wasmtime. The defaults are 300
 * and 1. A session is a sequence of random calls on the same files, some of them hostile. Each call must have the same
 * errno and the same effects on memory. At the end, streams and files must be equal. The exceptions are those of
 * docs/spec/wasi.md (`exceptions.ts`). It prints sessions, calls and differences, and the exit code is 1 if there are
 * differences. Without Python or its package it is skipped, and the reason is printed.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { pythonWith, Unavailable } from '../../scripts/install.ts'
import { TABLE } from '../../src/host/wasi/table.ts'
import { Random } from '../support/random.ts'
import type { Tree } from '../host/wasi/guest.ts'
import { endsComparison, isException } from './exceptions.ts'
import { oursOf as programHere, PROGRAMS } from './programs.ts'
import { OurSession, type Left, type Seen } from './ours.ts'
import { CallMaker, MEMORY_BYTES, SURROUNDINGS, type Call, type Surroundings } from './session.ts'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))
const WASMTIME = 'wasmtime==50.0.1'
const CALLS = 120

/** The report of the other host about a session. */
interface Told extends Left {
  readonly results: readonly (Seen | { readonly trap: string })[]
}

interface Made {
  readonly call: Call
  readonly seen: Seen & { readonly opened?: number }
}

/** A module that forwards calls to each function. */
function passingOn(): string {
  const types: Readonly<Record<string, string>> = { i: 'i32', I: 'i64' }
  const functions = TABLE.map(({ name, type }) => {
    const [params, results] = type.split(':') as [string, string]
    const signature = [
      ...[...params].map(letter => `(param ${types[letter]})`),
      ...[...results].map(letter => `(result ${types[letter]})`),
    ].join(' ')
    const passed = [...params].map((_, i) => `(local.get ${i})`).join(' ')
    return {
      import: `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${signature}))`,
      export: `(func (export "${name}") ${signature} (call $${name} ${passed}))`,
    }
  })
  return `(module ${functions.map(fn => fn.import).join('\n')} (memory (export "memory") ${MEMORY_BYTES / 65_536})
    ${functions.map(fn => fn.export).join('\n')})`
}

function hexTree(tree: Tree): unknown {
  return Object.fromEntries(
    Object.entries(tree).map(([name, node]) => [name, typeof node === 'string' ? hex(node) : hexTree(node as Tree)]),
  )
}

const hex = (bytes: string | Uint8Array): string => Buffer.from(bytes as string).toString('hex')

/** The calls of a session with our functions, and the state at its end. */
function oursOf(seed: number): { readonly made: readonly Made[]; readonly session: OurSession } {
  const session = new OurSession()
  const maker = new CallMaker(new Random(seed), () => session.open)
  const made: Made[] = []
  for (let i = 0; i < CALLS; i++) {
    const call = maker.next()
    const seen = session.call(call)
    made.push({ call, seen })
    if (endsComparison(call, seen)) break
  }
  return { made, session }
}

/** The environment of a program in the form of the other host. */
function written({ tree, args, variables, stdin }: Surroundings): object {
  return { tree: hexTree(tree), args, env: Object.entries(variables), stdin: hex(stdin) }
}

/** A session in the form of the other host. */
function lineOf(made: readonly Made[]): string {
  return JSON.stringify({
    ...written(SURROUNDINGS),
    calls: made.map(({ call, seen }) => ({
      name: call.name,
      params: call.params.map(String),
      poke: call.poke.map(([at, bytes]) => [at, hex(bytes)]),
      fds: call.fds,
      fdsAt: call.fdsAt,
      sleeps: Number(call.sleeps),
      opened: seen.opened,
      bytes: MEMORY_BYTES,
    })),
  })
}

/** A description of the first difference in a session. */
function differenceIn(made: readonly Made[], left: Left, theirs: Told): string | undefined {
  for (const [i, { call, seen }] of made.entries()) {
    const their = theirs.results[i]!
    const { opened: _, ...our } = seen
    if (isDeepStrictEqual({ ...our }, their)) continue
    const verdict = isException(call, our, their)
    if (verdict === 'end') return undefined
    if (verdict === 'go on') continue
    const before = made.slice(Math.max(0, i - 30), i + 1).map(m => `  ${textOf(m)}`)
    return [...before, `ours:   ${JSON.stringify(our)}`, `theirs: ${JSON.stringify(their)}`].join('\n')
  }
  const { results: _, ...end } = theirs
  if (isDeepStrictEqual(end, { ...left })) return undefined
  return `the end:\n${made.map(m => `  ${textOf(m)}`).join('\n')}\nours:   ${JSON.stringify(left)}\ntheirs: ${JSON.stringify(end)}`
}

function textOf({ call: { name, params, poke }, seen }: Made): string {
  const texts = poke.map(
    ([at, bytes]) => `${at}: ${JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 60))}`,
  )
  return `${name}(${params.join(', ')}) [${texts.join('; ')}] = ${seen.errno}${seen.opened === undefined ? '' : ` → ${seen.opened}`}`
}

async function run(sessions: number, seed: number): Promise<number> {
  const started = Date.now()
  const peer = spawn(pythonWith(CACHE, WASMTIME), [fileURLToPath(new URL('wasmtime_wasi.py', import.meta.url))])
  peer.stderr.pipe(process.stderr)
  const lines = createInterface(peer.stdout)[Symbol.asyncIterator]()
  peer.stdin.write(`${JSON.stringify({ module: passingOn() })}\n`)
  let [calls, differences] = [0, 0]
  for (const [i, program] of PROGRAMS.entries()) {
    peer.stdin.write(`${JSON.stringify({ ...written(program), program: hex(program.module) })}\n`)
    const theirs: unknown = JSON.parse((await lines.next()).value as string)
    const ours = await programHere(program)
    if (isDeepStrictEqual(theirs, ours)) continue
    differences++
    console.error(`program ${i}:\nours:   ${JSON.stringify(ours)}\ntheirs: ${JSON.stringify(theirs)}\n`)
  }
  for (let i = 0; i < sessions && differences < 10; i++) {
    const own = seed * 1_000_003 + i
    const { made, session } = oursOf(own)
    peer.stdin.write(`${lineOf(made)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the other host has ended')
    calls += made.length
    const difference = differenceIn(made, session.end(), JSON.parse(value) as Told)
    if (difference === undefined) continue
    differences++
    console.error(`session ${own}:\n${difference}\n`)
  }
  peer.stdin.end()
  console.log(`node ${process.version} and ${WASMTIME}, seed ${seed}, ${((Date.now() - started) / 1000).toFixed(0)} s:`)
  console.log(`${PROGRAMS.length} programs, ${sessions} sessions, ${calls} calls, ${differences} differences`)
  return differences === 0 ? 0 : 1
}

const [sessions, seed] = [300, 1].map((usual, i) => Number(process.argv[2 + i] ?? usual))
if (!(Number.isInteger(sessions) && sessions! > 0 && Number.isInteger(seed))) {
  console.error('usage: npm run test:wasi -- [sessions] [seed]')
  process.exit(64)
}
// If the promise never settles, Node ends with exit code 13.
process.exitCode = 13
process.exitCode = await run(sessions!, seed!).catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error
  console.log(`skipped, because ${error.message}`)
  return 0
})
