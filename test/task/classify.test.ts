import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import type { Rejection } from '../../src/interface.ts'
import { CLASS_TABLE, guaranteesOf, WORK_KINDS, type SafetyClass, type WorkKind } from '../../src/task/classes.ts'
import { classify, classifyWith, moduleToProve, supports, type ModuleEvidence } from '../../src/task/classify.ts'
import { createTask } from '../../src/task/task.ts'
import { faultOf } from './fault.ts'

const V0 = 'QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid'
const MOD = 'bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq'
const TASK = createTask({ mod: CID.parse(MOD), fun: 'f', params: [], abi: 'core' })
const ADMITTED: ModuleEvidence = { admitted: true }
const rejected = (rejection: Omit<Rejection, 'kind'>): ModuleEvidence => ({
  rejection: { kind: 'rejection', ...rejection },
})

/** Returns a task in the form of the founding issue (ipvm-wg/spec issue 12). */
function seed(on: string, using: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'ipvm/task', version: '0.1.0', on, using, run: { args: [] }, ...more }
}

it('evidence names the profile that admits the module', () => {
  const virtual = classify(TASK, { admitted: true, profile: 'ipvm-wasm/1-virtual-draft' })
  expect(virtual).toMatchObject({ class: 'deterministic', proved: true })
  expect(virtual.evidence.map(({ says }) => says)).toEqual([
    'the module is admitted under ipvm-wasm/1-virtual-draft, whose clock and randomness are functions of the task: it can only compute',
  ])
  expect(classify(TASK, { admitted: true, profile: 'mine' }).evidence[0]!.says).toBe(
    'the module is admitted under mine: it can only compute',
  )
  expect(faultOf(() => classify(TASK, { admitted: true, profile: 1 } as never))).toMatchObject({ code: 'bad-usage' })
})

describe('the table', () => {
  it('is the documented one', () => {
    expect(WORK_KINDS.map(kind => [kind, ...Object.values(CLASS_TABLE[kind])])).toEqual([
      ['pure-function', 'deterministic', false, true, true, 'safe', 'safe', 'forever', 're-execution', 'none'],
      ['resolve-cid', 'nondestructive', false, true, false, 'safe', 'safe', 'once-captured', 'hash', 'none'],
      ['query', 'nondestructive', false, false, false, 'safe', 'safe', 'once-captured', 'oracle-attestation', 'none'],
      [
        'idempotent-command',
        'destructive',
        true,
        false,
        true,
        'safe',
        'unsafe',
        'never',
        'executor-attestation',
        'exactly-once',
      ],
      [
        'command',
        'destructive',
        true,
        false,
        false,
        'unsafe',
        'unsafe',
        'never',
        'executor-attestation',
        'exactly-once',
      ],
    ])
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(CLASS_TABLE)).toBe(true)
    expect(WORK_KINDS.every(kind => Object.isFrozen(CLASS_TABLE[kind]))).toBe(true)
  })
})

