/** The fixtures in text form say what they come to; the oracle must come to the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { V128, type ValueType } from '../../src/wasm/types.ts'
import { assemble, parseDirectives } from '../../wasm-fixtures/wat.ts'
import { parseExpected, type Value as FixtureValue } from '../../wasm-fixtures/expected.ts'
import { decode, KIND } from './decode.ts'
import { interpret, interpretWith, type OracleInstance } from './interpret.ts'
import { vectorOf } from './simd.ts'
import { bitsOf, type Value } from './values.ts'

const FIXTURES = new URL('../../wasm-fixtures/', import.meta.url)
/** What exhausts the profile's stack exhausts this one sooner, and the test is over sooner. */
const SMALL_STACK: Profile = { ...PROFILE_1, limits: { ...PROFILE_1.limits, stackWords: 2048 } }

/** Values in the fixtures' notation: integers in decimal or hex, vectors as bits in hex, the highest first. */
function parse(type: ValueType, word: string): Value {
  const bits = BigInt(word)
  return type === V128 ? vectorOf(64, [bits & 0xffffffffffffffffn, bits >> 64n]) : bitsOf(type, bits)
}

function typeOfExport(bytes: Uint8Array, fun: string): { params: readonly ValueType[]; results: readonly ValueType[] } {
  const module = decode(bytes)
  return module.functions[module.exports.find(({ name, kind }) => name === fun && kind === KIND.function)!.index]!
}

describe.each(['traps', 'floats', 'memory'])('%s', folder => {
  it.each(readdirSync(new URL(folder, FIXTURES)))('%s', async file => {
    const text = readFileSync(new URL(`${folder}/${file}`, FIXTURES), 'utf8')
    const {
      run,
      expect: [kind, ...words],
      pages = 256,
    } = parseDirectives(text)
    const bytes = await assemble(text)
    const { params, results } = typeOfExport(bytes, run!.fun)
    const args = params.map((type, i) => parse(type, run!.args[i]!))
    // Little enough that the fixtures that run for ever end soon, where they are to.
    const gas = words[0] === 'out-of-gas' ? 10_000_000n : 2n ** 62n
    const profile = words[0] === 'stack-exhausted' ? SMALL_STACK : PROFILE_1
    const outcome = interpret(bytes, { fun: run!.fun, args }, { profile, gas, pages, maxSteps: 5_000_000 })
    expect(outcome.out).toEqual(
      kind === 'trap' ? { trap: words[0] } : { ok: results.map((type, i) => parse(type, words[i]!)) },
    )
    if (words[0] === 'out-of-gas') expect(outcome).toMatchObject({ gasUsed: gas, peakPages: 0, growRefused: false })
  })
})

// ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────────

const LIMITS = { profile: PROFILE_1, gas: 2n ** 62n, pages: 1024, maxSteps: 3_000_000 }

/** The `bytes` ABI: byte strings in by way of the guest's allocator, one out. */
function callBytes(instance: OracleInstance, fun: string, params: readonly Uint8Array[]): Uint8Array {
  const args = params.flatMap(param => {
    const at = instance.call('ipvm_alloc', [param.length])[0] as number
    instance.memory.set(param, at)
    return [at, param.length]
  })
  const answer = (instance.call(fun, args)[0] ?? 0n) as bigint
  const at = Number(answer >> 32n)
  return instance.memory.slice(at, at + Number(answer & 0xffffffffn))
}

function coreValue(type: ValueType, value: FixtureValue): Value {
  if (type === V128 || !(value instanceof Uint8Array)) return bitsOf(type, value as Value)
  return bitsOf(
    type,
    value.reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n),
  )
}

const folders = readdirSync(new URL('programs', FIXTURES), { withFileTypes: true }).filter(entry => entry.isDirectory())
const calls = folders.flatMap(({ name }) => {
  const { abi, calls } = parseExpected(readFileSync(new URL(`programs/${name}/expected.json`, FIXTURES), 'utf8'))
  // The first few calls of each program are the short ones.
  return calls
    .map((call, i) => [name, i, call.abi ?? abi, call] as const)
    .filter(([, , abi]) => abi === 'core' || abi === 'bytes')
    .slice(0, 3)
})

describe('programs', () => {
  it.each(calls)('%s %i (%s)', (name, _, abi, { fun, params, ok }) => {
    const bytes = new Uint8Array(readFileSync(new URL(`programs/${name}/${name}.wasm`, FIXTURES)))
    let answer: unknown
    const outcome = interpretWith(bytes, LIMITS, instance => {
      const type = typeOfExport(bytes, fun)
      if (abi === 'bytes') answer = callBytes(instance, fun, params as Uint8Array[])
      else
        answer = instance.call(
          fun,
          params.map((param, i) => coreValue(type.params[i]!, param)),
        )
      return []
    })
    expect(outcome.out).toEqual({ ok: [] })
    const { results } = typeOfExport(bytes, fun)
    expect(answer).toEqual(
      abi === 'bytes' ? ok : (ok as FixtureValue[]).map((value, i) => coreValue(results[i]!, value)),
    )
  })
})
