/** The header of a line program (DWARF 5, 6.2.4), up to its tables of directories and files. */
import type { DwarfReader } from './dwarf-reader.ts'

/** The fields of a header that are needed to run the line program. `wide` is true if offsets have 8 bytes. */
export interface LineHeader {
  readonly version: number
  readonly wide: boolean
  /** The offsets of the tables of directories and files, of the program, and of the end, in the section. */
  readonly tables: number
  readonly program: number
  readonly end: number
  readonly lineBase: number
  readonly lineRange: number
  readonly opcodeBase: number
  readonly operands: readonly number[]
}

/** Reads the header at the position of the reader. */
export function readHeader(reader: DwarfReader): LineHeader {
  const { length, wide } = reader.initialLength()
  const end = reader.pos + length
  const version = reader.uint(2)
  if (version < 2 || version > 5) throw new Error(`DWARF version ${version}`)
  if (version === 5) reader.skip(2) // sizes of addresses and of segment selectors
  const program = reader.uint(wide ? 8 : 4) + reader.pos
  reader.skip(1) // minimum instruction length: 1
  if (version >= 4) reader.skip(1) // maximum operations per instruction: 1
  reader.skip(1) // default of is_stmt
  const lineBase = (reader.uint(1) << 24) >> 24
  const lineRange = reader.uint(1)
  const opcodeBase = reader.uint(1)
  if (lineRange === 0) throw new Error('a line range of 0')
  const operands = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.uint(1))
  return { version, wide, tables: reader.pos, program, end, lineBase, lineRange, opcodeBase, operands }
}