describe('Wasm', () => {
  const works: [string, unknown][] = [
    ['our task', TASK],
    ['the seed', seed('ipvm/wasm', MOD)],
    ['the seed, declared', seed('ipvm/wasm', MOD, { safety: 'deterministic' })],
    ['the seed with a link', seed('ipvm/wasm', { '/': MOD })],
    ['homestar', { rsc: `ipfs://${MOD}`, op: 'wasm/run', input: { func: 'f', args: [] }, nnc: '' }],
    [
      'a wrapped homestar task',
      { run: { rsc: `ipfs://${MOD}`, op: 'Wasm/Run', input: {} }, meta: {}, prf: [], cause: null },
    ],
    ['a wrapped invocation', { task: { run: { rsc: MOD, op: 'wasm/run', input: {} }, meta: {} } }],
  ]
  it.each(works)('%s: pure, once admitted', (_, work) => {
    expect(classify(work, ADMITTED)).toEqual({
      kind: 'pure-function',
      class: 'deterministic',
      proved: true,
      guarantees: guaranteesOf('pure-function'),
      evidence: [{ what: 'admission', says: 'the module is admitted: it can only compute' }],
      tuple: ['ipvm/wasm', 'deterministic'],
    })
    expect(String(moduleToProve(work))).toBe(MOD)
  })

  it('is only claimed before admission', () => {
    expect(classify(TASK)).toMatchObject({ class: 'deterministic', proved: false, evidence: [{ what: 'module' }] })
  })

  it('given by its bytes is proved like one given by CID', () => {
    const work = {
      cmd: '/wasm/run',
      sub: 'did:key:z6Mk',
      args: { mod: 'data:application/wasm;base64,AGFzbQEAAAA=', fun: 'f', params: [] },
      nonce: new Uint8Array(),
    }
    expect(classify(work, ADMITTED).class).toBe('deterministic')
    expect(moduleToProve(work)).toBe(null)
  })

  it('that is rejected has the most careful class', () => {
    expect(classify(TASK, rejected({ code: 'import', subject: 'env.now', offset: 12 }))).toMatchObject({
      kind: 'command',
      class: 'destructive',
      proved: true,
      evidence: [
        {
          what: 'admission',
          says: 'the module is rejected (import "env.now" at byte 12): nothing proves what it does',
        },
      ],
    })
  })

  it('whose call is rejected stays pure', () => {
    for (const code of ['no-such-function', 'bad-arguments'] as const) {
      expect(classify(TASK, rejected({ code }))).toMatchObject({ kind: 'pure-function', proved: true })
    }
  })

  it.each(['https://example.com/a.wasm', 'ipns://example.com', `ipfs://${MOD}/a.wasm`, 'name', 7])(
    'by %s is not pure',
    using => {
      expect(classify(seed('ipvm/wasm', using), ADMITTED)).toMatchObject({
        kind: 'command',
        evidence: [{ what: 'module' }],
      })
      expect(faultOf(() => classify(seed('ipvm/wasm', using, { safety: 'deterministic' }), ADMITTED)).code).toBe(
        'class-mismatch',
      )
    },
  )

  it('needs evidence about its module, unlike other work', async () => {
    const asked: string[] = []
    const judge = (module: CID): Promise<ModuleEvidence> => {
      asked.push(module.toString())
      return Promise.resolve(rejected({ code: 'feature', subject: 'threads' }))
    }
    expect((await classifyWith(seed('ipvm/wasm', V0), judge)).class).toBe('destructive')
    expect((await classifyWith(seed('web', 'https://example.com'), judge)).class).toBe('nondestructive')
    expect(asked).toEqual([V0])
  })
})

