/** Golden values only change in named fields and with a reason. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bless, REASONS, type Blessed } from '../../scripts/bless/bless.ts'
import { compareRows, isNamed } from '../../scripts/bless/compare.ts'

interface Row {
  readonly cid: string
  readonly receipt: { readonly meta: Readonly<Record<string, unknown>>; readonly out: unknown }
}

const receipt = (cid: string, gasUsed: number, profile: string, out: unknown = { ok: [42] }): Row => ({
  cid,
  receipt: { meta: { gasUsed, profile: { '/': profile }, limits: { gas: 10, pages: 1 } }, out },
})

const OLD = {
  receipts: {
    'a number': receipt('bafy1', 100, 'bafyP'),
    'a trap': receipt('bafy2', 200, 'bafyP', { error: { kind: 'trap', code: 'abort' } }),
  },
  'program-gas': { 'sum 0': '1000', 'sum 1': '2000' },
}
type Files = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Replaces golden values by `found` in new folders. Returns the result and the new contents. */
function tried(
  found: Files,
  fields: string,
  { allowNew = false, old = OLD as Files } = {},
): Blessed & { readonly now: (file: string) => unknown; readonly reasons: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-bless-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, files] of Object.entries({ golden: old, found })) {
    mkdirSync(join(folder, name))
    for (const [file, rows] of Object.entries(files))
      writeFileSync(join(folder, name, `${file}.json`), JSON.stringify(rows))
  }
  const golden = join(folder, 'golden')
  const blessed = bless({
    golden,
    found: join(folder, 'found'),
    fields: fields.split(','),
    reason: 'calls cost less',
    allowNew,
  })
  const now = (file: string): unknown => JSON.parse(readFileSync(join(golden, `${file}.json`), 'utf8'))
  return {
    ...blessed,
    now,
    reasons: existsSync(join(golden, REASONS)) ? readFileSync(join(golden, REASONS), 'utf8') : '',
  }
}

/** Other gas everywhere, and another profile. */
const CHEAPER: Files = {
  receipts: {
    'a number': receipt('bafy3', 90, 'bafyQ'),
    'a trap': receipt('bafy4', 150, 'bafyQ', { error: { kind: 'trap', code: 'abort' } }),
  },
  'program-gas': { 'sum 0': '900', 'sum 1': '2000' },
}

describe('named fields may change', () => {
  test('and all new values are written, with the reason', () => {
    const { ok, lines, now, reasons } = tried(CHEAPER, 'meta.profile,meta.gasUsed,program-gas')
    expect(ok).toBe(true)
    expect(now('receipts')).toEqual(CHEAPER['receipts'])
    expect(now('program-gas')).toEqual(CHEAPER['program-gas'])
    expect(reasons).toContain(
      '- calls cost less (program-gas: program-gas in 1; receipts: cid in 2, meta.gasUsed in 2, meta.profile in 2)\n',
    )
    expect(lines).toEqual([
      'program-gas: 2 rows',
      '  program-gas: 1 row',
      '    sum 0: "1000" → "900"',
      'receipts: 2 rows',
      '  cid: 2 rows',
      '    a number: "bafy1" → "bafy3"',
      '    a trap: "bafy2" → "bafy4"',
      '  meta.gasUsed: 2 rows, by -50 to -10',
      '    a number: 100 → 90',
      '    a trap: 200 → 150',
      '  meta.profile: 2 rows, each',
      '    a number: bafyP → bafyQ',
      '',
      `Written: program-gas.json, receipts.json, and the reason to ${REASONS}. Commit them together.`,
    ])
  })

  test('a name includes everything below it', () => {
    expect(tried(CHEAPER, 'meta,program-gas').ok).toBe(true)
    expect([
      isNamed('out.ok[0]', ['out']),
      isNamed('out.ok[0]', ['out.ok']),
      isNamed('out.okay', ['out.ok']),
      isNamed('meta', ['meta.gasUsed']),
    ]).toEqual([true, true, false, false])
  })

  test('for hundreds of rows the report has the count, the range and the first ones', () => {
    const many = (of: (i: number) => number): Files => ({
      gas: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`row ${i}`, String(of(i))])),
    })
    const { lines } = tried(
      many(i => 2 * i + 1),
      'gas',
      { old: many(i => i) },
    )
    expect(lines.slice(0, 6)).toEqual([
      'gas: 300 rows',
      '  gas: 300 rows, by +1 to +300',
      '    row 0: "0" → "1"',
      '    row 1: "1" → "3"',
      '    row 2: "2" → "5"',
      '    … and 297 more',
    ])
  })

  test('without changes nothing is written', () => {
    const { ok, lines, reasons } = tried(OLD, 'meta.gasUsed')
    expect([ok, lines.at(-1), reasons]).toEqual([true, 'Nothing changed, nothing was written.', ''])
  })
})

