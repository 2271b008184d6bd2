/** Compares every optimisation with the plain form: the same runs succeed, with the same results and gas. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AdmittedModule } from '../../src/admission/admit.ts'
import { EXPORT, externalName, memoryName, METER } from '../../src/instrument/edit/globals.ts'
import { instrumentFor } from '../../src/instrument/instrument.ts'
import { MODES, without, type Mode, type Optimisations } from '../../src/instrument/modes.ts'
import { F32, F64, FUNCREF, EXTERNREF, I32, I64, type ValueType } from '../../src/wasm/types.ts'
import { generate } from '../generate/module.ts'
import { recipeOf } from '../generate/recipe.ts'
import { admissibleFixtures, admitted } from '../support/instrumented.ts'

const { steady } = MODES
const NAMES = Object.keys(steady.optimisations) as (keyof Optimisations)[]
const GAS = 300_000n

const PLAIN: readonly [name: string, mode: Mode][] = [
  ...NAMES.map((name): [string, Mode] => [
    name,
    name === 'chargeGraph' ? without(steady, name, 'countedLoops') : without(steady, name),
  ]),
  ['all of them', without(steady, ...NAMES)],
  ['canonical NaNs where observed', { ...steady, nans: 'every' }],
]

/** Calls the exported functions without references on one instance. Returns results and gas, or a trap, for each. */
function runsOf(bytes: Uint8Array, { module }: AdmittedModule): string[] {
  const compiled = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  const runs: string[] = []
  for (const { name, kind, index } of module.exports) {
    const type = module.functions[index]!
    if (kind !== 'function' || [...type.params, ...type.results].some(isReference)) continue
    const instance = instanceOf(compiled)
    if (instance === undefined) return ['segments out of bounds']
    const { exports } = instance
    const gas = exports[METER.gas] as WebAssembly.Global
    gas.value = GAS
    if (exports[METER.pages] !== undefined) (exports[METER.pages] as WebAssembly.Global).value = 40
    try {
      ;(exports[EXPORT.start] as (() => void) | undefined)?.()
      const call = exports[externalName(name)] as (...args: readonly (number | bigint)[]) => unknown
      const result = call(...type.params.flatMap(bitsOf))
      const memory = exports[memoryName(module.exports)] as WebAssembly.Memory | undefined
      // The counter is exact at the end of a run. It may be negative there.
      if ((gas.value as bigint) < 0n) runs.push(`${name}: a trap`)
      else runs.push(`${name}: ${String(result)} for ${GAS - (gas.value as bigint)}, memory ${hash(memory)}`)
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      runs.push(`${name}: a trap`)
    }
  }
  return runs
}

/** A new instance whose imports do nothing; undefined if a segment does not fit. */
function instanceOf(module: WebAssembly.Module): WebAssembly.Instance | undefined {
  const functions = new Proxy({}, { get: () => () => undefined })
  try {
    return new WebAssembly.Instance(module, new Proxy({}, { get: () => functions }))
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return undefined
    throw error
  }
}

function isReference(type: ValueType): boolean {
  return type === FUNCREF || type === EXTERNREF
}

/** An argument of each type as bits: small numbers, so that loops end. */
function bitsOf(type: ValueType): readonly (number | bigint)[] {
  if (type === I32 || type === F32) return [7]
  return type === I64 || type === F64 ? [7n] : [7n, 9n]
}

function hash(memory: WebAssembly.Memory | undefined): string {
  return memory === undefined
    ? 'none'
    : createHash('sha256').update(new Uint8Array(memory.buffer)).digest('hex').slice(0, 16)
}

const MODULES = [
  ...(await admissibleFixtures()).map(([, bytes]) => admitted(bytes)),
  ...Array.from({ length: 60 }, (_, seed) => admitted(generate(recipeOf(seed), { denied: false }).bytes)),
].filter(({ module }) => module.bytes.length < 40_000)

/** The code of all modules in one form. */
function codeIn(mode: Mode): Promise<Uint8Array[]> {
  return Promise.all(MODULES.map(module => instrumentFor(module, mode)))
}

function runs(code: readonly Uint8Array[]): string[][] {
  return code.map((bytes, i) => runsOf(bytes, MODULES[i]!))
}

const OPTIMISED = await codeIn(steady)
const EXPECTED = runs(OPTIMISED)

test('many runs succeed, and some do not', () => {
  const all = EXPECTED.flat()
  const trapped = all.filter(run => run.endsWith('a trap')).length
  expect(all.length - trapped).toBeGreaterThan(150)
  expect(trapped).toBeGreaterThan(20)
})

test.each(PLAIN)('without %s the code differs, and the outcomes are the same', async (_, mode) => {
  const code = await codeIn(mode)
  expect(code.some((bytes, i) => Buffer.compare(bytes, OPTIMISED[i]!) !== 0)).toBe(true)
  expect(runs(code)).toEqual(EXPECTED)
})
