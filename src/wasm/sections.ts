/**
 * Reads and validates the sections of a module that hold no code (core spec 5.5 and 3.4). Each function reads one section
 * into the draft of a module, and throws `Refused` or `Unreadable` at the first error in it.
 */
import { declareFunction, readConstant } from './constants.ts'
import type { Draft } from './draft.ts'
import { checkFeature, checkLimit, Refused } from './findings.ts'
import { refuseCode, type Place } from './foreign.ts'
import type { Bounds, ExternKind, TableType } from './module.ts'
import { readReferenceType, readValueType } from './read-types.ts'
import type { Reader } from './reader.ts'
import { FUNCREF, I32, isReference, wordsOfAll, type FunctionType, type ValueType } from './types.ts'

const MAX_PAGES = 65536

export function readTypes(reader: Reader, draft: Draft): void {
  count(reader, draft, 'types', at => {
    const form = reader.u8()
    if (form !== 0x60) refuseCode(['type form'], form, at)
    const params = readTypeList(reader, draft, 'params')
    const results = readTypeList(reader, draft, 'results')
    if (results.length > 1) checkFeature(draft.rules, 'multi-value', at, 'a function with several results')
    draft.types.push({ params, results })
  })
}

function readTypeList(reader: Reader, draft: Draft, limit: 'params' | 'results'): ValueType[] {
  const at = reader.pos
  const length = reader.u32()
  checkLimit(draft.rules, limit, length, at)
  const types: ValueType[] = []
  for (let i = 0; i < length; i++) types.push(readValueType(reader, draft.rules))
  return types
}

export function readImports(reader: Reader, draft: Draft): void {
  count(reader, draft, 'imports', offset => {
    const module = readName(reader, draft)
    const name = readName(reader, draft)
    const kind = readKind(reader, name === '' ? ['import kind', 'nameless import'] : ['import kind'])
    if (kind === 'function') {
      checkLimit(draft.rules, 'functions', draft.functions.length + 1, offset)
      const type = readTypeIndex(reader, draft, offset)
      draft.functions.push(type)
      draft.importedFunctions++
      draft.imports.push({ module, name, kind, type, offset })
      return
    }
    // Admission rejects these kinds in any case. So the import is recorded before the rest of its entry is read.
    draft.imports.push({ module, name, kind, type: undefined, offset })
    if (kind === 'table') addTable(reader, draft, offset)
    else if (kind === 'memory') addMemory(reader, draft, offset, offset)
    else importGlobal(reader, draft, offset)
  })
}

function importGlobal(reader: Reader, draft: Draft, offset: number): void {
  checkLimit(draft.rules, 'globals', draft.globals.length + 1, offset)
  const { type, mutable } = readGlobalType(reader, draft)
  if (mutable) checkFeature(draft.rules, 'mutable-globals', offset, 'a mutable global that is imported')
  draft.globals.push({ type, mutable, init: undefined })
  draft.importedGlobals++
}

function addTable(reader: Reader, draft: Draft, at: number): void {
  if (draft.tables.length > 0) checkFeature(draft.rules, 'reference-types', at, 'a second table')
  checkLimit(draft.rules, 'tables', draft.tables.length + 1, at)
  draft.tables.push(readTableType(reader, draft, at))
}

export function readFunctions(reader: Reader, draft: Draft): void {
  count(reader, draft, 'functions', at => {
    checkLimit(draft.rules, 'functions', draft.functions.length + 1, at)
    draft.functions.push(readTypeIndex(reader, draft, at))
  })
}

export function readTables(reader: Reader, draft: Draft): void {
  count(reader, draft, 'tables', at => {
    if (!reader.done && reader.bytes[at] === 0x40) refuseCode(['table'], 0x40, at)
    addTable(reader, draft, at)
  })
}

export function readMemories(reader: Reader, draft: Draft): void {
  const at = reader.pos
  const length = reader.u32()
  if (length > 1) refuseSeveral(at)
  if (length === 1) addMemory(reader, draft, reader.pos, at)
}

/** Reads a memory that begins at offset `at`. For a second memory, throws `Refused` at offset `announced`. */
function addMemory(reader: Reader, draft: Draft, at: number, announced: number): void {
  if (draft.memories.length > 0) refuseSeveral(announced)
  draft.memories.push(readMemoryType(reader, draft, at))
}

