import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { admit, rejectionOf, RESERVED_PREFIX } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { EXTERNREF, F64, FUNCREF, I32, I64 } from '../../src/wasm/types.ts'
import { assemble, parseDirectives, parseHex } from '../../wasm-fixtures/wat.ts'
import { body, engineAccepts, list, name, oneBody, repeat, section, type, wasm, type Bytes } from '../wasm/bytes.ts'

const FIXTURES = new URL('../../wasm-fixtures/', import.meta.url)
const TRAPPING: Profile = { ...PROFILE_1, id: 'test/trap-on-call', denied: 'trap-on-call' }
/** A very different profile: fewer features, other grants, other limits. */
const SMALL: Profile = {
  ...PROFILE_1,
  id: 'test/small',
  features: PROFILE_1.features.filter(feature => feature !== 'simd' && feature !== 'tail-calls'),
  grants: [{ ...PROFILE_1.grants[1]!, module: 'host', name: 'say', semantics: 'test/say@1' }],
  limits: { ...PROFILE_1.limits, operandHeight: 10, treeDepth: 12, exports: 1 },
}

const importOf = (module: string, field: string, ...what: Bytes[]): Bytes => [name(module), name(field), what]
const codes = (bytes: Uint8Array, profile = PROFILE_1): unknown =>
  admit(bytes, profile).findings.map(({ code, subject, offset }) => [code, subject, offset])

describe('fixtures state their verdict', () => {
  const inside = (folder: string): string[] => readdirSync(new URL(folder, FIXTURES)).map(file => `${folder}/${file}`)
  const files = [...inside('admission'), ...inside('malformed')]

  test.each(files.filter(file => /\.(wat|hex)$/.test(file)))('%s', async file => {
    const text = readFileSync(new URL(file, FIXTURES), 'utf8')
    const bytes = file.endsWith('.hex') ? parseHex(text) : await assemble(text)
    const { admitted, findings } = admit(bytes, PROFILE_1)
    const found = admitted === undefined ? rejectionOf(findings) : { code: 'admitted' }
    expect([found.code, 'subject' in found ? found.subject : '-']).toEqual(parseDirectives(text).expect)
    expect(findings.every(({ offset }) => Number.isInteger(offset) && offset >= 0 && offset <= bytes.length)).toBe(true)
  })

  test('there are fixtures for every code of admission', () => {
    const expected = new Set(
      files.map(file => parseDirectives(readFileSync(new URL(file, FIXTURES), 'utf8')).expect[0]),
    )
    const every = ['admitted', 'feature', 'import', 'invalid', 'limit', 'malformed', 'reserved-name']
    expect([...expected].sort()).toEqual(every)
  })
})

