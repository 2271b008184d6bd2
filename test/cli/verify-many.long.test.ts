/** `verify` of several receipts: CARs with several roots, folders, and CIDs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { beforeAll, describe, expect, test } from 'vitest'
import { linkOf } from '../../src/base/dag-cbor.ts'
import { exportCar, importCar } from '../../src/content/car.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import type { Receipt } from '../../src/interface.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { bytesOf, folder, ipvm, ipvmJson, ipvmProcess, ipvmProcessJson, NUMBERS } from './support.ts'

interface Row {
  readonly receipt?: CID
  readonly from: string
  readonly fields?: readonly string[]
  readonly reason?: string
  readonly code?: string
  readonly message: string
}

interface Summary {
  readonly counts: object
  readonly refuted: readonly Row[]
  readonly undecided: readonly Row[]
  readonly faults: readonly Row[]
}

/** Four receipts of sums in a store, and lies about them. */
let cwd: string
let blocks: MemoryStore
const receipts: CID[] = []
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  blocks = createMemoryStore()
  writeFileSync(join(cwd, 'numbers.wasm'), NUMBERS)
  for (const n of ['1', '2', '3', '4']) {
    const { json } = await ipvmJson<{ receipt: CID }>(['run', 'numbers.wasm', 'add', n, n, '--out', 'one.car'], { cwd })
    receipts.push(json.receipt)
    await importCar(blocks, bytesOf(join(cwd, 'one.car')))
  }
  return () => rmSync(cwd, { recursive: true, force: true })
})

/** Puts an altered receipt into the store. */
async function forged(which: number, alter: (receipt: Receipt) => Receipt): Promise<CID> {
  const [bytes] = blocks.get(receipts[which]!) as Iterable<Uint8Array>
  const { cid, bytes: altered } = encodeReceipt(alter(decodeReceipt(bytes!)))
  await blocks.put(cid, altered)
  return cid
}

const lie = (which: number): Promise<CID> => forged(which, receipt => ({ ...receipt, out: { ok: [1000n] } }))
const dear = (which: number): Promise<CID> =>
  forged(which, ({ meta, ...receipt }) => ({ ...receipt, meta: { ...meta, gasUsed: meta.limits.gas } }))

async function writeCar(name: string, roots: readonly CID[], at = cwd): Promise<void> {
  writeFileSync(join(at, name), await exportCar(blocks, roots))
}

