import * as dagCbor from '@ipld/dag-cbor'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeStrict } from '../../src/base/dag-cbor.ts'
import { encodeProfile, PROFILES } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'

describe('the document of a profile (PROFILE-1)', () => {
  const { cid, bytes } = encodeProfile(PROFILE_1)

  test('has all fields of the profile, and no others', () => {
    const read = decodeStrict(bytes) as Record<string, unknown>
    expect(Object.keys(read).sort()).toEqual(['denied', 'features', 'grants', 'id', 'limits', 'schedule'])
    expect(dagCbor.decode(bytes)).toEqual(PROFILE_1)
  })

  test('has the CID that the specification states: version 1, dag-cbor, sha2-256', () => {
    expect([cid.version, cid.code, cid.multihash.code, cid.multihash.size]).toEqual([1, 0x71, 0x12, 32])
    const spec = readFileSync(new URL('../../docs/spec/profile.md', import.meta.url), 'utf8')
    for (const profile of Object.values(PROFILES))
      expect(spec).toContain(`\`${profile.id}\`, CID \`${encodeProfile(profile).cid}\``)
  })

  test('has another CID if any rule differs', () => {
    const names = new Set([cid.toString()])
    const { limits, schedule } = PROFILE_1
    const others = [
      { ...PROFILE_1, id: 'other' },
      { ...PROFILE_1, denied: 'trap-on-call' as const },
      { ...PROFILE_1, grants: [] },
      { ...PROFILE_1, features: PROFILE_1.features.slice(1) },
      { ...PROFILE_1, limits: { ...limits, treeDepth: 1 } },
      { ...PROFILE_1, schedule: { ...schedule, instructions: { ...schedule.instructions, plain: 9 } } },
    ]
    for (const other of others) names.add(encodeProfile(other).cid.toString())
    expect(names.size).toBe(others.length + 1)
  })

  test('cannot be altered in place', () => {
    expect(() => {
      ;(PROFILE_1.limits as { treeDepth: number }).treeDepth = 1
    }).toThrow(TypeError)
    expect(() => {
      ;(PROFILE_1.grants as unknown[]).push(PROFILE_1.grants[0])
    }).toThrow(TypeError)
    expect(() => {
      ;(PROFILES as Record<string, unknown>)['x'] = PROFILE_1
    }).toThrow(TypeError)
  })
})