function refuseSeveral(at: number): never {
  throw new Refused('feature', at, 'several memories', 'multi-memory')
}

export function readGlobals(reader: Reader, draft: Draft): void {
  count(reader, draft, 'globals', at => {
    checkLimit(draft.rules, 'globals', draft.globals.length + 1, at)
    const { type, mutable } = readGlobalType(reader, draft)
    const init = readConstant(reader, draft, type)
    draft.globals.push({ type, mutable, init: type === I32 ? init : undefined })
  })
}

export function readExports(reader: Reader, draft: Draft): void {
  const names = new Set<string>()
  const called = new Set<number>()
  count(reader, draft, 'exports', offset => {
    const name = readName(reader, draft)
    const kind = readKind(reader, ['export kind'])
    const index = reader.u32()
    const spaces = { function: draft.functions, table: draft.tables, memory: draft.memories, global: draft.globals }
    if (index >= spaces[kind].length) throw new Refused('invalid', offset, `no ${kind} ${index}`)
    if (names.has(name)) throw new Refused('invalid', offset, `two exports are called ${JSON.stringify(name)}`)
    if (kind === 'global' && draft.globals[index]!.mutable) {
      checkFeature(draft.rules, 'mutable-globals', offset, 'a mutable global that is exported')
    }
    if (kind === 'function') {
      draft.declared.add(index)
      if (!called.has(index)) draft.exportedWords += crossingWords(draft.functions[index]!)
      called.add(index)
      checkLimit(draft.rules, 'exportedWords', draft.exportedWords, offset)
    }
    names.add(name)
    draft.exports.push({ name, kind, index, offset })
  })
}

/** The words of a function's parameters and results. 0 if it cannot be called from outside, since its type has references. */
function crossingWords({ params, results }: FunctionType): number {
  if (params.some(isReference) || results.some(isReference)) return 0
  return wordsOfAll(params) + wordsOfAll(results)
}

export function readStart(reader: Reader, draft: Draft): void {
  const at = reader.pos
  const index = reader.u32()
  const type = draft.functions[index]
  if (type === undefined) throw new Refused('invalid', at, `no function ${index}`)
  if (type.params.length + type.results.length > 0)
    throw new Refused('invalid', at, 'the start function takes or gives values')
  draft.start = index
}

export function readElements(reader: Reader, draft: Draft): void {
  count(reader, draft, 'elementSegments', at => {
    const flags = reader.u32()
    if (flags > 7) refuseCode(['element segment'], flags, at)
    if (flags !== 0) checkFeature(draft.rules, 'bulk-memory', at, 'an element segment that is not active on table 0')
    const passive = (flags & 1) !== 0
    const explicit = (flags & 2) !== 0
    const expressions = (flags & 4) !== 0
    const index = !passive && explicit ? reader.u32() : 0
    const table = passive ? undefined : draft.tables[index]
    if (!passive && table === undefined) throw new Refused('invalid', at, `no table ${index}`)
    const place = passive ? 0 : activeOffset(reader, draft)
    const type = passive || explicit ? readElementKind(reader, draft, expressions) : FUNCREF
    if (table !== undefined && table.element !== type) {
      throw new Refused('invalid', at, 'an element segment of another type than its table')
    }
    const length = readReferences(reader, draft, type, expressions, at)
    const mode = !passive ? 'active' : explicit ? 'declarative' : 'passive'
    draft.elements.push({ mode, index, at: place, length, type, start: at, end: reader.pos })
  })
}

function readElementKind(reader: Reader, draft: Draft, expressions: boolean): ValueType {
  if (expressions) return readReferenceType(reader, draft.rules)
  const at = reader.pos
  if (reader.u8() !== 0) throw new Refused('malformed', at, 'malformed element kind')
  return FUNCREF
}

/** Reads the references of an element segment that begins at offset `segment`. Returns their number. */
function readReferences(reader: Reader, draft: Draft, type: ValueType, expressions: boolean, segment: number): number {
  const at = reader.pos
  const length = reader.u32()
  draft.elementTotal += length
  checkLimit(draft.rules, 'elements', draft.elementTotal, at)
  for (let i = 0; i < length; i++) {
    if (expressions) readConstant(reader, draft, type)
    else declareFunction(reader, draft, segment)
  }
  return length
}

