/** The form of a call: what it offers for a module, and how what was typed is read. */
import { admit, createMemoryStore, PROFILE_1, type Callable } from 'ipvm-wasm'
import { inspectModule, toParams } from 'ipvm-wasm/words'
import { beforeEach, expect, test } from 'vitest'
import { callFields, type CallFields } from '../../examples/verify-page/src/call-fields.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { named, useDocument } from './document.ts'

let form: HTMLElement

beforeEach(() => {
  form = useDocument('<form></form>').querySelector('form')!
})

async function fieldsOf(wat: string): Promise<{ fields: CallFields; module: Callable }> {
  const bytes = await assemble(wat)
  const module = admit(bytes, PROFILE_1).admitted!.module
  const fields = callFields(inspectModule(bytes, PROFILE_1), module)
  form.replaceChildren(...fields.elements)
  return { fields, module }
}

function type(testId: string, value: string): void {
  const field = named(form, testId) as HTMLInputElement
  field.value = value
  field.dispatchEvent(new (document.defaultView as unknown as { Event: typeof Event }).Event('change'))
}

const TWO =
  '(module (func (export "_helper")) (func (export "add") (param i32 i64) (result i64) local.get 1) (func (export "none")))'

test('the first function that is no part of a runtime is chosen, with a field for each argument', async () => {
  const { fields, module } = await fieldsOf(TWO)
  expect((named(form, 'abi-input') as HTMLInputElement).value).toBe('core')
  expect(form.querySelectorAll('[data-testid^=argument-]:not([type=file])')).toHaveLength(2)
  type('argument-0', '40')
  type('argument-1', '0x2')
  const { fun, abi, words, program } = fields.read()
  expect([fun, abi, program]).toEqual(['add', { name: 'core' }, undefined])
  expect(await toParams({ store: createMemoryStore() }, abi, module, fun, await words())).toEqual([40n, 2n])
})

test('another ABI changes the fields, and keeps what was typed', async () => {
  const { fields } = await fieldsOf(TWO)
  type('argument-0', 'kept')
  type('abi-input', ' assemblyscript( string , string, i32 ) -> string ')
  expect(form.querySelectorAll('[data-testid^=argument-]:not([type=file])')).toHaveLength(3)
  expect((named(form, 'argument-0') as HTMLInputElement).value).toBe('kept')
  expect(fields.read().abi).toEqual({ name: 'assemblyscript', params: ['string', 'string', 'i32'], result: 'string' })
  expect(form.textContent).toContain('3 arguments: string, string, i32.')
})

test('an ABI that is none says so, and is the fault bad-task when it is read', async () => {
  const { fields } = await fieldsOf(TWO)
  type('abi-input', 'wasip2')
  expect(form.textContent).toContain('No ABI of this form')
  expect(() => fields.read()).toThrow('not an ABI')
})

test('a program has arguments, standard input and files', async () => {
  const { fields } = await fieldsOf('(module (func (export "_start")) (memory (export "memory") 1))')
  expect((named(form, 'abi-input') as HTMLInputElement).value).toBe('wasi')
  const { fun, program } = fields.read()
  expect(fun).toBe('_start')
  ;(named(form, 'program-args') as HTMLTextAreaElement).value = 'one\ntwo words\n\n'
  ;(named(form, 'program-stdin') as HTMLTextAreaElement).value = 'hi'
  ;(named(form, 'program-keep') as HTMLTextAreaElement).value = '/out/\nout\n/'
  expect(await program!.param(createMemoryStore())).toEqual({
    args: ['program', 'one', 'two words'],
    stdin: new TextEncoder().encode('hi'),
    keep: ['out', '.'],
  })
})
