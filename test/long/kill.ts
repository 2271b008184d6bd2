/**
 * Kills a service under load at random moments: `npm run test:kill`. With `npm run test:kill -- --full` it does so ten
 * times as often. `npm run test:long` includes the short form.
 *
 * Each receipt that the service answered with has to be in the store, with all blocks that it links to, and has to
 * reproduce. Every block in the store has to match its CID. Every other receipt in the store has to have all its linked
 * blocks, too. Several services use the same folder one after the other, sometimes two at once, and sometimes with the
 * durability `soon`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { decode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { getBlock } from '../../src/content/block.ts'
import { DAG_CBOR } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { addFile, createInlineEngine, createVerifier } from '../../src/index.ts'
import { createFsStore, type FsStore } from '../../src/node.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import build from '../support/build.ts'
import { WATS } from '../support/tasks.ts'

const CHILD = fileURLToPath(new URL('./kill-child.mjs', import.meta.url))
/** The number of rounds that use one folder. */
const ROUNDS_PER_FOLDER = 10
/** The longest time in milliseconds between the first answer of a service and its death. */
const MAX_MS = 400
/** The number of receipts of a round that are run again. */
const REPRODUCED = 40

/**
 * Kills services in so many rounds. Returns the number of answered receipts. Throws if the store has lost or damaged a
 * block.
 */
export async function killServices(rounds: number, log: (line: string) => void, seed = 1): Promise<number> {
  const random = lcg(seed)
  let answered = 0
  for (let done = 0; done < rounds; done += ROUNDS_PER_FOLDER) {
    const folder = mkdtempSync(join(tmpdir(), 'ipvm-kill-'))
    try {
      answered += await killInFolder(folder, Math.min(ROUNDS_PER_FOLDER, rounds - done), done, random)
      log(`${Math.min(done + ROUNDS_PER_FOLDER, rounds)} times killed: ${answered} answered receipts are there`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  return answered
}

async function killInFolder(folder: string, rounds: number, first: number, random: () => number): Promise<number> {
  const store = createFsStore(folder)
  const mod = await addFile(store, await assemble(WATS.echo))
  const answered: CID[] = []
  for (let round = 0; round < rounds; round++) {
    const start = (first + round) * 1_000_000
    const services = Array.from({ length: random() < 0.2 ? 2 : 1 }, (_, i) =>
      killed([folder, String(mod), String(start + i * 500_000), random() < 0.8 ? 'always' : 'soon'], MAX_MS * random()),
    )
    const receipts = (await Promise.all(services)).flat()
    answered.push(...receipts)
    // Checks a store that was open all the time, and a new one.
    for (const open of [store, createFsStore(folder)]) await checkAnswered(open, receipts, random)
  }
  const last = createFsStore(folder)
  for (const cid of answered) await mustHave(last, cid)
  await checkAll(last)
  return answered.length
}

/**
 * Runs a service and kills it `ms` milliseconds after its first answer. Returns the receipts that it has answered with.
 */
async function killed(args: readonly string[], ms: number): Promise<CID[]> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').once('data', () => setTimeout(() => child.kill('SIGKILL'), ms))
  for await (const piece of child.stdout) text += piece as string
  if (child.signalCode !== 'SIGKILL' && child.exitCode !== null)
    throw new Error(`the service ended with ${child.exitCode}`)
  // The last line may be incomplete.
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => CID.parse(line))
}

async function checkAnswered(store: FsStore, receipts: readonly CID[], random: () => number): Promise<void> {
  for (const cid of receipts) await mustHave(store, cid)
  const verifier = createVerifier({ store, engine: createInlineEngine(), maxGas: 10n ** 10n })
  for (let i = 0; i < Math.min(REPRODUCED, receipts.length); i++) {
    const cid = receipts[Math.floor(random() * receipts.length)]!
    const { verdict } = await verifier.verify(cid)
    if (verdict !== 'reproduced') throw new Error(`the answered receipt ${cid} is ${verdict}`)
  }
}

/** Throws unless a store has a receipt and all blocks that it links to; each is verified by its hash. */
async function mustHave(store: FsStore, receipt: CID): Promise<void> {
  for await (const { cid } of dagBlocks(store, receipt)) if (cid.equals(receipt)) continue
}

/** Throws unless all blocks of a store match their CIDs, and all linked blocks of receipts are in the store. */
async function checkAll(store: FsStore): Promise<void> {
  for await (const { cid } of store.getAll()) {
    const bytes = await getBlock(store, cid)
    if (isReceipt(bytes)) await mustHave(store, CID.createV1(DAG_CBOR, cid.multihash))
  }
}

function isReceipt(bytes: Uint8Array): boolean {
  try {
    const value = decode<object>(bytes)
    return 'ran' in value && 'out' in value
  } catch {
    return false
  }
}

function lcg(state: number): () => number {
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { full: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
  })
  build()
  await killServices(values.full ? 200 : 20, line => console.log(line), Number(values.seed))
}
