import type { Pass } from '../edit/edit.ts'

const BODY = { parent: 0, index: 0 }

/**
 * Inserts into the tree the statements that earlier passes have collected for metered blocks and for the prologue.
 *
 * The place of a metered block says whether its statements run before or after an expression e:
 *
 *     before:  e   →   (block ‹statements› e)
 *     after:   e   →   (block (local.set t e) ‹statements› (local.get t))       if e yields a value
 *     after:   e   →   (block e ‹statements›)                                   if it does not
 */
export const placeStatements: Pass = {
  name: 'place-statements',
  function(edit) {
    const { build } = edit.unit
    for (const [block, statements] of edit.statements) {
      const place = edit.attached.places.get(block)!
      const expression = edit.read(place)
      const type = build.raw.ExpressionGetType(expression)
      if (!place.after) {
        edit.write(place, build.block([...statements, expression], type))
      } else if (type === build.none) {
        edit.write(place, build.block([expression, ...statements], type))
      } else {
        const held = edit.temporary(type)
        edit.write(place, build.block([build.set(held, expression), ...statements, build.get(held, type)], type))
      }
    }
    if (edit.prologue.length === 0) return
    const body = edit.read(BODY)
    edit.write(BODY, build.block([...edit.prologue, body], build.raw.ExpressionGetType(body)))
  },
}