describe('imports', () => {
  const ABORT = importOf('env', 'abort', 0, 0)
  const types = list(1, type([I32, I32, I32, I32], []), type([I32, I32], []), type([], [F64]), type([I32], []))
  const verdicts = (profile: Profile, ...imports: Bytes[]): unknown[] =>
    admit(wasm(types, list(2, ...imports)), profile).imports.map(({ import: entry, verdict, grant, reason }) => [
      `${entry.module}.${entry.name}`,
      entry.kind,
      verdict,
      grant?.semantics,
      reason,
    ])

  test('are granted or denied, in their order and with the reason', () => {
    const all = [
      ABORT,
      importOf('env', 'seed', 0, 2),
      importOf('ipvm', 'log', 0, 1),
      importOf('env', 'memory', 2, 0, 1),
    ]
    expect(verdicts(PROFILE_1, ...all)).toEqual([
      [
        'env.abort',
        'function',
        'granted',
        'assemblyscript/abort@1',
        'the profile provides it as assemblyscript/abort@1',
      ],
      ['env.seed', 'function', 'denied', undefined, 'randomness gives another answer each time'],
      ['ipvm.log', 'function', 'granted', 'ipvm/log@1', 'the profile provides it as ipvm/log@1'],
      ['env.memory', 'memory', 'denied', undefined, 'a memory from outside can change while the guest runs'],
    ])
  })

  test('of an admitted module keep their verdicts', () => {
    const { admitted, imports, findings } = admit(wasm(types, list(2, ABORT)), PROFILE_1)
    expect(findings).toEqual([])
    expect(admitted!.imports).toBe(imports)
    expect(admitted!.profile).toBe(PROFILE_1)
    expect(imports[0]!.grant).toBe(PROFILE_1.grants.find(grant => grant.name === 'abort'))
  })

  test.each([
    ['wasi_snapshot_preview1', 'clock_time_get', 'a clock gives another answer each time'],
    ['env', 'Date.now', 'a clock gives another answer each time'],
    ['wasi_snapshot_preview1', 'random_get', 'randomness gives another answer each time'],
    ['wasi_snapshot_preview1', 'sock_recv', 'the network is no part of the task'],
    ['wasi', 'thread-spawn', 'threads have no fixed order'],
    ['wasi_unstable', 'fd_write', "the host's files are no part of the task"],
    ['env', 'mystery', 'the profile does not provide it'],
    ['env', 'Abort', 'the profile does not provide it'],
    ['Env', 'abort', 'the profile does not provide it'],
    ['', '', 'the profile does not provide it'],
  ])('%s.%s is denied', (module, field, reason) => {
    const [verdict] = verdicts(PROFILE_1, importOf(module, field, 0, 0))
    expect(verdict).toEqual([`${module}.${field}`, 'function', 'denied', undefined, reason])
  })

  test('that are granted with another type are denied, and the reason has the type', () => {
    const bytes = wasm(types, list(2, importOf('env', 'abort', 0, 3)))
    const reason = 'it is granted with another type: (i32, i32, i32, i32) → ()'
    expect(admit(bytes, PROFILE_1).imports[0]).toMatchObject({ verdict: 'denied', grant: undefined, reason })
    expect(codes(bytes)).toEqual([['import', 'env.abort', 34]])
  })

  test.each([
    ['table', [1, FUNCREF, 0, 0]],
    ['memory', [2, 0, 0]],
    ['global', [3, I32, 0]],
  ])('of a %s are denied even by a granted name', (kind, what) => {
    const bytes = wasm(list(2, importOf('env', 'abort', what)))
    expect(engineAccepts(bytes)).toBe(true)
    for (const profile of [PROFILE_1, TRAPPING]) {
      expect(codes(bytes, profile)).toEqual([['import', 'env.abort', 11]])
      expect(admit(bytes, profile).imports[0]!.reason).toBe(`a ${kind} from outside can change while the guest runs`)
    }
  })

  test('that are denied may be linked to a trap, if they are functions', () => {
    const bytes = wasm(types, list(2, importOf('env', 'seed', 0, 2), importOf('env', 'abort', 0, 3), ABORT))
    const { admitted, imports } = admit(bytes, TRAPPING)
    expect(imports.map(({ verdict }) => verdict)).toEqual(['denied', 'denied', 'granted'])
    expect(admitted!.imports).toBe(imports)
    expect(codes(bytes)).toEqual([
      ['import', 'env.seed', 34],
      ['import', 'env.abort', 45],
    ])
  })

  test('get their verdict from the given profile', () => {
    const say = wasm(list(1, type([I32, I32], [])), list(2, importOf('host', 'say', 0, 0)))
    const [grant] = SMALL.grants
    expect(admit(say, SMALL).imports[0]).toMatchObject({
      verdict: 'granted',
      grant,
      reason: 'the profile provides it as test/say@1',
    })
    expect(codes(say, SMALL)).toEqual([])
    expect(codes(say)).toEqual([['import', 'host.say', 19]])
    expect(codes(wasm(types, list(2, ABORT)), SMALL)).toEqual([['import', 'env.abort', 34]])
  })

  test('are listed even if the module is malformed further on', () => {
    const bytes = wasm(types, list(2, ABORT, importOf('env', 'seed', 0, 2)), section(99))
    expect(admit(bytes, PROFILE_1).imports.map(({ verdict }) => verdict)).toEqual(['granted', 'denied'])
    expect(codes(bytes)).toEqual([
      ['import', 'env.seed', 46],
      ['malformed', undefined, 57],
    ])
  })

  test('of a memory are denied even if the memory is invalid', () => {
    const shared = wasm(list(2, importOf('env', 'memory', 2, 3, 1, 2)))
    expect(codes(shared)).toEqual([
      ['import', 'env.memory', 11],
      ['feature', 'threads', 23],
    ])
  })
})

