/** The verifier: what is true is reproduced, what is not is refuted by its first field, what is outside is left open. */
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Execution } from '../../src/executor/executor.ts'
import type { BlockStore, Out, Receipt, Verdict } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask } from '../../src/task/task.ts'
import { createVerifier, type VerifierOptions, type VerifyOptions } from '../../src/verifier/verifier.ts'
import { profileWith, WORKER } from '../support/jobs.ts'
import { Bench, LIMITS, WATS, type CallInput } from '../support/tasks.ts'

const engine = createInlineEngine()
const REPRODUCED = { verdict: 'reproduced', mismatches: [] }
const ABSENT = linkOf(encodeStrict('nowhere'))
const faultOf = async (promise: Promise<unknown>): Promise<unknown> => promise.then(value => ({ 'no fault': value }), (error: unknown) => error)
const fault = (code: string, whose: string): unknown => expect.objectContaining({ name: 'Fault', code, whose })

/** An execution, and what a verifier on the same store says to claims about it. */
class Case {
  readonly bench = new Bench(engine)
  execution!: Execution

  static async of(module: string | Uint8Array, input: CallInput = {}, limits = LIMITS): Promise<Case> {
    const made = new Case()
    made.execution = await made.bench.run(module, input, limits)
    return made
  }

  get receipt(): Receipt {
    return this.execution.receipt
  }

  verify(claim: Receipt | CID | Uint8Array, options: VerifyOptions = {}, settings: Partial<VerifierOptions> = {}): Promise<Verdict> {
    return createVerifier({ store: this.bench.store, engine, ...settings }).verify(claim, options)
  }

  /** The claim with other fields in `meta`. */
  meta(changes: Partial<Receipt['meta']>): Receipt {
    return { ...this.receipt, meta: { ...this.receipt.meta, ...changes } }
  }

  out(out: Out): Receipt {
    return { ...this.receipt, out }
  }
}

const MODULES: Readonly<Record<string, readonly [string | Uint8Array, CallInput?, typeof LIMITS?]>> = {
  'a number': [WATS.add, { params: [40n, 2n] }],
  logs: [WATS.logs],
  'a refused growth': [WATS.grows, { params: [200n] }],
  'a trap': [WATS.trap],
  'out of gas': [WATS.loop, {}, { gas: 10n ** 8n, pages: 3 }],
  'no gas at all': [WATS.loop, {}, { gas: 0n, pages: 0 }],
  'a rejection': [WATS.clock],
  'a rejection by pages': [WATS.trap, {}, { gas: 10n ** 9n, pages: 1 }],
  'a rejected call': [WATS.add, { fun: 'none' }],
  'linked bytes': [WATS.echo, { abi: 'bytes', params: [new Uint8Array(3000).fill(1)] }],
}

