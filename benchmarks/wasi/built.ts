/** The engine as it is built. Code that runs as TypeScript wraps each function that it makes, and a host call would pay for that. */
import type * as Compute from '../../src/engine/compute.ts'

const built = new URL('../../dist/engine/compute.js', import.meta.url).href

export const { Computer } = (await import(built)) as typeof Compute
export type Computer = Compute.Computer
