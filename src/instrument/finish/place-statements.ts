import type { Pass } from '../edit/edit.ts'

const BODY = { parent: 0, index: 0 }

/**
 * Puts the statements that the passes before had to say into the tree.
 *
 *     before:  e   →   (block ‹statements› e)
 *     behind:  e   →   (block (local.set t e) ‹statements› (local.get t))       for an e that gives a value
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
