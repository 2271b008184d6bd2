/**
 * Finds source lines in the section `.debug_line` of DWARF, versions 2 to 5. Compilers write it with `-g`. Addresses
 * are offsets in the contents of the code section, in bytes.
 *
 * The line table of a compilation unit is a small program. Running it gives rows of address, file, line and column, in
 * sequences with increasing addresses. A row is valid from its address up to that of the next row.
 */
import { fileName, type Strings } from './dwarf-files.ts'
import { readHeader, type LineHeader } from './dwarf-header.ts'
import { DwarfReader } from './dwarf-reader.ts'

/** A position in source code. */
export interface SourcePlace {
  readonly file: string
  /** The line, counted from 1. */
  readonly line: number
  /** The column, counted from 1; absent if the compiler did not write it. */
  readonly column?: number
}

interface Row {
  address: number
  file: number
  line: number
  column: number
}

/** Opcodes of line programs (DWARF 5, 6.2.5). */
const LNS = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const
const LNE = { endSequence: 1, setAddress: 2 } as const

/**
 * The source position of the instruction at an address; undefined if no row covers it. Throws an `Error` for invalid
 * DWARF.
 */
export function sourceAt(lines: Uint8Array, strings: Strings, address: number): SourcePlace | undefined {
  const reader = new DwarfReader(lines)
  while (!reader.done) {
    const header = readHeader(reader)
    const row = rowAt(reader, header, address)
    if (row !== undefined) {
      // Line 0 stands for code that belongs to no line of the source.
      if (!isPlace(row.line)) return undefined
      const file = fileName(lines, header, strings, row.file)
      return { file, line: row.line, ...(isPlace(row.column) && { column: row.column }) }
    }
    reader.pos = header.end
  }
  return undefined
}

/** True if a number can be that of a line or a column. */
function isPlace(number: number): boolean {
  return number > 0 && number < 2 ** 32
}

/** Runs a line program until a row covers the address; undefined if none does. */
function rowAt(reader: DwarfReader, header: LineHeader, address: number): Row | undefined {
  reader.pos = header.program
  const row: Row = { address: 0, file: 1, line: 1, column: 0 }
  let last: Row | undefined
  /**
   * True if the last complete row, which ends at the current address, covers the address. Linkers give dead code the
   * address 0.
   */
  const covered = (): boolean =>
    last !== undefined && last.address > 0 && last.address <= address && address < row.address
  while (reader.pos < header.end) {
    const opcode = reader.uint(1)
    let completes = opcode >= header.opcodeBase
    let ends = false
    if (completes) advance(row, header, opcode)
    else if (opcode === 0) ends = extended(reader, row)
    else if (opcode === LNS.copy) completes = true
    else standard(reader, header, row, opcode)
    if (!completes && !ends) continue
    if (covered()) return last
    last = ends ? undefined : { ...row }
    if (ends) Object.assign(row, { address: 0, file: 1, line: 1, column: 0 })
  }
  return undefined
}

/** Runs a special opcode, which advances the address and the line. */
function advance(row: Row, { opcodeBase, lineBase, lineRange }: LineHeader, opcode: number): void {
  const step = opcode - opcodeBase
  row.address += Math.floor(step / lineRange)
  row.line += lineBase + (step % lineRange)
}

function standard(reader: DwarfReader, header: LineHeader, row: Row, opcode: number): void {
  switch (opcode) {
    case LNS.advancePc:
      row.address += reader.uleb()
      break
    case LNS.advanceLine:
      row.line += reader.sleb()
      break
    case LNS.setFile:
      row.file = reader.uleb()
      break
    case LNS.setColumn:
      row.column = reader.uleb()
      break
    case LNS.constAddPc:
      row.address += Math.floor((255 - header.opcodeBase) / header.lineRange)
      break
    case LNS.fixedAdvancePc:
      row.address += reader.uint(2)
      break
    default:
      for (let left = header.operands[opcode - 1] ?? 0; left > 0; left--) reader.uleb()
  }
}

/** Runs an extended opcode. Returns true if it ends a sequence. */
function extended(reader: DwarfReader, row: Row): boolean {
  const length = reader.uleb()
  const next = reader.pos + length
  const opcode = length === 0 ? 0 : reader.uint(1)
  if (opcode === LNE.setAddress) row.address = reader.uint(length - 1)
  reader.pos = next
  return opcode === LNE.endSequence
}
