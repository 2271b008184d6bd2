/** A module's bytes in the form in which binaryen is given them: what it need not know is left out, what it cannot read is written in another way. */
import type { Module, Section, Segment } from '../wasm/module.ts'

/** Custom, export and start sections: the first say nothing that runs, the others are written anew (`exportBits`). */
const LEFT_OUT: ReadonlySet<number> = new Set([0, 7, 8])
const ELEMENTS = 9

/** The bytes that binaryen reads. Indices of functions, tables, globals and segments are those of the module. */
export function readable(module: Module): Uint8Array {
  const declarative = module.elements.some(segment => segment.mode === 'declarative')
  const pieces = [module.bytes.subarray(0, 8)]
  for (const section of module.sections) {
    if (LEFT_OUT.has(section.id)) continue
    if (section.id === ELEMENTS && declarative) pieces.push(...elementSection(module, section))
    else pieces.push(module.bytes.subarray(section.start, section.end))
  }
  return joined(pieces)
}

/**
 * The element section with a passive segment without references in the place of each declarative one. binaryen drops those,
 * and then cannot read `elem.drop` and `table.init` of them. To code both are the same: a declarative segment has been
 * dropped when anything runs (core spec 4.5.4). What it declares binaryen finds out by itself.
 */
function elementSection({ bytes, elements }: Module, section: Section): Uint8Array[] {
  const segments = elements.map(segment => (segment.mode === 'declarative' ? empty(bytes, segment) : bytes.subarray(segment.start, segment.end)))
  const count = leb(elements.length)
  const length = segments.reduce((sum, segment) => sum + segment.length, count.length)
  return [bytes.subarray(section.start, section.start + 1), leb(length), count, ...segments]
}

/** Declarative segments come in two forms, 3 with an element kind and 7 with a type; 1 and 5 are the passive ones. */
function empty(bytes: Uint8Array, { start }: Segment): Uint8Array {
  let at = start
  const typed = (bytes[at]! & 4) !== 0
  while (bytes[at++]! >= 0x80);
  return typed ? Uint8Array.of(5, bytes[at]!, 0) : Uint8Array.of(1, 0, 0)
}

function leb(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
