import { OP } from '../../../wasm/instructions.ts'
import { F32, F64, FUNCREF, I32, I64, V128, type ValueType } from '../../../wasm/types.ts'
import type { Site } from '../../attach/attachment.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, ModuleEdit, Pass } from '../../edit/edit.ts'
import { given, unpack } from './register-meter.ts'

const BODY = { parent: 0, index: 0 }

/**
 * Gives every function the meter's parameters and result, before anything else is put into its body, and takes the gas off
 * what calls give. The new parameters come after the guest's own, so all other locals move up by two.
 */
export const takeMeter: Pass = {
  name: 'take-meter',
  module(unit) {
    unit.forms = formTypes(unit)
  },
  function(edit) {
    const { unit, attached } = edit
    const { build } = unit
    const { raw } = build
    raw.FunctionSetType(edit.function, unit.forms!.get(edit.type)!)
    for (const get of attached.gets) raw.LocalGetSetIndex(get, raw.LocalGetGetIndex(get) + 2)
    for (const set of attached.sets) raw.LocalSetSetIndex(set, raw.LocalSetGetIndex(set) + 2)
    for (const site of attached.sites) {
      if (site.code !== OP.call && site.code !== OP.callIndirect) continue
      const type = raw.ExpressionGetType(site.expression)
      const results = type === build.none ? [] : build.types(type)
      edit.write(site, unpack(edit, site.expression, results))
      raw.ExpressionSetType(site.expression, given(build, results))
    }
  },
}

/**
 * Passes the meter on where control leaves the function: as arguments of calls, as the last result of returns. Last, so that
 * it is read after everything that was put in front of the call or the return.
 */
export const giveMeter: Pass = {
  name: 'give-meter',
  function(edit) {
    const { build } = edit.unit
    const { raw } = build
    for (const site of edit.attached.sites) {
      const { code, expression, block } = site
      if (code === OP.call || code === OP.returnCall) passArguments(edit, site, raw.CallAppendOperand)
      else if (code === OP.callIndirect || code === OP.returnCallIndirect) passIndirect(edit, site)
      else if (code === OP.return) raw.ReturnSetValue(expression, withGas(edit, raw.ReturnGetValue(expression), block))
    }
    const body = edit.read(BODY)
    if (raw.ExpressionGetType(body) === raw.TypeUnreachable()) return
    edit.write(BODY, withGas(edit, body, edit.plan.ends.length - 1))
  },
}

/** The gas that is left at an exit of the function, after the statements of the epilogue. */
function gasAtExit(edit: FunctionEdit, block: number): Pointer {
  const gas = gasLeft(edit, block)
  const { build } = edit.unit
  return edit.epilogue.length === 0 ? gas : build.block([...edit.epilogue.map(make => make()), gas], build.i64)
}

/** What is left of the gas when a metered block ends that hands it on, its own charge taken off. */
function gasLeft({ unit: { build }, plan, gas }: FunctionEdit, block: number): Pointer {
  const left = build.get(gas, build.i64)
  const charge = plan.charges[block]!
  return charge === 0 || !plan.handsOn[block]
    ? left
    : build.binary(build.raw.SubInt64(), left, build.int64(BigInt(charge)))
}

function passArguments(
  edit: FunctionEdit,
  { expression: call, code, block }: Site,
  append: (call: Pointer, operand: Pointer) => void,
): void {
  const { build } = edit.unit
  const left = build.get(edit.stack, build.i32)
  const tail = code === OP.returnCall || code === OP.returnCallIndirect
  append(call, tail ? gasAtExit(edit, block) : gasLeft(edit, block))
  // A tail call ends the frame first.
  append(call, tail && edit.takesStack ? build.binary(build.raw.AddInt32(), left, build.int32(edit.weight)) : left)
}

/** The callee's index comes after the arguments. What computing it charges must be charged before the gas is passed. */
function passIndirect(edit: FunctionEdit, site: Site): void {
  const { build } = edit.unit
  const { raw } = build
  const call = site.expression
  const params = build.types(raw.CallIndirectGetParams(call))
  const results = build.types(raw.CallIndirectGetResults(call))
  const callee = edit.temporary(build.i32)
  const evaluate = build.set(callee, raw.CallIndirectGetTarget(call))
  const append = (to: Pointer, operand: Pointer): void => {
    const first = raw.CallIndirectGetNumOperands(to) === params.length
    raw.CallIndirectAppendOperand(to, first ? build.block([evaluate, operand], build.i64) : operand)
  }
  passArguments(edit, site, append)
  raw.CallIndirectSetTarget(call, build.get(callee, build.i32))
  raw.CallIndirectSetParams(call, build.type([...params, build.i64, build.i32]))
  raw.CallIndirectSetResults(call, given(build, results))
}

/** A value, or none, and the gas that is left once it is there. */
function withGas(edit: FunctionEdit, value: Pointer, block: number): Pointer {
  const { build } = edit.unit
  const { raw } = build
  const gas = gasAtExit(edit, block)
  if (value === 0) return gas
  const type = raw.ExpressionGetType(value)
  if (type === build.none) return build.block([value, gas], build.i64)
  const types = build.types(type)
  if (types.length === 1) return build.tuple([value, gas])
  const held = edit.temporary(type)
  return build.block([build.set(held, value), build.tuple([...build.parts(held, types), gas])], given(build, types))
}

/**
 * The heap type of each function type with the meter. They are made in a module of their own that is thrown away: types are
 * binaryen's, not the module's.
 */
function formTypes({ build, module }: ModuleEdit): ReadonlyMap<object, number> {
  const { raw } = build
  const forms = new Map<object, number>()
  const scratch = raw.ModuleCreate()
  for (const type of new Set(module.functions)) {
    const name = build.name(`form-${forms.size}`)
    const params = build.type([...type.params.map(param => irType(build, param)), build.i64, build.i32])
    const fn = build.list([], list =>
      raw.AddFunction(
        scratch,
        name,
        params,
        given(
          build,
          type.results.map(result => irType(build, result)),
        ),
        list,
        0,
        raw.Unreachable(scratch),
      ),
    )
    forms.set(type, raw.FunctionGetType(fn))
  }
  raw.ModuleDispose(scratch)
  return forms
}

function irType(build: Build, type: ValueType): number {
  switch (type) {
    case I32:
      return build.i32
    case I64:
      return build.i64
    case F32:
      return build.f32
    case F64:
      return build.f64
    case V128:
      return build.v128
    case FUNCREF:
      return build.raw.TypeFuncref()
    default:
      return build.raw.TypeExternref()
  }
}
