/** Finds the function and the source line of a trap. This is for people, and not part of a receipt. */
import type { TrapDetails, TrapTrace } from '../interface.ts'
import { sourceAt } from './dwarf-lines.ts'
import { functionName } from './names.ts'
import { layoutOf, type Layout } from './sections.ts'

/**
 * The position of a trap in functions and source code. The name of the function comes from the name section, or else
 * from an export; the source line comes from `.debug_line`. Debug information is not validated at admission, and
 * unreadable parts are left out. Time is linear in the module.
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

/** Returns what `read` returns, or undefined if it throws. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
