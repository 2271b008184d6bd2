/**
 * `npm run docs`: writes the tables in docs/spec from the data that the code uses. A table is between
 * `<!-- generated: name -->` and `<!-- end -->`. A test checks that all tables are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Limits, PriceClass, Schedule } from '../src/interface-profile.ts'
import { encodeProfile } from '../src/profile/document.ts'
import { PROFILE_1 } from '../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../src/profile/virtual.ts'
import { TABLE, type Range, type Row, type Values } from '../src/host/wasi/table.ts'
import { FOREIGN, PROPOSALS } from '../src/wasm/foreign.ts'
import { INSTRUCTIONS, type Instruction } from '../src/wasm/instructions.ts'

const FOLDER = fileURLToPath(new URL('../docs/spec/', import.meta.url))
const FILES = ['gas.md', 'profile.md', 'wasi.md']
const WIDTH = 116

/** The description of each limit. The order is that of the table. */
const LIMITS: Readonly<Record<keyof Limits, string>> = {
  moduleBytes: 'bytes of the module, custom sections not counted',
  totalBytes: 'bytes of the module, custom sections included',
  types: 'entries of the type section',
  params: 'parameters of one function type',
  results: 'results of one function type',
  imports: 'imports',
  functions: 'functions, imported ones included',
  tables: 'tables',
  tableSlots: 'slots of one table, initially and after any growth',
  globals: 'globals',
  exports: 'exports',
  exportedWords: '8-byte words that exported functions take and give (PROFILE-24)',
  nameBytes: 'bytes of one module, import or export name',
  elementSegments: 'element segments',
  elements: 'references in all element segments together',
  dataSegments: 'data segments',
  bodyBytes: 'bytes of one function body',
  locals: 'locals of one function, parameters included',
  totalLocalWords: '8-byte words of all parameters and all declared locals of all functions',
  treeDepth: 'depth of the expression tree of one body, in levels (PROFILE-10)',
  operandHeight: 'height of the operand stack, in values',
  branchTargets: 'targets of one `br_table`, the default included',
  totalBranchTargets: 'targets of all `br_table`s together',
  keptValues: 'values that all bodies keep together, beyond one for each byte of the code section (PROFILE-23)',
  parameterLoops: 'loops of one function body that take parameters',
  carriedValues: 'values that all bodies carry together (PROFILE-10)',
  stackWords: '8-byte words of all frames that are active at once',
  reentryWords: '8-byte words that a call of the guest by a host function weighs beside its frames (PROFILE-26)',
  logBytes: 'bytes of logs that are kept',
  fileBytes: 'bytes that the files and names that a program makes take at any time (WASI-15)',
  valueBytes:
    'bytes of the byte strings and texts that a call results in, and of those of all its parameters (PROFILE-21)',
  valueDepth: 'levels of lists and maps in a parameter or a result (PROFILE-21)',
  inlineBytes: 'bytes of a result, or of logs, up to which they stand in the receipt itself',
}

const BULK: Readonly<Record<keyof Schedule['bulk'], string>> = {
  memoryFill: '`memory.fill`, per byte',
  memoryCopy: '`memory.copy`, per byte',
  memoryInit: '`memory.init`, per byte',
  tableFill: '`table.fill`, per slot',
  tableCopy: '`table.copy`, per slot',
  tableInit: '`table.init`, per slot',
  memoryGrow: '`memory.grow`, per page that is granted',
  tableGrow: '`table.grow`, per slot that is granted',
}

const INSTANTIATION: Readonly<Record<keyof Schedule['instantiation'], string>> = {
  flat: 'once',
  perByte: 'per byte of the module, custom sections not counted',
  perCustomByte: 'per byte of a custom section, its id and length included',
  perFunction: 'per function body',
  perPage: 'per initial page of the memory',
  perSlot: 'per initial slot of all tables',
  perSegment: 'per active segment',
  perGlobal: 'per global',
  perLocalWord: 'per 8-byte word of parameters and declared locals, over all functions',
  perBranchTarget: 'per target of a `br_table`, defaults included',
  perKeptValue: 'per value that blocks keep (PROFILE-23)',
  perCarriedValue: 'per value that code carries (PROFILE-10)',
  perExportedWord: 'per 8-byte word that exported functions take and give (PROFILE-24)',
}

