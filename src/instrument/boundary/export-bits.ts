import { I32, I64, isReference, type FunctionType, type ValueType } from '../../wasm/types.ts'
import { bitTypes, fromBits, toBits, valueType } from './bits.ts'
import type { Pointer } from '../binaryen/port.ts'
import { EXPORT, externalName, memoryName, METER } from '../edit/globals.ts'
import type { ModuleEdit, Pass } from '../edit/edit.ts'

/**
 * Exports what the host needs, and nothing else: the guest's functions, memory and integer globals, and the meter. Each
 * exported function gets an entry, which converts its values from and to bits.
 *
 * A float that crosses into JavaScript may lose the bits of its NaN, and a vector cannot cross at all. So an f32 crosses as
 * an i32, an f64 as an i64, and a v128 as two i64, the low half first:
 *
 *     (func $f (param f64) (result v128))   →   (func (export "f") (param i64) (result i64 i64) …)
 *
 * A call by the host begins with the whole stack. A call by a host function begins with the stack that its caller had left,
 * less the weight of the host's own frames (PROFILE-26). Functions with references in their types cannot be called from
 * outside, and are not exported.
 */
export const exportBits: Pass = {
  name: 'export-bits',
  module(unit) {
    const { build, module, ir } = unit
    const { raw } = build
    for (const { name, kind, index } of module.exports) {
      const external = build.name(externalName(name))
      if (kind === 'memory') raw.AddMemoryExport(ir, build.name('0'), external)
      else if (kind === 'global' && isInteger(module.globals[index]!.type))
        raw.AddGlobalExport(ir, unit.globalNames[index]!, external)
      else if (kind === 'function' && isCallable(module.functions[index]!))
        raw.AddFunctionExport(ir, entryOf(unit, index), external)
    }
    const memory = memoryName(module.exports)
    if (module.memory !== undefined && memory === EXPORT.memory)
      raw.AddMemoryExport(ir, build.name('0'), build.name(memory))
    addMeterGlobal(unit, METER.gas, build.i64, build.int64(0n))
    addMeterGlobal(unit, METER.trap, build.i32, build.int32(0))
    // The host calls the start function after it has set the gas. So its traps are handled like those of any other call.
    if (module.start !== undefined) raw.AddFunctionExport(ir, entryOf(unit, module.start), build.name(EXPORT.start))
  },
}

/** Adds a global of the meter, and exports it under the same name. */
export function addMeterGlobal({ build, ir }: ModuleEdit, text: string, type: number, init: Pointer): void {
  const name = build.name(text)
  build.raw.AddGlobal(ir, name, type, 1, init)
  build.raw.AddGlobalExport(ir, name, name)
}

const isInteger = (type: ValueType): boolean => type === I32 || type === I64

/** True if all parameters and results of a function can cross as bits. */
export function isCallable({ params, results }: FunctionType): boolean {
  return !params.some(isReference) && !results.some(isReference)
}

/** The name of the entry of a function. Adds the entry if the module lacks it. */
function entryOf(unit: ModuleEdit, index: number): Pointer {
  const { build, added } = unit
  const name = `ipvm:entry-${index}`
  if (!added.has(name)) {
    added.add(name)
    addEntry(unit, build.name(name), index)
  }
  return build.name(name)
}

function addEntry(unit: ModuleEdit, name: Pointer, index: number): void {
  const { build } = unit
  const type = unit.module.functions[index]!
  const callee = { name: unit.functionNames[index]!, uncheckedNeed: unit.frames.uncheckedNeed(index) }
  const params: number[] = []
  const operands = type.params.map(param => {
    const first = params.length
    params.push(...bitTypes(build, param))
    return fromBits(build, param, half => build.get(first + half, params[first + half]!))
  })
  const results = type.results.map(result => valueType(build, result))
  const result = build.type(type.results.flatMap(r => bitTypes(build, r)))
  const locals: number[] = []
  const add = (local: number): number => params.length + locals.push(local) - 1
  const entered = unit.meter.enter(unit, callee, operands, results, { add })
  if (results.length === 0) return build.addFunction(name, params, result, locals, build.block(entered, build.none))
  const held = add(build.type(results))
  const parts = build.parts(held, results)
  // A vector is read twice, once for each half, and expressions cannot be shared.
  const again = build.parts(held, results)
  const bits = type.results.flatMap((r, i) => toBits(build, r, parts[i]!, again[i]!))
  const statements = [...entered.slice(0, -1), build.set(held, entered[entered.length - 1]!), build.tuple(bits)]
  build.addFunction(name, params, result, locals, build.block(statements, result))
}
