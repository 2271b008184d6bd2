/** The engine as it is built: what runs TypeScript wraps each function that is made, which host calls would pay for. */
type Compute = typeof import('../../src/engine/compute.ts')

export const { Computer } = (await import(new URL('../../dist/engine/compute.js', import.meta.url).href)) as Compute
export type Computer = InstanceType<Compute['Computer']>
