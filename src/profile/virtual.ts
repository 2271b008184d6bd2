import { wasiGrants } from '../host/wasi/grants.ts'
import type { Profile } from '../interface-profile.ts'
import { PROFILE_1 } from './v1.ts'

/** True for a grant of a WASI function. The virtual profile replaces these grants by its own. */
const isWasi = ({ semantics }: Profile['grants'][number]): boolean => semantics.startsWith('wasi-preview1/')

/**
 * Profile 1 with all functions of WASI. Clock, randomness and polling are pure functions of the task
 * (docs/spec/wasi.md, WASI-19 to WASI-22), and sockets are refused. The clock does not tell the real time. The
 * randomness is public, so it must not be used for keys.
 *
 * It is a draft until version 1.0, as profile 1 is.
 */
export const PROFILE_1_VIRTUAL: Profile = /* @__PURE__ */ Object.freeze({
  ...PROFILE_1,
  id: 'ipvm-wasm/1-virtual-draft',
  grants: Object.freeze([...PROFILE_1.grants.filter(grant => !isWasi(grant)), ...wasiGrants('virtual')]),
})
