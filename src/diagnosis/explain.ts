/** Where and why a guest trapped, in the words of its source. For people; nothing of it is part of a receipt. */
import type { TrapDetails, TrapTrace } from '../interface.ts'
import { sourceAt } from './dwarf-lines.ts'
import { functionName } from './names.ts'
import { layoutOf, type Layout } from './sections.ts'

/**
 * What the module's own sections tell of a place in it: the function by the name section, or else by its export, and the
 * source line where `.debug_line` has one. Takes time linear in the module. Sections of debug information are not
 * validated by anybody: what cannot be read is left out.
 */
export function explainTrap(module: Uint8Array, { offset, abort }: TrapTrace): TrapDetails {
  const layout = attempt(() => layoutOf(module))
  return { offset, ...(layout && placeIn(layout, offset)), ...(abort && { abort }) }
}

function placeIn(layout: Layout, offset: number): Partial<TrapDetails> {
  const { custom, imported, exported, code, bodies } = layout
  const body = bodies.findIndex(({ start, end }) => start <= offset && offset < end)
  if (body < 0) return {}
  const index = imported + body
  const section = custom.get('name')
  const name = (section && attempt(() => functionName(section, index))) ?? exported.get(index)
  const lines = custom.get('.debug_line')
  const strings = { str: custom.get('.debug_str'), lineStr: custom.get('.debug_line_str') }
  const source = lines && attempt(() => sourceAt(lines, strings, offset - code))
  return {
    function: { index, ...(name !== undefined && { name }), offset: offset - bodies[body]!.start },
    ...(source && { source }),
  }
}

/** What is read, or undefined if the bytes are not what they should be. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
