/** Right calls in which one argument, or one field of one, is wrong: the fault says so, and nothing inside stumbles over it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext, runInThisContext } from 'node:vm'
import { CID } from 'multiformats/cid'
import { afterAll, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import * as node from '../../src/node.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { CHILD, WORKER } from '../support/jobs.ts'
import { WATS } from '../support/tasks.ts'
import { webWorker } from '../support/web-workers.ts'

const { Fault, PROFILE_1, createMemoryStore } = library

/** A buffer of bytes that went to another thread. */
function transferred(): Uint8Array {
  const bytes = new Uint8Array(3)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

const WRONG: readonly unknown[] = [
  undefined,
  null,
  true,
  '',
  'x',
  7,
  Number.NaN,
  -1,
  Infinity,
  10n,
  Symbol('x'),
  () => undefined,
  {},
  Object.create(null),
  [],
  [undefined],
  [null],
  Promise.resolve(),
  new Date(0),
  new Map(),
  new Uint16Array(3),
  new ArrayBuffer(8),
  new DataView(new ArrayBuffer(8)),
  transferred(),
]

const wasm = await assemble(WATS.add)
const limits = { gas: 10n ** 10n, pages: 1 }
const store = createMemoryStore()
const engine = library.createInlineEngine()
const threads = node.createThreadEngine({ threads: 1, workerUrl: WORKER })
afterAll(() => threads.close())
const mod = await library.addFile(store, wasm)
const task = library.createTask({ mod, fun: 'f', params: [1, 2], abi: 'core' })
const { receipt, bytes: receiptBytes } = await library.createExecutor({ store, engine }).execute(task, limits)
const car = await library.exportCar(store, [mod])
const { admitted } = library.admit(wasm, PROFILE_1)
const work = { type: 'ipvm/task', version: '0.1.0', on: 'ipvm/wasm', using: mod.toString(), run: { args: [] } }
const job = { key: 'k', module: wasm, profile: PROFILE_1, fun: 'f', abi: 'core', args: [1n, 2n], limits }
const rejection = { kind: 'rejection', code: 'import', subject: 'a.b', offset: 5 } as const
const mismatch = { field: 'out', claimed: 1, reproduced: 2 }
const folder = await mkdtemp(join(tmpdir(), 'ipvm-wrong-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const index = node.createFsIndex(`${folder}/index`)
const key = await library.generateKey()
await node.writeKeyFile(join(folder, 'key.pem'), key)
const document = library.writeTask(task, 'homestar-task')
const envelope = await library.signReceipt(receipt, key)
const DID = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const workflow = library.createWorkflow({ tasks: { a: { run: task } } })
const steps = library.readTask({ tasks: [library.writeTask(task, 'homestar-task').value] })
const memo = library.createMemoryMemo()
const fsMemo = node.createFsMemo(`${folder}/memo`)
const fallback = library.createFallbackStore(createMemoryStore(), store)
const files = node.createFsStore(`${folder}/blocks`)
/** Answers nothing, at once. */
const fetch = (): Promise<Response> => Promise.resolve(new Response('', { status: 404 }))
const gateway = library.createGatewayStore('http://localhost:1', { fetch, token: 'a' })
const serving = { store, token: 'a', maxBlockBytes: 5, maxBytes: 5, maxBlocks: 5, maxUploadBytes: 5, maxRequests: 5, timeoutMs: 500, onFault: () => {} } // prettier-ignore
const options = { signal: undefined, timeoutMs: 60_000, onStage: () => {} }
const asked = { task: receipt.ran, profile: receipt.meta.profile, limits }
const referee = library.createVerifier({ store, engine })
const bounded = { maxBytes: 1e6 }

/** Every function and method, called as it is meant to be. */
// oxlint-disable-next-line typescript/no-explicit-any -- the functions take what they take
const RIGHT: Readonly<Record<string, readonly [call: (...args: any[]) => unknown, ...args: unknown[]]>> = {
  createExecutor: [
    library.createExecutor,
    {
      store,
      engine,
      profile: PROFILE_1,
      maxModuleBytes: 1e6,
      maxParamBytes: 1,
      memo,
      queue: { concurrency: 2, maxQueued: 5 },
      retry: { attempts: 2, delayMs: 1, maxDelayMs: 5 },
    },
  ],
  execute: [
    (a, b, c) => library.createExecutor({ store, engine: library.createInlineEngine() }).execute(a, b, c),
    task,
    limits,
    { ...options, explain: true, caller: 'a', priority: 1 },
  ],
  'close an executor': [asked => library.createExecutor({ store, engine }).close(asked), { abort: true }],
  isRetryable: [library.isRetryable, new Fault('busy', 'for a test')],
  backoff: [library.backoff, { attempts: 2, delayMs: 1, maxDelayMs: 5 }],
  createMemoryMemo: [library.createMemoryMemo, { maxEntries: 5 }],
  createFsMemo: [node.createFsMemo, `${folder}/memo`, { ...bounded, maker: 'x' }],
  memoRoots: [library.memoRoots, memo],
  'memo.get': [key => memo.get(key), 'k'],
  'memo.put': [(key, bytes) => memo.put(key, bytes), 'k', wasm],
  'fs memo.get': [key => fsMemo.get(key), 'k'],
  'fs memo.put': [(key, bytes) => fsMemo.put(key, bytes), 'k', wasm],
  createWorkflow: [library.createWorkflow, { tasks: { a: { run: task } } }],
  encodeWorkflow: [library.encodeWorkflow, workflow],
  decodeWorkflow: [library.decodeWorkflow, library.encodeWorkflow(workflow).bytes],
  workflowModules: [library.workflowModules, workflow],
  plan: [library.plan, workflow, { evidence: new Map() }],
  translateWorkflow: [library.translateWorkflow, steps, { abi: 'core' }],
  runWorkflow: [
    library.runWorkflow,
    library.createExecutor({ store, engine: library.createInlineEngine() }),
    workflow,
    { ...limits, totalGas: 10n ** 10n },
    {
      signal: undefined,
      timeoutMs: 60_000,
      taskTimeoutMs: 1000,
      concurrency: 2,
      caller: 'a',
      priority: 1,
      onProgress: () => {},
    },
  ],
  estimate: [library.estimate, task, { store, profile: PROFILE_1, maxModuleBytes: 1e6, maxParamBytes: 1 }],
  createVerifier: [
    library.createVerifier,
    { store, engine, profiles: [PROFILE_1], maxGas: 1n, maxPages: 1, timeoutMs: 5 },
  ],
  verify: [
    (a, b) => library.createVerifier({ store, engine }).verify(a, b),
    receipt,
    {
      ...options,
      expect: { signer: DID, task: receipt.ran, profile: receipt.meta.profile, limits },
      maxGas: 10n ** 12n,
      maxPages: 9,
    },
  ],
  verifyMany: [
    (claims, asked) => thrown(library.createVerifier({ store, engine }).verifyMany(claims, asked)),
    [receipt],
    {
      concurrency: 2,
      totalTimeoutMs: 60_000,
      timeoutMs: 60_000,
      signal: undefined,
      expect: {},
      maxGas: 1n,
      maxPages: 9,
    },
  ],
  'verifyMany, a claim': [
    claim => thrown(library.createVerifier({ store, engine }).verifyMany([claim])),
    { claim: receipt, store, expect: { limits } },
  ],
  claimsInCar: [library.claimsInCar, car, { ...bounded, maxBlocks: 5, signal: undefined }],
  decide: [library.decide, [{ by: 'ann', receipt }], { asked, confirmations: 1 }],
  'decide, a claim': [claim => library.decide([claim], { asked, confirmations: 1 }), { by: 'ann', receipt }],
  'decide, asked': [given => library.decide([], { asked: given, confirmations: 1 }), asked],
  optimistic: [library.optimistic, { confirmations: 1, referee }],
  settle: [
    (claims, given, deadline) => library.optimistic({ confirmations: 1, referee }).settle(claims, given, deadline),
    [{ by: 'ann', receipt }],
    asked,
    { signal: undefined, timeoutMs: 60_000 },
  ],
  expect: [
    (expect: never) => library.createVerifier({ store, engine }).verify(receipt, { expect }),
    { task: receipt.ran, limits },
  ],
  createInlineEngine: [library.createInlineEngine, { keptBytes: 5 }],
  compute: [(a, b) => library.createInlineEngine().compute(a, b), job, options],
  inspect: [(a, b) => library.createInlineEngine().inspect(a, b), job, options],
  'compute on a thread': [(a, b) => threads.compute(a, b), job, options],
  'inspect on a thread': [(a, b) => threads.inspect(a, b), job, options],
  jobKey: [library.jobKey, mod, receipt.meta.profile],
  admit: [library.admit, wasm, PROFILE_1],
  rejectionOf: [library.rejectionOf, [{ ...rejection, message: 'x' }]],
  adviceOn: [library.adviceOn, wasm, PROFILE_1],
  instrument: [library.instrument, admitted, 'precise'],
  checkProfile: [library.checkProfile, PROFILE_1],
  encodeProfile: [library.encodeProfile, PROFILE_1],
  decodeProfile: [library.decodeProfile, library.encodeProfile(PROFILE_1).bytes],
  createTask: [library.createTask, { mod, fun: 'f', params: [1], abi: 'core' }],
  encodeTask: [library.encodeTask, task],
  decodeTask: [library.decodeTask, library.encodeTask(task).bytes],
  formatAbi: [library.formatAbi, { name: 'core' }],
  parseAbi: [library.parseAbi, 'core'],
  classify: [library.classify, work, { admitted: true }],
  'classify with a rejection': [library.classify, work, { rejection }],
  classifyWith: [library.classifyWith, work, () => ({ admitted: true })],
  supports: [library.supports, [['ipvm/wasm', 'deterministic']], ['ipvm/wasm', 'deterministic']],
  toTask: [library.toTask, work],
  readTask: [library.readTask, document.bytes, { form: 'homestar-task' }],
  'readTask of a value': [library.readTask, { tasks: [] }],
  formatTask: [library.formatTask, document],
  translateTask: [library.translateTask, document, { call: 0, abi: 'core' }],
  writeTask: [library.writeTask, task, 'homestar-task', { limits: { gas: 1n, pages: 1, timeoutMs: 1 } }],
  'writeTask of UCAN': [library.writeTask, task, 'ucan-1.0-task', { sub: DID }],
  float: [library.float, 1],
  generateKey: [library.generateKey],
  keyFromPem: [library.keyFromPem, key.toPem()],
  signReceipt: [
    library.signReceipt,
    receipt,
    key,
    { form: 'ucanto-0', asked: mod, vouchers: [{ type: 'x', data: mod }] },
  ],
  'signReceipt by another signer': [
    library.signReceipt,
    receipt,
    { did: key.did, sign: (bytes: Uint8Array) => key.sign(bytes) },
  ],
  readEnvelope: [library.readEnvelope, envelope.bytes],
  openEnvelope: [library.openEnvelope, store, envelope.bytes, { signal: undefined }],
  'openEnvelope by CID': [library.openEnvelope, store, envelope.cid],
  readKeyFile: [node.readKeyFile, join(folder, 'key.pem')],
  writeKeyFile: [
    (path, given) => node.writeKeyFile(typeof path === 'string' && path !== '' ? join(folder, path) : path, given),
    'other.pem',
    key,
  ],
  encodeReceipt: [library.encodeReceipt, receipt],
  decodeReceipt: [library.decodeReceipt, receiptBytes],
  compare: [library.compare, [receipt], { quorum: 1, lieProbability: 0.2 }],
  'compare, a claim': [claim => library.compare([claim]), { by: 'ann', receipt }],
  loadResult: [library.loadResult, store, mod, { ...bounded, signal: undefined }],
  programResult: [library.programResult, { exit: 0n, stdout: wasm, stderr: mod }, () => wasm],
  readClaim: [library.readClaim, store, receiptBytes, { signal: undefined }],
  'readClaim by CID': [library.readClaim, store, receipt.ran],
  describeStage: [library.describeStage, 'admit'],
  profileOf: [library.profileOf, receipt.meta.profile],
  describeValue: [library.describeValue, [wasm, mod]],
  meaningOf: [library.meaningOf, 'refuted'],
  getBlock: [library.getBlock, store, mod, { ...bounded, signal: undefined }],
  listFiles: [library.listFiles, store, mod, { maxEntries: 5, signal: undefined }],
  'compare, a fault': [claim => library.compare([claim]), { by: 'ann', fault: new Fault('timeout', 'for a test') }],
  mismatches: [library.mismatches, receipt, receipt],
  memoKey: [library.memoKey, receipt.ran, receipt.meta.profile],
  serve: [library.serve, receipt, limits],
  serves: [library.serves, receipt, limits],
  describe: [library.describe, rejection],
  'describe a trap': [library.describe, { kind: 'trap', code: 'unreachable' }],
  describeVerdict: [library.describeVerdict, { verdict: 'refuted', mismatches: [mismatch] }],
  'describeVerdict, undecided': [
    library.describeVerdict,
    { verdict: 'undecided', reason: 'gas', mismatches: [mismatch] },
  ],
  toDagJson: [library.toDagJson, receipt],
  fromDagJson: [library.fromDagJson, library.toDagJson(receipt)],
  parseCid: [library.parseCid, mod.toString()],
  parsePath: [library.parsePath, `${mod}/a`],
  resolvePath: [library.resolvePath, store, mod.toString(), { ...bounded, signal: undefined }],
  addFile: [library.addFile, store, wasm, { signal: undefined }],
  addTree: [library.addTree, store, { kind: 'file', bytes: wasm }, { signal: undefined }],
  load: [library.load, store, mod, bounded],
  exportCar: [library.exportCar, store, [mod], { ...bounded, cids: [mod], include: () => true, signal: undefined }],
  importCar: [library.importCar, createMemoryStore(), car, { ...bounded, maxBlocks: 5, signal: undefined }],
  readCar: [library.readCar, car, { ...bounded, maxBlocks: 5 }],
  createGatewayStore: [
    library.createGatewayStore,
    'http://localhost:1',
    { ...bounded, fetch, timeoutMs: 5, token: 'a' },
  ],
  createGateway: [node.createGateway, { ...serving }],
  'a gateway': [(request: Request) => node.createGateway({ store })(request), new Request('http://localhost/')],
  serveGateway: [
    node.serveGateway,
    { ...serving, host: '127.0.0.1', port: 0, maxPerAddress: 1, maxConnections: 5, idleMs: 1000 },
  ],
  'close a server': [async asked => (await node.serveGateway({ store })).close(asked), { graceMs: 0 }],
  fetchCar: [library.fetchCar, createMemoryStore(), 'http://localhost:1', mod, { ...bounded, fetch, timeoutMs: 50 }],
  loadThrough: [
    library.loadThrough,
    store,
    'http://localhost:1',
    mod,
    { ...bounded, fetch, timeoutMs: 5, mode: 'raw' },
  ],
  createFallbackStore: [library.createFallbackStore, store, store, bounded],
  createFsStore: [node.createFsStore, folder],
  createFsIndex: [node.createFsIndex, `${folder}/index`, { ...bounded, maker: 'x' }],
  createThreadEngine: [
    node.createThreadEngine,
    { threads: 1, keptBytes: 5, index: folder, workerUrl: new URL('file:///x') },
  ],
  createProcessEngine: [node.createProcessEngine, { processes: 1, memoryMb: 500, index: folder }],
  createWorkerEngine: [
    library.createWorkerEngine,
    { workers: 1, worker: () => webWorker(), keptBytes: 5, index, hostModules: [] },
  ],
  createIndexedDbIndex: [library.createIndexedDbIndex, { name: 'x', ...bounded, maker: 'x' }],
  'index.get': [key => index.get(key), 'k'],
  'index.put': [(key, bytes) => index.put(key, bytes), 'k', wasm],
  ...storeCalls('memory', store),
  ...storeCalls('files', files),
  'files.putInOrder': [
    (blocks, asked) => files.putInOrder(blocks, asked),
    [{ cid: mod, bytes: wasm }],
    { signal: undefined },
  ],
  'files.putInOrder, of a block': [block => files.putInOrder([block]), { cid: mod, bytes: wasm }],
  'files.pin': [(cid, asked) => files.pin(cid, asked), mod, { name: 'x' }],
  'files.unpin': [cid => files.unpin(cid), mod],
  'files.gc': [
    asked => files.gc(asked),
    { roots: [mod], graceMs: 5, dryRun: true, onBlock: () => {}, signal: undefined },
  ],
  ...storeCalls('fallback', fallback),
  'fallback.commit': [asked => fallback.commit(asked), { signal: undefined }],
  'gateway.get': [(cid, asked) => gateway.get(cid, asked), mod, { signal: undefined }],
  'gateway.put': [(cid, bytes, asked) => gateway.put(cid, bytes, asked), mod, wasm, { signal: undefined }],
  'gateway.has': [(cid, asked) => gateway.has(cid, asked), mod, { signal: undefined }],
}

function storeCalls(name: string, { get, put, has }: library.BlockStore): typeof RIGHT {
  const of = { memory: store, files, fallback }[name]!
  return {
    [`${name}.get`]: [(cid, asked) => get.call(of, cid, asked), mod, { signal: undefined }],
    [`${name}.put`]: [(cid, bytes, asked) => put.call(of, cid, bytes, asked), mod, wasm, { signal: undefined }],
    [`${name}.has`]: [(cid, asked) => has.call(of, cid, asked), mod, { signal: undefined }],
  }
}

/** Throws the first fault among the results of many claims. */
async function thrown(verification: library.Verification): Promise<void> {
  for await (const result of verification) if ('fault' in result) throw result.fault
}

/** Waits for the answer, and reads it if it is a stream. */
async function settled(answer: unknown): Promise<void> {
  const value = await answer
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  if (Symbol.asyncIterator in value || (Symbol.iterator in value && 'next' in value))
    for await (const _ of value as AsyncIterable<unknown>) return
  if ('close' in value && value !== threads) await (value as { close(): Promise<void> }).close()
}

test('every function of the package is called', () => {
  const called = new Set(Object.values(RIGHT).map(([call]) => call))
  const called2 = new Set(Object.keys(RIGHT))
  const missing = Object.entries({ ...library, ...node })
    .filter(([name, value]) => typeof value === 'function' && !called.has(value as never) && !called2.has(name))
    .map(([name]) => name)
  expect(missing).toEqual(['Fault', 'createMemoryStore', 'carPieces'])
})

test.each(Object.entries(RIGHT))('%s', async (_, [call, ...right]) => {
  await settled(call(...right)).catch((error: unknown) => expect(error).toBeInstanceOf(Fault))
  const found: string[] = []
  const attempt = async (place: string, args: readonly unknown[]): Promise<void> => {
    try {
      await settled(call(...args))
    } catch (error) {
      const ours = error instanceof Fault && !['engine-failed', 'internal'].includes(error.code)
      if (!ours) found.push(`${place}: ${error}`)
    }
  }
  for (const [i, argument] of right.entries()) {
    for (const wrong of WRONG) await attempt(`${i} is ${nameOf(wrong)}`, right.with(i, wrong))
    if (typeof argument !== 'object' || argument === null || Array.isArray(argument) || CID.asCID(argument) !== null)
      continue
    if (argument instanceof Uint8Array || argument === store || argument === admitted) continue
    for (const field of Object.keys(argument))
      for (const wrong of WRONG)
        await attempt(`${i}.${field} is ${nameOf(wrong)}`, right.with(i, { ...argument, [field]: wrong }))
  }
  expect(found.slice(0, 12)).toEqual([])
})

/** What reads values: parameters of tasks and jobs, and results. */
const VALUES: Readonly<Record<string, (value: never) => unknown>> = {
  createTask: value => library.createTask({ mod, fun: 'f', params: [value], abi: 'core' }),
  encodeTask: value => library.encodeTask({ ...task, args: { ...task.args, params: [value] } }),
  execute: value =>
    library.createExecutor({ store, engine }).execute({ ...task, args: { ...task.args, params: [value] } }, limits),
  estimate: value => library.estimate({ ...task, args: { ...task.args, params: [value] } }, { store }),
  readTask: value => library.readTask({ rsc: 'x:y', op: 'wasm/run', input: { func: 'f', args: [value] }, nnc: '' }),
  toTask: value => library.createTask(library.toTask({ ...work, run: { args: [value] } })),
  compute: value => library.createInlineEngine().compute({ ...job, args: [value] }),
  'compute on a thread': value => threads.compute({ ...job, args: [value] }),
  encodeReceipt: value => library.encodeReceipt({ ...receipt, out: { ok: value } }),
  mismatches: value => library.mismatches({ ...receipt, out: { ok: value } }, receipt),
  compare: value => library.compare([{ ...receipt, out: { ok: value } }]),
  serve: value => library.serve({ ...receipt, out: { ok: value } }, limits),
  verify: value => library.createVerifier({ store, engine }).verify({ ...receipt, out: { ok: value } }),
}

test.each(Object.entries(VALUES))('%s, with a wrong part of a value', async (_, read) => {
  const wrapped: readonly ((wrong: unknown) => unknown)[] = [
    wrong => wrong,
    wrong => [wrong],
    wrong => ({ a: { b: [0, wrong] } }),
    wrong => ({ '/': wrong }),
    wrong => ({ '/': wrong, bytes: wrong }),
    wrong => Object.defineProperty({}, 'a', { enumerable: true, get: () => { throw wrong } }), // prettier-ignore
    wrong => new Proxy({}, { ownKeys: () => wrong as never }),
    wrong => new Proxy([], { get: (_, key) => (key === 'length' ? wrong : undefined) }),
  ]
  const found: string[] = []
  for (const [i, wrap] of wrapped.entries()) {
    for (const wrong of [...WRONG, 0.5, 2n ** 64n, '\ud800']) {
      try {
        await read(wrap(wrong) as never)
      } catch (error) {
        const ours = error instanceof Fault && !['engine-failed', 'internal'].includes(error.code)
        if (!ours) found.push(`${i} with ${nameOf(wrong)}: ${error}`)
      }
    }
  }
  expect(found.slice(0, 12)).toEqual([])
})

function nameOf(wrong: unknown): string {
  return `${typeof wrong} ${Object.prototype.toString.call(wrong)} ${WRONG.indexOf(wrong)}`
}

const BYTES_TAKEN: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  addFile: bytes => library.addFile(createMemoryStore(), bytes),
  admit: bytes => library.admit(bytes, PROFILE_1),
  adviceOn: bytes => library.adviceOn(bytes, PROFILE_1),
  decodeTask: library.decodeTask,
  decodeReceipt: library.decodeReceipt,
  decodeProfile: library.decodeProfile,
  readTask: library.readTask,
  readEnvelope: library.readEnvelope,
  verify: bytes => library.createVerifier({ store, engine }).verify(bytes),
  readCar: bytes => library.readCar(bytes),
  importCar: bytes => library.importCar(createMemoryStore(), bytes),
  'put of a memory store': bytes => createMemoryStore().put(mod, bytes),
  'put of a folder': bytes => files.put(mod, bytes),
  'compute, the module': bytes => engine.compute({ ...job, module: bytes }),
  'compute, an argument': bytes => engine.compute({ ...job, args: [bytes] }),
  'compute on a thread': bytes => threads.compute({ ...job, module: bytes }),
  createTask: bytes => library.createTask({ mod, fun: 'f', params: [bytes], abi: 'bytes' }),
  toDagJson: bytes => library.toDagJson({ bytes }),
}

test.each(Object.entries(BYTES_TAKEN))('%s does not take detached bytes for empty ones', async (_, take) => {
  const beyond: unknown = runInThisContext(
    'buffer = new ArrayBuffer(8, { maxByteLength: 8 }); view = new Uint8Array(buffer, 4, 4); buffer.resize(2); view',
  )
  for (const bytes of [transferred(), beyond as Uint8Array]) {
    const fault = await Promise.resolve()
      .then(() => take(bytes))
      .then(
        () => 'no fault',
        (error: unknown) => error,
      )
    expect(fault).toMatchObject({ name: 'Fault', whose: 'requestor' })
  }
})

test('only a verdict counts as evidence', () => {
  const admission = library.admit(new Uint8Array([1]), PROFILE_1)
  for (const wrong of [
    {},
    { admitted: false },
    { admitted: 'yes' },
    { admitted: true, rejection },
    { rejection: {} },
    admission,
  ])
    expect(() => library.classify(work, wrong as never)).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: expect.stringContaining('the evidence must be { admitted: true }'),
      }),
    )
  expect(library.classify(work, { admitted: true }).class).toBe('deterministic')
  expect(library.classify(work, { rejection: library.rejectionOf(admission.findings) }).class).toBe('destructive')
})