describe('a CAR of several receipts', () => {
  test('of which all are true', async () => {
    await writeCar('true.car', receipts)
    const { code, json } = await ipvmJson<Summary>(['verify', 'true.car'], { cwd })
    expect(json).toEqual({
      counts: { claims: 4, reproduced: 4, refuted: 0, undecided: {}, faults: {} },
      refuted: [],
      undecided: [],
      faults: [],
    })
    expect(code).toBe(0)
    const { stdout } = await ipvm(['verify', 'true.car'], { cwd })
    expect(stdout).toBe(
      [
        'receipts            4',
        'reproduced          4',
        'refuted             0',
        'undecided           0',
        'faults              0',
        '',
      ].join('\n'),
    )
  })

  test('of which each comes to something else', async () => {
    const [first, second] = receipts as [CID, CID]
    const [lied, costly] = [await lie(1), await dear(2)]
    const missing = linkOf(Uint8Array.of(1))
    const bytes = await exportCar(blocks, [first, lied, costly, second])
    // The archive names a root that it does not have.
    const { roots } = await importCar(createMemoryStore(), bytes)
    expect(roots).toHaveLength(4)
    const car = await exportCar(blocks, [first, lied, costly, missing], { cids: await allOf([first, lied, costly]) })
    writeFileSync(join(cwd, 'mixed.car'), car)
    const { code, json } = await ipvmJson<Summary>(['verify', 'mixed.car', '--max-gas', '1e10'], { cwd })
    expect(code).toBe(1)
    expect(json.counts).toEqual({
      claims: 4,
      reproduced: 1,
      refuted: 1,
      undecided: { gas: 1 },
      faults: { 'block-missing': 1 },
    })
    expect(json.refuted).toEqual([
      {
        receipt: lied,
        from: 'mixed.car',
        fields: ['out.ok[0]'],
        message: 'Refuted: out.ok[0] is claimed to be 1000; running the task again gave 4.',
      },
    ])
    expect(json.undecided).toMatchObject([{ receipt: costly, reason: 'gas', fields: ['meta.gasUsed'] }])
    expect(json.faults).toMatchObject([{ receipt: missing, code: 'block-missing' }])
  })

  test('is told to people with those that are not true, and a table', async () => {
    const { stdout, code } = await ipvm(['verify', 'mixed.car', '--max-gas', '1e10'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain(`${await lie(1)} in mixed.car\n  Refuted: out.ok[0] is claimed to be 1000;`)
    expect(stdout).toMatch(
      /receipts {12}4\nreproduced {10}1\nrefuted {13}1\nundecided {11}1\n {2}gas {15}1\nfaults {14}1\n {2}block-missing {5}1\n$/,
    )
  })

  test('may be read from standard input', async () => {
    const { code, json } = await ipvmProcessJson<Summary>(['verify', '-'], {
      cwd,
      input: bytesOf(join(cwd, 'true.car')),
    })
    expect([code, json.counts]).toEqual([0, expect.objectContaining({ reproduced: 4 })])
  })

  test('is held in memory within bounds', async () => {
    const { code, json } = await ipvmJson(['verify', 'true.car', '--max-blocks', '5'], { cwd })
    expect([code, json]).toEqual([2, { fault: expect.objectContaining({ code: 'too-large' }) }])
    expect((await ipvm(['verify', 'true.car', '--max-blocks', '0'], { cwd })).code).toBe(64)
  })

  test('that names none is no archive of receipts', async () => {
    writeFileSync(join(cwd, 'none.car'), await exportCar(blocks, []))
    const { code, json } = await ipvmJson(['verify', 'none.car'], { cwd })
    expect([code, json]).toMatchObject([2, { fault: { code: 'bad-car', message: expect.stringContaining('no root') } }])
  })
})

describe('a folder', () => {
  test('has the receipts of its CARs; a damaged one ends none of the others', async () => {
    const at = folder()
    await writeCar('b.car', [receipts[0]!], at)
    await writeCar('a.car', [await lie(0), receipts[1]!], at)
    writeFileSync(join(at, 'd.car'), 'no archive')
    writeFileSync(join(at, 'notes.txt'), 'nothing')
    mkdirSync(join(at, 'c.car'))
    const { code, json } = await ipvmJson<Summary>(['verify', at], { cwd })
    expect(code).toBe(1)
    expect(json.counts).toEqual({
      claims: 5,
      reproduced: 2,
      refuted: 1,
      undecided: {},
      faults: { 'bad-car': 1, 'store-failed': 1 },
    })
    expect(json.refuted.map(({ from }) => from)).toEqual([join(at, 'a.car')])
    expect(json.faults.map(({ from, code, receipt }) => [from, code, receipt])).toEqual([
      [join(at, 'c.car'), 'store-failed', undefined],
      [join(at, 'd.car'), 'bad-car', undefined],
    ])
  })

  test('without a CAR is wrong usage', async () => {
    const at = folder({ 'notes.txt': '' })
    expect(await ipvm(['verify', at], { cwd })).toMatchObject({
      code: 64,
      stderr: `error: ${at} is a folder without a file that ends in .car\n`,
    })
  })

  test('of one receipt has a table, too', async () => {
    const at = folder()
    await writeCar('a.car', [receipts[0]!], at)
    expect((await ipvmJson<Summary>(['verify', at], { cwd })).json.counts).toMatchObject({ claims: 1, reproduced: 1 })
  })
})

describe('several words', () => {
  test('CIDs, CARs and folders', async () => {
    const at = folder()
    await writeCar('a.car', [receipts[2]!], at)
    await writeCar('pair.car', [receipts[0]!, receipts[3]!])
    const { code, json } = await ipvmJson<Summary>(['verify', receipts[1]!.toString(), at, 'pair.car'], { cwd })
    expect([code, json.counts]).toMatchObject([0, { claims: 4, reproduced: 4 }])
  })

  test('all of them are looked for before anything is verified', async () => {
    expect(await ipvm(['verify', receipts[1]!.toString(), 'nothere.car'], { cwd })).toMatchObject({
      code: 64,
      stdout: '',
      stderr: 'error: cannot read nothere.car: there is no such file\n',
    })
  })

  test('what is expected is expected of each', async () => {
    const words = ['verify', ...receipts.map(String), '--expect-task', receipts[0]!.toString()]
    const { code, json } = await ipvmJson<Summary>(words, { cwd })
    expect([code, json.counts]).toMatchObject([3, { undecided: { task: 4 } }])
  })
})

describe('the exit code is that of the worst receipt', () => {
  const codeOf = async (words: readonly string[]): Promise<number | null> =>
    (await ipvm(['verify', ...words, '--max-gas', '1e10'], { cwd })).code
  test('true, undecided, fault, refuted', async () => {
    await writeCar('costly.car', [await dear(0)])
    await writeCar('lie.car', [await lie(0)])
    const fine = receipts[0]!.toString()
    const nowhere = linkOf(Uint8Array.of(2)).toString()
    expect(await codeOf([fine, fine])).toBe(0)
    expect(await codeOf([fine, 'costly.car'])).toBe(3)
    expect(await codeOf(['costly.car', nowhere, fine])).toBe(2)
    expect(await codeOf(['costly.car', nowhere, 'lie.car', fine])).toBe(1)
  })
})

test('people are shown 20 faults, and how many more there are', async () => {
  const nowhere = Array.from({ length: 23 }, (_, i) => linkOf(Uint8Array.of(i, 1)).toString())
  const { stdout } = await ipvm(['verify', ...nowhere], { cwd })
  expect(stdout.split('\n').filter(line => nowhere.slice(0, 20).includes(line))).toHaveLength(20)
  expect(stdout).toContain('… and 3 more: --json lists all of them\n')
  expect(stdout).toContain('\n  block-missing     23\n')
})

test('processes run side by side, as many as were asked for', async () => {
  const { code, stdout } = await ipvmProcess(['verify', 'true.car', '--jobs', '2'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toContain('reproduced          4\n')
  for (const jobs of ['0', '1.5', 'all', '1025'])
    expect((await ipvm(['verify', 'true.car', '--jobs', jobs], { cwd })).stderr).toContain('--jobs is a whole number')
})

test('on a terminal a line tells how far it is, and goes away', async () => {
  const at = folder({ 'numbers.wasm': NUMBERS })
  await ipvmJson(['run', 'numbers.wasm', 'forever', '--gas', '9_000_000', '--out', 'r.car'], { cwd: at })
  const store = createMemoryStore()
  const { roots } = await importCar(store, bytesOf(join(at, 'r.car')))
  const [bytes] = store.get(roots[0]!) as Iterable<Uint8Array>
  const { meta, ...rest } = decodeReceipt(bytes!)
  const endless = encodeReceipt({
    ...rest,
    meta: { ...meta, gasUsed: 10n ** 12n, limits: { gas: 10n ** 12n, pages: 1 } },
  })
  await store.put(endless.cid, endless.bytes)
  writeFileSync(join(at, 'r.car'), await exportCar(store, [roots[0]!, endless.cid]))
  const { stderr, stdout } = await ipvm(['verify', 'r.car', '--timeout', '3'], { cwd: at, terminal: true })
  expect(stderr).toMatch(/\r\u001b\[Kverified 1 receipt … \d s/)
  expect(stderr.endsWith('\r\u001b[K')).toBe(true)
  expect(stdout).toMatch(/timeout/)
})

describe('a command that ends early tells what it has verified', () => {
  /** A CAR with a true receipt and one whose run does not end within any time, and a folder with it. */
  async function endless(): Promise<string> {
    const at = folder({ 'numbers.wasm': NUMBERS })
    await ipvmJson(['run', 'numbers.wasm', 'forever', '--gas', '9_000_000', '--out', 'r.car'], { cwd: at })
    const store = createMemoryStore()
    const { roots } = await importCar(store, bytesOf(join(at, 'r.car')))
    const [bytes] = store.get(roots[0]!) as Iterable<Uint8Array>
    const { meta, ...rest } = decodeReceipt(bytes!)
    const limits = { gas: 2n ** 61n, pages: 1 }
    const claim = encodeReceipt({ ...rest, meta: { ...meta, gasUsed: limits.gas, limits } })
    await store.put(claim.cid, claim.bytes)
    mkdirSync(join(at, 'claims'))
    writeFileSync(join(at, 'claims', 'a.car'), await exportCar(store, [roots[0]!, claim.cid]))
    writeFileSync(join(at, 'claims', 'b.car'), await exportCar(store, [claim.cid]))
    return at
  }
  const bounds = ['--max-gas', '4e18', '--jobs', '1']

  test('after the time for all of them', async () => {
    const at = await endless()
    const { code, json } = await ipvmJson<Summary & { ended: object }>(
      ['verify', 'claims/a.car', ...bounds, '--total-timeout', '4'],
      { cwd: at },
    )
    expect(json).toMatchObject({
      counts: { claims: 1, reproduced: 1, faults: {} },
      ended: { reason: 'timeout', left: 1, unread: false },
    })
    expect(code).toBe(2)
  })

  test('as a table for people, with what was not read', async () => {
    const at = await endless()
    const words = ['verify', 'claims', ...bounds, '--total-timeout', '4']
    const { code, stdout, stderr } = await ipvm(words, { cwd: at })
    expect(stdout).toMatch(/^receipts {12}1\nreproduced {10}1\n[^]*\nwithout a result {4}\d\n$/)
    expect(stderr).toContain('The time for all of them has passed (--total-timeout).')
    expect(code).toBe(2)
  })

  test('one receipt alone ends in the fault timeout', async () => {
    const at = await endless()
    const { code, json } = await ipvmJson(['verify', 'claims/b.car', ...bounds, '--total-timeout', '1.5'], { cwd: at })
    expect([code, json]).toMatchObject([2, { fault: { code: 'timeout' } }])
    expect((await ipvm(['verify', 'claims/b.car', '--total-timeout', 'soon'], { cwd: at })).stderr).toContain(
      '--total-timeout is a number of seconds',
    )
  })

  test.each([[[]], [['--json']]])(
    'after Ctrl-C, and the exit code is 130: %j',
    async more => {
      const at = await endless()
      const { code, stdout } = await ipvmProcess(['verify', 'claims/a.car', ...bounds, ...more], {
        cwd: at,
        interruptAt: 'verified 1 receipt',
        terminal: true,
        env: { NO_COLOR: '1' },
      })
      expect(code).toBe(130)
      if (more.length === 0) expect(stdout).toMatch(/receipts {12}1\nreproduced {10}1\n[^]*without a result {4}1\n/)
      else
        expect(stdout).toMatch(
          /^\{"counts":\{"claims":1,.*"ended":\{"left":1,"reason":"interrupted","unread":false\}.*\n$/,
        )
    },
    30_000,
  )
})

test('export writes a CAR of several CIDs', async () => {
  const words = ['export', ...receipts.slice(0, 2).map(String), '-o', 'exported.car']
  const { json } = await ipvmJson(words, { cwd })
  expect(json).toMatchObject({ cids: receipts.slice(0, 2), file: 'exported.car' })
  const elsewhere = { cwd: folder() }
  const verified = await ipvmJson<Summary>(['verify', join(cwd, 'exported.car')], elsewhere)
  expect(verified.json.counts).toMatchObject({ claims: 2, reproduced: 2 })
})

/** The CIDs of all blocks that receipts lead to. */
async function allOf(roots: readonly CID[]): Promise<CID[]> {
  const store = createMemoryStore()
  await importCar(store, await exportCar(blocks, roots))
  return [...store.blocks()].map(({ cid }) => cid)
}
