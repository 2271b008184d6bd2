/** Reads the sections of an admitted module that are needed to find a position in its source. */
import { Reader } from '../wasm/reader.ts'

/**
 * The positions of functions and debug information in a module. Offsets count bytes from the beginning of the module.
 */
export interface Layout {
  /** The contents of the custom sections in `READ`, by name. If several have the same name, the first. */
  readonly custom: ReadonlyMap<string, Uint8Array>
  /** The number of imported functions, whose indices come first. All imports of an admitted module are functions. */
  readonly imported: number
  /** The first name under which each function is exported, by the function's index. */
  readonly exported: ReadonlyMap<number, string>
  /** The offset of the contents of the code section, where addresses of debug information begin. */
  readonly code: number
  /** The offsets at which each body begins, after its size, and ends. */
  readonly bodies: readonly { readonly start: number; readonly end: number }[]
}

/** The custom sections that are kept. A module may have millions of others. */
const READ: readonly string[] = ['name', '.debug_line', '.debug_str', '.debug_line_str']

const CUSTOM = 0
const IMPORT = 2
const EXPORT = 7
const CODE = 10
const PREAMBLE = 8

/** Reads the layout of an admitted module. Time is linear in the number of sections, exports and functions. */
export function layoutOf(bytes: Uint8Array): Layout {
  const custom = new Map<string, Uint8Array>()
  const exported = new Map<number, string>()
  let imported = 0
  let code = 0
  let bodies: Layout['bodies'] = []
  const reader = new Reader(bytes, PREAMBLE)
  while (!reader.done) {
    const id = reader.u8()
    const size = reader.u32()
    const section = new Reader(bytes, reader.pos, reader.pos + size)
    reader.skip(size)
    if (id === CUSTOM) {
      const name = section.name()
      if (READ.includes(name) && !custom.has(name)) custom.set(name, bytes.subarray(section.pos, section.end))
    } else if (id === IMPORT) imported = section.u32()
    else if (id === EXPORT) readExports(section, exported)
    else if (id === CODE) {
      code = section.pos
      bodies = readBodies(section)
    }
  }
  return { custom, imported, exported, code, bodies }
}

function readExports(section: Reader, exported: Map<number, string>): void {
  for (let left = section.u32(); left > 0; left--) {
    const name = section.name()
    const isFunction = section.u8() === 0
    const index = section.u32()
    if (isFunction && !exported.has(index)) exported.set(index, name)
  }
}

function readBodies(section: Reader): Layout['bodies'] {
  return Array.from({ length: section.u32() }, () => {
    const size = section.u32()
    const start = section.pos
    section.skip(size)
    return { start, end: section.pos }
  })
}
