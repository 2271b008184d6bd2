/** The header of a line program (DWARF 5, 6.2.4), up to its tables of directories and files. */
import type { DwarfReader } from './dwarf-reader.ts'

/** What running a line program needs of its header. */
export interface LineHeader {
  readonly version: number
  readonly wide: boolean
  /** Where its tables of directories and files stand. */
  readonly tables: number
  readonly program: number
  readonly end: number
  readonly lineBase: number
  readonly lineRange: number
  readonly opcodeBase: number
  readonly operands: readonly number[]
}

/** Reads the header that begins where the reader stands. */
export function readHeader(reader: DwarfReader): LineHeader {
  const { length, wide } = reader.initialLength()
  const end = reader.pos + length
  const version = reader.uint(2)
  if (version < 2 || version > 5) throw new Error(`DWARF version ${version}`)
  if (version === 5) reader.skip(2) // sizes of addresses and of segment selectors
  const program = reader.uint(wide ? 8 : 4) + reader.pos
  reader.skip(1) // least length of an instruction: 1
  if (version >= 4) reader.skip(1) // operations of an instruction: 1
  reader.skip(1) // whether rows begin statements
  const lineBase = (reader.uint(1) << 24) >> 24
  const lineRange = reader.uint(1)
  const opcodeBase = reader.uint(1)
  if (lineRange === 0) throw new Error('a line range of 0')
  const operands = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.uint(1))
  return { version, wide, tables: reader.pos, program, end, lineBase, lineRange, opcodeBase, operands }
}
