/** The name section (core spec, appendix "Custom Sections"). */
import { Reader } from '../wasm/reader.ts'

const FUNCTION_NAMES = 1
/** The length at which a name is cut, in code units of UTF-16. Names of C++ and Rust may have hundreds. */
const MAX_NAME = 4096

/** The name of a function in the name section; undefined if it has none. Throws an `Error` for a malformed section. */
export function functionName(section: Uint8Array, index: number): string | undefined {
  const reader = new Reader(section)
  while (!reader.done) {
    const id = reader.u8()
    const size = reader.u32()
    const part = new Reader(section, reader.pos, reader.pos + size)
    reader.skip(size)
    if (id !== FUNCTION_NAMES) continue
    for (let left = part.u32(); left > 0; left--) {
      const found = part.u32()
      if (found === index) return shortened(part.name())
      part.skip(part.u32())
    }
  }
  return undefined
}

function shortened(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}…`
}
