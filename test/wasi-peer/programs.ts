/** Compares whole programs on both hosts. Exit codes, streams and files must be equal. */
import { readFileSync } from 'node:fs'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { runToTheEnd } from '../host/wasi/run-program.ts'
import { ROOT } from '../support/fixtures.ts'
import type { Tree } from '../host/wasi/guest.ts'
import type { Left, SeenTree } from './ours.ts'
import type { Surroundings } from './session.ts'

const words = new Uint8Array(readFileSync(`${ROOT}/wasi/words/words.wasm`))

const many = (count: number): Tree =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`file ${i} ${'ü'.repeat(i % 40)}`, `w${i % 7} x y ${'long '.repeat(i)}`]),
  )

/** A program and its environment. */
export interface ProgramCase extends Surroundings {
  readonly module: Uint8Array
}

const SURROUNDINGS: readonly Surroundings[] = [
  { args: ['words'], variables: {}, stdin: '', tree: {} },
  { args: ['words', '3'], variables: { IN: '/t' }, stdin: 'x\n', tree: { t: { a: 'a b a', d: { e: 'c', f: {} } } } },
  { args: ['words', '50'], variables: {}, stdin: 'y', tree: { in: many(120), out: { 'counts.txt': 'old' } } },
  { args: ['words', '1'], variables: {}, stdin: '', tree: { in: 'no directory', out: 'nor this' } },
]

export const PROGRAMS: readonly ProgramCase[] = SURROUNDINGS.map(surroundings => ({ ...surroundings, module: words }))

/** The results of a program here, in the form of the other host. */
export async function oursOf({
  module,
  args,
  variables,
  stdin,
  tree,
}: ProgramCase): Promise<Left & { readonly exit: number }> {
  const came = await runToTheEnd({ module, profile: PROFILE_1, args, variables, stdin, tree, keep: ['/'] })
  const exit = Number(/^exit (\d+)$/.exec(came.end)?.[1])
  return { exit, stdout: hex(came.stdout), stderr: hex(came.stderr), tree: inHex(came.files as SeenTree) }
}

const hex = (text: string): string => Buffer.from(text).toString('hex')

function inHex(tree: SeenTree): SeenTree {
  if (typeof tree === 'string') return hex(tree)
  return Object.fromEntries(Object.entries(tree).map(([name, node]) => [name, inHex(node)]))
}
