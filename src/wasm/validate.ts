/**
 * A complete validator of WebAssembly 2.0 with tail calls, over the raw bytes (core spec 3 and 5, and the validation algorithm
 * of the appendix). Its result depends on bytes and rules alone, never on an engine.
 *
 * No other code of this project reads a module that it has not accepted. Time and memory are linear in the bytes. Every count
 * is compared with its limit before memory is allocated for it.
 */
import type { Draft } from './draft.ts'
import { checkLimit, Findings, Refused, type Rules } from './findings.ts'
import { refuseCode } from './foreign.ts'
import type { Body, Export, Import, Module, Section } from './module.ts'
import { Reader, Unreadable } from './reader.ts'
import {
  readData,
  readDataCount,
  readElements,
  readExports,
  readFunctions,
  readGlobals,
  readImports,
  readMemories,
  readStart,
  readTables,
  readTypes,
} from './sections.ts'
import { note, readCode } from './read-code.ts'

export interface Validated {
  /** Undefined if there are findings. */
  readonly module: Module | undefined
  /** The imports and exports that could be read, even if there are findings. */
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
  readonly findings: Findings
}

const CODE = 10
const CUSTOM = 0
/** The ids of sections in the order of the binary format (core spec 5.5.2): data count comes before code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
const READERS: Readonly<Record<number, (reader: Reader, draft: Draft) => void>> = {
  1: readTypes,
  2: readImports,
  3: readFunctions,
  4: readTables,
  5: readMemories,
  6: readGlobals,
  7: readExports,
  8: readStart,
  9: readElements,
  11: readData,
  12: readDataCount,
}

/** Reads and validates a module. Never throws because of the bytes. */
export function validate(bytes: Uint8Array, rules: Rules): Validated {
  const findings = new Findings()
  const sections: Section[] = []
  const bodies: Body[] = []
  const draft = emptyDraft(rules)
  try {
    checkLimit(rules, 'totalBytes', bytes.length, 0)
    checkLimit(rules, 'moduleBytes', bytes.length - customBytes(bytes), 0)
    readModule(new Reader(bytes), draft, sections, bodies, findings)
  } catch (error) {
    note(findings, error)
  }
  const {
    types,
    imports,
    functions,
    importedFunctions,
    referenced,
    tables,
    globals,
    exports,
    exportedWords,
    start,
    elements,
    data,
  } = draft
  if (!findings.none) return { module: undefined, imports, exports, findings }
  const memory = draft.memories[0]
  return {
    findings,
    imports,
    exports,
    module: {
      bytes,
      sections,
      types,
      imports,
      functions,
      importedFunctions,
      referenced,
      tables,
      memory,
      globals,
      exports,
      exportedWords,
      start,
      elements,
      data,
      bodies,
    },
  }
}

function emptyDraft(rules: Rules): Draft {
  return {
    rules,
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    exports: [],
    elements: [],
    data: [],
    declared: new Set(),
    referenced: new Set(),
    start: undefined,
    dataCount: undefined,
    exportedWords: 0,
    elementTotal: 0,
    importedFunctions: 0,
    importedGlobals: 0,
  }
}

function readModule(reader: Reader, draft: Draft, sections: Section[], bodies: Body[], findings: Findings): void {
  readHeader(reader)
  let last = -1
  let codeSeen = false
  while (!reader.done) {
    const start = reader.pos
    const id = reader.u8()
    const place = ORDER.indexOf(id)
    if (id !== CUSTOM) {
      if (place < 0) refuseCode(['section'], id, start)
      if (place <= last) throw new Refused('malformed', start, 'a section is out of order or repeated')
      last = place
    }
    const length = reader.u32()
    const contents = reader.pos
    reader.skip(length)
    const section = new Reader(reader.bytes, contents, reader.pos)
    if (id === CUSTOM) {
      section.skipName()
      continue
    }
    sections.push({ id, start, end: reader.pos })
    if (id === CODE) {
      codeSeen = true
      readCode(section, draft, bodies, findings)
    } else {
      READERS[id]!(section, draft)
    }
    if (!section.done) throw new Refused('malformed', section.pos, 'section size mismatch')
  }
  const declared = draft.functions.length - draft.importedFunctions
  if (!codeSeen && declared > 0)
    throw new Refused('malformed', reader.pos, 'functions are declared and the code section is missing')
  if (draft.dataCount !== undefined && draft.dataCount > 0 && last < ORDER.indexOf(11)) {
    throw new Refused('malformed', reader.pos, 'data count and data section have inconsistent lengths')
  }
}

/** The size of all custom sections, up to the first section that cannot be read. Another reading reports that one. */
function customBytes(bytes: Uint8Array): number {
  const reader = new Reader(bytes, Math.min(8, bytes.length))
  let custom = 0
  try {
    while (!reader.done) {
      const start = reader.pos
      const id = reader.u8()
      reader.skip(reader.u32())
      if (id === CUSTOM) custom += reader.pos - start
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
  }
  return custom
}

function readHeader(reader: Reader): void {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  for (let i = 0; i < 8; i++) {
    const at = reader.pos
    if (reader.u8() === header[i]) continue
    if (i < 4) throw new Refused('malformed', at, 'these bytes are no WebAssembly module')
    if (at === 4 && reader.bytes.length >= 8) refuseCode(['version'], versionOf(reader.bytes), at)
    throw new Refused('malformed', at, 'unknown binary version')
  }
}

function versionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
}
