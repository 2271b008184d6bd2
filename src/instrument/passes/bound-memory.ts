import { FUNCREF } from '../../wasm/types.ts'
import { OP } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen.ts'
import { METER, type ModuleEdit, type Pass } from '../edit.ts'
import { chargeValue, scaled, trap } from './charge.ts'

/**
 * Lets memory and tables grow within bounds that are known, and pay for what they get.
 *
 *     (memory.grow n)   →   (call $ipvm:memory.grow n)
 *
 * Growth past the declared maximum gives −1, as everywhere. Growth past the run's limit on pages gives −1 too, and is
 * remembered: the outcome may depend on the limit. Growth within both is charged and must succeed; if the engine fails it
 * all the same, that is a fault of the host and not the guest's matter.
 */
export const boundMemory: Pass = {
  name: 'bound-memory',
  function(edit) {
    const { unit } = edit
    const { build } = unit
    for (const site of edit.attached.sites) {
      const expression = edit.read(site)
      if (site.code === OP.memoryGrow) {
        addMemoryGrow(unit)
        edit.replace(site, expression, build.call(MEMORY_GROW, [build.raw.MemoryGrowGetDelta(expression)], build.i32))
      } else if (site.code === OP.tableGrow) {
        const name = addTableGrow(unit, unit.tableNames.indexOf(build.raw.TableGrowGetTable(expression)))
        const operands = [build.raw.TableGrowGetValue(expression), build.raw.TableGrowGetDelta(expression)]
        edit.replace(site, expression, build.call(name, operands, build.i32))
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
  const { raw, i32 } = build
  const most = unit.module.memory!.max ?? MOST_PAGES
  const delta = (): Pointer => build.get(0, i32)
  const size = (): Pointer => raw.MemorySize(build.module, build.name('0'), 0)
  const grown = sum(unit, size(), delta())
  const limit = build.unary(raw.ExtendUInt32(), build.getGlobal(METER.pages, i32))
  const refused = build.block([build.setGlobal(METER.refused, build.int32(1)), giveUp(unit)], build.none)
  build.addFunction(build.name(MEMORY_GROW), [i32], i32, [build.i64, i32], build.block([
    build.set(1, grown),
    build.if(build.binary(raw.GtUInt64(), build.get(1, build.i64), build.int64(BigInt(most))), giveUp(unit)),
    build.if(build.binary(raw.GtUInt64(), build.get(1, build.i64), limit), refused),
    chargeValue(unit, scaled(build, 0, unit.profile.schedule.bulk.memoryGrow, delta())),
    build.set(2, raw.MemoryGrow(build.module, delta(), build.name('0'), 0)),
    ...orFault(unit, 2),
  ], i32))
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
  const grown = sum(unit, raw.TableSize(build.module, unit.tableNames[index]!), delta())
  build.addFunction(build.name(name), [reference, i32], i32, [i32], build.block([
    build.if(build.binary(raw.GtUInt64(), grown, build.int64(BigInt(most))), giveUp(unit)),
    chargeValue(unit, scaled(build, 0, profile.schedule.bulk.tableGrow, delta())),
    build.set(2, raw.TableGrow(build.module, unit.tableNames[index]!, build.get(0, reference), delta())),
    ...orFault(unit, 2),
  ], i32))
  return name
}

/** Two unsigned sizes added without overflow. */
function sum({ build }: ModuleEdit, a: Pointer, b: Pointer): Pointer {
  const { raw } = build
  return build.binary(raw.AddInt64(), build.unary(raw.ExtendUInt32(), a), build.unary(raw.ExtendUInt32(), b))
}

function giveUp({ build }: ModuleEdit): Pointer {
  return build.raw.Return(build.module, build.int32(-1))
}

function orFault({ build }: ModuleEdit, local: number): Pointer[] {
  const failed = build.binary(build.raw.EqInt32(), build.get(local, build.i32), build.int32(-1))
  return [build.if(failed, trap(build, 'host-memory')), build.get(local, build.i32)]
}