export function readDataCount(reader: Reader, draft: Draft): void {
  const at = reader.pos
  checkFeature(draft.rules, 'bulk-memory', at, 'a data count section')
  draft.dataCount = reader.u32()
  checkLimit(draft.rules, 'dataSegments', draft.dataCount, at)
}

export function readData(reader: Reader, draft: Draft): void {
  const start = reader.pos
  count(reader, draft, 'dataSegments', at => {
    const flags = reader.u32()
    if (flags > 2) refuseCode(['data segment'], flags, at)
    if (flags !== 0) checkFeature(draft.rules, 'bulk-memory', at, 'a data segment that is not active on memory 0')
    const index = flags === 2 ? reader.u32() : 0
    const mode = flags === 1 ? 'passive' : 'active'
    if (mode === 'active' && draft.memories[index] === undefined) throw new Refused('invalid', at, `no memory ${index}`)
    const place = mode === 'active' ? activeOffset(reader, draft) : 0
    const length = reader.u32()
    reader.skip(length)
    draft.data.push({ mode, index, at: place, length, start: at, end: reader.pos })
  })
  if (draft.dataCount !== undefined && draft.dataCount !== draft.data.length) {
    throw new Refused('malformed', start, 'data count and data section have inconsistent lengths')
  }
}

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reads a vector by calling `read` for each entry. A limit bounds its length. */
function count(
  reader: Reader,
  draft: Draft,
  limit: Parameters<typeof checkLimit>[1],
  entry: (at: number) => void,
): void {
  const at = reader.pos
  const length = reader.u32()
  checkLimit(draft.rules, limit, length, at)
  for (let i = 0; i < length; i++) entry(reader.pos)
}

function readName(reader: Reader, draft: Draft): string {
  const at = reader.pos
  return reader.name(bytes => checkLimit(draft.rules, 'nameBytes', bytes, at))
}

function readKind(reader: Reader, places: readonly Place[]): ExternKind {
  const at = reader.pos
  const byte = reader.u8()
  return (['function', 'table', 'memory', 'global'] as const)[byte] ?? refuseCode(places, byte, at)
}

/** Reads a type index. Returns the function type. Findings have the offset `entry`. */
function readTypeIndex(reader: Reader, draft: Draft, entry: number): FunctionType {
  const index = reader.u32()
  const type = draft.types[index]
  if (type === undefined) throw new Refused('invalid', entry, `no type ${index}`)
  return type
}

/** Reads the limits of a table or memory. `entry` is the offset of its declaration. */
function readBounds(reader: Reader, draft: Draft, place: 'table limits' | 'memory limits', entry: number): Bounds {
  const at = reader.pos
  const flags = reader.u8()
  if (flags > 1) refuseCode([place], flags, at)
  const start = reader.pos
  const min = reader.u32()
  if (place === 'table limits') checkLimit(draft.rules, 'tableSlots', min, start)
  const max = flags === 1 ? reader.u32() : undefined
  if (max !== undefined && max < min) throw new Refused('invalid', entry, 'the greatest size is below the initial size')
  return { min, max }
}

function readTableType(reader: Reader, draft: Draft, entry: number): TableType {
  // Tables of functions exist since WebAssembly 1.0, so they do not need the feature of reference types.
  const functions = !reader.done && reader.bytes[reader.pos] === FUNCREF
  const element = functions ? FUNCREF : readReferenceType(reader, draft.rules)
  if (functions) reader.skip(1)
  return { element, ...readBounds(reader, draft, 'table limits', entry) }
}

function readMemoryType(reader: Reader, draft: Draft, entry: number): Bounds {
  const { min, max } = readBounds(reader, draft, 'memory limits', entry)
  if (min > MAX_PAGES || (max !== undefined && max > MAX_PAGES))
    throw new Refused('invalid', entry, 'more than 65536 pages')
  return { min, max }
}

function readGlobalType(reader: Reader, draft: Draft): { type: ValueType; mutable: boolean } {
  const type = readValueType(reader, draft.rules)
  const at = reader.pos
  const flag = reader.u8()
  if (flag > 1) refuseCode(['mutability'], flag, at)
  return { type, mutable: flag === 1 }
}

/** Reads the offset of an active segment. It is an `i32.const`, since profiles deny imported globals. */
function activeOffset(reader: Reader, draft: Draft): number {
  return (readConstant(reader, draft, I32) ?? 0) >>> 0
}
