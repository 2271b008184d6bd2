/**
 * Our functions of WASI against those of Wasmtime: `npm run test:wasi -- [sessions] [seed]`, 300 and 1 unless told. A session is a
 * sequence of random calls, hostile ones among them, on the same files. Each call must give the same errno and leave the same
 * memory, and at the end streams and files must be the same, but for the exceptions of docs/spec/wasi.md (`exceptions.ts`). Prints
 * sessions, calls and differences; ends with exit code 1 if there is one. Skips where Python or its package cannot be had, and says so.
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

/** What the other host tells of a session. */
interface Told extends Left {
  readonly results: readonly (Seen | { readonly trap: string })[]
}

interface Made {
  readonly call: Call
  readonly seen: Seen & { readonly opened?: number }
}

/** A module that passes calls on to each function. */
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

/** The calls of a session as our functions see them, and what is left at its end. */
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

/** What a program begins with, as the other host reads it. */
function written({ tree, args, variables, stdin }: Surroundings): object {
  return { tree: hexTree(tree), args, env: Object.entries(variables), stdin: hex(stdin) }
}

/** A session as the other host reads it. */
function lineOf(made: readonly Made[]): string {
  return JSON.stringify({
    ...written(SURROUNDINGS),
    calls: made.map(({ call, seen }) => ({
      name: call.name,
      params: call.params.map(String),
      poke: call.poke.map(([at, bytes]) => [at, hex(bytes)]),
      fds: call.fds,
      opened: seen.opened,
      bytes: MEMORY_BYTES,
    })),
  })
}

/** The first difference in a session, in words. */
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
// What never ends is no success: with this, Node ends with exit code 13.
process.exitCode = 13
process.exitCode = await run(sessions!, seed!).catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error
  console.log(`skipped, because ${error.message}`)
  return 0
})
