/** What the cases are written in. */
import { unsigned, type Bytes } from '../strategies/binary.ts'
import { concat } from './module.ts'

export interface Case {
  readonly name: string
  readonly idea: string
  /** `run` of one i32. */
  readonly make: () => Uint8Array | Promise<Uint8Array>
  /** What it is called with; smaller for quick runs. The same in both: what costs is preparing it. */
  readonly full: number
  readonly quick: number
}

export const I32 = 0x7f
export const I64 = 0x7e
export const F64 = 0x7c
export const RUN = [[I32], [I32]] as const
export const NOTHING = [[], []] as const

export const get = (local: number): Bytes => [0x20, ...unsigned(local)]
export const set = (local: number): Bytes => [0x21, ...unsigned(local)]

/** The body, run's argument times over, and 0. */
export function looped(body: Bytes): number[] {
  return concat([[0x03, 0x40], body, get(0), [0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x41, 0]])
}
