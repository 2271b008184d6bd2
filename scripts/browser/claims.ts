/** The claims that the checks give to pages, as CARs. They are made here, by Node. */
import { readFileSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  encodeReceipt,
  encodeTask,
  exportCar,
  PROFILE_1,
  encodeProfile,
  type BlockStore,
  type ParamInput,
  type Receipt,
} from '../../src/index.ts'
import { LIMITS, taskOf } from '../../test/programs/run-case.ts'
import { CASES } from '../../test/programs/cases.ts'
import { ROOT } from '../../test/support/fixtures.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

/** A CAR with one claim as its root. */
export interface ClaimFile {
  readonly car: Uint8Array
  /** The CID of the receipt. */
  readonly cid: string
}

export interface Claims {
  /** A true claim about a small module. */
  readonly good: ClaimFile
  /** The same claim with one unit of gas more. */
  readonly lie: ClaimFile
  /** The same claim with another result. */
  readonly otherResult: ClaimFile
  /** A true claim about a program of 243 KB, written in C++. */
  readonly program: ClaimFile
  /** A claim about a loop without end, whose gas lasts for hours. */
  readonly endless: ClaimFile
}

/** The greatest amount of gas that a verifier grants without being told. */
const MOST_GAS = 5n * 10n ** 12n

const ENDLESS = '(module (func (export "spin") (result i32) (loop $again (br $again)) (i32.const 0)))'

/** The module of `good`. */
export function smallModule(): Uint8Array {
  return new Uint8Array(readFileSync(`${ROOT}/programs/fibonacci/fibonacci.wasm`))
}

/** Makes all claims. */
export async function makeClaims(): Promise<Claims> {
  const engine = createInlineEngine()
  try {
    const store = createMemoryStore()
    const mod = await addFile(store, smallModule())
    const task = createTask({ mod, fun: 'recursive', params: [20], abi: 'core' })
    const { receipt, cid } = await createExecutor({ store, engine }).execute(task, { gas: 10n ** 9n, pages: 16 })
    const { ran, out, meta } = receipt
    const program = await taskOf(engine, CASES['C++ with streams and a map']!)
    const ran2 = await createExecutor({ store: program.store, engine }).execute(program.task, LIMITS)
    return {
      good: { car: await exportCar(store, [cid]), cid: String(cid) },
      lie: await claimOf(store, { ran, out, meta: { ...meta, gasUsed: meta.gasUsed + 1n } }),
      otherResult: await claimOf(store, { ran, out: { ok: [6766n] }, meta }),
      program: { car: await exportCar(program.store, [ran2.cid]), cid: String(ran2.cid) },
      endless: await endlessClaim(),
    }
  } finally {
    await engine.close()
  }
}

/** A receipt in a CAR with everything that it links to. */
async function claimOf(store: BlockStore, receipt: Receipt): Promise<ClaimFile> {
  const block = encodeReceipt(receipt)
  await store.put(block.cid, block.bytes)
  return { car: await exportCar(store, [block.cid]), cid: String(block.cid) }
}

/** Nobody has run this task: it would take hours until its gas is used up. */
async function endlessClaim(): Promise<ClaimFile> {
  const store = createMemoryStore()
  const profile = encodeProfile(PROFILE_1)
  await store.put(profile.cid, profile.bytes)
  const task = await storedTask(store, await assemble(ENDLESS), 'spin')
  return claimOf(store, {
    ran: task,
    out: { error: { kind: 'trap', code: 'out-of-gas' } },
    meta: {
      profile: profile.cid,
      limits: { gas: MOST_GAS, pages: 16 },
      gasUsed: MOST_GAS,
      peakPages: 0,
      growRefused: false,
    },
  })
}

async function storedTask(
  store: BlockStore,
  module: Uint8Array,
  fun: string,
  params: readonly ParamInput[] = [],
): Promise<CID> {
  const { cid, bytes } = encodeTask(createTask({ mod: await addFile(store, module), fun, params, abi: 'core' }))
  await store.put(cid, bytes)
  return cid
}

/** A module that is admitted and has about this size, in bytes. Its function `f` returns 7. */
export async function moduleOfSize(bytes: number): Promise<Uint8Array> {
  // One function of 1000 additions is about 7 KB long.
  const body = '(local.set 0 (i32.add (local.get 0) (i32.const 1000)))\n'.repeat(1000)
  const one = await assemble(withFunctions(body, 1))
  const two = await assemble(withFunctions(body, 2))
  const count = Math.max(1, Math.round((bytes - one.length) / (two.length - one.length)) + 1)
  return assemble(withFunctions(body, count))
}

function withFunctions(body: string, count: number): string {
  return `(module (func (export "f") (result i32) (i32.const 7))\n${`(func (local i32) ${body})\n`.repeat(count)})`
}
