/** False claims of many kinds, made from true ones by a seeded generator, and what each must come to. */
import { CID } from 'multiformats/cid'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { RAW } from '../../src/content/cids.ts'
import type { SigningKey } from '../../src/envelope/key.ts'
import { isEnvelope } from '../../src/envelope/read.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import type { BlockStore, Out, Receipt, Rejection } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask, decodeTask } from '../../src/task/task.ts'
import type { Claim } from '../../src/verifier/claim.ts'
import type { Expectation } from '../../src/verifier/options.ts'
import { alice, bob, KINDS as ENVELOPES } from '../envelope/forge.ts'
import { ABSENT } from '../support/claims.ts'
import type { Random } from '../support/random.ts'
import { LIMITS, WATS, type Bench, type CallInput } from '../support/tasks.ts'
import { document, withDuplicate, withFloat, withLongHead, withSwap, write, type Part } from './loose-cbor.ts'

/** What a false claim must come to, and the field that must be named: '' is the whole document. */
export interface Wanted {
  readonly outcome:
    'refuted' | 'undecided' | 'bad-receipt' | 'bad-envelope' | 'hash-mismatch' | 'block-missing' | 'too-large'
  readonly field?: string | undefined
}

/** A false claim. */
export interface Forgery {
  readonly kind: string
  readonly claim: Claim
  readonly expect: Expectation
  readonly store?: BlockStore
  readonly wanted: Wanted
}

/** Modules and calls for true receipts. Those of a name have the outcome that the forgers of that name alter. */
const SHAPES = {
  number: (random: Random) => [WATS.add, { params: [BigInt(random.below(10_000)), BigInt(random.below(10_000))] }],
  bytes: (random: Random) => [WATS.echo, { abi: 'bytes', params: [random.bytes(1 + random.below(40))] }],
  link: (random: Random) => [WATS.echo, { abi: 'bytes', params: [random.bytes(1500 + random.below(40))] }],
  logs: () => [WATS.logs, {}],
  grown: (random: Random) => [WATS.grows, { params: [BigInt(200 + random.below(1000))] }],
  trap: () => [WATS.trap, {}],
  rejection: () => [WATS.clock, {}],
} satisfies Record<string, (random: Random) => readonly [string, CallInput]>

type Shape = keyof typeof SHAPES

/** Where true claims are made, and what they are made of. */
export class Forger {
  readonly #bench: Bench
  readonly #random: Random

  constructor(bench: Bench, random: Random) {
    this.#bench = bench
    this.#random = random
  }

