/** Reads fixtures and programs for tests. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { admit, type AdmittedModule } from '../../src/admission/admit.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { FunctionType } from '../../src/wasm/types.ts'
import { F32, F64, I32, I64 } from '../../src/wasm/types.ts'
import { assemble, parseDirectives, type Directives } from '../../wasm-fixtures/wat.ts'

export const ROOT = fileURLToPath(new URL('../../wasm-fixtures', import.meta.url))

export interface TextFixture extends Directives {
  readonly name: string
  readonly text: string
}

/** The `.wat` fixtures of a folder. */
export function textFixtures(folder: string): TextFixture[] {
  return readdirSync(`${ROOT}/${folder}`)
    .filter(file => file.endsWith('.wat'))
    .map(file => {
      const text = readFileSync(`${ROOT}/${folder}/${file}`, 'utf8')
      return { name: file.slice(0, -4), text, ...parseDirectives(text) }
    })
}

export async function assembled(text: string, profile: Profile = PROFILE_1): Promise<AdmittedModule> {
  const { admitted, findings } = admit(await assemble(text), profile)
  if (admitted === undefined) throw new Error(JSON.stringify(findings))
  return admitted
}

/** The type of an exported function. */
export function typeOfExport({ module }: AdmittedModule, name: string): FunctionType {
  return module.functions[module.exports.find(entry => entry.name === name)!.index]!
}

/** Converts a number in a directive to a parameter of a task. Floats and vectors become bits, little-endian. */
export function paramOf(type: number, word: string): bigint | Uint8Array {
  const value = word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word)
  if (type === I32) return BigInt.asIntN(32, value)
  if (type === I64) return BigInt.asIntN(64, value)
  const size = type === F32 ? 4 : type === F64 ? 8 : 16
  return Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

export function programs(): string[] {
  return readdirSync(`${ROOT}/programs`, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
}
