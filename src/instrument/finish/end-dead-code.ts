import type { Pass } from '../edit/edit.ts'

/**
 * Makes it explicit that an operand never yields a value, where its type does not say so.
 *
 * For example, both arms of an `if` with a result may branch away. The instruction that takes this result can then never
 * run. No pass has instrumented it, but binaryen would write it, since the `if` has the type i32. After the edit the
 * operand has the type `unreachable`, and binaryen omits the instruction:
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
