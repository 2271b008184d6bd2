import { OP, type NanShape } from '../../../wasm/instructions.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import { EXPORT, METER, type FunctionEdit, type ModuleEdit, type Pass } from '../../edit/edit.ts'
import { canonicalize, typeOfShape } from './canonicalize.ts'
import { trap } from '../../edit/traps.ts'
import { seenNans, type Seen, type SeenNans } from './canonicalize-seen.ts'

/**
 * Watches for NaNs where somebody could tell them apart, and gives up where a function ends that has met one: few programs
 * ever make a NaN that can be seen, and the `steady` mode runs those that do.
 *
 *     (f64.store … (f64.add a b))   →   (f64.store … (block (result f64)
 *                                         (local.set $all (f64.add (local.tee t (f64.add a b)) (local.get $all)))
 *                                         (local.get t)))
 *
 * A sum with a NaN in it is a NaN for good. So is one of infinities of both signs, which have met no NaN; then nothing is lost
 * but time. There is one addition for each value and no branch, where making it canonical takes a comparison and a branch
 * that splits the code around it.
 *
 * Whatever else such a module does may have come of wrong bits. So nothing that it says counts, but that it ended well.
 */
export const watchNan: Pass = {
  name: 'watch-nan',
  function(edit) {
    const seen = seenNans(edit)
    if (!isWorthwhile(edit, seen)) return seen.slots.forEach(({ slot, shape }) => canonicalize(edit, slot, shape))
    mark(edit.unit)
    const sums = new Map<NanShape, Sums>()
    for (const values of together(seen.slots)) {
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

/** About so many bytes a value that is made canonical takes more than one that is watched, and the look at the end of a function. */
const SAVED = 8
const LOOK = 13

/** Whether a function has NaNs to be seen in a loop, or so many that looking at the sum where it ends takes fewer bytes. */
function isWorthwhile({ attached }: FunctionEdit, { slots, inLoop }: SeenNans): boolean {
  if (inLoop || slots.length === 0) return inLoop
  const exits = attached.sites.reduce((count, { code }) => count + (LEAVES.has(code) ? 1 : 0), 1)
  return slots.length * SAVED > exits * LOOK
}

/** Values of the same shape in the same metered block: all of them are made, or none is that counts. */
function together(slots: readonly Seen[]): Iterable<readonly Seen[]> {
  const groups = new Map<string, Seen[]>()
  for (const seen of slots) {
    const key = `${seen.block} ${seen.shape}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [seen])
    else group.push(seen)
  }
  return groups.values()
}

const LEAVES: ReadonlySet<number> = new Set([OP.return, OP.returnCall, OP.returnCallIndirect])

/** Says, by an export, that the module may give up. */
function mark({ build, ir, added }: ModuleEdit): void {
  if (added.has(EXPORT.watches)) return
  added.add(EXPORT.watches)
  build.raw.AddGlobalExport(ir, build.name(METER.trap), build.name(EXPORT.watches))
}

/** The locals that add up values of one shape: all of them, and those of the block at hand. */
interface Sums {
  readonly all: number
  block: number | undefined
}

/**
 * Watches values of one shape that are in one metered block. They are added up by themselves first: a loop that waits for one
 * addition in each round is not held up, one that waits for all of them may be.
 */
function watch(edit: FunctionEdit, values: readonly Seen[], sums: Sums): void {
  const { build } = edit.unit
  const { shape } = values[0]!
  const type = typeOfShape(build, shape)
  const held = edit.temporary(type)
  const add = (a: Pointer, b: number): Pointer => build.binary(addition(build, shape), a, build.get(b, type))
  values.forEach(({ slot }, i) => {
    const [first, last] = [i === 0, i === values.length - 1]
    if (first && !last) return edit.write(slot, build.tee(sums.block!, edit.read(slot), type))
    // The value comes first: it may have added something itself.
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

function giveUp(build: Build, sums: ReadonlyMap<NanShape, Sums>): Pointer {
  const met = [...sums].map(([shape, { all }]) => isNan(build, shape, all))
  return build.if(
    met.reduce((a, b) => build.binary(build.raw.OrInt32(), a, b)),
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
