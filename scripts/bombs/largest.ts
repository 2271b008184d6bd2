import { admit } from '../../src/admission/admit.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Shape } from './shapes.ts'

export interface Largest {
  /** The module; undefined if the profile rejects even a small one. */
  readonly module: Uint8Array | undefined
  readonly gas: number
  /** The limit that a larger module would exceed; undefined if none was met. */
  readonly limit: string | undefined
}

const ROUNDS = 8

/** Finds the largest module of a shape, up to a size in bytes, that the profile accepts, by bisection. */
export function largest(shape: Shape, bytes: number): Largest {
  let found: Omit<Largest, 'limit'> = { module: undefined, gas: 0 }
  let limit: string | undefined
  let low = 0
  let high = 1
  for (let part = 1, round = 0; round < ROUNDS; round++) {
    const module = shape.make({ bytes: Math.ceil(bytes * part), part: Math.min(1, part * 1.5) })
    const { admitted, findings } = admit(module, PROFILE_1)
    if (admitted !== undefined) {
      found = { module, gas: Number(instantiationGas(admitted.module, PROFILE_1)) }
      if (part === 1) break
      low = part
    } else {
      const { code, subject, offset, detail } = findings[0]!
      if (code !== 'limit') throw new Error(`${shape.name}: ${code} at ${offset}, ${detail}`)
      limit = subject
      high = part
    }
    part = found.module === undefined ? high / 4 : (low + high) / 2
  }
  return { ...found, limit }
}
