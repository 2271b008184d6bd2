import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportCar, importCar } from '../../src/content/car.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { Receipt } from '../../src/interface.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { bytesOf, folder, ipvm, ipvmJson, NUMBERS, program, STATIONS } from './support.ts'
import { CID } from 'multiformats/cid'

interface Verdict {
  readonly verdict: string
  readonly mismatches: readonly { readonly field: string; readonly claimed: unknown; readonly reproduced: unknown }[]
}

/** Runs a call, writes its receipt to `receipt.car`, and returns its CIDs. */
async function ran(cwd: string, words: readonly string[]): Promise<{ receipt: CID; task: CID }> {
  return (await ipvmJson<{ receipt: CID; task: CID }>(['run', ...words, '--out', 'receipt.car'], { cwd })).json
}

/** Writes `forged.car`: the receipt of `receipt.car` with something altered. */
async function forge(cwd: string, cid: CID, alter: (receipt: Receipt) => Receipt): Promise<void> {
  const store = createMemoryStore()
  await importCar(store, bytesOf(join(cwd, 'receipt.car')))
  const block = [...store.blocks()].find(known => known.cid.equals(cid))
  const forged = encodeReceipt(alter(decodeReceipt(block!.bytes)))
  await store.put(forged.cid, forged.bytes)
  writeFileSync(join(cwd, 'forged.car'), await exportCar(store, [forged.cid]))
}

/** A folder with the receipt of 1 + 2, for tests that alter copies of it. */
let sum: { readonly cwd: string; readonly receipt: CID; readonly task: CID }
beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'ipvm-cli-'))
  writeFileSync(join(cwd, 'numbers.wasm'), NUMBERS)
  sum = { cwd, ...(await ran(cwd, ['numbers.wasm', 'add', '1', '2'])) }
  return () => rmSync(cwd, { recursive: true, force: true })
})

const withMeta =
  (meta: Partial<Receipt['meta']>) =>
  (receipt: Receipt): Receipt => ({ ...receipt, meta: { ...receipt.meta, ...meta } })

test('a receipt in a CAR is reproduced without a store', async () => {
  const [cwd, elsewhere] = [folder(), folder()]
  await ran(cwd, [program('json'), 'minify', `@${STATIONS}`])
  const { code, json } = await ipvmJson<Verdict>(['verify', join(cwd, 'receipt.car')], { cwd: elsewhere })
  expect(code).toBe(0)
  expect(json).toEqual({ verdict: 'reproduced', mismatches: [], claimed: { ok: expect.any(CID) } })
  expect(existsSync(join(elsewhere, '.ipvm-wasm'))).toBe(false)
})

test.each([
  ['a result', ['add', '1', '2'], 'result    3'],
  ['a trap', ['trap'], 'outcome   Trapped: it executed unreachable.'],
  ['a rejection', ['nosuch'], 'outcome   Rejected: the module exports no function "nosuch".'],
  ['gas that ran out', ['forever', '--gas', '9_000_000'], 'outcome   Trapped: its gas ran out'],
])('%s is reproduced from the store, and the claim is shown', async (_, words, outcome) => {
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  const { receipt } = await ran(cwd, ['numbers.wasm', ...words])
  const { code, stdout } = await ipvm(['verify', receipt.toString()], { cwd })
  expect(stdout).toContain(`Reproduced: running the task again gave this very receipt.\n${outcome}`)
  expect(code).toBe(0)
})

