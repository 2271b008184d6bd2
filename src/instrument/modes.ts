/** Modes: a mode is one choice for each question of instrumentation. */

/**
 * The names of the modes that the engine runs. It begins with `fast`, runs the module again in `steady` if the run met an
 * observed NaN, and in `precise` if the run did not end well (RATIONALE.md, "Why are there three modes?").
 */
export type ModeName = 'fast' | 'steady' | 'precise'

export interface Mode {
  readonly name: ModeName
  /**
   * Where the counters of gas and stack live. `registers`: every function takes them as parameters and returns the gas as a
   * result, so that engines keep them in registers. `globals`: in globals, and functions keep their types.
   */
  readonly counters: 'registers' | 'globals'
  /**
   * What is known of a run that traps. `exact`: the trap, the gas and the offset of the instruction. `unknown`: the counter is
   * exact only where a run ends well, so another mode must decide a trap.
   */
  readonly traps: 'exact' | 'unknown'
  /**
   * What is done about NaNs. `every`: each NaN is made canonical where it is produced. `observed`: only NaNs whose bits the
   * guest or the host can observe. `watched`: no NaN is made canonical, and the run gives up if it has met an observed one.
   */
  readonly nans: 'every' | 'observed' | 'watched'
  readonly optimisations: Optimisations
}

/** The optimisations. Each can be switched off; the instrumented code then does the same and takes longer. */
export interface Optimisations {
  /** Blocks charge for one another (`optimise/charge-graph`). */
  readonly chargeGraph: boolean
  /** All iterations of some loops are charged before the first one (`optimise/counted-loops`). Needs the charge graph. */
  readonly countedLoops: boolean
  /** Callers reserve stack for small callees, which do not check (`optimise/frames`). */
  readonly frames: boolean
  /** The checks of a function share the code that reports out-of-gas (`optimise/shared-checks`). */
  readonly sharedChecks: boolean
  /** A peephole pass shortens the code that binaryen writes (`optimise/compact`). */
  readonly compact: boolean
}

const ALL: Optimisations = { chargeGraph: true, countedLoops: true, frames: true, sharedChecks: true, compact: true }
const NONE: Optimisations = {
  chargeGraph: false,
  countedLoops: false,
  frames: false,
  sharedChecks: false,
  compact: false,
}

/** The modes by their names. */
export const MODES: Readonly<Record<ModeName, Mode>> = {
  fast: { name: 'fast', counters: 'registers', traps: 'unknown', nans: 'watched', optimisations: ALL },
  steady: { name: 'steady', counters: 'registers', traps: 'unknown', nans: 'observed', optimisations: ALL },
  precise: { name: 'precise', counters: 'globals', traps: 'exact', nans: 'every', optimisations: NONE },
}

/** A mode with some of its optimisations switched off, for tests against the plain form and for ablations. */
export function without(mode: Mode, ...names: readonly (keyof Optimisations)[]): Mode {
  const off = Object.fromEntries(names.map(name => [name, false]))
  return { ...mode, optimisations: { ...mode.optimisations, ...off } }
}
