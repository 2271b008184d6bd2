import { admit } from '../../src/admission/admit.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Shape } from './shapes.ts'

export interface Largest {
  /** Absent if the profile refuses even small ones. */
  readonly module: Uint8Array | undefined
  readonly gas: number
  /** The limit that a larger one exceeds, if it was met. */
  readonly limit: string | undefined
}

const ROUNDS = 8

/** The largest module of a shape, up to a size, that the profile accepts: found by halving. */
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
