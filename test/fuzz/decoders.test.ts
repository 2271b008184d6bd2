/**
 * Foreign documents. For any bytes, a decoder quickly throws one of its faults, or returns a value that encodes to the
 * same bytes.
 */
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { afterAll, describe, expect, it } from 'vitest'
import { Fault, type FaultCode } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { exportCar, importCar, readCar } from '../../src/content/car.ts'
import { cidOf, DAG_PB, parseCid, rawCid } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { decodeProfile, encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { formatAbi, parseAbi } from '../../src/task/abi-name.ts'
import { createTask, decodeTask, encodeTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { noise } from '../content/support.ts'
import { OK, OUT_OF_GAS, OVER_PAGES, receiptOf, REJECTED, TRAPPED } from '../receipt/sample.ts'
import { Bench, WATS } from '../support/tasks.ts'
import { mutated } from './mutations.ts'

/** The time for one document. Most take less than 1 ms, but the machine may be busy. */
const MAX_MS = 1_000
const MAX_MIB = 500
const memory = process.resourceUsage().maxRSS
afterAll(() => {
  expect((process.resourceUsage().maxRSS - memory) / 1024).toBeLessThan(MAX_MIB)
})

/** The result of reading; undefined for a fault, whose code must be one of `codes`. Fails if it takes too long. */
async function read<T>(work: () => T | Promise<T>, codes: readonly FaultCode[]): Promise<T | undefined> {
  const start = performance.now()
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    expect(codes).toContain(error.code)
    return undefined
  } finally {
    expect(performance.now() - start).toBeLessThan(MAX_MS)
  }
}

const RUNS = { numRuns: 1_500, seed: 20_261_122 }
const RECEIPTS = [OK, REJECTED, OVER_PAGES, TRAPPED, OUT_OF_GAS].map(out => encodeReceipt(receiptOf(out)).bytes)
const MOD = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const TASKS = [
  createTask({ mod: MOD, fun: 'f', params: [1n, -(2n ** 63n), new Uint8Array(40), 'text', MOD], abi: 'core' }),
  createTask({ mod: MOD, fun: 'greet', params: [], abi: 'assemblyscript(string,Uint8Array)->string' }),
].map(task => encodeTask(task).bytes)

describe('mutated documents', () => {
  it('receipts', async () => {
    let sound = 0
    await fc.assert(
      fc.asyncProperty(mutated(RECEIPTS), async bytes => {
        const receipt = await read(() => decodeReceipt(bytes), ['bad-receipt'])
        if (receipt === undefined) return
        sound++
        expect(encodeReceipt(receipt).bytes).toEqual(bytes)
      }),
      RUNS,
    )
    // Some mutants are other valid receipts.
    expect(sound).toBeGreaterThan(20)
  })

  it('tasks', async () => {
    let sound = 0
    await fc.assert(
      fc.asyncProperty(mutated(TASKS), async bytes => {
        const task = await read(() => decodeTask(bytes), ['bad-task'])
        if (task === undefined) return
        sound++
        expect(encodeTask(task).bytes).toEqual(bytes)
      }),
      RUNS,
    )
    expect(sound).toBeGreaterThan(20)
  })

  it('profiles', async () => {
    let sound = 0
    await fc.assert(
      fc.asyncProperty(mutated([encodeProfile(PROFILE_1).bytes]), async bytes => {
        const profile = await read(() => decodeProfile(bytes), ['bad-profile'])
        if (profile === undefined) return
        sound++
        expect(encodeProfile(profile).bytes).toEqual(bytes)
      }),
      RUNS,
    )
    // These are fewer, since a mutation must keep all names, and numbers in their ranges.
    expect(sound).toBeGreaterThan(5)
  })

  it('profiles in the place of tasks and receipts', async () => {
    const { bytes } = encodeProfile(PROFILE_1)
    await fc.assert(
      fc.asyncProperty(mutated([bytes]), async spoilt => {
        expect(await read(() => decodeReceipt(spoilt), ['bad-receipt'])).toBeUndefined()
        expect(await read(() => decodeTask(spoilt), ['bad-task'])).toBeUndefined()
      }),
      { ...RUNS, numRuns: 500 },
    )
  })

  it('CARs: stored blocks have the CIDs of their bytes, and nothing is stored of a CAR that faults', async () => {
    const store = createMemoryStore()
    const roots = [await addFile(store, noise(300_000).subarray(0, 900)), await addFile(store, noise(40))]
    const small = await exportCar(store, roots)
    await fc.assert(
      fc.asyncProperty(mutated([small]), async bytes => {
        const target = createMemoryStore()
        const result = await read(
          () => importCar(target, bytes),
          ['bad-car', 'hash-mismatch', 'unsupported-hash', 'too-large'],
        )
        if (result === undefined) expect(target.size).toBe(0)
        const car = await read(
          () => readCar([bytes.subarray(0, 50), bytes.subarray(50)]),
          ['bad-car', 'hash-mismatch', 'unsupported-hash', 'too-large'],
        )
        expect(car === undefined).toBe(result === undefined)
        for (const { cid, bytes: content } of car?.blocks ?? []) {
          if (cid.multihash.code === 0x12)
            expect((await rawCid(content)).multihash.digest).toEqual(cid.multihash.digest)
        }
      }),
      { ...RUNS, numRuns: 700 },
    )
  })

  it('nodes of files', async () => {
    const store = createMemoryStore()
    const root = await addFile(store, noise(700_000))
    const node = await getBlock(store, root)
    await fc.assert(
      fc.asyncProperty(mutated([node]), async bytes => {
        const spoilt = await cidOf(DAG_PB, bytes)
        await store.put(spoilt, bytes)
        await read(
          () => load(store, spoilt, { maxBytes: 2_000_000 }),
          [
            'bad-dag',
            'bad-cid',
            'block-missing',
            'too-large',
            'unsupported-codec',
            'unsupported-hash',
            'hash-mismatch',
          ],
        )
      }),
      { ...RUNS, numRuns: 500 },
    )
  })

  it('claims: a verdict, or a fault that says who has to act', async () => {
    const engine = createInlineEngine()
    const bench = new Bench(engine)
    const { bytes } = await bench.run(WATS.add, { params: [40n, 2n] })
    const verifier = createVerifier({ store: bench.store, engine, maxGas: 10n ** 10n })
    const verdicts = new Set<string>()
    await fc.assert(
      fc.asyncProperty(mutated([bytes]), async claim => {
        const verdict = await read(
          () => verifier.verify(claim),
          ['bad-receipt', 'block-missing', 'unsupported-hash', 'unsupported-codec', 'bad-task'],
        )
        verdicts.add(verdict?.verdict ?? 'fault')
      }),
      { ...RUNS, numRuns: 500 },
    )
    expect(verdicts).toContain('refuted')
    expect(verdicts).toContain('fault')
    await engine.close()
  })
})

describe('names', () => {
  it('of ABIs are read or refused, and written as they were read', async () => {
    const samples = ['core', 'bytes', 'assemblyscript(string,Uint8Array)->string', 'assemblyscript()->void'].map(name =>
      new TextEncoder().encode(name),
    )
    await fc.assert(
      fc.asyncProperty(mutated(samples), async bytes => {
        const name = new TextDecoder().decode(bytes)
        const abi = await read(() => parseAbi(name), ['bad-task'])
        if (abi !== undefined) expect(formatAbi(abi)).toBe(name)
      }),
      RUNS,
    )
  })

  it('of content are CIDs, or are refused', async () => {
    await fc.assert(
      fc.asyncProperty(mutated([new TextEncoder().encode(MOD.toString())]), async bytes => {
        await read(
          () => parseCid(new TextDecoder().decode(bytes)),
          ['bad-cid', 'unsupported-codec', 'unsupported-hash'],
        )
      }),
      RUNS,
    )
  })
})
