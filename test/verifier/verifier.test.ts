/** The verifier: true claims are reproduced, false ones refuted, and unexpected ones undecided. */
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { BlockStore, Receipt } from '../../src/interface.ts'
import type { VerifierOptions, VerifyOptions } from '../../src/verifier/options.ts'
import { ABSENT, Case, MODULES, REPRODUCED } from '../support/claims.ts'
import { profileWith, WORKER } from '../support/jobs.ts'
import { WATS } from '../support/tasks.ts'

const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => ({ 'no fault': value }),
    (error: unknown) => error,
  )
const fault = (code: string, whose: string): unknown => expect.objectContaining({ name: 'Fault', code, whose })

describe('a true claim is reproduced (RECEIPT-18, RECEIPT-20)', () => {
  test.each(Object.keys(MODULES))('%s', async name => {
    const made = await Case.of(...MODULES[name]!)
    expect(await made.verify(made.receipt)).toEqual(REPRODUCED)
    expect(await made.verify(made.execution.cid)).toEqual(REPRODUCED)
    expect(await made.verify(made.execution.bytes)).toEqual(REPRODUCED)
  })

  test.each(Object.keys(MODULES))('%s, with a full expectation', async name => {
    const made = await Case.of(...MODULES[name]!)
    const {
      ran,
      meta: { profile, limits, gasUsed },
    } = made.receipt
    expect(await made.verify(made.receipt, { expect: { task: ran, profile, limits }, maxGas: gasUsed })).toEqual(
      REPRODUCED,
    )
  })

  test('a claim under other limits with the same outcome is reproduced, too', async () => {
    const made = await Case.of(WATS.grows, { params: [3n] })
    const { gasUsed } = made.receipt.meta
    expect(await made.verify(made.meta({ limits: { gas: gasUsed, pages: 4 } }))).toEqual(REPRODUCED)
    expect(await made.verify(made.meta({ limits: { gas: 2n ** 62n, pages: 65_536 } }), { maxPages: 65_536 })).toEqual(
      REPRODUCED,
    )
    // One page less, and the growth would have been refused.
    const verdict = await made.verify(made.meta({ limits: { gas: 2n ** 62n, pages: 3 }, peakPages: 3 }))
    expect([verdict.verdict, verdict.mismatches[0]!.field]).toEqual(['refuted', 'out.ok[0]'])
  })

  test('nothing is written to the store, not even the blocks of a large result', async () => {
    const made = await Case.of(WATS.echo, { abi: 'bytes', params: [new Uint8Array(300_000).fill(5)] })
    const { store } = made.bench
    const before = [...store.blocks()].map(({ cid }) => cid.toString())
    const readOnly: BlockStore = {
      get: cid => store.get(cid),
      has: () => expect.unreachable('the verifier asks what is there'),
      put: () => expect.unreachable('the verifier writes'),
    }
    expect(await made.verify(made.execution.cid, {}, { store: readOnly })).toEqual(REPRODUCED)
    expect([...store.blocks()].map(({ cid }) => cid.toString())).toEqual(before)
  })
})

