import { OP, type NanShape } from '../../../wasm/instructions.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, ModuleEdit, Pass } from '../../edit/edit.ts'
import { EXPORT, METER } from '../../edit/globals.ts'
import { canonicalize, typeOfShape } from './canonicalize.ts'
import { trap } from '../../edit/traps.ts'
import { observedNans, type ObservedNan, type ObservedNans } from './observed-nans.ts'

/**
 * Watches for observed NaNs instead of making them canonical. If a function has met one, the run is given up where the
 * function ends, and the engine runs the module again in the `steady` mode. Few programs ever produce an observed NaN.
 *
 *     (f64.store … (f64.add a b))   →   (f64.store … (block (result f64)
 *                                         (local.set $all (f64.add (local.tee t (f64.add a b)) (local.get $all)))
 *                                         (local.get t)))
 *
 * `$all` is the sum of all watched values of a shape. Once a NaN was added, the sum stays a NaN, so one check at each end of
 * the function is enough. A sum of infinities of both signs is a NaN as well; then the second run was unnecessary, but does no
 * harm. The gain: a watched value costs one addition and no branch, while making it canonical takes a comparison and a branch
 * that splits a basic block.
 *
 * Why this is right. If a run ends well, each of its functions has returned or made a tail call. Both are ends at which the
 * sums are checked, so no observed NaN was produced. A function that may still wait when a host function ends the run does not
 * watch: it makes its NaNs canonical (boundary/endings.ts). If the run traps, it may have been misled by wrong bits before. So the
 * module exports a mark (`EXPORT.watches`), and the engine ignores what such a module notes about a trap.
 */
export const watchNan: Pass = {
  name: 'watch-nan',
  function(edit) {
    const observed = observedNans(edit)
    const mayNotReturn = edit.unit.endings.reaches(edit.index)
    if (mayNotReturn || !isWorthwhile(edit, observed))
      return observed.nans.forEach(({ slot, shape }) => canonicalize(edit, slot, shape))
    exportMark(edit.unit)
    const sums = new Map<NanShape, Sums>()
    for (const values of byBlockAndShape(observed.nans)) {
      const { shape } = values[0]!
      const type = typeOfShape(edit.unit.build, shape)
      const own = sums.get(shape) ?? { all: edit.addLocal(type), block: undefined }
      sums.set(shape, own)
      if (values.length > 1) own.block ??= edit.addLocal(type)
      watch(edit, values, own)
    }
    edit.epilogue.push(() => giveUp(edit.unit.build, sums))
  },
}

/** Estimates of code size in bytes: what watching a value saves against making it canonical, and what a check costs. */
const SAVED_BYTES = 8
const CHECK_BYTES = 13

/** True if watching pays: observed NaNs are in a loop, or there are so many that the checks take fewer bytes. */
function isWorthwhile({ attached }: FunctionEdit, { nans, inLoop }: ObservedNans): boolean {
  if (inLoop || nans.length === 0) return inLoop
  const exits = attached.sites.reduce((count, { code }) => count + (EXITS.has(code) ? 1 : 0), 1)
  return nans.length * SAVED_BYTES > exits * CHECK_BYTES
}

/**
 * Groups observed NaNs of the same shape in the same metered block. If the run ends well, all values of a group were produced
 * or none was.
 */
function byBlockAndShape(nans: readonly ObservedNan[]): Iterable<readonly ObservedNan[]> {
  const groups = new Map<string, ObservedNan[]>()
  for (const nan of nans) {
    const key = `${nan.block} ${nan.shape}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [nan])
    else group.push(nan)
  }
  return groups.values()
}

/** Instructions that end a function. The end of the body is one more. */
const EXITS: ReadonlySet<number> = new Set([OP.return, OP.returnCall, OP.returnCallIndirect])

/** Exports the mark of a module that may give up. */
function exportMark({ build, ir, added }: ModuleEdit): void {
  if (added.has(EXPORT.watches)) return
  added.add(EXPORT.watches)
  build.raw.AddGlobalExport(ir, build.name(METER.trap), build.name(EXPORT.watches))
}

/** The locals that hold sums of one shape: of all values of the function, and of the current metered block. */
interface Sums {
  readonly all: number
  block: number | undefined
}

/**
 * Watches the values of one group. The sum of the group is computed first, and then added to the sum of the function. So an
 * iteration of a loop depends on the one before by a single addition, whose latency it can hide.
 */
function watch(edit: FunctionEdit, values: readonly ObservedNan[], sums: Sums): void {
  const { build } = edit.unit
  const { shape } = values[0]!
  const type = typeOfShape(build, shape)
  const held = edit.temporary(type)
  const add = (a: Pointer, b: number): Pointer => build.binary(addition(build, shape), a, build.get(b, type))
  values.forEach(({ slot }, i) => {
    const [first, last] = [i === 0, i === values.length - 1]
    if (first && !last) return edit.write(slot, build.tee(sums.block!, edit.read(slot), type))
    // The value is evaluated before the sum is read, since its operands may write the sum.
    const value = build.tee(held, edit.read(slot), type)
    const sum = first ? value : add(value, sums.block!)
    edit.write(
      slot,
      build.block(
        [last ? build.set(sums.all, add(sum, sums.all)) : build.set(sums.block!, sum), build.get(held, type)],
        type,
      ),
    )
  })
}

function addition({ raw }: Build, shape: NanShape): number {
  switch (shape) {
    case 'f32':
      return raw.AddFloat32()
    case 'f64':
      return raw.AddFloat64()
    case 'f32x4':
      return raw.AddVecF32x4()
    case 'f64x2':
      return raw.AddVecF64x2()
  }
}

/** Notes that a NaN was observed and traps, if one of the sums is a NaN. */
function giveUp(build: Build, sums: ReadonlyMap<NanShape, Sums>): Pointer {
  const conditions = [...sums].map(([shape, { all }]) => isNan(build, shape, all))
  return build.if(
    conditions.reduce((a, b) => build.binary(build.raw.OrInt32(), a, b)),
    trap(build, 'nan'),
  )
}

function isNan(build: Build, shape: NanShape, local: number): Pointer {
  const { raw } = build
  const type = typeOfShape(build, shape)
  const unequal = (operator: number): Pointer => build.binary(operator, build.get(local, type), build.get(local, type))
  switch (shape) {
    case 'f32':
      return unequal(raw.NeFloat32())
    case 'f64':
      return unequal(raw.NeFloat64())
    case 'f32x4':
      return build.unary(raw.AnyTrueVec128(), unequal(raw.NeVecF32x4()))
    case 'f64x2':
      return build.unary(raw.AnyTrueVec128(), unequal(raw.NeVecF64x2()))
  }
}