describe('findings (PROFILE-7)', () => {
  const nothing = type([], [])

  test('are one for each body, import and name, the lowest offset first', () => {
    const bytes = wasm(
      list(1, nothing),
      list(2, importOf('env', 'now', 0, 0)),
      list(3, 0, 0, 0),
      list(7, [name('ipvm:a'), 0, 1], [name('ok'), 0, 2], [name('ipvm:b'), 0, 1]),
      list(10, body([0x1a]), body([]), body([0xfd, 0x80, 0x02])),
    )
    expect(codes(bytes)).toEqual([
      ['import', 'env.now', 17],
      ['reserved-name', 'ipvm:a', 36],
      ['reserved-name', 'ipvm:b', 50],
      ['invalid', undefined, 64],
      ['feature', 'relaxed-simd', 71],
    ])
    const rejection = rejectionOf(admit(bytes, PROFILE_1).findings)
    expect(rejection).toEqual({ kind: 'rejection', code: 'import', subject: 'env.now', offset: 17 })
  })

  test('become a rejection (PROFILE-8) without details, and without a subject if there is none', () => {
    const { findings } = admit(oneBody([0x1a]), PROFILE_1)
    expect(findings).toEqual([{ kind: 'rejection', code: 'invalid', offset: 23, detail: 'an operand is missing' }])
    expect(rejectionOf(findings)).toStrictEqual({ kind: 'rejection', code: 'invalid', offset: 23 })
  })

  test('with the lowest offset are kept if there are too many', () => {
    const bytes = wasm(
      list(1, nothing),
      list(2, importOf('env', 'now', 0, 0)),
      section(3, 200, 1, repeat(200, 0)),
      list(7, [name('ipvm:x'), 0, 1]),
      section(10, 200, 1, repeat(200, body([0x1a]))),
    )
    const { findings } = admit(bytes, PROFILE_1)
    expect(findings.length).toBe(100)
    expect(findings.slice(0, 3).map(({ code }) => code)).toEqual(['import', 'reserved-name', 'invalid'])
    expect(findings.every(({ offset }, i) => i === 0 || offset > findings[i - 1]!.offset)).toBe(true)
    expect(rejectionOf(findings).subject).toBe('env.now')
  })

  test('are the same each time', () => {
    const bytes = wasm(list(1, nothing), list(3, 0, 0), list(10, body([0x1a]), body([0x20, 0, 0x1a])))
    expect(admit(bytes, PROFILE_1)).toEqual(admit(bytes.slice(), PROFILE_1))
    expect(codes(bytes)).toEqual([
      ['invalid', undefined, 24],
      ['invalid', undefined, 28],
    ])
  })
})

describe('export names (PROFILE-13)', () => {
  const exporting = (...names: string[]): Uint8Array =>
    wasm(list(5, [0, 0]), list(7, ...names.map(each => [name(each), 2, 0])))

  test('with the reserved prefix are refused, each', () => {
    expect(RESERVED_PREFIX).toBe('ipvm:')
    const bytes = exporting('ipvm:gas', 'a', 'ipvm:')
    expect(codes(bytes)).toEqual([
      ['reserved-name', 'ipvm:gas', 16],
      ['reserved-name', 'ipvm:', 31],
    ])
  })

  test('that are similar to it are accepted', () => {
    const close = ['ipvm', 'IPVM:gas', ' ipvm:gas', 'a.ipvm:gas', 'ipvm.gas', '\ufeffipvm:gas', 'ipvm\uff1agas']
    expect(codes(exporting(...close))).toEqual([])
  })

  test('are checked in the part that could be read', () => {
    const bytes = wasm(list(5, [0, 0]), section(7, 2, name('ipvm:gas'), 2, 0, name('b'), 2, 1))
    expect(codes(bytes)).toEqual([
      ['reserved-name', 'ipvm:gas', 16],
      ['invalid', undefined, 27],
    ])
  })
})

