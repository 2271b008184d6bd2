import type { Pass } from '../edit/edit.ts'

/**
 * Ends code that cannot be reached with `unreachable` where its types do not show it, as for an `if` with a result whose
 * arms both leave. What takes such an operand is written out by binaryen then, though no pass has looked at it:
 *
 *     (call $f (if (result i32) … (br 1) (br 1)))   →   (call $f (block (drop (if …)) (unreachable)))
 */
export const endDeadCode: Pass = {
  name: 'end-dead-code',
  function(edit) {
    const { build } = edit.unit
    for (const slot of edit.attached.dead) {
      const operand = edit.read(slot)
      const type = build.raw.ExpressionGetType(operand)
      const never = build.raw.TypeUnreachable()
      if (type === never) continue
      const statement = type === build.none ? operand : build.raw.Drop(build.module, operand)
      edit.write(slot, build.block([statement, build.unreachable()], never))
    }
  },
}