  /** A true claim. */
  async honest(...shapes: readonly Shape[]): Promise<Receipt> {
    const all = Object.keys(SHAPES) as Shape[]
    const [module, input] = SHAPES[this.#random.pick(shapes.length > 0 ? shapes : all)](this.#random)
    return (await this.#bench.run(module, input)).receipt
  }

  /** The n-th false claim: the kinds take turns. */
  async forge(n: number): Promise<Forgery> {
    const kind = KINDS[n % KINDS.length]!
    const { shapes, make } = FORGERS[kind]!
    const receipt = await this.honest(...shapes)
    const { ran: task, meta } = receipt
    const made = await make(receipt, this.#random, this.#bench, this)
    return { kind, expect: { task, profile: meta.profile, limits: LIMITS }, ...made }
  }
}

type Made = Pick<Forgery, 'claim' | 'wanted'> & Partial<Pick<Forgery, 'expect' | 'store'>>

interface Kind {
  readonly shapes: readonly Shape[]
  readonly make: (receipt: Receipt, random: Random, bench: Bench, forger: Forger) => Made | Promise<Made>
}

const refuted = (field: string): Wanted => ({ outcome: 'refuted', field })
const undecided = (field: string): Wanted => ({ outcome: 'undecided', field })
const refused = (field = ''): Wanted => ({ outcome: 'bad-receipt', field })

const RUNS: readonly Shape[] = ['number', 'bytes', 'link', 'logs', 'grown']

const withMeta = ({ meta, ...receipt }: Receipt, changes: Partial<Receipt['meta']>): Receipt => ({
  ...receipt,
  meta: { ...meta, ...changes },
})

/** A value with a field more, less, or of another form: no longer a receipt, but still strict dag-cbor. */
const bytesOf = (value: unknown): Uint8Array => encodeStrict(value)

/** The bytes of a receipt in which something about the encoding is not as it must be. */
const loosely = (receipt: Receipt, random: Random, alter: (whole: Part, random: Random) => void): Made => {
  const whole = document(encodeReceipt(receipt).bytes)
  alter(whole, random)
  return { claim: write(whole), wanted: refused() }
}

const error = ({ out }: Receipt): Rejection => ('error' in out ? out.error : out) as Rejection

const FORGERS: Readonly<Record<string, Kind>> = {
  'the receipt of another task': {
    shapes: ['number', 'bytes'],
    make: async (_, __, ___, forger) => ({
      claim: await forger.honest('link', 'logs', 'trap'),
      wanted: undecided('ran'),
    }),
  },
  'the name of another task': {
    shapes: ['number'],
    make: async (receipt, random, bench) => {
      const task = await bench.task(WATS.add, { params: [-1n - BigInt(random.below(1000)), 0n] })
      const { cid, bytes } = encodeTask(task)
      await bench.store.put(cid, bytes)
      return { claim: { ...receipt, ran: cid }, expect: {}, wanted: refuted('out.ok[0]') }
    },
  },
  'a task of another module': {
    shapes: ['number'],
    make: async (receipt, random, bench) => {
      const pieces = bench.store.get(receipt.ran) as Iterable<Uint8Array>
      const { params } = decodeTask(new Uint8Array(Buffer.concat([...pieces]))).args
      // Of the same length and price, so that the result alone differs.
      const swapped = WATS.add.replace('i32.add', random.pick(['i32.and', 'i32.xor', 'i32.sub']))
      const made = await bench.run(swapped, { params: [params[0]!, 1n << 20n] })
      const claim = { ...made.receipt, out: { ok: [(params[0] as bigint) + 0x7000_0000n] } }
      return { claim, expect: {}, wanted: refuted('out.ok[0]') }
    },
  },
  'other bytes under the CID of a module': {
    shapes: ['number'],
    make: async (_, random, bench) => {
      // A module that nobody has prepared yet.
      const constant = `(module (func (export "f") (result i32) (i32.const ${random.u32() >> 1})))`
      const { receipt, task } = await bench.run(constant)
      const pieces = bench.store.get(task) as Iterable<Uint8Array>
      const { mod } = decodeTask(new Uint8Array(Buffer.concat([...pieces]))).args
      const store: BlockStore = {
        get: cid => (cid.equals(mod) ? random.bytes(50) : bench.store.get(cid)),
        has: cid => bench.store.has(cid),
        put: cid => cid,
      }
      return { claim: receipt, store, expect: {}, wanted: { outcome: 'hash-mismatch' } }
    },
  },
  'a task that is nowhere': {
    shapes: ['number'],
    make: receipt => ({ claim: { ...receipt, ran: ABSENT }, expect: {}, wanted: { outcome: 'block-missing' } }),
  },
  'another number': {
    shapes: ['number', 'grown'],
    make: (receipt, random) => ({
      claim: { ...receipt, out: { ok: [BigInt(random.u32()) + 30_000n] } },
      wanted: refuted('out.ok[0]'),
    }),
  },
  'other bytes': {
    shapes: ['bytes'],
    make: (receipt, random) => {
      const bytes = (receipt.out as { ok: Uint8Array }).ok.slice()
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
      return { claim: { ...receipt, out: { ok: bytes } }, wanted: refuted('out.ok') }
    },
  },
  'a link to other content': {
    shapes: ['link'],
    make: (receipt, random) => ({
      claim: { ...receipt, out: { ok: linkOf(random.bytes(20)) } },
      wanted: refuted('out.ok'),
    }),
  },
  'a trap for a success': {
    shapes: RUNS,
    make: (receipt, random) => ({
      claim: {
        ...receipt,
        out: { error: { kind: 'trap', code: random.pick(['unreachable', 'abort', 'stack-exhausted']) } },
      },
      wanted: refuted('out'),
    }),
  },
  'a success for a trap': {
    shapes: ['trap'],
    make: (receipt, random) => ({
      claim: { ...receipt, out: { ok: [BigInt(random.below(100))] } },
      wanted: refuted('out'),
    }),
  },
  'another trap': {
    shapes: ['trap'],
    make: (receipt, random) => ({
      claim: {
        ...receipt,
        out: { error: { kind: 'trap', code: random.pick(['unreachable', 'memory-out-of-bounds']) } },
      },
      wanted: refuted('out.error.code'),
    }),
  },
  'a rejection for a trap or a success': {
    shapes: ['number', 'trap'],
    make: receipt => {
      const out: Out = { error: { kind: 'rejection', code: 'bad-arguments', subject: '2 parameters' } }
      return { claim: { ...withMeta(receipt, { gasUsed: 0n, peakPages: 0 }), out }, wanted: refuted('meta.gasUsed') }
    },
  },
  'a success for a rejection': {
    shapes: ['rejection'],
    make: receipt => ({ claim: { ...receipt, out: { ok: [] } }, wanted: refuted('out') }),
  },
  'another rejection': {
    shapes: ['rejection'],
    make: (receipt, random) => {
      const [field, value] = random.pick([
        ['code', 'feature'],
        ['subject', 'env.later'],
        ['offset', error(receipt).offset! + 1 + random.below(100)],
      ] as const)
      return {
        claim: { ...receipt, out: { error: { ...error(receipt), [field]: value } } } as Receipt,
        wanted: refuted(`out.error.${field}`),
      }
    },
  },
  'gas that ran out for a success': {
    shapes: ['number', 'bytes'],
    make: receipt => ({
      claim: {
        ...withMeta(receipt, { gasUsed: LIMITS.gas, peakPages: 0 }),
        out: { error: { kind: 'trap', code: 'out-of-gas' } },
      },
      wanted: refuted('out'),
    }),
  },
  'more gas': {
    shapes: [...RUNS, 'trap'],
    make: (receipt, random) => ({
      claim: withMeta(receipt, { gasUsed: receipt.meta.gasUsed + random.pick([1n, BigInt(1 + random.below(10_000))]) }),
      wanted: refuted('meta.gasUsed'),
    }),
  },
  'less gas': {
    shapes: [...RUNS, 'trap'],
    make: (receipt, random) => ({
      claim: withMeta(receipt, { gasUsed: receipt.meta.gasUsed - random.pick([1n, BigInt(1 + random.below(10_000))]) }),
      wanted: refuted('meta.gasUsed'),
    }),
  },
  'other limits': {
    shapes: RUNS,
    make: (receipt, random) =>
      random.once(2)
        ? {
            claim: withMeta(receipt, { limits: { ...LIMITS, gas: LIMITS.gas + 1n } }),
            wanted: undecided('meta.limits.gas'),
          }
        : {
            claim: withMeta(receipt, { limits: { ...LIMITS, pages: LIMITS.pages + 1 } }),
            wanted: undecided('meta.limits.pages'),
          },
  },
  'another profile': {
    shapes: RUNS,
    make: (receipt, random) => ({
      claim: withMeta(receipt, { profile: linkOf(random.bytes(8)) }),
      wanted: undecided('meta.profile'),
    }),
  },
  'other logs': {
    shapes: ['logs', 'number'],
    make: (receipt, random) => {
      const { logs, ...meta } = receipt.meta
      const none = logs !== undefined && random.once(3)
      const other = random.once(3) ? linkOf(random.bytes(5)) : random.bytes(1 + random.below(4))
      return { claim: { ...receipt, meta: none ? meta : { ...meta, logs: other } }, wanted: refuted('meta.logs') }
    },
  },
  'other peak pages': {
    shapes: RUNS,
    make: (receipt, random) => ({
      claim: withMeta(receipt, { peakPages: receipt.meta.peakPages + 1 + random.below(50) }),
      wanted: refuted('meta.peakPages'),
    }),
  },
  'a refused growth, or none': {
    shapes: RUNS,
    make: receipt => ({
      claim: withMeta(receipt, { growRefused: !receipt.meta.growRefused }),
      wanted: refuted('meta.growRefused'),
    }),
  },
  'a field of its own': {
    shapes: [],
    make: (receipt, random) =>
      random.once(2)
        ? { claim: bytesOf({ ...receipt, note: 'trust me' }), wanted: refused('note') }
        : { claim: bytesOf({ ...receipt, meta: { ...receipt.meta, host: 'fast' } }), wanted: refused('meta.host') },
  },
  'a field that is missing': {
    shapes: [],
    make: (receipt, random) => {
      const field = random.pick(['profile', 'limits', 'gasUsed', 'peakPages', 'growRefused'])
      const meta = Object.fromEntries(Object.entries(receipt.meta).filter(([key]) => key !== field))
      return { claim: bytesOf({ ...receipt, meta }), wanted: refused(`meta.${field}`) }
    },
  },
  'a field of another kind': {
    shapes: RUNS,
    make: (receipt, random) => {
      const [field, value] = random.pick([
        ['gasUsed', '7'],
        ['gasUsed', -1],
        ['gasUsed', LIMITS.gas + 1n],
        ['peakPages', LIMITS.pages + 1],
        ['growRefused', 0],
        ['logs', new Uint8Array(0)],
      ] as const)
      return {
        claim: bytesOf({ ...receipt, meta: { ...receipt.meta, [field]: value } }),
        wanted: refused(`meta.${field}`),
      }
    },
  },
  'fields that contradict one another': {
    shapes: ['rejection'],
    make: (receipt, random) => ({
      claim: bytesOf(withMeta(receipt, { gasUsed: BigInt(1 + random.below(1000)) })),
      wanted: refused('meta.gasUsed'),
    }),
  },
  'keys that are not sorted': { shapes: [], make: (receipt, random) => loosely(receipt, random, withSwap) },
  'a key that is there twice': { shapes: [], make: (receipt, random) => loosely(receipt, random, withDuplicate) },
  'a float for an integer': { shapes: [], make: (receipt, random) => loosely(receipt, random, withFloat) },
  'an integer longer than need be': { shapes: [], make: (receipt, random) => loosely(receipt, random, withLongHead) },
  'bytes that end too early': {
    shapes: [],
    make: (receipt, random) => {
      const { bytes } = encodeReceipt(receipt)
      return { claim: bytes.slice(0, random.below(bytes.length)), wanted: refused() }
    },
  },
  'bytes after the end': {
    shapes: [],
    make: (receipt, random) => ({
      claim: Uint8Array.from([...encodeReceipt(receipt).bytes, ...random.bytes(1 + random.below(9))]),
      wanted: refused(),
    }),
  },
  'more bytes than a document has': {
    shapes: ['bytes'],
    make: async (receipt, random) => {
      const bytes = write(document(encodeReceipt(receipt).bytes), new Uint8Array(2 ** 21 + random.below(100)))
      if (random.once(2)) return { claim: bytes, wanted: refused() }
      const store = createMemoryStore()
      await store.put(linkOf(bytes), bytes)
      return { claim: linkOf(bytes), store, wanted: { outcome: 'too-large' } }
    },
  },
  'a CID of another codec': {
    shapes: [],
    make: async (receipt, random, bench) => {
      const { cid, bytes } = encodeReceipt(receipt)
      await bench.store.put(cid, bytes)
      return { claim: CID.createV1(random.pick([RAW, 0x70, 0x0129]), cid.multihash), wanted: refused() }
    },
  },
  'a link of another codec': {
    shapes: [],
    make: (receipt, random) =>
      random.once(2)
        ? { claim: bytesOf({ ...receipt, ran: CID.createV1(RAW, receipt.ran.multihash) }), wanted: refused('ran') }
        : {
            claim: bytesOf({
              ...receipt,
              meta: { ...receipt.meta, profile: CID.createV1(RAW, receipt.ran.multihash) },
            }),
            wanted: refused('meta.profile'),
          },
  },
  'signed again by somebody else': {
    shapes: RUNS,
    make: async (receipt, random, bench) => ({
      claim: await signedBy(bob, receipt, random, bench),
      expect: { signer: alice.did },
      wanted: undecided('signer'),
    }),
  },
  'no signature where one is expected': {
    shapes: RUNS,
    make: receipt => ({ claim: receipt, expect: { signer: alice.did }, wanted: undecided('signer') }),
  },
  'a lie with a signature': {
    shapes: ['number'],
    make: async (receipt, random, bench) => ({
      claim: await signedBy(alice, { ...receipt, out: { ok: [30_000n + BigInt(random.u32())] } }, random, bench),
      expect: { signer: alice.did },
      wanted: refuted('out.ok[0]'),
    }),
  },
  'a signature that does not hold': {
    shapes: RUNS,
    make: async (receipt, random, bench) => {
      const bytes = (await signReceipt(await kept(receipt, bench), alice)).bytes.slice()
      // A list of two items, of which the first one is the signature: 64 bytes.
      bytes[3 + random.below(64)]! ^= 1 << random.below(8)
      return { claim: bytes, wanted: { outcome: 'bad-envelope', field: '[0]' } }
    },
  },
  'an envelope that is none, or under a key of small order': {
    shapes: ['number'],
    make: async (_, random) => {
      for (;;) {
        const [, field, forge] = random.pick(ENVELOPES)
        const claim = await forge()
        // Some are other documents, which are no envelopes by their first bytes.
        if (isEnvelope(claim)) return { claim, wanted: { outcome: 'bad-envelope', field } }
      }
    },
  },
}

/** Puts a receipt into the store, where the envelope that carries it is opened. */
async function kept(receipt: Receipt, bench: Bench): Promise<Receipt> {
  const { cid, bytes } = encodeReceipt(receipt)
  await bench.store.put(cid, bytes)
  return receipt
}

async function signedBy(key: SigningKey, receipt: Receipt, random: Random, bench: Bench): Promise<Uint8Array> {
  const form = random.pick(['ucan-1.0', 'ucanto-0'] as const)
  return (await signReceipt(await kept(receipt, bench), key, { form })).bytes
}

/** The names of all kinds of false claims. */
export const KINDS = Object.keys(FORGERS)
