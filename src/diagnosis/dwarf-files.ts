/** The tables of directories and files in the header of a line program (DWARF 5, 6.2.4). */
import type { LineHeader } from './dwarf-header.ts'
import { DwarfReader } from './dwarf-reader.ts'

/** The sections that contain strings: `.debug_str` and `.debug_line_str`. */
export interface Strings {
  readonly str: Uint8Array | undefined
  readonly lineStr: Uint8Array | undefined
}

/** An entry of a table. Its path is read only when `path` is called, since a table may have millions of entries. */
interface Entry {
  path(): string
  readonly directory: number
}

/**
 * Codes for the content of a field (DW_LNCT) and for its encoding (DW_FORM), and the sizes of fixed encodings in bytes.
 */
const CONTENT = { path: 1, directory: 2 } as const
const FORM = { block: 0x09, string: 0x08, strp: 0x0e, lineStrp: 0x1f, udata: 0x0f, data16: 0x1e } as const
const FIXED: Readonly<Record<number, number>> = { 0x0b: 1, 0x05: 2, 0x06: 4, 0x07: 8 }

/**
 * The path of the file with that number in a unit, or `?` if there is none. Time is linear in the section. Memory is
 * constant, since only the needed entries are kept.
 */
export function fileName(lines: Uint8Array, header: LineHeader, strings: Strings, number: number): string {
  const reader = new DwarfReader(lines, header.tables)
  const pick = header.version === 5 ? pickNew(header, strings) : PICK_OLD
  pick.directory(reader, -1)
  const file = pick.file(reader, number)
  if (file === undefined) return '?'
  const path = file.path()
  const directory = pick.directory(new DwarfReader(lines, header.tables), file.directory)?.path() ?? ''
  return directory === '' || path.startsWith('/') ? path : `${directory}/${path}`
}

/** Reads a table to its end, and returns the entry with that number. */
type Pick = (reader: DwarfReader, number: number) => Entry | undefined

/** The tables before version 5. Directory 0 is that of the compilation and is not in the table; files count from 1. */
const PICK_OLD: Readonly<Record<'directory' | 'file', Pick>> = {
  directory: (reader, number) => pickOld(reader, number, () => 0),
  file: (reader, number) =>
    pickOld(reader, number, () => {
      const directory = reader.uleb()
      reader.uleb() // time of modification
      reader.uleb() // length
      return directory
    }),
}

function pickOld(reader: DwarfReader, number: number, rest: () => number): Entry | undefined {
  let picked: Entry | undefined
  for (let i = 1; ; i++) {
    const begin = reader.pos
    if (reader.skipText() === begin) return picked
    const directory = rest()
    if (i === number) picked = { path: () => textAt(reader.bytes, begin), directory }
  }
}

function pickNew(header: LineHeader, strings: Strings): Readonly<Record<'directory' | 'file', Pick>> {
  const pick: Pick = (reader, number) => {
    const fields = Array.from({ length: reader.uint(1) }, () => ({ content: reader.uleb(), form: reader.uleb() }))
    const count = reader.uleb()
    let picked: Entry | undefined
    // Entries without fields take no bytes, so the size of the section would not bound their number.
    for (let i = 0; i < count && fields.length > 0; i++) {
      let path = (): string => ''
      let directory = 0
      for (const { content, form } of fields) {
        const value = readField(reader, form, header.wide, strings)
        if (content === CONTENT.path) path = () => String(typeof value === 'number' ? value : value())
        if (content === CONTENT.directory) directory = typeof value === 'number' ? value : 0
      }
      if (i === number) picked = { path, directory }
    }
    return picked
  }
  return { directory: pick, file: pick }
}

/** Reads a field: a number, or a function that reads a text. */
function readField(reader: DwarfReader, form: number, wide: boolean, strings: Strings): number | (() => string) {
  switch (form) {
    case FORM.string: {
      const begin = reader.pos
      reader.skipText()
      return () => textAt(reader.bytes, begin)
    }
    case FORM.strp:
      return laterText(strings.str, reader.uint(wide ? 8 : 4))
    case FORM.lineStrp:
      return laterText(strings.lineStr, reader.uint(wide ? 8 : 4))
    case FORM.udata:
      return reader.uleb()
    case FORM.data16:
      reader.skip(16)
      return 0
    case FORM.block:
      reader.skip(reader.uleb())
      return 0
    default: {
      const size = FIXED[form]
      if (size === undefined) throw new Error(`DWARF form 0x${form.toString(16)}`)
      return reader.uint(size)
    }
  }
}

function laterText(section: Uint8Array | undefined, offset: number): () => string {
  return () => textAt(section, offset)
}

function textAt(section: Uint8Array | undefined, offset: number): string {
  return section === undefined || offset >= section.length ? '?' : new DwarfReader(section, offset).text()
}