describe('a claim outside of the expectation or the bounds is undecided, and not run (RECEIPT-18)', () => {
  const never: Engine = { compute: () => Promise.reject(new Error('it ran')), close: () => Promise.resolve() }

  test.each<
    [
      title: string,
      reason: string,
      field: string,
      options: (receipt: Receipt) => VerifyOptions,
      settings?: Partial<VerifierOptions>,
    ]
  >([
    ['another task', 'task', 'ran', () => ({ expect: { task: ABSENT } })],
    ['another profile', 'profile', 'meta.profile', () => ({ expect: { profile: ABSENT } })],
    [
      'a profile that is not trusted',
      'profile',
      'meta.profile',
      () => ({}),
      { profiles: [profileWith({ id: 'mine' })] },
    ],
    ['no profile is trusted', 'profile', 'meta.profile', () => ({}), { profiles: [] }],
    [
      'other gas',
      'limits',
      'meta.limits.gas',
      ({ meta }) => ({ expect: { limits: { ...meta.limits, gas: meta.limits.gas + 1n } } }),
    ],
    [
      'other pages',
      'limits',
      'meta.limits.pages',
      ({ meta }) => ({ expect: { limits: { ...meta.limits, pages: 1 } } }),
    ],
    ['more gas than one call allows', 'gas', 'meta.gasUsed', ({ meta }) => ({ maxGas: meta.gasUsed - 1n })],
    ['more gas than the verifier allows', 'gas', 'meta.gasUsed', () => ({}), { maxGas: 10n }],
    [
      'more pages than one call allows',
      'pages',
      'meta.limits.pages',
      ({ meta }) => ({ maxPages: meta.limits.pages - 1 }),
    ],
    ['more pages than the verifier allows', 'pages', 'meta.limits.pages', () => ({}), { maxPages: 99 }],
    ['gas is checked before pages', 'gas', 'meta.gasUsed', () => ({ maxGas: 0n, maxPages: 0 })],
    [
      'the task is checked before everything else',
      'task',
      'ran',
      () => ({ expect: { task: ABSENT, profile: ABSENT, limits: { gas: 0n, pages: 0 } }, maxGas: 0n }),
    ],
    [
      'the profile is checked before limits and gas',
      'profile',
      'meta.profile',
      () => ({ expect: { profile: ABSENT, limits: { gas: 0n, pages: 0 } }, maxGas: 0n }),
    ],
    [
      'limits are checked before gas',
      'limits',
      'meta.limits.gas',
      () => ({ expect: { limits: { gas: 0n, pages: 0 } }, maxGas: 0n }),
    ],
  ])('%s', async (_, reason, field, options, settings = {}) => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await made.verify(made.receipt, options(made.receipt), { engine: never, ...settings })).toMatchObject({
      verdict: 'undecided',
      reason,
      mismatches: [{ field }],
    })
  })

  test('a bound of one call replaces that of the verifier', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await made.verify(made.receipt, { maxGas: 10n ** 12n }, { maxGas: 0n })).toEqual(REPRODUCED)
  })

  test('the verdict has the expected value', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { gas } = made.receipt.meta.limits
    expect(await made.verify(made.receipt, { expect: { limits: { gas: 7n, pages: 1 } } })).toEqual({
      verdict: 'undecided',
      reason: 'limits',
      mismatches: [{ field: 'meta.limits.gas', claimed: gas, reproduced: 7n }],
    })
  })
})

describe('receipts that do not decode (RECEIPT-1, RECEIPT-8)', () => {
  test.each<[title: string, claim: (made: Case) => Receipt]>([
    ['more gas than the limit', made => made.meta({ gasUsed: made.receipt.meta.limits.gas + 1n })],
    ['negative gas', made => made.meta({ gasUsed: -1n })],
    ['more pages than the limit', made => made.meta({ peakPages: 101 })],
    ['out of gas with gas left', made => made.out({ error: { kind: 'trap', code: 'out-of-gas' } })],
    ['a rejection that used gas', made => made.out({ error: { kind: 'rejection', code: 'invalid', offset: 1 } })],
    ['a trap with an unknown code', made => made.out({ error: { kind: 'trap', code: 'bad-luck' as 'abort' } })],
    ['logs that are empty', made => made.meta({ logs: new Uint8Array(0) })],
    ['a limit that is too large', made => made.meta({ limits: { gas: 2n ** 63n, pages: 1 } })],
    ['an unknown field', made => ({ ...made.receipt, note: 'trust me' }) as Receipt],
    [
      'a profile under another hash',
      made => made.meta({ profile: CID.createV1(0x55, made.receipt.meta.profile.multihash) }),
    ],
  ])('%s', async (_, claim) => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await faultOf(made.verify(claim(made)))).toEqual(fault('bad-receipt', 'requestor'))
  })

  test('bytes that are not a receipt, and bytes in another form', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { bytes } = made.execution
    for (const wrong of [new Uint8Array(0), new Uint8Array(10), bytes.subarray(1), Uint8Array.from([...bytes, 0])]) {
      expect(await faultOf(made.verify(wrong))).toEqual(fault('bad-receipt', 'requestor'))
    }
  })
})