describe('another profile', () => {
  test('accepts other features', () => {
    const vector = oneBody([0xfd, 0x0c, new Uint8Array(16), 0x1a])
    const tail = oneBody([0x12, 0])
    expect([codes(vector), codes(tail)]).toEqual([[], []])
    expect(codes(vector, SMALL)).toEqual([['feature', 'simd', 23]])
    expect(codes(tail, SMALL)).toEqual([['feature', 'tail-calls', 23]])
  })

  test('has other limits, and what keeps them is admitted', () => {
    const high = (count: number): Uint8Array => oneBody([repeat(count, 0x41, 0), repeat(count, 0x1a)])
    expect([codes(high(10), SMALL), codes(high(11), SMALL)]).toEqual([[], [['limit', 'operandHeight', 43]]])
    const deep = (count: number): Uint8Array => oneBody([repeat(count, 0x03, 0x40), repeat(count, 0x0b)])
    expect([codes(deep(3), SMALL), codes(deep(4), SMALL)]).toEqual([[], [['limit', 'treeDepth', 34]]])
    const entries = ['a', 'b'].map(each => [name(each), 2, 0])
    const wide = (count: number): Uint8Array => wasm(list(5, [0, 0]), list(7, ...entries.slice(0, count)))
    expect([codes(wide(1), SMALL), codes(wide(2), SMALL), codes(wide(2))]).toEqual([[], [['limit', 'exports', 15]], []])
  })

  test('does not change what is malformed or invalid', () => {
    for (const profile of [PROFILE_1, TRAPPING, SMALL]) {
      expect(codes(new Uint8Array(0), profile)).toEqual([['malformed', undefined, 0]])
      expect(codes(oneBody([0x41, 0]), profile)).toEqual([['invalid', undefined, 25]])
    }
  })
})

test('the description of an admitted module follows its bytes', () => {
  const bytes = wasm(
    list(1, type([I32], [I64]), type([], [])),
    list(2, importOf('ipvm', 'log', 0, 1)),
    list(3, 0, 1),
    list(4, [EXTERNREF, 1, 2, 3]),
    list(5, [1, 1, 4]),
    list(6, [I32, 1, 0x41, 0x7f, 0x0b], [I64, 0, 0x42, 5, 0x0b]),
    list(7, [name('run'), 0, 1], [name('table'), 1, 0], [name('memory'), 2, 0], [name('g'), 3, 1]),
    section(8, 2),
    list(9, [3, 0, 1, 1], [1, 0, 2, 0, 1]),
    list(
      10,
      body(
        [0x42, 0],
        [
          [2, F64],
          [0, I32],
          [1, I64],
        ],
      ),
      body([]),
    ),
    list(11, [0, 0x41, 0x7f, 0x0b, 2, 0, 0], [1, 1, 9]),
  )
  const { admitted } = admit(bytes, TRAPPING)
  const { module } = admitted!
  expect(module).toMatchObject({
    types: [
      { params: [I32], results: [I64] },
      { params: [], results: [] },
    ],
    imports: [{ module: 'ipvm', name: 'log', kind: 'function', type: { params: [], results: [] } }],
    importedFunctions: 1,
    tables: [{ element: EXTERNREF, min: 2, max: 3 }],
    memory: { min: 1, max: 4 },
    globals: [
      { type: I32, mutable: true, init: -1 },
      { type: I64, mutable: false, init: undefined },
    ],
    exports: [
      { name: 'run', kind: 'function', index: 1 },
      { name: 'table', kind: 'table', index: 0 },
      { name: 'memory', kind: 'memory', index: 0 },
      { name: 'g', kind: 'global', index: 1 },
    ],
    start: 2,
    elements: [
      { mode: 'declarative', length: 1 },
      { mode: 'passive', length: 2 },
    ],
    data: [
      { mode: 'active', index: 0, at: 0xffffffff, length: 2 },
      { mode: 'passive', length: 1 },
    ],
    bodies: [
      {
        locals: [
          { count: 2, type: F64 },
          { count: 1, type: I64 },
        ],
        localWords: 3,
        heightWords: 1,
      },
      { locals: [], localWords: 0 },
    ],
  })
  expect(module.functions.map(({ params }) => params.length)).toEqual([0, 1, 0])
  expect(module.sections.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  for (const { start, code, end } of module.bodies) {
    expect([bytes[start - 1], bytes[end - 1]]).toEqual([end - start, 0x0b])
    expect(code).toBeGreaterThan(start)
  }
})
