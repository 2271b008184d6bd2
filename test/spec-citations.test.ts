/** The numbered MUSTs of docs/spec, and the tests that cite them: `describe('… (GAS-3)')`. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { withTables } from '../scripts/spec-tables.ts'
import { REJECTION_CODES, TRAP_CODES, UNDECIDED_REASONS } from '../src/receipt/codes.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SPECS = {
  gas: 'GAS',
  profile: 'PROFILE',
  receipt: 'RECEIPT',
  wasi: 'WASI',
  task: 'TASK',
  envelope: 'ENV',
  workflow: 'WF',
  gateway: 'SERVE',
  farm: 'FARM',
} as const
const ID = /\b(?:GAS|PROFILE|RECEIPT|WASI|TASK|ENV|WF|SERVE|FARM)-\d+\b/g

const specs = Object.entries(SPECS).map(([name, prefix]) => {
  const text = readFileSync(`${ROOT}docs/spec/${name}.md`, 'utf8')
  return { name, prefix, text, ids: [...text.matchAll(/^\*\*([A-Z]+-\d+)\*\* /gm)].map(match => match[1]!) }
})
const defined = new Set(specs.flatMap(({ ids }) => ids))

/** Where each id is named in the TypeScript of some folders. */
function citations(folders: readonly string[]): Map<string, string[]> {
  const cited = new Map<string, string[]>()
  for (const folder of folders) {
    for (const file of readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.ts'),
    )) {
      for (const [id] of readFileSync(`${ROOT}${folder}/${file}`, 'utf8').matchAll(ID))
        cited.set(id, [...(cited.get(id) ?? []), `${folder}/${file}`])
    }
  }
  return cited
}

describe.each(specs)('$name.md', ({ name, prefix, text, ids }) => {
  test('its ids count up from 1 without gaps', () => {
    expect(ids.length).toBeGreaterThan(5)
    expect(ids).toEqual(ids.map((_, i) => `${prefix}-${i + 1}`))
  })

  test('every paragraph with an id says MUST', () => {
    const paragraphs = text.split(/\n\n+/).filter(paragraph => /^\*\*[A-Z]+-\d+\*\*/.test(paragraph))
    expect(paragraphs.filter(paragraph => !/\bMUST\b/.test(paragraph))).toEqual([])
  })

  test('ids that it cites exist', () => {
    expect([...text.matchAll(ID)].map(([id]) => id).filter(id => !defined.has(id))).toEqual([])
  })

  test('its tables are current: npm run docs', () => expect(withTables(text), name).toBe(text))
})

test('ids that tests and sources cite exist, and each is cited by a test', () => {
  const unknown = [...citations(['test', 'src', 'wasm-fixtures'])].filter(([id]) => !defined.has(id))
  expect(unknown).toEqual([])
  const cited = citations(['test'])
  expect([...defined].filter(id => !cited.has(id))).toEqual([])
})

test.each([
  ['rejection', REJECTION_CODES],
  ['trap', TRAP_CODES],
  ['undecided', UNDECIDED_REASONS],
])('receipt.md lists the %s codes', (_, codes) => {
  const { text } = specs.find(({ name }) => name === 'receipt')!
  expect(codes.filter(code => !text.includes(`| \`${code}\` |`))).toEqual([])
})

test('a generated region without a table is an error', () => {
  expect(() => withTables('<!-- generated: nothing -->\n<!-- end -->')).toThrow('no table nothing')
  expect(() => withTables('<!-- generated: limits -->\n')).toThrow('1 generated regions begin and 0 end')
  expect(withTables('<!-- generated: features -->\nold\n<!-- end -->')).toContain('- `tail-calls`')
})