test('instrument only takes a module from admit', async () => {
  await expect(library.instrument({ ...admitted!, imports: [] })).rejects.toMatchObject({ code: 'bad-usage' })
})

test('numbers and bigints make the same receipt', () => {
  const read = library.fromDagJson(library.toDagJson(receipt)) as library.Receipt
  expect(typeof read.meta.gasUsed).toBe('number')
  expect(library.mismatches(read, receipt)).toEqual([])
  expect(library.serve(read, limits)).toEqual(receipt)
  const other = { ...read, out: { ok: [5n] } }
  expect(library.compare([receipt, receipt, other]).contests[0]!.groups[1]!.differs).toEqual([
    { field: 'out.ok[0]', claimed: 5n, reproduced: 3n },
  ])
})

test('an error of onStage is a fault of that call, and the engine goes on', async () => {
  const onStage = (): never => {
    throw new Error('not today')
  }
  const processes = node.createProcessEngine({ processes: 1, childUrl: CHILD, workerUrl: WORKER })
  for (const each of [
    library.createInlineEngine(),
    node.createThreadEngine({ threads: 1, workerUrl: WORKER }),
    processes,
  ]) {
    const fault = { code: 'bad-usage', message: 'onStage has thrown an error: not today' }
    await expect(each.compute({ ...job, key: 'told' }, { onStage })).rejects.toMatchObject(fault)
    expect((await each.compute({ ...job, key: 'told' })).out).toEqual({ ok: [3n] })
    await each.close()
  }
})

test('dag-json has no form for objects of classes, and one for bytes of every realm', () => {
  const abroad: unknown = runInContext('new Uint8Array([97])', createContext({}))
  expect(library.toDagJson({ abroad, half: 0.5 })).toBe('{"abroad":{"/":{"bytes":"YQ"}},"half":0.5}')
  for (const wrong of [
    new Map(),
    new (class A {})(),
    new Date(0),
    new Blob(['a']),
    new DataView(new ArrayBuffer(1)),
    new Uint16Array(1),
  ])
    expect(() => library.toDagJson({ wrong })).toThrow(expect.objectContaining({ code: 'bad-json' }))
})
