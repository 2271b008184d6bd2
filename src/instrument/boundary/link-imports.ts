import type { Grant } from '../../interface-profile.ts'
import { V128, type FunctionType } from '../../wasm/types.ts'
import { bitTypes, fromBits, toBits, valueType } from './bits.ts'
import type { Pointer } from '../binaryen/port.ts'
import type { Inside, ModuleEdit, Pass } from '../edit/edit.ts'
import { trapHere } from '../edit/traps.ts'

/**
 * Puts a function of the module's own in the place of each import, under the same name, so that calls and tables find it. For
 * what is denied it traps. For what is granted it is a stub, made from the grant: the meter goes to where the host can see it,
 * the host function is called with bits, and the meter comes back. The instrumented module imports the host function under the
 * name that the grant has; what it does, and what it charges, is the host's matter.
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
      // Functions that are added go to the end, so the next import is the first again.
      const fn = raw.GetFunctionByIndex(unit.ir, 0)
      const params = build.types(raw.FunctionGetParams(fn))
      const results = build.types(raw.FunctionGetResults(fn))
      raw.RemoveFunction(unit.ir, name)
      // Results are held as bits.
      const bits = grant === undefined ? [] : type.results.flatMap(result => bitTypes(build, result))
      const locals = bits.length === 0 ? [] : [build.type(bits)]
      unit.meter.addFunction(unit, name, { params, results, locals }, inside =>
        grant === undefined
          ? [trapHere(unit, 'denied-import'), build.unreachable()]
          : callHost(unit, grant, type, inside, bits),
      )
    })
  },
}

function callHost(
  unit: ModuleEdit,
  grant: Grant,
  { params, results }: FunctionType,
  inside: Inside,
  bits: readonly number[],
): readonly Pointer[] {
  const { build } = unit
  const operands = params.flatMap((param, i) => {
    const value = (): Pointer => build.get(i, valueType(build, param))
    return toBits(build, param, value(), param === V128 ? value() : 0)
  })
  const before = inside.spill(grant.may.includes('call-guest'))
  const call = build.call(hostImport(unit, grant, { params, results }), operands, build.type(bits))
  if (bits.length === 0) return [...before, call, ...inside.reload(), inside.result()]
  const held = inside.local(0)
  // Each part is read once.
  const parts = build.parts(held, bits)
  const values = results.map(result => {
    const own = parts.splice(0, bitTypes(build, result).length)
    return fromBits(build, result, half => own[half]!)
  })
  return [...before, build.set(held, call), ...inside.reload(), inside.result(...values)]
}

/** The name of the host function of a grant, which is imported once. */
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