/** The functions that write the tables, by name. */
const TABLES: Readonly<Record<string, () => string>> = {
  classes,
  prices,
  profile: () =>
    [PROFILE_1, PROFILE_1_VIRTUAL]
      .map(profile => `- \`${profile.id}\`, CID \`${encodeProfile(profile).cid.toString()}\``)
      .join('\n'),
  proposals: () =>
    Object.entries(PROPOSALS)
      .map(([name, url]) => `- \`${name}\`: <${url}>`)
      .join('\n'),
  foreign: () =>
    table(
      ['place', 'codes', 'proposal', 'what'],
      FOREIGN.map(({ place, first, last, proposal, what }) => [
        place,
        first === last ? hex(first) : `${hex(first)} to ${hex(last)}`,
        `\`${proposal}\``,
        what,
      ]),
    ),
  features: () => PROFILE_1.features.map(feature => `- \`${feature}\``).join('\n'),
  grants: () =>
    table(
      ['import', 'type', 'semantics', 'abilities (`may`)', 'price'],
      PROFILE_1.grants.map(({ module, name, type, semantics, may, price }) => [
        `\`${module}.${name}\``,
        `\`${type}\``,
        `\`${semantics}\``,
        may.length === 0 ? 'none' : may.map(ability => `\`${ability}\``).join(', '),
        `${number(price.flat)} + ${number(price.perUnit)} × ${price.unit === undefined ? 'units' : `parameter ${price.unit}`}`,
      ]),
    ),
  limits: () =>
    table(
      ['name', 'limit', 'of what'],
      Object.entries(LIMITS).map(([name, what]) => [
        `\`${name}\``,
        number(PROFILE_1.limits[name as keyof Limits]),
        what,
      ]),
    ),
  wasi: () =>
    table(
      ['function', 'type', 'parameters', 'verdict', 'values', 'reads', 'writes', 'price'],
      TABLE.map(row => [
        `\`${row.name}\``,
        `\`${row.type}\``,
        row.params.length === 0 ? 'none' : row.params.map(param => `\`${param}\``).join(' '),
        row.pure ? 'pure' : 'virtual',
        row.values.map(values => valuesText(row, values)).join(', ') || '',
        rangesText(row, 'read'),
        rangesText(row, 'write'),
        `${number(row.price.flat)} + ${number(row.price.perUnit)} × units`,
      ]),
    ),
  nan: () =>
    fence(list(INSTRUCTIONS.filter(instruction => instruction?.nan !== undefined) as Instruction[], WIDTH).join('\n')),
}

/** The text with all generated regions replaced. Throws if a region has no table of its name, or no end. */
export function withTables(text: string): string {
  const found = text.replaceAll(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const render = TABLES[name]
      if (render === undefined) throw new Error(`no table ${name}`)
      return `${begin}\n${render()}\n\n${end}`
    },
  )
  const [begins, ends] = [/<!-- generated: /g, /<!-- end -->/g].map(mark => [...text.matchAll(mark)].length)
  if (begins !== ends) throw new Error(`${begins} generated regions begin and ${ends} end`)
  return found
}

/** A paragraph for each class of instructions: its name, then its instructions. */
function classes(): string {
  const names = Object.keys(PROFILE_1.schedule.instructions) as PriceClass[]
  const width = Math.max(...names.map(name => name.length)) + 2
  const paragraphs = names.map(name => {
    const members = INSTRUCTIONS.filter(instruction => instruction?.price === name) as Instruction[]
    return list(members, WIDTH - width)
      .map((line, i) => (i === 0 ? name : '').padEnd(width) + line)
      .join('\n')
  })
  return fence(paragraphs.join('\n'))
}

function prices(): string {
  const { instructions, bulk, entry, instantiation, host } = PROFILE_1.schedule
  const rows = [
    ...Object.entries(instructions).map(
      ([name, price]) => [`instructions.${name}`, price, 'per instruction of the class'] as const,
    ),
    ...Object.entries(BULK).map(([name, what]) => [`bulk.${name}`, bulk[name as keyof typeof bulk], what] as const),
    ['entry.flat', entry.flat, 'per entry of a function'] as const,
    ['entry.perUnit', entry.perUnit, 'per 8-byte word of its declared locals'] as const,
    ...Object.entries(INSTANTIATION).map(
      ([name, what]) => [`instantiation.${name}`, instantiation[name as keyof typeof instantiation], what] as const,
    ),
    ['host.flat', host.flat, 'per piece of host work'] as const,
    ['host.perUnit', host.perUnit, 'per byte of host work'] as const,
  ]
  return table(
    ['price', 'gas', 'when'],
    rows.map(([name, price, what]) => [`\`${name}\``, number(price), what]),
  )
}

/** The names of instructions, broken into lines: in full if they fit into one line, else grouped by their prefixes. */
function list(instructions: readonly Instruction[], width: number): string[] {
  const names = [...new Set(instructions.map(({ name }) => name))]
  if (names.join(' ').length <= width) return [names.join(' ')]
  const byPrefix = new Map<string, string[]>()
  for (const name of names) {
    const dot = name.indexOf('.') + 1
    byPrefix.set(name.slice(0, dot), [...(byPrefix.get(name.slice(0, dot)) ?? []), name.slice(dot)])
  }
  return [...byPrefix].flatMap(([prefix, rest]) => lines(prefix, rest, width))
}

function lines(head: string, words: readonly string[], width: number): string[] {
  const indent = ' '.repeat(head.length)
  const result: string[] = []
  let line = head
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      result.push(line)
      line = `${indent} ${word}`
    } else {
      line += line === '' ? word : ` ${word}`
    }
  }
  return [...result, line]
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

function valuesText({ params }: Row, values: Values): string {
  const most = 'below' in values ? String(values.below - 1) : undefined
  const allowed =
    most === undefined ? `bits of 0x${(values as { flags: number | bigint }).flags.toString(16)}` : `to ${most}`
  return `\`${params[values.param]}\` ${allowed}`
}

function rangesText({ params, ranges }: Row, access: Range['access']): string {
  return ranges
    .filter(range => range.access === access)
    .map(({ pointer, bytes, times }) => {
      const size = times === undefined ? `${bytes}` : `${bytes === 1 ? '' : `${bytes} × `}\`${params[times]}\``
      return `\`${params[pointer]}\`: ${size}`
    })
    .join(', ')
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}

/** Writes a number with a space between thousands. */
function number(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}

function main(): void {
  for (const file of FILES) {
    const text = readFileSync(FOLDER + file, 'utf8')
    const current = withTables(text)
    if (current !== text) writeFileSync(FOLDER + file, current)
    process.stdout.write(`${current === text ? 'current' : 'written'}: docs/spec/${file}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
