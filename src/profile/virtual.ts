import { wasiGrants } from '../host/wasi/grants.ts'
import type { Profile } from '../interface-profile.ts'
import { PROFILE_1 } from './v1.ts'

/** The grants of the pure profile that are functions of WASI, which the virtual one has in its own list. */
const isWasi = ({ semantics }: Profile['grants'][number]): boolean => semantics.startsWith('wasi-preview1/')

/**
 * Profile 1 with all functions of WASI: a clock, randomness and polling that are functions of the task (docs/spec/wasi.md, WASI-19 to
 * WASI-22), and sockets that are refused. The clock tells no time, and the randomness is public: it is never fit for keys.
 *
 * A draft until 1.0, as profile 1 is.
 */
export const PROFILE_1_VIRTUAL: Profile = /* @__PURE__ */ Object.freeze({
  ...PROFILE_1,
  id: 'ipvm-wasm/1-virtual-draft',
  grants: Object.freeze([...PROFILE_1.grants.filter(grant => !isWasi(grant)), ...wasiGrants('virtual')]),
})
