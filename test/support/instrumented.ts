/** Reads instrumented modules. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { admit, type AdmittedModule } from '../../src/admission/admit.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import type { ModeName } from '../../src/instrument/modes.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Rules } from '../../src/wasm/findings.ts'
import type { Body, Module } from '../../src/wasm/module.ts'
import { validate } from '../../src/wasm/validate.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { programs, ROOT, textFixtures } from './fixtures.ts'

export const MODES = ['fast', 'steady', 'precise'] as const satisfies readonly ModeName[]

/** Rules with very high limits, since instrumented code may exceed those of the profile. */
const BOUNDLESS: Rules = {
  features: new Set(PROFILE_1.features),
  limits: Object.fromEntries(
    Object.keys(PROFILE_1.limits).map(name => [name, 10_000_000]),
  ) as unknown as Profile['limits'],
}

export function admitted(bytes: Uint8Array, profile: Profile = PROFILE_1): AdmittedModule {
  const admission = admit(bytes, profile)
  if (admission.admitted === undefined) throw new Error(JSON.stringify(admission.findings))
  return admission.admitted
}

/** Reads an instrumented module with our own validator. Throws if the module is not valid. */
export function readBack(bytes: Uint8Array): Module {
  const { module, findings } = validate(bytes, BOUNDLESS)
  if (module === undefined) throw new Error(JSON.stringify(findings.sorted()[0]))
  return module
}

export async function instrumentedBytes(
  bytes: Uint8Array,
  mode: ModeName,
  profile: Profile = PROFILE_1,
): Promise<Uint8Array> {
  return (await instrument(admitted(bytes, profile), mode)).bytes
}

/** The number of locals that a body declares. */
export function declaredLocals({ locals }: Body): number {
  return locals.reduce((sum, run) => sum + run.count, 0)
}

/** All fixtures that profile 1 admits, with their names. */
export async function admissibleFixtures(): Promise<[name: string, bytes: Uint8Array][]> {
  const all: [string, Uint8Array][] = programs().map(name => [
    name,
    new Uint8Array(readFileSync(`${ROOT}/programs/${name}/${name}.wasm`)),
  ])
  for (const folder of ['traps', 'floats', 'memory']) {
    for (const { name, text } of textFixtures(folder)) all.push([`${folder}/${name}`, await assemble(text)])
  }
  for (const { name, text, expect } of textFixtures('admission')) {
    if (expect[0] === 'admitted') all.push([`admission/${name}`, await assemble(text)])
  }
  return all
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
