/** `run` answers from receipts of earlier runs, and reports this. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folder, ipvm, ipvmJson, NUMBERS, type CallOptions } from './support.ts'

const NOTE = 'This task has run here before, and its receipt answers it. --no-memo runs it again.\n'

/** Options of calls that share a cache of their own, and the folder of its receipts. */
function place(): CallOptions & { readonly receipts: string } {
  const cache = mkdtempSync(join(tmpdir(), 'ipvm-cli-memo-'))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  const cwd = folder({ 'numbers.wasm': NUMBERS })
  return { cwd, env: { IPVM_WASM_CACHE: cache }, receipts: join(cache, 'receipts') }
}

const ADD = ['run', 'numbers.wasm', 'add', '2', '40']

/** The notes of a call. A slow host also says what it is doing. */
const notesOf = ({ stderr }: { readonly stderr: string }): string => stderr.replaceAll(/^.* …\n/gm, '')

test('the second call is answered, with the same output and a note on stderr', async () => {
  const options = place()
  const first = await ipvm(ADD, options)
  const second = await ipvm(ADD, options)
  expect([first.code, notesOf(first), notesOf(second)]).toEqual([0, '', NOTE])
  expect([second.code, second.stdout]).toEqual([first.code, first.stdout])
  expect(statSync(options.receipts).mode & 0o777).toBe(0o700)
})

test('under other limits the receipt states those', async () => {
  const options = place()
  await ipvm(ADD, options)
  const asked = await ipvmJson<{ meta: { limits: object } }>([...ADD, '--gas', '1e10', '--pages', '3'], options)
  expect([asked.json.meta.limits, notesOf(asked)]).toEqual([{ gas: 1e10, pages: 3 }, NOTE])
  const poor = await ipvm([...ADD, '--gas', '10'], options)
  expect([poor.code, poor.stderr.includes(NOTE)]).toEqual([1, true])
})

test('--json says nothing of it on stdout', async () => {
  const options = place()
  const first = await ipvmJson(ADD, options)
  const second = await ipvmJson(ADD, options)
  expect([second.stdout, notesOf(first), notesOf(second)]).toEqual([first.stdout, '', NOTE])
})

test('a rejection is answered as well, and a trap runs again for its details', async () => {
  const options = place()
  for (const [fun, code, note] of [
    ['missing', 1, true],
    ['trap', 1, false],
  ] as const) {
    await ipvm(['run', 'numbers.wasm', fun], options)
    const again = await ipvm(['run', 'numbers.wasm', fun], options)
    expect([fun, again.code, again.stderr.includes(NOTE)]).toEqual([fun, code, note])
  }
})

test('another store gets all blocks of the answer', async () => {
  const options = place()
  const first = await ipvmJson<{ receipt: unknown }>(ADD, options)
  const elsewhere = { ...options, cwd: folder({ 'numbers.wasm': NUMBERS }) }
  const { json, stderr } = await ipvmJson<{ receipt: { toString(): string } }>([...ADD, '--out', 'r.car'], elsewhere)
  expect([String(json.receipt), stderr.includes(NOTE)]).toEqual([String(first.json.receipt), true])
  expect((await ipvm(['verify', 'r.car'], elsewhere)).code).toBe(0)
})

describe('the task runs again', () => {
  test('with --no-memo, which keeps nothing either', async () => {
    const options = place()
    for (let i = 0; i < 2; i++) expect(notesOf(await ipvm([...ADD, '--no-memo'], options))).toBe('')
    expect(notesOf(await ipvm(ADD, options))).toBe('')
  })

  test('without a cache', async () => {
    const options = { ...place(), env: { IPVM_WASM_CACHE: '' } }
    for (let i = 0; i < 2; i++) expect(notesOf(await ipvm(ADD, options))).toBe('')
  })

  test('if others may access the folder', async () => {
    const options = place()
    await ipvm(ADD, options)
    chmodSync(options.receipts, 0o755)
    expect(notesOf(await ipvm(ADD, options))).toBe('')
  })

  test('if the entry is damaged', async () => {
    const options = place()
    await ipvm(ADD, options)
    const [name] = readdirSync(join(options.receipts, 'v1'))
    truncateSync(join(options.receipts, 'v1', name!), 100)
    expect(notesOf(await ipvm(ADD, options))).toBe('')
    expect(notesOf(await ipvm(ADD, options))).toBe(NOTE)
  })
})
