/**
 * Instrumentation: makes of an admitted module one that meters and bounds itself, and computes the same bits on every host.
 *
 * The gas of each function is planned from the raw bytes. The plan is attached to binaryen's tree, and passes edit the tree.
 * The same module, profile and mode always give the same bytes.
 */
import { requireAdmitted, type AdmittedModule } from '../admission/admit.ts'
import { requireCompilation } from '../base/compile.ts'
import { badUsage } from '../base/usage.ts'
import { Attacher } from './attach/attach.ts'
import { Build } from './binaryen/build.ts'
import { loadBinaryen, type Binaryen, type Pointer } from './binaryen/port.ts'
import { readable } from './binaryen/readable.ts'
import { createTree } from './binaryen/tree.ts'
import { Endings } from './boundary/endings.ts'
import { FunctionEdit, type ModuleEdit } from './edit/edit.ts'
import { planGas } from './gas/analysis/plan.ts'
import { MODES, type Mode, type ModeName } from './modes.ts'
import { compact } from './optimise/compact/compact.ts'
import { Frames } from './optimise/frames/frames.ts'
import { METERS, passesOf } from './pipeline.ts'

declare const stage: unique symbol

/** An instrumented module. Only `instrument` can make one. */
export interface InstrumentedModule {
  readonly [stage]: 'instrumented'
  /** The module that it was made from. */
  readonly admitted: AdmittedModule
  /** The mode that it was instrumented for. */
  readonly mode: ModeName
  /** The instrumented module, which the engine runs. */
  readonly bytes: Uint8Array
}

/**
 * Instruments an admitted module, by default for the fast mode. Throws the fault `internal` if this host cannot,
 * `compilation-forbidden` if it compiles no WebAssembly, which binaryen is, and `bad-usage` if `admitted` does not come
 * from `admit` or the mode is unknown.
 */
export async function instrument(admitted: AdmittedModule, mode: ModeName = 'fast'): Promise<InstrumentedModule> {
  if (typeof mode !== 'string' || !Object.hasOwn(MODES, mode))
    throw badUsage('mode', `one of ${Object.keys(MODES).join(', ')}`, mode)
  requireAdmitted(admitted)
  // Otherwise megabytes of binaryen would be loaded first.
  requireCompilation()
  const bytes = await instrumentFor(admitted, MODES[mode])
  return { admitted, mode, bytes } as InstrumentedModule
}

/** The bytes of an admitted module that is instrumented for a mode. The mode need not be one of `MODES`. */
export async function instrumentFor(admitted: AdmittedModule, mode: Mode): Promise<Uint8Array> {
  const loading = loadBinaryen()
  // This runs while binaryen is being loaded.
  const read = readable(admitted.module)
  const binaryen = await loading
  const ir = binaryen.read(read)
  const build = new Build(binaryen, ir)
  try {
    edit(admitted, mode, binaryen, ir, build)
    const bytes = binaryen.write(ir)
    return mode.optimisations.compact ? compact(bytes) : bytes
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
  const functions = admitted.imports.filter(({ import: entry }) => entry.kind === 'function')
  const callsGuest = functions.map(({ grant }) => grant?.may.includes('call-guest') ?? false)
  const unit: ModuleEdit = {
    admitted,
    module,
    profile,
    binaryen,
    tree,
    build,
    ir,
    mode,
    meter: METERS[mode.counters],
    functionNames: pointers.map(pointer => raw.FunctionGetName(pointer)),
    tableNames: module.tables.map((_, i) => raw.TableGetName(raw.GetTableByIndex(ir, i))),
    globalNames: module.globals.map((_, i) => raw.GlobalGetName(raw.GetGlobalByIndex(ir, i))),
    added: new Set(),
    frames: new Frames(module, profile.limits.stackWords, callsGuest, mode.optimisations.frames),
    endings: new Endings(admitted),
    hasReentry: callsGuest.includes(true),
  }
  const attacher = new Attacher(binaryen, tree, ir, mode, build.name('ipvm:row'))
  const passes = passesOf(mode)
  for (const pass of passes) pass.module?.(unit)
  module.bodies.forEach((body, i) => {
    const index = module.importedFunctions + i
    const type = module.functions[index]!
    const plan = planGas(module, body, profile.schedule, mode, unit.endings)
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
