/** An invalid profile is refused with the path of the field by all functions that take profiles (PROFILE-22). */
import { describe, expect, test } from 'vitest'
import { admit, type AdmittedModule } from '../../src/admission/admit.ts'
import { encodeStrict } from '../../src/base/dag-cbor.ts'
import type { Fault } from '../../src/base/fault.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import type { Feature, Limits, Profile } from '../../src/interface-profile.ts'
import { checkProfile, FEATURES } from '../../src/profile/check.ts'
import { decodeProfile, encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { admitted } from '../support/instrumented.ts'
import { jobOf } from '../support/jobs.ts'
import { NEAR_PROFILE } from '../properties/profiles.ts'

const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
const faultOf = (work: () => unknown): unknown => {
  try {
    return { 'no fault': work() }
  } catch (error) {
    return error
  }
}
const bad = (field: string): unknown =>
  expect.objectContaining({ name: 'Fault', code: 'bad-profile', whose: 'requestor', detail: { field } })

/** Profile 1 with another value at a path; `undefined` removes the field. */
function changed(path: string, value: unknown): Profile {
  const copy = structuredClone(PROFILE_1) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop()!
  const parent = keys.reduce((tree, key) => tree[key] as Record<string, unknown>, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy as unknown as Profile
}

describe('profiles', () => {
  test.each([
    PROFILE_1,
    NEAR_PROFILE,
    changed('denied', 'trap-on-call'),
    changed('features', []),
    changed('grants', []),
    changed('limits.valueBytes', 0),
  ])('case %#', profile => {
    const checked = checkProfile(profile)
    expect(checked).toEqual(profile)
    expect(decodeProfile(encodeProfile(profile).bytes)).toEqual(profile)
    expect(encodeProfile(checked).cid).toEqual(encodeProfile(profile).cid)
  })

  test('a frozen copy is returned, unless the profile is frozen', () => {
    const own = changed('id', 'mine')
    const checked = checkProfile(own)
    ;(own.schedule.instructions as { plain: number }).plain = -1000
    expect(checked.schedule.instructions.plain).toBe(PROFILE_1.schedule.instructions.plain)
    expect(() => {
      ;(checked.schedule.host as { flat: number }).flat = 1
    }).toThrow(TypeError)
    expect(faultOf(() => checkProfile(own))).toEqual(bad('schedule.instructions.plain'))
    expect(checkProfile(PROFILE_1)).toBe(PROFILE_1)
    expect(checkProfile(checked)).toBe(checked)
    // Only the outer object is frozen.
    const shallow = Object.freeze({ ...PROFILE_1, limits: { ...PROFILE_1.limits } })
    checkProfile(shallow)
    ;(shallow.limits as { types: number }).types = -1
    expect(faultOf(() => checkProfile(shallow))).toEqual(bad('limits.types'))
  })

  test('a method that was added to a list is not in the copy', () => {
    const list = (change: (features: Feature[]) => void): Profile => {
      const features = [...PROFILE_1.features]
      change(features)
      return Object.freeze({ ...PROFILE_1, features: Object.freeze(features) })
    }
    const always = (): boolean => true
    const odd = [
      list(features => Object.assign(features, { includes: always })),
      list(features =>
        Object.setPrototypeOf(features, Object.create(Array.prototype, { includes: { value: always } })),
      ),
    ]
    for (const profile of odd) {
      expect(profile.features.includes('threads' as Feature)).toBe(true)
      expect(checkProfile(profile).features.includes('threads' as Feature)).toBe(false)
    }
  })

  test('an object of a class is read by its own fields, and each getter is called once', () => {
    class Rules {
      constructor() {
        Object.assign(this, PROFILE_1)
        Object.freeze(this)
      }
    }
    const rules = new Rules() as unknown as Profile
    expect(Object.getPrototypeOf(checkProfile(rules))).toBe(Object.prototype)
    expect(encodeProfile(rules).cid).toEqual(encodeProfile(PROFILE_1).cid)
    let asked = 0
    const moody = Object.freeze(
      Object.defineProperty({ ...PROFILE_1 }, 'denied', {
        enumerable: true,
        get: () => (++asked > 4 ? 'perhaps' : 'reject'),
      }),
    )
    expect(checkProfile(moody).denied).toBe('reject')
    asked = 4
    expect(faultOf(() => checkProfile(moody))).toEqual(bad('denied'))
  })

  test('all features, and all limits at their bounds', () => {
    expect([...FEATURES].sort()).toEqual([...PROFILE_1.features].sort())
    for (const name of Object.keys(PROFILE_1.limits) as (keyof Limits)[]) {
      const least = name === 'reentryWords' ? 256 : 0
      expect(checkProfile(changed(`limits.${name}`, least)).limits[name]).toBe(least)
      expect(faultOf(() => checkProfile(changed(`limits.${name}`, least - 1)))).toEqual(bad(`limits.${name}`))
      expect(faultOf(() => checkProfile(changed(`limits.${name}`, 2 ** 31)))).toEqual(bad(`limits.${name}`))
    }
  })
})

/** Values that are neither a price nor a limit. */
const NO_NUMBERS: readonly unknown[] = [
  -1000,
  -1,
  -0,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 40,
  2 ** 53,
  8n,
  '8',
  null,
  true,
  [],
  {},
  [8],
  new Date(0),
]

describe('values that are not profiles', () => {
  test.each([
    'schedule.instructions.plain',
    'schedule.bulk.memoryFill',
    'schedule.entry.perUnit',
    'schedule.instantiation.perByte',
    'schedule.host.flat',
    'limits.treeDepth',
    'limits.valueBytes',
    'limits.fileBytes',
  ])('%s is missing, or not such a number', field => {
    for (const value of [undefined, ...NO_NUMBERS])
      expect(
        faultOf(() => checkProfile(changed(field, value))),
        String(value),
      ).toEqual(bad(field))
  })

  test('prices have their ranges (GAS-7)', () => {
    expect(checkProfile(changed('schedule.instructions.load', 2 ** 20)).schedule.instructions.load).toBe(2 ** 20)
    expect(faultOf(() => checkProfile(changed('schedule.instructions.load', 2 ** 20 + 1)))).toEqual(
      bad('schedule.instructions.load'),
    )
    expect(checkProfile(changed('schedule.instantiation.perPage', 2 ** 27)).schedule.instantiation.perPage).toBe(
      2 ** 27,
    )
    expect(faultOf(() => checkProfile(changed('schedule.instantiation.perPage', 2 ** 27 + 1)))).toEqual(
      bad('schedule.instantiation.perPage'),
    )
    expect(faultOf(() => checkProfile(changed('schedule.instructions.free', 1)))).toEqual(
      bad('schedule.instructions.free'),
    )
  })

  const grant = PROFILE_1.grants[1]!
  const FREE = { flat: 0, perUnit: 0 }
  test.each<[field: string, path: string, value: unknown]>([
    ['id', 'id', ''],
    ['id', 'id', 7],
    ['id', 'id', 'a\u001b[2J'],
    ['id', 'id', '\ud800'],
    ['id', 'id', undefined],
    ['denied', 'denied', 'maybe'],
    ['denied', 'denied', undefined],
    ['denied', 'denied', null],
    ['features', 'features', 'simd'],
    ['features[1]', 'features', ['simd', 'threads']],
    ['features[1]', 'features', ['simd', 'simd']],
    ['features[0]', 'features', ['core-1']],
    ['features[0]', 'features', [undefined]],
    ['grants', 'grants', {}],
    ['grants[0]', 'grants', [null]],
    ['grants[0].more', 'grants', [{ ...grant, more: 1 }]],
    ['grants[1]', 'grants', [grant, { ...grant, type: ':', semantics: 'test/again@1', price: FREE }]],
    ['limits', 'limits', undefined],
    ['limits', 'limits', []],
    ['limits.more', 'limits', { ...PROFILE_1.limits, more: 1 }],
    ['limits.tableSlots', 'limits', { ...PROFILE_1.limits, tables: 1000 }],
    ['schedule', 'schedule', null],
    ['schedule.entry', 'schedule.entry', 96],
    ['schedule.more', 'schedule', { ...PROFILE_1.schedule, more: {} }],
    ['schedule.bulk.more', 'schedule.bulk', { ...PROFILE_1.schedule.bulk, more: 1 }],
    ['more', 'more', 1],
  ])('%s: case %#', (field, path, value) =>
    expect(faultOf(() => checkProfile(changed(path, value)))).toEqual(bad(field)),
  )

  test.each<[field: string, change: object]>([
    ['module', { module: '\udc00' }],
    ['module', { module: '' }],
    ['module', { module: 'a\0b' }],
    ['name', { name: undefined }],
    ['name', { name: 'two\nlines' }],
    ['type', { type: 'ii' }],
    ['type', { type: 'iz:' }],
    ['type', { type: 'ir:' }],
    ['type', { type: 'ii:x' }],
    ['type', { type: `${'i'.repeat(64)}:i` }],
    ['type', { type: `${'i'.repeat(60)}:vvi` }],
    ['semantics', { semantics: undefined }],
    ['semantics', { semantics: 'log' }],
    ['semantics', { semantics: 'ipvm/log@0' }],
    ['semantics', { semantics: 'ipvm/log@01' }],
    ['semantics', { semantics: 'ipvm/log@1.2' }],
    ['semantics', { semantics: 'ipvm//log@1' }],
    ['semantics', { semantics: 'ipvm/Log@1' }],
    ['semantics', { semantics: `${'a'.repeat(99)}@1` }],
    ['semantics', { semantics: 'ipvm/log@1\n' }],
    ['may', { may: undefined }],
    ['may', { may: 'end-run' }],
    ['may[0]', { may: ['fork'] }],
    ['may[1]', { may: ['end-run', 'end-run'] }],
    ['price', { price: undefined }],
    ['price', { price: 7 }],
    ['price.flat', { price: { perUnit: 0 } }],
    ['price.flat', { price: { flat: -1, perUnit: 0 } }],
    ['price.perUnit', { price: { flat: 0, perUnit: 2 ** 20 + 1 } }],
    ['price.unit', { price: { flat: 0, perUnit: 0, unit: 2 } }],
    ['price.unit', { price: { flat: 0, perUnit: 0, unit: -1 } }],
    ['price.unit', { type: 'Ii:i', price: { flat: 0, perUnit: 0, unit: 0 } }],
    ['price.unit', { type: 'Ii:i', price: { flat: 0, perUnit: 0, unit: 3 } }],
    ['price.more', { price: { flat: 0, perUnit: 0, more: 1 } }],
  ])('a grant with another %s: case %# (PROFILE-25)', (field, change) =>
    expect(faultOf(() => checkProfile(changed('grants', [{ ...grant, ...change }])))).toEqual(
      bad(`grants[0].${field}`),
    ),
  )

  test.each<[change: object]>([
    [{ semantics: 'wasi-preview1/fd_write@12', may: ['end-run', 'call-guest'] }],
    [{ type: 'IiFfv:vi', price: { flat: 0, perUnit: 2 ** 20, unit: 1 } }],
    [{ type: `${'v'.repeat(32)}:`, price: { flat: 2 ** 20, perUnit: 0 } }],
    [{ type: ':', price: { flat: 0, perUnit: 7 } }],
  ])('a grant with unknown semantics is valid: case %# (PROFILE-25)', change => {
    const [found] = checkProfile(changed('grants', [{ ...grant, ...change }])).grants
    expect(found).toEqual({ ...grant, ...change })
  })

  test.each([
    undefined,
    null,
    7,
    8n,
    'ipvm-wasm/1-draft',
    [],
    [PROFILE_1],
    new Uint8Array(3),
    new Map(),
    () => PROFILE_1,
    Symbol('p'),
  ])('a value of another kind: case %#', value => {
    expect(faultOf(() => checkProfile(value as unknown as Profile))).toMatchObject({
      name: 'Fault',
      code: 'bad-profile',
    })
  })

  test('a list that is too long is refused without reading it', () => {
    const holes = (length: number): Profile => ({ ...PROFILE_1, features: new Array<Feature>(length) })
    expect(faultOf(() => checkProfile(holes(4e9)))).toEqual(bad('features'))
    expect(faultOf(() => checkProfile(holes(3)))).toEqual(bad('features[0]'))
    const [grant] = PROFILE_1.grants
    const may = new Array<never>(4e9)
    expect(faultOf(() => checkProfile({ ...PROFILE_1, grants: [{ ...grant!, may }] }))).toEqual(bad('grants[0].may'))
    const grants = Array.from({ length: 15_000 }, (_, i) => ({ ...grant!, name: `n${i}` }))
    const many = (count: number): unknown => checkProfile({ ...PROFILE_1, grants: grants.slice(0, count) })
    const begun = performance.now()
    expect(many(10_000)).toMatchObject({ id: PROFILE_1.id })
    expect(performance.now() - begun).toBeLessThan(3000)
    expect(faultOf(() => checkProfile({ ...PROFILE_1, grants: new Array(1e9) }))).toEqual(bad('grants'))
  })

  test('a profile that is too large for a document', () => {
    const grants = Array.from({ length: 30_000 }, (_, i) => ({ ...grant, name: `log${i}` }))
    expect(faultOf(() => checkProfile(changed('grants', grants)))).toMatchObject({
      code: 'bad-profile',
      message: expect.stringContaining('2097152') as string,
    })
  })
})

describe('bytes', () => {
  test('must be the only encoding (RECEIPT-1)', () => {
    const { bytes } = encodeProfile(PROFILE_1)
    expect(decodeProfile(bytes)).toEqual(PROFILE_1)
    for (const wrong of [bytes.subarray(1), bytes.subarray(0, -1), new Uint8Array(0), Uint8Array.from([...bytes, 0])]) {
      expect(faultOf(() => decodeProfile(wrong))).toEqual(bad(''))
    }
    expect(faultOf(() => decodeProfile(encodeStrict({ ...PROFILE_1, extra: null })))).toEqual(bad('extra'))
    expect(faultOf(() => decodeProfile(encodeStrict(changed('schedule.host.flat', -1))))).toEqual(
      bad('schedule.host.flat'),
    )
    expect(faultOf(() => decodeProfile(encodeStrict(changed('limits.types', 2.5))))).toEqual(bad('limits.types'))
  })
})

describe('functions that take profiles', () => {
  const broken = changed('schedule.instructions.plain', -1000)
  const fault = bad('schedule.instructions.plain')
  const [store, engine] = [createMemoryStore(), createInlineEngine()]

  test.each<[name: string, enter: () => unknown]>([
    ['createExecutor', () => createExecutor({ store, engine, profile: broken })],
    ['createVerifier', () => createVerifier({ store, engine, profiles: [PROFILE_1, broken] })],
    ['admit', () => admit(EMPTY, broken)],
    ['encodeProfile', () => encodeProfile(broken)],
  ])('%s', (_, enter) => expect(faultOf(enter)).toEqual(fault))

  test("an engine's compute and inspect, and instrument", async () => {
    await expect(engine.compute(jobOf(EMPTY, { profile: broken }))).rejects.toEqual(fault)
    await expect(engine.inspect(jobOf(EMPTY, { profile: broken }))).rejects.toEqual(fault)
    await expect(instrument({ ...admitted(EMPTY), profile: broken } as AdmittedModule)).rejects.toEqual(fault)
  })

  test('a price that changes while an executor is in use has no effect', async () => {
    const own = changed('id', 'mine')
    const executor = createExecutor({ store, engine, profile: own })
    ;(own.schedule.instantiation as { flat: number }).flat = -(2 ** 40)
    ;(own.features as Feature[]).length = 0
    const { task } = await executor.execute(await taskOf(), { gas: 10n ** 10n, pages: 1 })
    const { receipt } = await executor.execute(task, { gas: 10n ** 10n, pages: 1 })
    expect(receipt.meta.profile).toEqual(encodeProfile(changed('id', 'mine')).cid)
    expect(receipt.meta.gasUsed).toBe(0n)
  })

  async function taskOf(): Promise<Parameters<ReturnType<typeof createExecutor>['execute']>[0]> {
    const { addFile } = await import('../../src/content/unixfs.ts')
    const { createTask } = await import('../../src/task/task.ts')
    return createTask({ mod: await addFile(store, EMPTY), fun: 'f', params: [], abi: 'core' })
  }
})

test('the message of the fault names the mistake', () => {
  const { message } = faultOf(() => checkProfile(changed('schedule.host.flat', 8n))) as Fault
  expect(message).toBe('not a profile: schedule.host.flat must be a number, an integer from 0 to 1048576')
})