describe('what is true is reproduced (RECEIPT-18, RECEIPT-20)', () => {
  test.each(Object.keys(MODULES))('%s', async name => {
    const made = await Case.of(...MODULES[name]!)
    expect(await made.verify(made.receipt)).toEqual(REPRODUCED)
    expect(await made.verify(made.execution.cid)).toEqual(REPRODUCED)
    expect(await made.verify(made.execution.bytes)).toEqual(REPRODUCED)
  })

  test.each(Object.keys(MODULES))('%s, with all that is expected said', async name => {
    const made = await Case.of(...MODULES[name]!)
    const { ran, meta: { profile, limits, gasUsed } } = made.receipt
    expect(await made.verify(made.receipt, { expect: { task: ran, profile, limits }, maxGas: gasUsed })).toEqual(REPRODUCED)
  })

  test('a claim under limits that would have given the same is true as well', async () => {
    const made = await Case.of(WATS.grows, { params: [3n] })
    const { gasUsed } = made.receipt.meta
    expect(await made.verify(made.meta({ limits: { gas: gasUsed, pages: 4 } }))).toEqual(REPRODUCED)
    expect(await made.verify(made.meta({ limits: { gas: 2n ** 62n, pages: 65_536 } }))).toEqual(REPRODUCED)
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

describe('one field altered is refuted, by that field first (RECEIPT-20)', () => {
  const first = (verdict: Verdict): unknown => [verdict.verdict, verdict.mismatches[0]?.field]
  let number: Case
  let logged: Case
  let refused: Case
  let trap: Case
  let rejection: Case
  let linked: Case
  beforeAll(async () => {
    [number, logged, refused, trap, rejection, linked] = await Promise.all(
      ['a number', 'logs', 'a refused growth', 'a trap', 'a rejection', 'linked bytes'].map(name => Case.of(...MODULES[name]!))) as [Case, Case, Case, Case, Case, Case]
  })

  const error = (of: Case): Record<string, unknown> => ({ ...('error' in of.receipt.out ? of.receipt.out.error : undefined) })
  const offset = (of: Case): number => error(of)['offset'] as number

  test.each<[title: string, field: string, of: () => Case, claim: (of: Case) => Receipt]>([
    ['another number', 'out.ok[0]', () => number, of => of.out({ ok: [43n] })],
    ['bytes for a number', 'out.ok[0]', () => number, of => of.out({ ok: [new Uint8Array(4)] })],
    ['one number more', 'out.ok', () => number, of => of.out({ ok: [42n, 42n] })],
    ['no number', 'out.ok', () => number, of => of.out({ ok: [] })],
    ['null', 'out.ok', () => number, of => of.out({ ok: null })],
    ['a trap for a number', 'out', () => number, of => of.out({ error: { kind: 'trap', code: 'unreachable' } })],
    ['a number for a trap', 'out', () => trap, of => of.out({ ok: [1n] })],
    ['another trap', 'out.error.code', () => trap, of => of.out({ error: { kind: 'trap', code: 'integer-overflow' } })],
    ['another rejection', 'out.error.code', () => rejection, of => of.out({ error: { ...error(of), code: 'feature' } as never })],
    ['another subject', 'out.error.subject', () => rejection, of => of.out({ error: { ...error(of), subject: 'env.then' } as never })],
    ['no subject', 'out.error.subject', () => rejection, of => of.out({ error: { kind: 'rejection', code: 'import', offset: offset(of) } })],
    ['another offset', 'out.error.offset', () => rejection, of => of.out({ error: { ...error(of), offset: offset(of) + 1 } as never })],
    ['no offset', 'out.error.offset', () => rejection, of => of.out({ error: { kind: 'rejection', code: 'import', subject: 'env.now' } })],
    ['linked bytes in place', 'out.ok', () => linked, of => of.out({ ok: new Uint8Array(3000).fill(1) })],
    ['a link to something else', 'out.ok', () => linked, of => of.out({ ok: ABSENT })],
    ['a unit of gas more', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.gasUsed + 1n })],
    ['a unit of gas less', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.gasUsed - 1n })],
    ['no gas', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: 0n })],
    ['all gas', 'meta.gasUsed', () => number, of => of.meta({ gasUsed: of.receipt.meta.limits.gas })],
    ['less gas for a trap', 'meta.gasUsed', () => trap, of => of.meta({ gasUsed: of.receipt.meta.gasUsed - 1n })],
    ['a page more', 'meta.peakPages', () => logged, of => of.meta({ peakPages: 2 })],
    ['a page less', 'meta.peakPages', () => logged, of => of.meta({ peakPages: 0 })],
    ['growth that was refused', 'meta.growRefused', () => logged, of => of.meta({ growRefused: true })],
    ['growth that was not refused', 'meta.growRefused', () => refused, of => of.meta({ growRefused: false })],
    ['other logs', 'meta.logs', () => logged, of => of.meta({ logs: new TextEncoder().encode('hallo') })],
    ['logs where there are none', 'meta.logs', () => number, of => of.meta({ logs: new Uint8Array(1) })],
    ['a link to logs', 'meta.logs', () => logged, of => of.meta({ logs: ABSENT })],
  ])('%s: %s', async (_, field, of, claim) => {
    const altered = claim(of())
    const verdict = await of().verify(altered)
    expect(first(verdict)).toEqual(['refuted', field])
    expect(verdict.mismatches.map(mismatch => mismatch.field)).toEqual([field])
    expect(await of().verify(encodeReceipt(altered).bytes)).toEqual(verdict)
  })

  test('no logs where there are some', async () => {
    const { logs: _, ...meta } = logged.receipt.meta
    expect(await logged.verify({ ...logged.receipt, meta })).toEqual({
      verdict: 'refuted', mismatches: [{ field: 'meta.logs', claimed: null, reproduced: new TextEncoder().encode('hello') }],
    })
  })

  test('more pages, where growth was refused, give another outcome', async () => {
    const verdict = await refused.verify(refused.meta({ limits: { ...LIMITS, pages: 300 } }))
    expect([verdict.verdict, verdict.mismatches.map(({ field }) => field)]).toEqual(['refuted', ['meta.gasUsed']])
  })

  test('another task, of the same module', async () => {
    const task = await number.bench.task(WATS.add, { params: [1n, 1n] })
    const { cid, bytes } = encodeTask(task)
    await number.bench.store.put(cid, bytes)
    const verdict = await number.verify({ ...number.receipt, ran: cid })
    expect(verdict).toEqual({ verdict: 'refuted', mismatches: [{ field: 'out.ok[0]', claimed: 42n, reproduced: 2n }] })
  })

  test('another profile that is trusted, with other prices', async () => {
    const dearer = profileWith({ id: 'dearer', schedule: { ...PROFILE_1.schedule, entry: { flat: 17, perUnit: 4 } } })
    const claim = number.meta({ profile: encodeProfile(dearer).cid })
    const { gasUsed } = number.receipt.meta
    expect(await number.verify(claim, {}, { profiles: [PROFILE_1, dearer] })).toEqual({
      verdict: 'refuted', mismatches: [{ field: 'meta.gasUsed', claimed: gasUsed, reproduced: `more than ${gasUsed}` }],
    })
  })

  test('several fields are all told, in the order of the receipt', async () => {
    const verdict = await logged.verify({ ...logged.meta({ peakPages: 9, growRefused: true, logs: new Uint8Array(1), gasUsed: logged.receipt.meta.gasUsed + 5n }), out: { ok: [7n] } })
    expect(verdict.mismatches.map(({ field }) => field)).toEqual(['out.ok[0]', 'meta.gasUsed', 'meta.peakPages', 'meta.growRefused', 'meta.logs'])
  })
})