describe('other changes are refused, and nothing is written', () => {
  const { receipts, 'program-gas': gas } = CHEAPER
  test.each<[title: string, found: Files, fields: string, objection: string]>([
    [
      'a field that is not named',
      CHEAPER,
      'meta.profile,program-gas',
      'receipts: meta.gasUsed changed in 2 rows, and is not named',
    ],
    ['a file of plain values', CHEAPER, 'meta', 'program-gas: program-gas changed in 1 row, and is not named'],
    [
      'another outcome',
      { ...CHEAPER, receipts: { ...receipts, 'a number': receipt('bafy5', 90, 'bafyQ', { ok: [43] }) } },
      'meta,program-gas',
      'receipts: out.ok[0] changed in 1 row, and is not named',
    ],
    [
      'another kind of outcome',
      { ...CHEAPER, receipts: { ...receipts, 'a number': receipt('bafy5', 90, 'bafyQ', { error: { kind: 'trap' } }) } },
      'meta,out.ok,program-gas',
      'receipts: out.error.kind changed in 1 row, and is not named',
    ],
    [
      'a missing row',
      { ...CHEAPER, 'program-gas': { 'sum 0': '900' } },
      'meta,program-gas',
      'program-gas: the row "sum 1" is gone',
    ],
    ['a missing file', { 'program-gas': gas! }, 'meta,program-gas', 'receipts: the row "a number" is gone'],
    [
      'a new row',
      { ...CHEAPER, 'program-gas': { ...gas, 'sum 2': '3' } },
      'meta,program-gas',
      'program-gas: the row "sum 2" is new, and --allow-new is not given',
    ],
    [
      'a CID that changed without other fields',
      { ...OLD, receipts: { ...OLD.receipts, 'a trap': { ...OLD.receipts['a trap'], cid: 'bafy9' } } },
      'meta',
      'receipts: cid changed in 1 row, and is not named',
    ],
  ])('%s', (_, found, fields, objection) => {
    const { ok, lines, now, reasons } = tried(found, fields)
    expect(ok).toBe(false)
    expect(lines).toContain('Refused, nothing was written:')
    expect(lines).toContain(`  ${objection}`)
    expect([now('receipts'), now('program-gas'), reasons]).toEqual([OLD.receipts, OLD['program-gas'], ''])
  })

  test('a new row may be allowed, and does not allow other changes', () => {
    const found = { ...OLD, 'program-gas': { ...OLD['program-gas'], 'sum 2': '3' } }
    const { ok, now, reasons } = tried(found, 'none', { allowNew: true })
    expect([ok, now('program-gas'), reasons.includes('(program-gas: 1 new)')]).toEqual([
      true,
      found['program-gas'],
      true,
    ])
    expect(tried({ ...CHEAPER, 'program-gas': found['program-gas'] }, 'none', { allowNew: true }).ok).toBe(false)
  })
})

test('links and bytes are values, empty lists and maps too', () => {
  const { changes } = compareRows(
    'f',
    { a: { out: { ok: { '/': { bytes: 'AA' } } }, list: [], map: { x: 1 } } },
    { a: { out: { ok: { '/': { bytes: 'AB' } } }, list: [1], map: {} } },
  )
  expect(changes.map(({ field }) => field)).toEqual(['out.ok', 'list', 'map.x', 'list[0]', 'map'])
})

test.each([[], ['--fields', 'meta'], ['--reason', 'why'], ['--fields', 'meta', '--reason', ' '], ['--what']])(
  'without fields or a reason the usage is printed: case %#',
  (...words) => {
    const script = fileURLToPath(new URL('../../scripts/bless/run.ts', import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, ...words], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([64, expect.stringContaining('npm run bless -- --fields')])
  },
)