describe('a claim that the verifier cannot decide is a fault (RECEIPT-11, RECEIPT-19)', () => {
  const without = (store: BlockStore, missing: CID, instead?: Uint8Array): Pick<BlockStore, 'get'> => ({
    get: (cid, options) =>
      cid.equals(missing)
        ? (instead ?? Promise.reject(Object.assign(new Error('none'), { name: 'NotFoundError' })))
        : store.get(cid, options),
  })

  test.each(['receipt', 'task', 'module', 'parameter'])(
    'a %s that is missing, and one with other bytes',
    async which => {
      const made = new Case()
      const parameter = await addFile(made.bench.store, new Uint8Array(5000).fill(4))
      const task = await made.bench.task(WATS.echo, { abi: 'bytes', params: [parameter] })
      made.execution = await made.bench.execute(task)
      const cid = { receipt: made.execution.cid, task: made.execution.task, module: task.args.mod, parameter }[which]!
      const verify = (store: VerifierOptions['store']): Promise<unknown> =>
        faultOf(made.verify(made.execution.cid, {}, { store, engine: createInlineEngine() }))
      expect(await verify(without(made.bench.store, cid))).toEqual(fault('block-missing', 'network'))
      expect(await verify(without(made.bench.store, cid, new Uint8Array([1, 2, 3])))).toEqual(
        fault('hash-mismatch', 'network'),
      )
      expect(await made.verify(made.execution.cid)).toEqual(REPRODUCED)
    },
  )

  test('a module that this verifier has prepared from bytes that it hashed is not loaded again', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const store = without(made.bench.store, (await made.bench.task(WATS.add)).args.mod)
    expect(await made.verify(made.execution.cid, {}, { store })).toEqual(REPRODUCED)
  })

  test('an invalid task', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const block = { cid: linkOf(encodeStrict({ cmd: 'sing' })), bytes: encodeStrict({ cmd: 'sing' }) }
    await made.bench.store.put(block.cid, block.bytes)
    expect(await faultOf(made.verify({ ...made.receipt, ran: block.cid }))).toEqual(fault('bad-task', 'requestor'))
  })

  test('a module that is too large for this host', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await faultOf(made.verify(made.receipt, {}, { maxModuleBytes: 10, engine: createInlineEngine() }))).toEqual(
      fault('too-large', 'requestor'),
    )
  })

  test('an engine that fails', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const failing: Engine = { compute: () => Promise.reject(new Error('broken')), close: () => Promise.resolve() }
    expect(await faultOf(made.verify(made.receipt, {}, { engine: failing }))).toEqual(
      expect.objectContaining({ message: 'broken' }),
    )
  })
})

describe('on threads', () => {
  let threads: Engine
  beforeAll(() => {
    threads = createThreadEngine({ workerUrl: WORKER })
  })
  afterAll(() => threads.close())

  test.each(Object.keys(MODULES))('%s is reproduced', async name => {
    const made = await Case.of(...MODULES[name]!)
    expect(await made.verify(made.receipt, {}, { engine: threads })).toEqual(REPRODUCED)
  })

  test('verification can be given up', async () => {
    const made = await Case.of(WATS.loop, {}, { gas: 10n ** 6n, pages: 1 })
    const claim = {
      ...made.receipt,
      meta: { ...made.receipt.meta, limits: { gas: 2n ** 62n, pages: 1 }, gasUsed: 2n ** 62n },
    }
    const options = { maxGas: 2n ** 62n, signal: AbortSignal.timeout(300) }
    expect(await faultOf(made.verify(claim, options, { engine: threads }))).toEqual(fault('timeout', 'runner'))
  })
})

test('an executor and a verifier of different stores agree', async () => {
  const made = await Case.of(WATS.logs)
  const copy = createMemoryStore()
  for (const { cid, bytes } of made.bench.store.blocks()) await copy.put(cid, bytes)
  expect(await made.verify(made.execution.cid, {}, { store: copy })).toEqual(REPRODUCED)
})
