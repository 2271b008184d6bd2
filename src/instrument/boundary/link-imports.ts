import type { Grant } from '../../interface.ts'
import type { Pointer } from '../binaryen/port.ts'
import { ABORT_ARGUMENTS, type Inside, type ModuleEdit, type Pass } from '../edit/edit.ts'
import { scaled, trapHere } from '../edit/traps.ts'
import { addMeterGlobal } from './export-bits.ts'

/** Where the instrumented module imports the one function that the host gives it. */
export const LOG_IMPORT = { module: 'ipvm', name: 'log' } as const

/**
 * Puts a function of the module's own in the place of each import, under the same name, so that calls and tables find it:
 * one that traps for `abort` and for what is denied, one that pays, checks its range and calls the host for `log`.
 */
export const linkImports: Pass = {
  name: 'link-imports',
  module(unit) {
    const { build, admitted } = unit
    const { raw } = build
    const functions = admitted.imports.filter(({ import: entry }) => entry.kind === 'function')
    functions.forEach(({ grant }, index) => {
      const name = unit.functionNames[index]!
      // Functions that are added go to the end, so the next import is the first again.
      const fn = raw.GetFunctionByIndex(unit.ir, 0)
      const params = build.types(raw.FunctionGetParams(fn))
      const results = build.types(raw.FunctionGetResults(fn))
      raw.RemoveFunction(unit.ir, name)
      unit.meter.addFunction(unit, name, { params, results, locals: [] }, inside => body(unit, grant, inside))
    })
  },
}

function body(unit: ModuleEdit, grant: Grant | undefined, inside: Inside): Pointer[] {
  switch (grant?.does) {
    case 'log':
      return log(unit, inside)
    case 'abort':
      return [...keepArguments(unit, grant), trapHere(unit, 'abort'), unit.build.unreachable()]
    case undefined:
      return [trapHere(unit, 'denied-import'), unit.build.unreachable()]
  }
}

/** Keeps what `abort` is called with for the people who ask why: pointers to a message and a file name, a line, a column. */
function keepArguments(unit: ModuleEdit, { type }: Grant): Pointer[] {
  const { build, mode, added } = unit
  if (mode.traps !== 'exact' || type !== 'iiii:') return []
  const { i32 } = build
  return ABORT_ARGUMENTS.map((name, index) => {
    if (!added.has(name)) addMeterGlobal(unit, name, i32, build.int32(0))
    added.add(name)
    return build.setGlobal(name, build.get(index, i32))
  })
}

const LOG = 'ipvm:log'

/** `log(pointer, length)`: pays for the bytes, checks that they lie in memory, and hands them to the host. */
function log(unit: ModuleEdit, inside: Inside): Pointer[] {
  const { build, added, profile } = unit
  const { raw, i32 } = build
  if (!added.has(LOG)) {
    added.add(LOG)
    raw.AddFunctionImport(
      unit.ir,
      build.name(LOG),
      build.name(LOG_IMPORT.module),
      build.name(LOG_IMPORT.name),
      build.type([i32, i32]),
      build.none,
    )
  }
  const { flat, perUnit } = profile.schedule.host
  const wide = (local: number): Pointer => build.unary(raw.ExtendUInt32(), build.get(local, i32))
  const pages = unit.module.memory === undefined ? build.int32(0) : raw.MemorySize(build.module, build.name('0'), 0)
  const bytes = build.binary(raw.ShlInt64(), build.unary(raw.ExtendUInt32(), pages), build.int64(16n))
  const outside = build.binary(raw.GtUInt64(), build.binary(raw.AddInt64(), wide(0), wide(1)), bytes)
  return [
    inside.charge(scaled(build, flat, perUnit, build.get(1, i32))),
    build.if(outside, trapHere(unit, 'memory-out-of-bounds')),
    build.call(LOG, [build.get(0, i32), build.get(1, i32)], build.none),
    inside.result(),
  ]
}
