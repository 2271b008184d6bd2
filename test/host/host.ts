/** Host functions for tests, in the form of the oracle, and profiles that grant them. */
import type { Ability, Grant, GrantPrice, Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { OracleFunction } from '../oracle/interpret.ts'
import type { HostUnderTest } from '../properties/agreement.ts'
import { NEAR_PROFILE } from '../properties/profiles.ts'

export const HOST_MODULE = new URL('./functions.mjs', import.meta.url).href

/** The functions of the oracle. They are an independent implementation. */
function oracleFunctions(): Readonly<Record<string, OracleFunction>> {
  return {
    'test/relay@1'(run, [at, length, x, y, v]) {
      let total = 0
      for (const byte of run.range(at as number, length as number)) total = (total + byte) % 2 ** 32
      const [answer] = run.call('back', [total, y!])
      return [BigInt.asUintN(64, (x as bigint) + BigInt(total)), answer!, v!]
    },
    'test/spend@1'(run, [units]) {
      run.charge(units as number)
      return []
    },
    'test/again@1': (run, [n]) => run.call('again', [n!]),
    'test/twice@1'(run, [n]) {
      const [first] = run.call('again', [n!])
      const [second] = run.call('again', [n!])
      return [((first as number) + (second as number)) >>> 0]
    },
    'test/swallow@1': (run, [n]) => run.call('again', [n!]),
    'test/quit@1': (run, [at, length]) => run.exit(run.range(at as number, length as number).slice()),
    'test/trap@1': run => run.trap('abi-violation'),
    'test/picky@1': () => [],
    'test/after@1': () => [],
  }
}

export const HOST: HostUnderTest = { modules: [HOST_MODULE], functions: oracleFunctions() }

function grant(name: string, type: string, price: GrantPrice, ...may: Ability[]): Grant {
  return { module: 'test', name, type, semantics: `test/${name}@1`, may, price }
}

const FREE = { flat: 0, perUnit: 0 }

const GRANTS: readonly Grant[] = [
  grant('relay', 'iiIFv:IFv', { flat: 501, perUnit: 7, unit: 1 }, 'call-guest'),
  grant('after', 'vi:', { flat: 1, perUnit: 5, unit: 1 }),
  grant('count', ':i', FREE),
  grant('first', ':I', FREE),
  grant('spend', 'i:', { flat: 11, perUnit: 1_003 }),
  grant('again', 'i:i', { flat: 211, perUnit: 0 }, 'call-guest'),
  grant('twice', 'i:i', { flat: 223, perUnit: 0 }, 'call-guest'),
  grant('quit', 'ii:', { flat: 307, perUnit: 3, unit: 1 }, 'end-run'),
  grant('write', 'iii:i', { flat: 0, perUnit: 1, unit: 1 }, 'end-run'),
  grant('trap', ':', { flat: 401, perUnit: 0 }),
  grant('throw', 'i:', FREE),
  grant('picky', 'F:', FREE),
  grant('swallow', 'i:i', FREE, 'call-guest'),
  grant('lies', 'i:i', FREE),
]

const granting = (profile: Profile): Profile => ({
  ...profile,
  id: `${profile.id} with host functions`,
  grants: [...profile.grants, ...GRANTS],
})

/** Profile 1 and a similar one, with the host functions of tests. */
export const HOST_PROFILE = granting(PROFILE_1)
export const HOST_PROFILES: readonly Profile[] = [HOST_PROFILE, granting(NEAR_PROFILE)]