describe('other work', () => {
  const job = (engine: string, more: Record<string, unknown> = {}): unknown => ({
    Type: 'batch',
    Tasks: [{ Engine: { Type: engine, Params: {} }, Network: { Type: 'None' }, ...more }],
  })
  it.each<[string, unknown, WorkKind, string]>([
    ['a URL', 'https://example.com', 'query', 'http'],
    ['a URL object', new URL('https://example.com'), 'query', 'http'],
    ['a web page', seed('web', 'https://google.com'), 'query', 'web'],
    ['GET', seed('web', 'https://example.com', { run: { method: 'GET' } }), 'query', 'web'],
    ['HEAD', seed('https', 'https://example.com', { run: { method: 'HEAD' } }), 'query', 'https'],
    ['PUT', seed('http', 'https://example.com', { run: { method: 'put' } }), 'idempotent-command', 'http'],
    ['DELETE', seed('http', 'https://example.com', { run: { method: 'DELETE' } }), 'idempotent-command', 'http'],
    ['POST', seed('http', 'https://example.com', { run: { method: 'POST' } }), 'command', 'http'],
    ['an unknown method', seed('http', 'https://example.com', { run: { method: 'toString' } }), 'command', 'http'],
    ['GET by mail', seed('web', 'mailto:a@example.com', { run: { method: 'GET' } }), 'command', 'web'],
    ['a web ability', seed('web', 'https://example.com', { do: 'http/put' }), 'idempotent-command', 'web'],
    ['http/get', { with: 'https://example.com', do: 'http/get' }, 'query', 'http'],
    ['/http/head', { cmd: '/http/head', sub: 'did:key:z6Mk', args: { url: 'https://example.com' } }, 'query', 'http'],
    ['http/put', { with: 'https://example.com', can: 'http/put' }, 'idempotent-command', 'http'],
    ['http/delete', { rsc: 'https://example.com', op: 'HTTP/DELETE', input: {} }, 'idempotent-command', 'http'],
    ['http/post', { with: 'https://example.com', can: 'http/post' }, 'command', 'http'],
    ['http/patch', { with: 'https://example.com', can: 'http/patch' }, 'command', 'http'],
    ['http/*', { with: 'https://example.com', can: 'http/*' }, 'command', 'http'],
    ['http', { with: 'https://example.com', can: 'http' }, 'command', 'http'],
    ['http/get/put', { with: 'https://example.com', can: 'http/get/put' }, 'command', 'http'],
    ['http/get by mail', { with: 'mailto:a@example.com', can: 'http/get' }, 'command', 'http'],
    ['crud/read', { with: 'https://example.com', can: 'crud/read' }, 'query', 'crud'],
    ['crud/update', { with: 'https://example.com', can: 'crud/update' }, 'command', 'crud'],
    ['crud/delete', { with: 'https://example.com', can: 'crud/delete' }, 'idempotent-command', 'crud'],
    ['an unknown ability', { with: 'https://example.com', can: 'fire/missiles' }, 'command', 'fire'],
    ['an ability that objects have', { can: 'constructor' }, 'command', 'constructor'],
    ['a CID', CID.parse(MOD), 'resolve-cid', 'ipfs'],
    ['a CID as text', V0, 'resolve-cid', 'ipfs'],
    ['a CID in JSON', { '/': MOD }, 'resolve-cid', 'ipfs'],
    ['a path', `ipfs://${MOD}/a/b`, 'resolve-cid', 'ipfs'],
    ['a CID to be used', { using: MOD }, 'resolve-cid', 'ipfs'],
    ['on ipfs', seed('ipfs', `/ipfs/${MOD}`), 'resolve-cid', 'ipfs'],
    ['ipfs/get', { with: `ipfs://${MOD}`, can: 'ipfs/get' }, 'resolve-cid', 'ipfs'],
    ['ipfs/get of a URL', { with: 'https://example.com', can: 'ipfs/get' }, 'query', 'ipfs'],
    ['a mutable name', 'ipns://example.com', 'query', 'ipfs'],
    ['a mail', 'mailto:a@example.com', 'command', 'email'],
    ['on email', seed('email', 'mailto:a@example.com'), 'command', 'email'],
    ['email/send', { with: 'mailto:a@example.com', can: 'email/send' }, 'command', 'email'],
    ['an unknown scheme', 'gopher://example.com', 'command', 'gopher'],
    ['an unknown platform', seed('quantum', 'https://example.com'), 'command', 'quantum'],
    ['Docker', seed('docker', 'alpine'), 'command', 'docker'],
    ['Docker alone', seed('docker', 'alpine', { run: { network: 'none' } }), 'query', 'docker'],
    ['Docker alone, said outside', seed('docker', 'alpine', { network: 'none' }), 'query', 'docker'],
    ['Docker without network', seed('docker', 'alpine', { run: { network: false } }), 'query', 'docker'],
    ['Docker of the API', seed('docker', 'alpine', { run: { NetworkDisabled: true } }), 'query', 'docker'],
    ['Docker on a bridge', seed('docker', 'alpine', { run: { network: 'bridge' } }), 'command', 'docker'],
    [
      'Docker with a mount',
      seed('docker', 'alpine', { run: { network: 'none', mounts: ['/a:/b'] } }),
      'command',
      'docker',
    ],
    [
      'Docker with a read-only mount',
      seed('docker', 'alpine', { run: { network: 'none', mounts: ['/a:/b:ro', { ReadOnly: true }] } }),
      'query',
      'docker',
    ],
    [
      'Docker with both mounts',
      seed('docker', 'alpine', { run: { network: 'none', volumes: ['/a:/b:ro', '/c:/ro'] } }),
      'command',
      'docker',
    ],
    [
      'Docker with a mount by options',
      seed('docker', 'alpine', { run: { network: 'none', mounts: 'type=bind,src=/a,dst=/b,readonly' } }),
      'query',
      'docker',
    ],
    [
      'Docker that is privileged',
      seed('docker', 'alpine', { run: { network: 'none', privileged: true } }),
      'command',
      'docker',
    ],
    [
      'Docker with a device',
      { can: 'docker/run', args: { NetworkMode: 'none', devices: ['/dev/sda'] } },
      'command',
      'docker',
    ],
    [
      'docker/run',
      { can: 'docker/run', args: { Image: 'a', HostConfig: { NetworkMode: 'none', Binds: ['/a:/b:ro'] } } },
      'query',
      'docker',
    ],
    [
      'docker/run with a bind',
      { can: 'docker/run', args: { HostConfig: { NetworkMode: 'none', Binds: ['/a:/b'] } } },
      'command',
      'docker',
    ],
    ['Bacalhau Docker', job('docker'), 'query', 'docker'],
    ['Bacalhau Wasm', job('wasm'), 'query', 'wasm32-wasi'],
    ['Bacalhau with network', job('docker', { Network: { Type: 'Full' } }), 'command', 'docker'],
    ['Bacalhau with the default network', job('wasm', { Network: undefined }), 'command', 'wasm32-wasi'],
    [
      'Bacalhau with inputs',
      job('docker', { InputSources: [{ Source: { Type: 'ipfs', Params: { CID: MOD } }, Target: '/a' }] }),
      'query',
      'docker',
    ],
    [
      'Bacalhau with a writable input',
      job('docker', { InputSources: [{ Source: { Type: 'localDirectory', Params: { ReadWrite: true } } }] }),
      'command',
      'docker',
    ],
    ['Bacalhau to S3', job('docker', { Publisher: { Type: 's3' } }), 'command', 'docker'],
    ['Bacalhau to IPFS', job('docker', { Publisher: { Type: 'ipfs' } }), 'query', 'docker'],
    ['another engine of Bacalhau', job('exec'), 'command', 'exec'],
    [
      'Bacalhau of 2023',
      { Spec: { Engine: 'Docker', Docker: { Image: 'a' }, Network: { Type: 'None' } } },
      'query',
      'docker',
    ],
    [
      'a seed on Bacalhau',
      seed('bacalhau', 'alpine', { run: { engine: 'docker', network: 'none' } }),
      'query',
      'bacalhau',
    ],
    ['a seed on Bacalhau without engine', seed('bacalhau', 'alpine'), 'command', 'bacalhau'],
    [
      'wasm32-wasi/run',
      { with: 'ipfs:', do: 'wasm32-wasi/run', inputs: { entrypoint: '_start', network: 'none' } },
      'query',
      'wasm32-wasi',
    ],
  ])('%s', (_, work, kind, type) => {
    expect(classify(work)).toMatchObject({
      kind,
      class: CLASS_TABLE[kind].class,
      guarantees: guaranteesOf(kind),
      proved: true,
      tuple: [type, CLASS_TABLE[kind].class],
    })
    expect(moduleToProve(work)).toBe(null)
  })

  it('a job has the most careful class of its tasks, with all reasons', () => {
    const tasks = ['None', 'Full'].map(Type => ({ Engine: { Type: 'docker' }, Network: { Type } }))
    const { kind, evidence } = classify({ Tasks: tasks })
    expect(kind).toBe('command')
    expect(evidence.map(({ what }) => what)).toEqual(['isolation', 'network'])
    expect(classify({ Tasks: [...tasks].reverse() }).kind).toBe('command')
  })
})

