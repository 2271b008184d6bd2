/** Two opinions about frame weights: the validator computes them as it validates, the oracle by a pass of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { plainBytes } from '../../src/wasm/module.ts'
import { validate } from '../../src/wasm/validate.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { carriedValues, keptValues } from './carried.ts'
import { branchTargets, decode, exportedWords } from './decode.ts'

const FIXTURES = new URL('../../wasm-fixtures/', import.meta.url)
const RULES = { features: new Set(PROFILE_1.features), limits: PROFILE_1.limits }

const programs = readdirSync(new URL('programs', FIXTURES), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => `programs/${name}/${name}.wasm`)
const texts = ['admission', 'traps', 'floats', 'memory'].flatMap(folder =>
  readdirSync(new URL(folder, FIXTURES))
    .filter(file => file.endsWith('.wat'))
    .map(file => `${folder}/${file}`),
)

/** Bodies whose heights differ easily: in code that cannot be reached, and around blocks with parameters. */
const TRICKY = `(module
  (type $vv (func (param v128 i32) (result v128 v128)))
  (func (unreachable) (select) (v128.const i64x2 0 0) (drop) (drop))
  (func (unreachable) (v128.const i64x2 0 0) (select (i32.const 1)) (i32.const 1) (i32.const 1) (drop) (drop) (drop))
  (func (result v128) (unreachable) (block (param v128 i32) (result v128) (drop)) (br 0))
  (func (param i32) (v128.const i64x2 0 0) (local.get 0)
    (if (type $vv) (local.get 0) (then (drop) (v128.const i64x2 1 1)) (else (unreachable))) (drop) (drop))
  (func (result i64 i64 i64) (unreachable) (br_if 0))
  (func (result i64 i64 i64) (unreachable) (br_table 0 0 (i32.const 0)))
  (func (i32.const 1) (i64.const 2) (loop (param i32 i64) (br_if 0 (i32.const 1)) (br 1)))
  (func (result v128 v128 v128) (block (result v128 v128 v128) (unreachable)))
  (func (block (return) (call 7) (drop) (v128.const i64x2 0 0) (br 0) (i32.const 1) (drop))))`

function facts(bytes: Uint8Array): { oracle: unknown; product: unknown } | undefined {
  const { module } = validate(bytes, RULES)
  // Imports are judged after validation: a module that takes anything but functions is not admitted either.
  if (module === undefined || module.imports.some(({ kind }) => kind !== 'function')) return undefined
  const oracle = decode(bytes)
  return {
    oracle: [
      exportedWords(oracle),
      oracle.customBytes,
      ...oracle.bodies.map(body => [
        body.heightWords,
        body.localWords,
        branchTargets(body),
        carriedValues(oracle, body),
        keptValues(body),
      ]),
    ],
    product: [
      module.exportedWords,
      bytes.length - plainBytes(module),
      ...module.bodies.map(body => [
        body.heightWords,
        body.localWords,
        body.branchTargets,
        body.carriedValues,
        body.keptValues,
      ]),
    ],
  }
}

it.each(programs)('%s', file => {
  const { oracle, product } = facts(new Uint8Array(readFileSync(new URL(file, FIXTURES))))!
  expect(oracle).toEqual(product)
})

it('fixtures in text', async () => {
  let compared = 0
  for (const file of texts) {
    const found = facts(await assemble(readFileSync(new URL(file, FIXTURES), 'utf8')))
    if (found === undefined) continue
    compared++
    expect([file, found.oracle]).toEqual([file, found.product])
  }
  expect(compared).toBeGreaterThan(180)
})

it('unreachable code', async () => {
  const { oracle, product } = facts(await assemble(TRICKY))!
  expect(oracle).toEqual(product)
  expect((oracle as number[][]).slice(2).map(([height]) => height)).toEqual([3, 4, 6, 14, 6, 3, 7, 12, 12])
})
