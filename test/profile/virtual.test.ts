/** The two profiles: the additional grants of the second (WASI-19). */
import { expect, test } from 'vitest'
import { checkProfile } from '../../src/profile/check.ts'
import { encodeProfile, PROFILES } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'

const namesOf = ({ grants }: typeof PROFILE_1): string[] => grants.map(({ module, name }) => `${module}.${name}`)

test('profile 1 denies clocks, randomness, polling and sockets, and the virtual one grants them (WASI-19)', () => {
  const pure = new Set(namesOf(PROFILE_1))
  const more = namesOf(PROFILE_1_VIRTUAL).filter(name => !pure.has(name))
  expect(more.map(name => name.replace('wasi_snapshot_preview1.', ''))).toEqual([
    'clock_res_get',
    'clock_time_get',
    'poll_oneoff',
    'random_get',
    'sock_accept',
    'sock_recv',
    'sock_send',
    'sock_shutdown',
  ])
  expect(PROFILE_1_VIRTUAL.grants).toHaveLength(PROFILE_1.grants.length + more.length)
})

test('they differ only in id and grants, and are found by their ids', () => {
  const { id, grants } = PROFILE_1_VIRTUAL
  expect({ ...PROFILE_1, id, grants }).toEqual(PROFILE_1_VIRTUAL)
  expect(Object.keys(PROFILES)).toEqual([PROFILE_1.id, PROFILE_1_VIRTUAL.id])
  expect(encodeProfile(PROFILE_1_VIRTUAL).cid).not.toEqual(encodeProfile(PROFILE_1).cid)
  for (const profile of Object.values(PROFILES)) expect(() => checkProfile(profile)).not.toThrow()
})
