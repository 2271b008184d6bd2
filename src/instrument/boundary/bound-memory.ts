import { FUNCREF } from '../../wasm/types.ts'
import { OP } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen/port.ts'
import { METER } from '../edit/globals.ts'
import type { Inside, ModuleEdit, Pass } from '../edit/edit.ts'
import { scaled, trap } from '../edit/traps.ts'
import { addMeterGlobal } from './export-bits.ts'

/**
 * Lets memory and tables grow within bounds that are known, and pay for what they get.
 *
 *     (memory.grow n)   →   (call $ipvm:memory.grow n)
 *
 * Growth past the declared maximum gives −1, as everywhere. Growth past the run's limit on pages gives −1 too, and is
 * remembered: the outcome may depend on the limit. Growth within both is charged and must succeed; if the engine fails it
 * all the same, that is a fault of the host and not the guest's matter. Growth by nothing does not reach the engine,
 * which would take as long for it as for a page.
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
const MOST_PAGES = 65536

function addMemoryGrow(unit: ModuleEdit): void {
  const { build, added } = unit
  if (added.has(MEMORY_GROW)) return
  added.add(MEMORY_GROW)
  const { raw, i32, i64 } = build
  addMeterGlobal(unit, METER.pages, i32, build.int32(0))
  addMeterGlobal(unit, METER.refused, i32, build.int32(0))
  const most = unit.module.memory!.max ?? MOST_PAGES
  const delta = (): Pointer => build.get(0, i32)
  unit.meter.addFunction(
    unit,
    build.name(MEMORY_GROW),
    { params: [i32], results: [i32], locals: [i64, i32] },
    inside => {
      const [grown, old] = [inside.local(0), inside.local(1)]
      const size = (): Pointer => raw.MemorySize(build.module, build.name('0'), 0)
      const limit = build.unary(raw.ExtendUInt32(), build.getGlobal(METER.pages, i32))
      return [
        build.set(grown, sum(unit, size(), delta())),
        build.if(build.binary(raw.GtUInt64(), build.get(grown, i64), build.int64(BigInt(most))), refuse(unit, inside)),
        build.if(
          build.binary(raw.GtUInt64(), build.get(grown, i64), limit),
          build.block([build.setGlobal(METER.refused, build.int32(1)), refuse(unit, inside)], build.none),
        ),
        build.if(build.unary(raw.EqZInt32(), delta()), build.return(inside.result(size()))),
        inside.charge(scaled(build, 0, unit.profile.schedule.bulk.memoryGrow, delta())),
        build.set(old, raw.MemoryGrow(build.module, delta(), build.name('0'), 0)),
        ...orFault(unit, old, inside),
      ]
    },
  )
}

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
    inside => {
      const old = inside.local(0)
      const grown = sum(unit, raw.TableSize(build.module, unit.tableNames[index]!), delta())
      return [
        build.if(build.binary(raw.GtUInt64(), grown, build.int64(BigInt(most))), refuse(unit, inside)),
        inside.charge(scaled(build, 0, profile.schedule.bulk.tableGrow, delta())),
        build.set(old, raw.TableGrow(build.module, unit.tableNames[index]!, build.get(0, reference), delta())),
        ...orFault(unit, old, inside),
      ]
    },
  )
  return name
}

/** Two unsigned sizes added without overflow. */
function sum({ build }: ModuleEdit, a: Pointer, b: Pointer): Pointer {
  const { raw } = build
  return build.binary(raw.AddInt64(), build.unary(raw.ExtendUInt32(), a), build.unary(raw.ExtendUInt32(), b))
}

function refuse({ build }: ModuleEdit, inside: Inside): Pointer {
  return build.return(inside.result(build.int32(-1)))
}

function orFault({ build }: ModuleEdit, old: number, inside: Inside): Pointer[] {
  const failed = build.binary(build.raw.EqInt32(), build.get(old, build.i32), build.int32(-1))
  return [build.if(failed, trap(build, 'host-memory')), inside.result(build.get(old, build.i32))]
}
