/** The tables of directories and files with which a line program begins (DWARF 5, 6.2.4). */
import type { LineHeader } from './dwarf-header.ts'
import { DwarfReader } from './dwarf-reader.ts'

/** Sections that hold strings: `.debug_str` and `.debug_line_str`. */
export interface Strings {
  readonly str: Uint8Array | undefined
  readonly lineStr: Uint8Array | undefined
}

interface Entry {
  readonly path: string
  readonly directory: number
}

/** What a field of an entry is (DW_LNCT), and how it is written (DW_FORM). */
const CONTENT = { path: 1, directory: 2 } as const
const FORM = { block: 0x09, string: 0x08, strp: 0x0e, lineStrp: 0x1f, udata: 0x0f, data16: 0x1e } as const
const FIXED: Readonly<Record<number, number>> = { 0x0b: 1, 0x05: 2, 0x06: 4, 0x07: 8 }

/** Paths of the files of a unit by their numbers. */
export function readFileNames(lines: Uint8Array, header: LineHeader, strings: Strings): (file: number) => string {
  const reader = new DwarfReader(lines, header.tables)
  const [directories, files] =
    header.version === 5
      ? [readTable(reader, header, strings), readTable(reader, header, strings)]
      : [readOldDirectories(reader), readOldFiles(reader)]
  return number => {
    const file = files[number]
    if (file === undefined) return '?'
    const directory = directories[file.directory]?.path ?? ''
    return directory === '' || file.path.startsWith('/') ? file.path : `${directory}/${file.path}`
  }
}

/** Before version 5, directory 0 is that of the compilation, which does not stand there, and files count from 1. */
function readOldDirectories(reader: DwarfReader): Entry[] {
  const entries: Entry[] = [{ path: '', directory: 0 }]
  for (let path = reader.text(); path !== ''; path = reader.text()) entries.push({ path, directory: 0 })
  return entries
}

function readOldFiles(reader: DwarfReader): Entry[] {
  const entries: Entry[] = [{ path: '?', directory: 0 }]
  for (let path = reader.text(); path !== ''; path = reader.text()) {
    const directory = reader.uleb()
    reader.uleb() // when it was changed
    reader.uleb() // its length
    entries.push({ path, directory })
  }
  return entries
}

function readTable(reader: DwarfReader, header: LineHeader, strings: Strings): Entry[] {
  const fields = Array.from({ length: reader.uint(1) }, () => ({ content: reader.uleb(), form: reader.uleb() }))
  const count = reader.uleb()
  const entries: Entry[] = []
  // An entry without fields takes no bytes: their number would be bounded by nothing.
  if (fields.length === 0) return entries
  for (let i = 0; i < count; i++) {
    let [path, directory] = ['', 0]
    for (const { content, form } of fields) {
      const value = readField(reader, form, header.wide, strings)
      if (content === CONTENT.path) path = String(value)
      if (content === CONTENT.directory) directory = Number(value)
    }
    entries.push({ path, directory })
  }
  return entries
}

function readField(reader: DwarfReader, form: number, wide: boolean, strings: Strings): string | number {
  switch (form) {
    case FORM.string:
      return reader.text()
    case FORM.strp:
      return textAt(strings.str, reader.uint(wide ? 8 : 4))
    case FORM.lineStrp:
      return textAt(strings.lineStr, reader.uint(wide ? 8 : 4))
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

function textAt(section: Uint8Array | undefined, offset: number): string {
  return section === undefined || offset >= section.length ? '?' : new DwarfReader(section, offset).text()
}
