/**
 * Prepares a module for binaryen's parser: omits the sections that it need not know, and replaces encodings that it cannot
 * read by equivalent ones. Indices of functions, tables, globals and segments stay the same.
 */
import { Cursor } from '../../wasm/code.ts'
import { OP } from '../../wasm/instructions.ts'
import type { Body, Module, Section, Segment } from '../../wasm/module.ts'
import { joined, leb, total } from './bytes.ts'

/** Custom, export and start sections. Custom sections do not affect execution; `exportBits` writes the other two anew. */
const OMITTED_SECTIONS: ReadonlySet<number> = new Set([0, 7, 8])
const ELEMENTS = 9
const CODE = 10

/** The bytes that binaryen parses. Takes time linear in the size of the module. */
export function readable(module: Module): Uint8Array {
  const { bytes } = module
  const pieces = [bytes.subarray(0, 8)]
  const hasDeadCode = module.bodies.some(body => body.hasDeadCode)
  for (const section of module.sections) {
    const { id, start, end } = section
    if (OMITTED_SECTIONS.has(id)) continue
    if (id === ELEMENTS)
      pieces.push(
        vector(
          section,
          module.elements.map(segment => element(bytes, segment)),
        ),
      )
    else if (id === CODE && hasDeadCode)
      pieces.push(
        vector(
          section,
          module.bodies.map(body => liveBody(bytes, body)),
        ),
      )
    else pieces.push(bytes.subarray(start, end))
  }
  return joined(pieces)
}

/** A section whose content is one vector of entries. */
function vector({ id }: Section, entries: readonly Uint8Array[]): Uint8Array {
  const count = leb(entries.length)
  return joined([Uint8Array.of(id), leb(count.length + total(entries)), count, ...entries])
}

/**
 * Encodes an element segment. A declarative segment becomes a passive segment without references.
 *
 * binaryen discards declarative segments, and then cannot parse an `elem.drop` or `table.init` that names one. The
 * replacement behaves the same: instantiation drops a declarative segment before any code runs (core spec 4.5.4), which
 * leaves it empty. The functions that the segment declares for `ref.func` are found by binaryen itself.
 */
function element(bytes: Uint8Array, { mode, start, end }: Segment): Uint8Array {
  if (mode !== 'declarative') return bytes.subarray(start, end)
  // A declarative segment has flag 3 (with an element kind) or 7 (with a reference type); passive ones have 1 and 5.
  let at = start
  const typed = (bytes[at]! & 4) !== 0
  while (bytes[at++]! >= 0x80);
  return typed ? Uint8Array.of(5, bytes[at]!, 0) : Uint8Array.of(1, 0, 0)
}

/** After these instructions the rest of their block is unreachable, and its operand stack is polymorphic. */
const UNCONDITIONAL_TRANSFERS: ReadonlySet<number> = new Set([
  OP.unreachable,
  OP.br,
  OP.brTable,
  OP.return,
  OP.returnCall,
  OP.returnCallIndirect,
])

/**
 * Removes the unreachable code that follows an unconditional transfer in the same block.
 *
 * Unreachable code may pop operands that no instruction has pushed. For those, binaryen inserts an `unreachable` before
 * code that does run, which would trap too early. The block stays valid without this code: after the transfer, its end may
 * pop any results from the polymorphic stack.
 */
function liveBody(bytes: Uint8Array, body: Body): Uint8Array {
  if (!body.hasDeadCode) return joined([leb(body.end - body.start), bytes.subarray(body.start, body.end)])
  const pieces: Uint8Array[] = []
  const cursor = new Cursor(bytes, body.code)
  let from = body.start
  while (cursor.pos < body.end) {
    if (!UNCONDITIONAL_TRANSFERS.has(cursor.next().code)) continue
    pieces.push(bytes.subarray(from, cursor.pos))
    cursor.skipToEnd()
    from = cursor.at
  }
  pieces.push(bytes.subarray(from, body.end))
  return joined([leb(total(pieces)), ...pieces])
}
