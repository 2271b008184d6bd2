/**
 * A module's bytes in the form in which binaryen is given them: what it need not know is left out, and what it cannot
 * read is written in another way that does the same. Indices of functions, tables, globals and segments are those of
 * the module.
 */
import { Cursor } from '../../wasm/code.ts'
import { OP } from '../../wasm/instructions.ts'
import type { Body, Module, Section, Segment } from '../../wasm/module.ts'
import { joined, leb, total } from './bytes.ts'

/** Custom, export and start sections: the first say nothing that runs, the others are written anew (`exportBits`). */
const LEFT_OUT: ReadonlySet<number> = new Set([0, 7, 8])
const ELEMENTS = 9
const CODE = 10

/** The bytes that binaryen reads. Linear in those of the module. */
export function readable(module: Module): Uint8Array {
  const { bytes } = module
  const pieces = [bytes.subarray(0, 8)]
  const hasDeadCode = module.bodies.some(body => body.hasDeadCode)
  for (const section of module.sections) {
    const { id, start, end } = section
    if (LEFT_OUT.has(id)) continue
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

/** A section that is one vector. */
function vector({ id }: Section, entries: readonly Uint8Array[]): Uint8Array {
  const count = leb(entries.length)
  return joined([Uint8Array.of(id), leb(count.length + total(entries)), count, ...entries])
}

/**
 * An element segment; in the place of a declarative one, a passive one without references. binaryen drops declarative
 * segments, and then cannot read `elem.drop` and `table.init` of them. To code both are the same: a declarative segment
 * has been dropped when anything runs (core spec 4.5.4). What it declares binaryen finds out by itself.
 */
function element(bytes: Uint8Array, { mode, start, end }: Segment): Uint8Array {
  if (mode !== 'declarative') return bytes.subarray(start, end)
  // It has two forms, 3 with an element kind and 7 with a type; 1 and 5 are the passive ones.
  let at = start
  const typed = (bytes[at]! & 4) !== 0
  while (bytes[at++]! >= 0x80);
  return typed ? Uint8Array.of(5, bytes[at]!, 0) : Uint8Array.of(1, 0, 0)
}

/** Behind these no code of the same block can be reached, and it may assume any operands. */
const LEAVING: ReadonlySet<number> = new Set([
  OP.unreachable,
  OP.br,
  OP.brTable,
  OP.return,
  OP.returnCall,
  OP.returnCallIndirect,
])

/**
 * A body without the code behind what leaves its block for good. Where such code takes operands that nobody gave,
 * binaryen puts an `unreachable` in front of what runs before it. Without it the block is as valid: its end may assume
 * any results.
 */
function liveBody(bytes: Uint8Array, body: Body): Uint8Array {
  if (!body.hasDeadCode) return joined([leb(body.end - body.start), bytes.subarray(body.start, body.end)])
  const pieces: Uint8Array[] = []
  const cursor = new Cursor(bytes, body.code)
  let from = body.start
  while (cursor.pos < body.end) {
    if (!LEAVING.has(cursor.next().code)) continue
    pieces.push(bytes.subarray(from, cursor.pos))
    cursor.skipToEnd()
    from = cursor.at
  }
  pieces.push(bytes.subarray(from, body.end))
  return joined([leb(total(pieces)), ...pieces])
}
