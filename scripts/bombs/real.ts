/**
 * Real modules, with which hostile ones are compared: the programs among the fixtures, the kernels, and any others
 * given.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { admit } from '../../src/admission/admit.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Smaller modules are left out. They mostly pay the flat price, so they would lower the median. */
const LEAST_BYTES = 4_000

export interface RealModule {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly gas: number
}

/** Modules of this project, and those in the given folders, that the profile accepts if their imports are ignored. */
export function realModules(folders: readonly string[]): readonly RealModule[] {
  const roots = [join(ROOT, 'wasm-fixtures/programs'), join(ROOT, 'benchmarks/kernels'), ...folders]
  return roots.flatMap(wasmFiles).flatMap(path => {
    const bytes = new Uint8Array(readFileSync(path))
    if (bytes.length < LEAST_BYTES) return []
    const { admitted } = admit(bytes, { ...PROFILE_1, denied: 'trap-on-call' })
    if (admitted === undefined) return []
    return [
      { name: basename(path), path, bytes: bytes.length, gas: Number(instantiationGas(admitted.module, PROFILE_1)) },
    ]
  })
}

function wasmFiles(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap(file => {
      const path = join(folder, file)
      if (statSync(path).isDirectory()) return wasmFiles(path)
      return file.endsWith('.wasm') ? [path] : []
    })
}
