import type { Grant } from '../../interface-profile.ts'
import { V128, type FunctionType } from '../../wasm/types.ts'
import { bitTypes, fromBits, toBits, valueType } from './bits.ts'
import type { Pointer } from '../binaryen/port.ts'
import type { BodyBuilder, ModuleEdit, Pass } from '../edit/edit.ts'
import { trapHere } from '../edit/traps.ts'

/**
 * Replaces each imported function by a function of ours with the same name, so that calls and tables need no change.
 *
 * For a denied import, that function traps. For a granted one it is a stub: it spills the counters to their globals, calls the
 * host function with the bits of its arguments, and reloads the counters. The instrumented module imports the host function
 * under the names in the grant. The host charges its price (`engine/host-imports.ts`).
 */
export const linkImports: Pass = {
  name: 'link-imports',
  module(unit) {
    const { build, admitted, module } = unit
    const { raw } = build
    const functions = admitted.imports.filter(({ import: entry }) => entry.kind === 'function')
    functions.forEach(({ grant }, index) => {
      const name = unit.functionNames[index]!
      const type = module.functions[index]!
      // The first function is always the next import: imports that were replaced are removed, and stubs are added at the end.
      const fn = raw.GetFunctionByIndex(unit.ir, 0)
      const params = build.types(raw.FunctionGetParams(fn))
      const results = build.types(raw.FunctionGetResults(fn))
      raw.RemoveFunction(unit.ir, name)
      // One local holds the bits of all results of the host function.
      const bits = grant === undefined ? [] : type.results.flatMap(result => bitTypes(build, result))
      const locals = bits.length === 0 ? [] : [build.type(bits)]
      unit.meter.addFunction(unit, name, { params, results, locals }, builder =>
        grant === undefined
          ? [trapHere(unit, 'denied-import'), build.unreachable()]
          : callHost(unit, grant, type, builder, bits),
      )
    })
  },
}

function callHost(
  unit: ModuleEdit,
  grant: Grant,
  { params, results }: FunctionType,
  builder: BodyBuilder,
  bits: readonly number[],
): readonly Pointer[] {
  const { build } = unit
  const operands = params.flatMap((param, i) => {
    const value = (): Pointer => build.get(i, valueType(build, param))
    return toBits(build, param, value(), param === V128 ? value() : 0)
  })
  const before = builder.spill(grant.may.includes('call-guest'))
  const call = build.call(hostImport(unit, grant, { params, results }), operands, build.type(bits))
  if (bits.length === 0) return [...before, call, ...builder.reload(), builder.result()]
  const held = builder.local(0)
  // The components of the tuple local. Each expression must be used once.
  const parts = build.parts(held, bits)
  const values = results.map(result => {
    const own = parts.splice(0, bitTypes(build, result).length)
    return fromBits(build, result, half => own[half]!)
  })
  return [...before, build.set(held, call), ...builder.reload(), builder.result(...values)]
}

/** binaryen's name of the imported host function of a grant. Adds the import if the module lacks it. */
function hostImport({ build, added, ir }: ModuleEdit, { module, name }: Grant, type: FunctionType): string {
  const own = `ipvm:host ${module}.${name}`
  if (added.has(own)) return own
  added.add(own)
  const bits = (types: FunctionType['params']): number => build.type(types.flatMap(value => bitTypes(build, value)))
  build.raw.AddFunctionImport(
    ir,
    build.name(own),
    build.name(module),
    build.name(name),
    bits(type.params),
    bits(type.results),
  )
  return own
}
