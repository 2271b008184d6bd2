/** The verifier in `examples/` that watches a folder: a program of its own, to which files are given. */
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportCar } from '../../src/content/car.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Receipt } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { Bench, WATS } from '../support/tasks.ts'

const FILE = fileURLToPath(new URL('../../examples/verify-folder/verify-folder.mjs', import.meta.url))

interface Verdicts {
  readonly car: string
  readonly receipts: readonly {
    readonly receipt: string
    readonly verdict?: string
    readonly fault?: string
    readonly fields?: readonly string[]
  }[]
}

const bench = new Bench(createInlineEngine())
let folder: string
let stop: () => Promise<number | null>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvm-watched-'))
  const child = spawn(process.execPath, [FILE, folder], {
    env: { ...process.env, PROCESSES: '1', EVERY_MS: '20', MAX_GAS: '10000000000' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  stop = () => (child.kill('SIGTERM'), ended)
})
afterAll(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Moves a CAR into the folder, and gives the verdicts about this content of it. */
async function verdictsOn(name: string, bytes: Uint8Array): Promise<Verdicts['receipts']> {
  const [path, verdicts] = [join(folder, name), join(folder, `${name}.json`)]
  const before = existsSync(verdicts) ? readFileSync(verdicts, 'utf8') : undefined
  writeFileSync(`${path}.part`, bytes)
  renameSync(`${path}.part`, path)
  while (!existsSync(verdicts) || readFileSync(verdicts, 'utf8') === before) await sleep(10)
  return (JSON.parse(readFileSync(verdicts, 'utf8')) as Verdicts).receipts
}

async function forged(receipt: Receipt): Promise<CID> {
  const { cid, bytes } = encodeReceipt(receipt)
  await bench.store.put(cid, bytes)
  return cid
}

describe('a folder that is watched', () => {
  test('the program has fewer than a hundred lines', () => {
    expect(readFileSync(FILE, 'utf8').trimEnd().split('\n').length).toBeLessThan(100)
  })

  test('a receipt, and several in one CAR with a lie among them', async () => {
    const one = await bench.run(WATS.add, { params: [1n, 2n] })
    const other = await bench.run(WATS.trap)
    const lie = await forged({ ...one.receipt, out: { ok: [4n] } })
    expect(await verdictsOn('one.car', await exportCar(bench.store, [one.cid]))).toEqual([
      { receipt: one.cid.toString(), verdict: 'reproduced', fields: [], text: expect.any(String) as string },
    ])
    expect(await verdictsOn('three.car', await exportCar(bench.store, [other.cid, lie, one.task]))).toMatchObject([
      { receipt: other.cid.toString(), verdict: 'reproduced' },
      { receipt: lie.toString(), verdict: 'refuted', fields: ['out.ok[0]'] },
      { receipt: one.task.toString(), fault: 'bad-receipt' },
    ])
  })

  test('what is no CAR, and a CAR that changes', async () => {
    expect(await verdictsOn('two.car', new TextEncoder().encode('no archive'))).toMatchObject([{ fault: 'bad-car' }])
    const { cid } = await bench.run(WATS.add, { params: [5n, 6n] })
    expect(await verdictsOn('two.car', await exportCar(bench.store, [cid]))).toMatchObject([{ verdict: 'reproduced' }])
    expect(await verdictsOn('none.car', await exportCar(bench.store, []))).toEqual([])
  })

  test('a claim beyond its bounds, and other files', async () => {
    const { receipt } = await bench.run(WATS.add, { params: [7n, 8n] }, { gas: 10n ** 12n, pages: 1 })
    const dear = await forged({ ...receipt, meta: { ...receipt.meta, gasUsed: 10n ** 12n } })
    mkdirSync(join(folder, 'folder.car'))
    writeFileSync(join(folder, 'notes.txt'), '')
    expect(await verdictsOn('dear.car', await exportCar(bench.store, [dear]))).toMatchObject([{ verdict: 'undecided' }])
    expect(readdirSync(folder).filter(name => /^(folder|notes).*json$/.test(name))).toEqual([])
  })

  test('it ends when it is asked to', async () => {
    expect(await stop()).toBe(0)
    expect(readdirSync(folder).filter(name => name.endsWith('.draft'))).toEqual([])
  })
})