describe('claims about gas that ran out (RECEIPT-19, GAS-3)', () => {
  const broke = (of: Case, gas: bigint): Receipt => ({
    ran: of.receipt.ran, out: { error: { kind: 'trap', code: 'out-of-gas' } },
    meta: { profile: of.receipt.meta.profile, limits: { gas, pages: of.receipt.meta.limits.pages }, gasUsed: gas, peakPages: 0, growRefused: false },
  })

  test('are true where it does', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { gasUsed } = made.receipt.meta
    for (const gas of [0n, 1n, gasUsed - 1n]) expect(await made.verify(broke(made, gas))).toEqual(REPRODUCED)
  })

  test('are refuted by the outcome where it does not', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const verdict = await made.verify(broke(made, made.receipt.meta.gasUsed))
    expect(verdict).toMatchObject({ verdict: 'refuted', mismatches: [{ field: 'out', reproduced: { ok: [3n] } }] })
    const rich = await made.verify(broke(made, 10n ** 9n))
    expect(rich.mismatches.map(({ field }) => field)).toEqual(['out', 'meta.gasUsed'])
  })

  test('success that is claimed for an endless loop is refuted after the claimed gas, whatever the limit', async () => {
    const made = await Case.of(WATS.loop, {}, { gas: 10n ** 7n, pages: 1 })
    const claim = { ...made.out({ ok: [] }), meta: { ...made.receipt.meta, limits: { gas: 2n ** 62n, pages: 1 } } }
    expect(await made.verify(claim)).toEqual({ verdict: 'refuted', mismatches: [{ field: 'meta.gasUsed', claimed: 10n ** 7n, reproduced: `more than ${10n ** 7n}` }] })
  })

  test('a rejection that is claimed for what runs', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const claim = made.meta({ gasUsed: 0n })
    const verdict = await made.verify({ ...claim, out: { error: { kind: 'rejection', code: 'bad-arguments', subject: '2 parameters' } } })
    expect([verdict.verdict, verdict.mismatches[0]!.field]).toEqual(['refuted', 'meta.gasUsed'])
  })
})

