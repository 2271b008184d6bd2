/** The profiles that grant functions of WASI. */
export { PROFILE_1 as PURE } from '../../../src/profile/v1.ts'
export { PROFILE_1_VIRTUAL as VIRTUAL } from '../../../src/profile/virtual.ts'
