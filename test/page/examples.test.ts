/** The examples of the page: what is committed is what the script makes, and each ends as its name says. */
import { readFileSync } from 'node:fs'
import { createInlineEngine, createVerifier, readClaim } from 'ipvm-wasm'
import { expect, test } from 'vitest'
import { EXAMPLES, exampleCar } from '../../examples/verify-page/make-examples.ts'
import { carSource } from '../../examples/verify-page/src/sources.ts'
import { shownOf } from '../../examples/verify-page/src/shown.ts'

function committed(name: string): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`../../examples/verify-page/public/examples/${name}.car`, import.meta.url)),
  )
}

test.each(Object.entries(EXAMPLES))(
  '%s is as it is made: if not, npm run page -- --examples',
  async (name, example) => {
    expect(Buffer.from(await exampleCar(example)).equals(committed(name))).toBe(true)
  },
)

test.each([
  ['hello', 'text'],
  ['lie', 'number'],
  ['picture', 'image'],
  ['program', 'program'],
])('%s is shown as %s', async (name, kind) => {
  const { claims, store } = await carSource(committed(name), name)
  const { receipt } = await readClaim(store, claims[0]!)
  expect((await shownOf(receipt.out, name === 'program' ? 'wasi' : 'bytes', store)).kind).toBe(kind)
})

test('the lie is refuted by its result alone', async () => {
  const { claims, store } = await carSource(committed('lie'), 'lie')
  const { verdict, mismatches } = await createVerifier({ store, engine: createInlineEngine() }).verify(claims[0]!)
  expect([verdict, mismatches.map(({ field }) => field)]).toEqual(['refuted', ['out.ok[0]']])
})