describe('a receipt with one field altered is refuted', () => {
  test.each([
    ['more gas', 'meta.gasUsed', (r: Receipt) => withMeta({ gasUsed: r.meta.gasUsed + 1n })(r)],
    ['less gas', 'meta.gasUsed', (r: Receipt) => withMeta({ gasUsed: r.meta.gasUsed - 1n })(r)],
    ['pages', 'meta.peakPages', withMeta({ peakPages: 7 })],
    ['a refusal', 'meta.growRefused', withMeta({ growRefused: true })],
    ['logs', 'meta.logs', withMeta({ logs: Uint8Array.of(1) })],
    ['the result', 'out.ok[0]', (r: Receipt): Receipt => ({ ...r, out: { ok: [4n] } })],
    ['the outcome', 'out', (r: Receipt): Receipt => ({ ...r, out: { error: { kind: 'trap', code: 'unreachable' } } })],
  ])('%s', async (_, field, alter) => {
    const { cwd, receipt } = sum
    await forge(cwd, receipt, alter)
    const { code, json } = await ipvmJson<Verdict>(['verify', 'forged.car'], { cwd })
    expect(code).toBe(1)
    expect(json.verdict).toBe('refuted')
    expect(json.mismatches.map(found => found.field)).toEqual([field])
  })

  test('the report names the field', async () => {
    const { cwd, receipt } = sum
    await forge(cwd, receipt, withMeta({ peakPages: 7 }))
    const { code, stdout } = await ipvm(['verify', 'forged.car'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain(
      'Refuted: meta.peakPages is claimed to be 7; running the task again gave 0.\nclaimed   3\n',
    )
  })
})

describe('a claim outside of the expectation is undecided', () => {
  test('task, profile, gas', async () => {
    const { cwd, receipt, task } = sum
    const fields = async (words: readonly string[]): Promise<unknown> => {
      const { code, json } = await ipvmJson<Verdict>(['verify', receipt.toString(), ...words], { cwd })
      return [code, json.verdict, ...json.mismatches.map(({ field }) => field)]
    }
    expect(await fields(['--expect-task', receipt.toString()])).toEqual([3, 'undecided', 'ran'])
    expect(await fields(['--expect-task', task.toString()])).toEqual([0, 'reproduced'])
    expect(await fields(['--profile', receipt.toString()])).toEqual([3, 'undecided', 'meta.profile'])
    expect(await fields(['--profile', 'ipvm-wasm/1-draft'])).toEqual([0, 'reproduced'])
    expect(await fields(['--max-gas', '1000'])).toEqual([3, 'undecided', 'meta.gasUsed'])
  })

  test('an unknown profile', async () => {
    const { cwd, receipt } = sum
    await forge(cwd, receipt, r => withMeta({ profile: r.ran })(r))
    const { code, stdout } = await ipvm(['verify', 'forged.car'], { cwd })
    expect(code).toBe(3)
    expect(stdout).toMatch(/^Undecided: the receipt is under a profile that is not expected or not trusted here/)
  })
})

describe('faults', () => {
  test('a receipt whose module is missing', async () => {
    const { cwd, receipt } = sum
    const store = createMemoryStore()
    await importCar(store, bytesOf(join(cwd, 'receipt.car')))
    writeFileSync(join(cwd, 'bare.car'), await exportCar(store, [receipt], { cids: [receipt] }))
    const { code, json } = await ipvmJson(['verify', 'bare.car'], { cwd })
    expect(code).toBe(2)
    expect(json).toMatchObject({ fault: { code: 'block-missing', whose: 'network' } })
  })

  test('an archive with altered bytes', async () => {
    const { cwd } = sum
    const car = bytesOf(join(cwd, 'receipt.car'))
    car[car.length - 1]! ^= 1
    writeFileSync(join(cwd, 'damaged.car'), car)
    const { code, json } = await ipvmJson(['verify', 'damaged.car'], { cwd })
    expect(code).toBe(2)
    expect(json).toMatchObject({ fault: { code: 'hash-mismatch', whose: 'network' } })
  })

  test('a file that is not an archive, and a block that is not a receipt', async () => {
    const { cwd, task } = sum
    expect((await ipvmJson(['verify', 'numbers.wasm'], { cwd })).json).toMatchObject({ fault: { code: 'bad-car' } })
    const { code, json } = await ipvmJson(['verify', task.toString()], { cwd })
    expect(code).toBe(2)
    expect(json).toMatchObject({ fault: { code: 'bad-receipt', whose: 'requestor' } })
  })
})

test('--out writes everything that verification needs, and import and export move it between stores', async () => {
  const [one, two] = [folder(), folder()]
  const { receipt } = await ran(one, [program('json'), 'minify', `@${STATIONS}`])
  const imported = await ipvmJson(['import', join(one, 'receipt.car')], { cwd: two })
  // Receipt, task, module, input, profile and result.
  expect(imported.json).toEqual({ roots: [receipt], blocks: 6 })
  expect((await ipvm(['verify', receipt.toString()], { cwd: two })).code).toBe(0)
  const exported = await ipvmJson(['export', receipt.toString(), '-o', 'again.car'], { cwd: two })
  expect(exported.json).toMatchObject({ cid: receipt, file: 'again.car', blocks: 6 })
  expect(bytesOf(join(two, 'again.car'))).toEqual(bytesOf(join(one, 'receipt.car')))
  expect(readdirSync(two).sort()).toEqual(['.ipvm-wasm', 'again.car'])
})

describe('bounds on a claim', () => {
  test('more pages than --max-pages is undecided; the default is 16 384', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const { receipt } = await ran(cwd, ['numbers.wasm', 'add', '1', '2', '--pages', '16_385'])
    for (const [words, code] of [
      [[], 3],
      [['--max-pages', '16385'], 0],
      [['--max-pages', 'many'], 64],
    ] as const) {
      expect((await ipvm(['verify', receipt.toString(), ...words], { cwd })).code).toBe(code)
    }
    const { json } = await ipvmJson<Verdict>(['verify', 'receipt.car'], { cwd })
    expect(json).toMatchObject({
      verdict: 'undecided',
      mismatches: [{ field: 'meta.limits.pages', claimed: 16_385, reproduced: 16_384 }],
    })
  })

  test('more time than --timeout is a fault', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const { receipt } = await ran(cwd, ['numbers.wasm', 'forever', '--gas', '9_000_000'])
    await forge(cwd, receipt, r => ({
      ...r,
      meta: { ...r.meta, gasUsed: 5n * 10n ** 12n, limits: { gas: 5n * 10n ** 12n, pages: 1 } },
    }))
    // Without a bound on time it would take hours.
    const { code, json } = await ipvmJson(['verify', 'forged.car', '--timeout', '1'], { cwd })
    expect([code, json]).toEqual([2, { fault: expect.objectContaining({ code: 'timeout', whose: 'runner' }) }])
    expect((await ipvm(['verify', 'forged.car', '--timeout', '0'], { cwd })).code).toBe(64)
  })
})
