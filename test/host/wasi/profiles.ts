/** Profile 1 with the functions of WASI. */
import { wasiGrants } from '../../../src/host/wasi/grants.ts'
import type { Profile } from '../../../src/interface-profile.ts'
import { PROFILE_1 } from '../../../src/profile/v1.ts'

const granting = (kind: 'pure' | 'virtual'): Profile => ({
  ...PROFILE_1,
  id: `test with WASI, ${kind}`,
  grants: [...PROFILE_1.grants, ...wasiGrants(kind)],
})

export const PURE = granting('pure')
export const VIRTUAL = granting('virtual')
