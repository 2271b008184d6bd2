/** Shows that the check of the official testsuite can fail: right and wrong scripts of our own. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { checkScript, type Verdict } from './check.ts'
import type { Action, Command } from './commands.ts'
import { EXCEPTIONS } from './exceptions.ts'

const COUNTER = `(module
  (import "a" "b" (func $import))
  (memory 1)
  (func (export "next") (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (i32.load (i32.const 0)))
  (func (export "nan") (result f32) (f32.div (f32.const -0) (f32.const 0)))
  (func (export "trap") (unreachable))
  (func $deep (export "deep") (call $deep))
  (func (export "import") (call $import))
  (func (export "reference") (result externref) (ref.null extern)))`

type Unnumbered = Command extends infer C ? (C extends unknown ? Omit<C, 'line'> : never) : never

/** The kinds of the results of commands after a module. */
async function kinds(wat: string, ...commands: readonly Unnumbered[]): Promise<readonly Verdict['kind'][]> {
  const module = { type: 'module', filename: 'm.wasm', module_type: 'binary' } as const
  const all = [module, ...commands].map((command, line) => ({ ...command, line }) as Command)
  const { verdicts } = await checkScript({ commands: all, files: { 'm.wasm': await hexOf(wat), 'bad.wasm': '00' } })
  return verdicts.slice(1).map(({ kind }) => kind)
}

async function hexOf(wat: string): Promise<string> {
  return Buffer.from(await assemble(wat)).toString('hex')
}

function invoke(field: string): { readonly action: Action } {
  return { action: { type: 'invoke', field, args: [] } }
}

function returns(field: string, type: string, value: string): Unnumbered {
  return { type: 'assert_return', ...invoke(field), expected: [{ type, value }] }
}

describe('a script of the suite', () => {
  it('keeps its state from one call to the next', async () => {
    const calls = ['1', '2', '3'].map(value => returns('next', 'i32', value))
    expect(await kinds(COUNTER, ...calls)).toEqual(['agreed', 'agreed', 'agreed'])
    expect(await kinds(COUNTER, returns('next', 'i32', '2'))).toEqual(['differs'])
  })

  it('keeps its state where a call ends in a trap or at the end of the stack', async () => {
    const trap: Unnumbered = { type: 'assert_trap', ...invoke('trap'), text: 'unreachable' }
    const deep: Unnumbered = { type: 'assert_exhaustion', ...invoke('deep'), text: 'call stack exhausted' }
    const calls = [returns('next', 'i32', '1'), trap, returns('next', 'i32', '2'), deep, returns('next', 'i32', '3')]
    expect(await kinds(COUNTER, ...calls, deep, trap)).toEqual(Array(7).fill('agreed'))
  })

  it('must have the canonical NaN as result (PROFILE-14)', async () => {
    expect(await kinds(COUNTER, returns('nan', 'f32', 'nan:arithmetic'))).toEqual(['agreed'])
    expect(await kinds(COUNTER, returns('nan', 'f32', String(0xffc0_0000)))).toEqual(['differs'])
  })

  it('must end with the trap that it names (PROFILE-19)', async () => {
    const overflow: Unnumbered = { type: 'assert_trap', ...invoke('trap'), text: 'integer overflow' }
    const ends: Unnumbered = { type: 'assert_trap', ...invoke('next'), text: 'unreachable' }
    expect(await kinds(COUNTER, overflow, ends)).toEqual(['differs', 'differs'])
  })

  it('is outside of the profile if it calls an import or passes references (PROFILE-12, PROFILE-20)', async () => {
    const [imports, references] = ['import', 'reference'].map(name => returns(name, 'i32', '0'))
    expect(await kinds(COUNTER, imports!, references!)).toEqual(['outside', 'outside'])
    expect(await kinds(COUNTER, returns('missing', 'i32', '0'))).toEqual(['differs'])
  })

  it('must have the expected code for rejected modules (PROFILE-6)', async () => {
    const bad = { filename: 'bad.wasm', module_type: 'binary', text: '' } as const
    const good = { ...bad, filename: 'm.wasm' }
    const malformed: Unnumbered = { type: 'assert_malformed', ...bad }
    const invalid: Unnumbered = { type: 'assert_invalid', ...bad }
    expect(await kinds('(module)', malformed, invalid)).toEqual(['agreed', 'differs'])
    expect(await kinds('(module)', { ...malformed, ...good }, { ...invalid, ...good })).toEqual(['differs', 'differs'])
  })
})

describe('the exceptions', () => {
  it('name rules of the profile', () => {
    const rules = readFileSync(new URL('../../docs/spec/profile.md', import.meta.url), 'utf8')
    for (const { rule } of EXCEPTIONS) expect(rules).toContain(`**${rule}**`)
  })
})
