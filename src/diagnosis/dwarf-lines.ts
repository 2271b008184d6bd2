/**
 * Source lines from DWARF (versions 2 to 5, the section `.debug_line`), as compilers with `-g` write it into WebAssembly:
 * addresses count bytes from where the contents of the code section begin.
 *
 * The line table of a compilation unit is a small program. Running it gives rows of address, file, line and column, in
 * sequences of rising addresses; a row holds up to the address of the next one.
 */
import { fileName, type Strings } from './dwarf-files.ts'
import { readHeader, type LineHeader } from './dwarf-header.ts'
import { DwarfReader } from './dwarf-reader.ts'

/** A place in source code. */
export interface SourcePlace {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1; absent if the compiler has not said. */
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

/** The source of the instruction at an address; undefined if no row covers it. Throws for bytes that are no DWARF. */
export function sourceAt(lines: Uint8Array, strings: Strings, address: number): SourcePlace | undefined {
  const reader = new DwarfReader(lines)
  while (!reader.done) {
    const header = readHeader(reader)
    const row = rowAt(reader, header, address)
    if (row !== undefined) {
      // Line 0 stands for code that no line of the source has made.
      if (!isPlace(row.line)) return undefined
      const file = fileName(lines, header, strings, row.file)
      return { file, line: row.line, ...(isPlace(row.column) && { column: row.column }) }
    }
    reader.pos = header.end
  }
  return undefined
}

/** True if it is a number that a line or a column can have. */
function isPlace(number: number): boolean {
  return number > 0 && number < 2 ** 32
}

/** Runs a line program up to the row that covers the address. */
function rowAt(reader: DwarfReader, header: LineHeader, address: number): Row | undefined {
  reader.pos = header.program
  const row: Row = { address: 0, file: 1, line: 1, column: 0 }
  let last: Row | undefined
  /** True if the row before the one that was just completed covers the address. Linkers leave dead code at address 0. */
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

/** A special opcode: advances address and line at once. */
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

/** An extended opcode; tells whether it ends a sequence. */
function extended(reader: DwarfReader, row: Row): boolean {
  const length = reader.uleb()
  const next = reader.pos + length
  const opcode = length === 0 ? 0 : reader.uint(1)
  if (opcode === LNE.setAddress) row.address = reader.uint(length - 1)
  reader.pos = next
  return opcode === LNE.endSequence
}
