import type { Schedule } from '../../../interface-profile.ts'
import { INSTRUCTIONS, type Group } from '../../../wasm/instructions.ts'
import type { Pass } from '../../edit/edit.ts'
import { scaled } from '../../edit/traps.ts'

/**
 * Charges bulk instructions by their size operand. The whole size is charged before the instruction checks bounds (GAS-2).
 *
 *     (memory.fill d v n)   →   (memory.fill d v (block (local.set t n) ‹charge perByte × t› (local.get t)))
 */
export const chargeOperands: Pass = {
  name: 'charge-operands',
  function(edit) {
    const { unit } = edit
    const { build } = unit
    for (const site of edit.attached.sites) {
      const key = PER_UNIT[INSTRUCTIONS[site.code]!.group]
      const perUnit = key === undefined ? 0 : unit.profile.schedule.bulk[key]
      if (perUnit === 0) continue
      const size = { parent: site.expression, index: 2 }
      const held = edit.temporary(build.i32)
      const charge = unit.meter.charge(edit, scaled(build, 0, perUnit, build.get(held, build.i32)))
      edit.write(size, build.block([build.set(held, edit.read(size)), charge, build.get(held, build.i32)], build.i32))
    }
  },
}

/** The prices per unit of the instructions that have their size as their third operand. */
const PER_UNIT: Partial<Record<Group, keyof Schedule['bulk']>> = {
  memoryFill: 'memoryFill',
  memoryCopy: 'memoryCopy',
  memoryInit: 'memoryInit',
  tableFill: 'tableFill',
  tableCopy: 'tableCopy',
  tableInit: 'tableInit',
}
