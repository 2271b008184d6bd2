/**
 * Instrumentation: an admitted module to one that meters itself, bounds itself and gives the same bits everywhere.
 *
 * Planned on the raw bytes, attached to binaryen's tree in lockstep, then edited by the passes in order. The same module
 * and profile give the same bytes, always.
 */
import { requireAdmitted, type AdmittedModule } from '../admission/admit.ts'
import { badUsage } from '../base/usage.ts'
import { Attacher } from './attach.ts'
import { loadBinaryen, type Binaryen, type Pointer } from './binaryen.ts'
import { Build } from './build.ts'
import { boundStackFast, chargeFast } from './fast/check-bounds.ts'
import { countRounds } from './fast/count-rounds.ts'
import { giveMeter, takeMeter } from './fast/carry-meter.ts'
import { FAST_METER } from './fast/meter.ts'
import { endDry } from './fast/out-of-gas.ts'
import { canonicalizeSeenNan } from './fast/seen-nans.ts'
import { watchNan } from './fast/watch-nan.ts'
import { compact } from './compact.ts'
import { FunctionEdit, type Meter, type ModuleEdit, type Pass } from './edit.ts'
import { Frames } from './frames.ts'
import { boundMemory } from './passes/bound-memory.ts'
import { canonicalizeEveryNan } from './passes/canonicalize-nan.ts'
import { chargeOperands } from './passes/charge-operands.ts'
import { endDeadCode } from './passes/end-dead-code.ts'
import { exportBits } from './passes/export-bits.ts'
import { linkImports } from './passes/link-imports.ts'
import { placeStatements } from './passes/place-statements.ts'
import { reuseLocals } from './passes/reuse-locals.ts'
import { planGas } from './plan.ts'
import { boundStack } from './precise/bound-stack.ts'
import { chargeBlocks } from './precise/charge-blocks.ts'
import { chargeEntry } from './precise/charge-entry.ts'
import { PRECISE_METER } from './precise/meter.ts'
import { tellTraps } from './precise/tell-traps.ts'
import { readable } from './readable.ts'
import type { Mode } from './steps.ts'
import { createTree } from './tree.ts'

declare const stage: unique symbol

/** An instrumented module. Can be made by `instrument` alone. */
export interface InstrumentedModule {
  readonly [stage]: 'instrumented'
  /** What it was made of. */
  readonly admitted: AdmittedModule
  /** How it meters itself. */
  readonly mode: Mode
  /** The module that runs. */
  readonly bytes: Uint8Array
}

/** The passes of the modes whose meter is in registers, which differ in what they do about NaNs. */
const fast = (nan: Pass): readonly Pass[] => [
  linkImports,
  takeMeter, // before anything reads the meter's locals, or a local of its own
  boundStackFast,
  countRounds, // before the charges, which look at the heads of all other loops
  chargeFast,
  boundMemory,
  chargeOperands,
  nan,
  placeStatements,
  giveMeter, // behind all charges and whatever is to be done at the end: it reads what they leave
  endDry, // behind it: no end of the function may come later
  endDeadCode,
  reuseLocals,
  exportBits,
]

/** The order of the passes, and what would break if a neighbour came first. */
const PIPELINES: Readonly<Record<Mode, readonly Pass[]>> = {
  precise: [
    linkImports, // first: the bodies edited below must be the guest's, not the stand-ins for its imports
    chargeEntry, // before the stack's bound: a frame that does not fit has still been entered, and paid for
    boundStack,
    chargeBlocks, // behind it: what a block says about the stack does not depend on its charge
    tellTraps, // these put others in the place of instructions, before anything is put around them
    boundMemory,
    chargeOperands, // behind them: a size may be given by an instruction that they replace
    canonicalizeEveryNan,
    placeStatements, // now the slots are filled up
    endDeadCode,
    reuseLocals, // last: only now all locals are there
    exportBits,
  ],
  fast: fast(watchNan),
  steady: fast(canonicalizeSeenNan),
}

const METERS: Readonly<Record<Mode, Meter>> = { precise: PRECISE_METER, fast: FAST_METER, steady: FAST_METER }

/**
 * Instruments an admitted module, for the fast mode unless said otherwise. Throws a fault of this host (`internal`) if it
 * cannot, and `bad-usage` for what is not what `admit` gave; never rejects.
 */
export async function instrument(admitted: AdmittedModule, mode: Mode = 'fast'): Promise<InstrumentedModule> {
  if (typeof mode !== 'string' || !Object.hasOwn(PIPELINES, mode))
    throw badUsage('mode', `one of ${Object.keys(PIPELINES).join(', ')}`, mode)
  requireAdmitted(admitted)
  const loading = loadBinaryen()
  // While its file is read.
  const read = readable(admitted.module)
  const binaryen = await loading
  const ir = binaryen.read(read)
  const build = new Build(binaryen, ir)
  try {
    edit(admitted, mode, binaryen, ir, build)
    const bytes = binaryen.write(ir)
    return { admitted, mode, bytes: mode === 'precise' ? bytes : compact(bytes) } as InstrumentedModule
  } finally {
    build.dispose()
    binaryen.raw.ModuleDispose(ir)
  }
}

function edit(admitted: AdmittedModule, mode: Mode, binaryen: Binaryen, ir: Pointer, build: Build): void {
  const { module, profile } = admitted
  const { raw } = binaryen
  const tree = createTree(binaryen)
  const pointers = module.functions.map((_, i) => raw.GetFunctionByIndex(ir, i))
  const unit: ModuleEdit = {
    admitted,
    module,
    profile,
    binaryen,
    tree,
    build,
    ir,
    meter: METERS[mode],
    functionNames: pointers.map(pointer => raw.FunctionGetName(pointer)),
    tableNames: module.tables.map((_, i) => raw.TableGetName(raw.GetTableByIndex(ir, i))),
    globalNames: module.globals.map((_, i) => raw.GlobalGetName(raw.GetGlobalByIndex(ir, i))),
    added: new Set(),
    frames: new Frames(module),
  }
  const attacher = new Attacher(binaryen, tree, ir, mode, build.name('ipvm:row'))
  const passes = PIPELINES[mode]
  for (const pass of passes) pass.module?.(unit)
  module.bodies.forEach((body, i) => {
    const index = module.importedFunctions + i
    const type = module.functions[index]!
    const plan = planGas(module, body, profile.schedule, mode)
    const locals = body.locals.reduce((sum, run) => sum + run.count, type.params.length)
    const attached = attacher.attach(
      raw.FunctionGetBody(pointers[index]!),
      plan,
      type.params.length,
      locals,
      String(index),
    )
    const fn = new FunctionEdit(unit, index, pointers[index]!, type, body, plan, attached)
    for (const pass of passes) pass.function?.(fn)
  })
}
