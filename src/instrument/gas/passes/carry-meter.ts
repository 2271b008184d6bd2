import { OP } from '../../../wasm/instructions.ts'
import { F32, F64, FUNCREF, I32, I64, V128, type ValueType } from '../../../wasm/types.ts'
import type { Site } from '../../attach/attachment.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, ModuleEdit, Pass } from '../../edit/edit.ts'
import { unpackGas, withGasType } from './register-meter.ts'

const BODY = { parent: 0, index: 0 }

/**
 * Adds the meter's parameters and result to the type of every function, and reads the remaining gas from the results of calls.
 * The new parameters follow the guest's own, so the indices of all other locals grow by two.
 */
export const receiveMeter: Pass = {
  name: 'receive-meter',
  module(unit) {
    unit.meteredTypes = meteredTypesOf(unit)
  },
  function(edit) {
    const { unit, attached } = edit
    const { build } = unit
    const { raw } = build
    raw.FunctionSetType(edit.function, unit.meteredTypes!.get(edit.type)!)
    for (const get of attached.gets) raw.LocalGetSetIndex(get, raw.LocalGetGetIndex(get) + 2)
    for (const set of attached.sets) raw.LocalSetSetIndex(set, raw.LocalSetGetIndex(set) + 2)
    for (const site of attached.sites) {
      if (site.code !== OP.call && site.code !== OP.callIndirect) continue
      const type = raw.ExpressionGetType(site.expression)
      const results = type === build.none ? [] : build.types(type)
      edit.write(site, unpackGas(edit, site.expression, results))
      raw.ExpressionSetType(site.expression, withGasType(build, results))
    }
  },
}

/**
 * Passes the counters on where control leaves the function: gas and stack as the last arguments of calls, and gas as the last
 * result. It runs after the passes that insert statements, so that it reads the counters that these statements leave.
 */
export const forwardMeter: Pass = {
  name: 'forward-meter',
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

/** The remaining gas at an exit of the function. Runs the statements of the epilogue first. */
function gasAtExit(edit: FunctionEdit, block: number): Pointer {
  const gas = remainingGas(edit, block)
  const { build } = edit.unit
  return edit.epilogue.length === 0 ? gas : build.block([...edit.epilogue.map(make => make()), gas], build.i64)
}

/** The remaining gas at the end of a metered block that passes it on, less the charge of the block if it was not charged yet. */
function remainingGas({ unit: { build }, plan, gas }: FunctionEdit, block: number): Pointer {
  const left = build.get(gas, build.i64)
  const charge = plan.charges[block]!
  return charge === 0 || !plan.chargedAtEnd[block]
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
  append(call, tail ? gasAtExit(edit, block) : remainingGas(edit, block))
  // A tail call ends the caller's frame, so the callee gets the weight of this frame back.
  append(call, tail && edit.subtractsWeight ? build.binary(build.raw.AddInt32(), left, build.int32(edit.weight)) : left)
}

/**
 * Appends the counters to the operands of an indirect call. The code that computes the callee's index runs after the arguments,
 * and may charge. So it is moved before the operand that reads the gas, and a local holds the index.
 */
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
  raw.CallIndirectSetResults(call, withGasType(build, results))
}

/** The results of the function, followed by the remaining gas. `value` is 0 if the function returns nothing. */
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
  return build.block(
    [build.set(held, value), build.tuple([...build.parts(held, types), gas])],
    withGasType(build, types),
  )
}

/**
 * binaryen's types of metered functions, by the original types. The C API has no constructor of function types, so functions
 * are added to a temporary module. Types belong to binaryen, not to a module, and stay valid when that module is disposed of.
 */
function meteredTypesOf({ build, module }: ModuleEdit): ReadonlyMap<object, number> {
  const { raw } = build
  const types = new Map<object, number>()
  const scratch = raw.ModuleCreate()
  for (const type of new Set(module.functions)) {
    const name = build.name(`type-${types.size}`)
    const params = build.type([...type.params.map(param => irType(build, param)), build.i64, build.i32])
    const fn = build.list([], list =>
      raw.AddFunction(
        scratch,
        name,
        params,
        withGasType(
          build,
          type.results.map(result => irType(build, result)),
        ),
        list,
        0,
        raw.Unreachable(scratch),
      ),
    )
    types.set(type, raw.FunctionGetType(fn))
  }
  raw.ModuleDispose(scratch)
  return types
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