describe('what is outside is undecided, and not run (RECEIPT-18)', () => {
  const never: Engine = { compute: () => Promise.reject(new Error('it ran')), close: () => Promise.resolve() }

  test.each<[title: string, reason: string, field: string, options: (receipt: Receipt) => VerifyOptions, settings?: Partial<VerifierOptions>]>([
    ['another task', 'task', 'ran', () => ({ expect: { task: ABSENT } })],
    ['another profile', 'profile', 'meta.profile', () => ({ expect: { profile: ABSENT } })],
    ['a profile that is not trusted', 'profile', 'meta.profile', () => ({}), { profiles: [profileWith({ id: 'mine' })] }],
    ['no profile is trusted', 'profile', 'meta.profile', () => ({}), { profiles: [] }],
    ['other gas', 'limits', 'meta.limits.gas', ({ meta }) => ({ expect: { limits: { ...meta.limits, gas: meta.limits.gas + 1n } } })],
    ['other pages', 'limits', 'meta.limits.pages', ({ meta }) => ({ expect: { limits: { ...meta.limits, pages: 1 } } })],
    ['more gas than is allowed for this once', 'gas', 'meta.gasUsed', ({ meta }) => ({ maxGas: meta.gasUsed - 1n })],
    ['more gas than is ever allowed', 'gas', 'meta.gasUsed', () => ({}), { maxGas: 10n }],
    ['the task goes before all others', 'task', 'ran', () => ({ expect: { task: ABSENT, profile: ABSENT, limits: { gas: 0n, pages: 0 } }, maxGas: 0n })],
    ['the profile before limits and gas', 'profile', 'meta.profile', () => ({ expect: { profile: ABSENT, limits: { gas: 0n, pages: 0 } }, maxGas: 0n })],
    ['limits before gas', 'limits', 'meta.limits.gas', () => ({ expect: { limits: { gas: 0n, pages: 0 } }, maxGas: 0n })],
  ])('%s', async (_, reason, field, options, settings = {}) => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await made.verify(made.receipt, options(made.receipt), { engine: never, ...settings })).toMatchObject({ verdict: 'undecided', reason, mismatches: [{ field }] })
  })

  test('a limit of one call goes before that of the verifier', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await made.verify(made.receipt, { maxGas: 10n ** 12n }, { maxGas: 0n })).toEqual(REPRODUCED)
  })

  test('it is said what was expected', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { gas } = made.receipt.meta.limits
    expect(await made.verify(made.receipt, { expect: { limits: { gas: 7n, pages: 1 } } })).toEqual({
      verdict: 'undecided', reason: 'limits', mismatches: [{ field: 'meta.limits.gas', claimed: gas, reproduced: 7n }],
    })
  })
})