describe('declared classes', () => {
  it('refuses the counter-example of the seed, with the reason', () => {
    const { code, message } = faultOf(() => classify(seed('web', 'https://google.com', { safety: 'deterministic' })))
    expect(code).toBe('class-mismatch')
    expect(message).toBe(
      'declared deterministic, yet the evidence carries nondestructive only: no method is given; a plain GET reads from ' +
        'a source that may answer otherwise next time. Declare safety "nondestructive", or leave it out',
    )
  })

  it('refuses deterministic for a module that is rejected', () => {
    const { code, message } = faultOf(() =>
      classify(seed('ipvm/wasm', MOD, { safety: 'deterministic' }), rejected({ code: 'import', subject: 'env.now' })),
    )
    expect(code).toBe('class-mismatch')
    expect(message).toContain('the module is rejected (import "env.now")')
  })

  it.each<[string, unknown]>([
    ['PUT as nondestructive', seed('web', 'https://example.com', { safety: 'nondestructive', run: { method: 'PUT' } })],
    ['a CID as deterministic', { safety: 'deterministic', using: MOD }],
    ['Docker as nondestructive', seed('docker', 'alpine', { safety: 'nondestructive' })],
    ['an unknown ability as nondestructive', { safety: 'nondestructive', can: 'fire/missiles' }],
    ['a wrapped one', { run: { op: 'http/get', rsc: 'https://example.com', safety: 'deterministic' } }],
  ])('refuses %s', (_, work) => {
    expect(faultOf(() => classify(work)).code).toBe('class-mismatch')
  })

  it.each<[SafetyClass, WorkKind]>([
    ['nondestructive', 'query'],
    ['destructive', 'command'],
  ])('honours %s for pure work, with its guarantees', (safety, row) => {
    expect(classify(seed('ipvm/wasm', MOD, { safety }), ADMITTED)).toMatchObject({
      kind: 'pure-function',
      class: safety,
      guarantees: guaranteesOf(row),
      tuple: ['ipvm/wasm', safety],
      evidence: [{ what: 'admission' }, { what: 'safety' }],
    })
  })

  it('keeps better guarantees in the declared class', () => {
    const put = seed('web', 'https://example.com', { safety: 'destructive', run: { method: 'PUT' } })
    expect(classify(put).guarantees).toEqual(guaranteesOf('idempotent-command'))
  })
})

