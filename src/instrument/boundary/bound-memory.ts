import { FUNCREF } from '../../wasm/types.ts'
import { OP } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen/port.ts'
import { METER } from '../edit/globals.ts'
import type { BodyBuilder, ModuleEdit, Pass } from '../edit/edit.ts'
import { scaled, trap } from '../edit/traps.ts'
import { addMeterGlobal } from './export-bits.ts'

/**
 * Bounds the growth of memory and tables, and charges for it.
 *
 *     (memory.grow n)   →   (call $ipvm:memory.grow n)
 *
 * Growth beyond the declared maximum yields −1, as in any engine. Growth beyond the run's limit on pages also yields −1, and
 * sets the global `refused`, since the outcome may then depend on the limit. Growth within both is charged, and must succeed:
 * if the engine refuses it, that is a fault of the host. Growth by zero pages is not passed to the engine, which would take as
 * long for it as for a page.
 */
export const boundMemory: Pass = {
  name: 'bound-memory',
  function(edit) {
    const { unit } = edit
    const { build } = unit
    for (const site of edit.attached.sites) {
      const { expression } = site
      if (site.code === OP.memoryGrow) {
        addMemoryGrow(unit)
        const { call, value } = unit.meter.call(
          edit,
          MEMORY_GROW,
          [build.raw.MemoryGrowGetDelta(expression)],
          build.i32,
        )
        edit.replace(site, call, value)
      } else if (site.code === OP.tableGrow) {
        const name = addTableGrow(unit, unit.tableNames.indexOf(build.raw.TableGrowGetTable(expression)))
        const operands = [build.raw.TableGrowGetValue(expression), build.raw.TableGrowGetDelta(expression)]
        const { call, value } = unit.meter.call(edit, name, operands, build.i32)
        edit.replace(site, call, value)
      }
    }
  },
}

const MEMORY_GROW = 'ipvm:memory.grow'
/** The greatest number of pages of a memory (core spec 3.2.6). */
const MAX_PAGES = 65536

/** Adds the function that replaces `memory.grow`, if the module lacks it. */
function addMemoryGrow(unit: ModuleEdit): void {
  const { build, added } = unit
  if (added.has(MEMORY_GROW)) return
  added.add(MEMORY_GROW)
  const { raw, i32, i64 } = build
  addMeterGlobal(unit, METER.pages, i32, build.int32(0))
  addMeterGlobal(unit, METER.refused, i32, build.int32(0))
  const most = unit.module.memory!.max ?? MAX_PAGES
  const delta = (): Pointer => build.get(0, i32)
  unit.meter.addFunction(
    unit,
    build.name(MEMORY_GROW),
    { params: [i32], results: [i32], locals: [i64, i32] },
    builder => {
      const [grown, old] = [builder.local(0), builder.local(1)]
      const size = (): Pointer => raw.MemorySize(build.module, build.name('0'), 0)
      const limit = build.unary(raw.ExtendUInt32(), build.getGlobal(METER.pages, i32))
      return [
        build.set(grown, sum(unit, size(), delta())),
        build.if(build.binary(raw.GtUInt64(), build.get(grown, i64), build.int64(BigInt(most))), refuse(unit, builder)),
        build.if(
          build.binary(raw.GtUInt64(), build.get(grown, i64), limit),
          build.block([build.setGlobal(METER.refused, build.int32(1)), refuse(unit, builder)], build.none),
        ),
        build.if(build.unary(raw.EqZInt32(), delta()), build.return(builder.result(size()))),
        builder.charge(scaled(build, 0, unit.profile.schedule.bulk.memoryGrow, delta())),
        build.set(old, raw.MemoryGrow(build.module, delta(), build.name('0'), 0)),
        ...orFault(unit, old, builder),
      ]
    },
  )
}

/** Adds the function that replaces `table.grow` for one table, if the module lacks it. Returns its name. */
function addTableGrow(unit: ModuleEdit, index: number): string {
  const { build, added, profile } = unit
  const name = `ipvm:table.grow-${index}`
  if (added.has(name)) return name
  added.add(name)
  const { raw, i32 } = build
  const table = unit.module.tables[index]!
  const most = Math.min(table.max ?? Infinity, profile.limits.tableSlots)
  const reference = table.element === FUNCREF ? raw.TypeFuncref() : raw.TypeExternref()
  const delta = (): Pointer => build.get(1, i32)
  unit.meter.addFunction(
    unit,
    build.name(name),
    { params: [reference, i32], results: [i32], locals: [i32] },
    builder => {
      const old = builder.local(0)
      const grown = sum(unit, raw.TableSize(build.module, unit.tableNames[index]!), delta())
      return [
        build.if(build.binary(raw.GtUInt64(), grown, build.int64(BigInt(most))), refuse(unit, builder)),
        builder.charge(scaled(build, 0, profile.schedule.bulk.tableGrow, delta())),
        build.set(old, raw.TableGrow(build.module, unit.tableNames[index]!, build.get(0, reference), delta())),
        ...orFault(unit, old, builder),
      ]
    },
  )
  return name
}

/** The i64 sum of two unsigned i32 sizes. It cannot overflow. */
function sum({ build }: ModuleEdit, a: Pointer, b: Pointer): Pointer {
  const { raw } = build
  return build.binary(raw.AddInt64(), build.unary(raw.ExtendUInt32(), a), build.unary(raw.ExtendUInt32(), b))
}

/** Returns −1, the result of a growth that is refused. */
function refuse({ build }: ModuleEdit, builder: BodyBuilder): Pointer {
  return build.return(builder.result(build.int32(-1)))
}

/** The end of a function after a growth that must succeed: if it yielded −1, notes the fault and traps. */
function orFault({ build }: ModuleEdit, old: number, builder: BodyBuilder): Pointer[] {
  const failed = build.binary(build.raw.EqInt32(), build.get(old, build.i32), build.int32(-1))
  return [build.if(failed, trap(build, 'host-memory')), builder.result(build.get(old, build.i32))]
}