describe('what is no claim (RECEIPT-1, RECEIPT-8)', () => {
  test.each<[title: string, claim: (made: Case) => Receipt]>([
    ['more gas than the limit', made => made.meta({ gasUsed: made.receipt.meta.limits.gas + 1n })],
    ['less than no gas', made => made.meta({ gasUsed: -1n })],
    ['more pages than the limit', made => made.meta({ peakPages: 101 })],
    ['out of gas with gas left', made => made.out({ error: { kind: 'trap', code: 'out-of-gas' } })],
    ['a rejection that used gas', made => made.out({ error: { kind: 'rejection', code: 'invalid', offset: 1 } })],
    ['a trap of no kind', made => made.out({ error: { kind: 'trap', code: 'bad-luck' as 'abort' } })],
    ['logs that are empty', made => made.meta({ logs: new Uint8Array(0) })],
    ['a limit beyond all', made => made.meta({ limits: { gas: 2n ** 63n, pages: 1 } })],
    ['a field of its own', made => ({ ...made.receipt, note: 'trust me' }) as Receipt],
    ['a profile under another hash', made => made.meta({ profile: CID.createV1(0x55, made.receipt.meta.profile.multihash) })],
  ])('%s', async (_, claim) => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await faultOf(made.verify(claim(made)))).toEqual(fault('bad-receipt', 'requestor'))
  })

  test('bytes that are none, and bytes in another form', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const { bytes } = made.execution
    for (const wrong of [new Uint8Array(0), new Uint8Array(10), bytes.subarray(1), Uint8Array.from([...bytes, 0])]) {
      expect(await faultOf(made.verify(wrong))).toEqual(fault('bad-receipt', 'requestor'))
    }
  })
})

describe('what the verifier cannot tell is a fault (RECEIPT-11, RECEIPT-19)', () => {
  const without = (store: BlockStore, missing: CID, instead?: Uint8Array): Pick<BlockStore, 'get'> => ({
    get: (cid, options) => (cid.equals(missing) ? instead ?? Promise.reject(Object.assign(new Error('none'), { name: 'NotFoundError' })) : store.get(cid, options)),
  })

  test.each(['receipt', 'task', 'module', 'parameter'])('a %s that is missing, and one with other bytes', async which => {
    const made = new Case()
    const parameter = await addFile(made.bench.store, new Uint8Array(5000).fill(4))
    const task = await made.bench.task(WATS.echo, { abi: 'bytes', params: [parameter] })
    made.execution = await made.bench.execute(task)
    const cid = { receipt: made.execution.cid, task: made.execution.task, module: task.args.mod, parameter }[which]!
    expect(await faultOf(made.verify(made.execution.cid, {}, { store: without(made.bench.store, cid) }))).toEqual(fault('block-missing', 'network'))
    expect(await faultOf(made.verify(made.execution.cid, {}, { store: without(made.bench.store, cid, new Uint8Array([1, 2, 3])) }))).toEqual(fault('hash-mismatch', 'network'))
    expect(await made.verify(made.execution.cid)).toEqual(REPRODUCED)
  })

  test('a task that is none', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const block = { cid: linkOf(encodeStrict({ cmd: 'sing' })), bytes: encodeStrict({ cmd: 'sing' }) }
    await made.bench.store.put(block.cid, block.bytes)
    expect(await faultOf(made.verify({ ...made.receipt, ran: block.cid }))).toEqual(fault('bad-task', 'requestor'))
  })

  test('a module that is more than this host loads', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    expect(await faultOf(made.verify(made.receipt, {}, { maxModuleBytes: 10 }))).toEqual(fault('too-large', 'requestor'))
  })

  test('an engine that fails', async () => {
    const made = await Case.of(WATS.add, { params: [1n, 2n] })
    const failing: Engine = { compute: () => Promise.reject(new Error('broken')), close: () => Promise.resolve() }
    expect(await faultOf(made.verify(made.receipt, {}, { engine: failing }))).toEqual(expect.objectContaining({ message: 'broken' }))
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
    const claim = { ...made.receipt, meta: { ...made.receipt.meta, limits: { gas: 2n ** 62n, pages: 1 }, gasUsed: 2n ** 62n } }
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