describe('inputs that do not describe work', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['text', 'hello'],
    ['a list', []],
    ['an empty map', {}],
    ['another version', seed('web', 'https://example.com', { version: '0.2.0' })],
    ['no platform', { type: 'ipvm/task', version: '0.1.0', using: MOD }],
    ['a platform that is not text', seed('web', 'https://example.com', { on: 1 })],
    ['a page without a URL', seed('web', undefined)],
    ['a module without a CID', seed('ipvm/wasm', undefined)],
    ['an invocation without module', { cmd: '/wasm/run', args: { fun: 'f' } }],
    ['a run that is text', seed('web', 'https://example.com', { run: 'now' })],
    ['an unknown class', seed('web', 'https://example.com', { safety: 'harmless' })],
    ['two abilities', { cmd: '/http/get', do: 'http/put', with: 'https://example.com' }],
    ['an ability that is not text', { can: 7 }],
    ['two methods', seed('web', 'https://example.com', { method: 'GET', run: { method: 'PUT' } })],
    ['a method and an ability', seed('web', 'https://example.com', { do: 'http/get', run: { method: 'PUT' } })],
    ['a platform and an ability', seed('ipvm/wasm', MOD, { do: 'http/put' })],
    ['two networks', seed('docker', 'alpine', { network: 'none', run: { network: 'host' } })],
    ['two spellings', seed('docker', 'alpine', { run: { network: 'none', Network: 'host' } })],
    ['two networks of the API', seed('docker', 'alpine', { run: { NetworkMode: 'none', network_mode: 'host' } })],
    [
      'two classes',
      { safety: 'destructive', run: { op: 'http/get', rsc: 'https://a.example', safety: 'deterministic' } },
    ],
  ])('%s', (_, work) => {
    expect(faultOf(() => classify(work)).code).toBe('bad-work')
  })

  it('lists the known forms', () => {
    expect(faultOf(() => classify({})).message).toContain('"type": "ipvm/task", "version": "0.1.0"')
  })

  it('survives deep nesting', () => {
    let deep: unknown = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { run: deep, spec: deep, tasks: [deep], Source: deep }
    expect(classify(deep)).toMatchObject({ kind: 'command' })
  })
})

describe('networks', () => {
  const tuples = [
    ['ipvm/wasm', 'deterministic'],
    ['docker', 'nondestructive'],
  ] as const
  it.each<[string, SafetyClass, boolean]>([
    ['ipvm/wasm', 'deterministic', true],
    ['docker', 'nondestructive', true],
    ['docker', 'destructive', false],
    ['ipvm/wasm', 'nondestructive', false],
    ['docker', 'deterministic', false],
    ['web', 'nondestructive', false],
  ])('%s, %s: %s', (type, safety, expected) => {
    expect(supports(tuples, [type, safety])).toBe(expected)
  })

  it('accept work by its computed tuple', () => {
    expect(supports(tuples, classify(TASK, ADMITTED).tuple)).toBe(true)
    expect(supports(tuples, classify(TASK, rejected({ code: 'import' })).tuple)).toBe(false)
  })
})
