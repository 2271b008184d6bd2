/** How a module can be instrumented: a mode is one choice for each question that instrumentation has to answer. */

/**
 * Names of the modes that the engine runs. It begins with `fast`, runs a module again in `steady` if a NaN was observed, and
 * in `precise` if the run did not end well (RATIONALE, "Why are there three modes?").
 */
export type ModeName = 'fast' | 'steady' | 'precise'

export interface Mode {
  readonly name: ModeName
  /**
   * Where the counters of gas and stack live. `registers`: every function takes them as parameters and gives the gas back
   * as a result, so that engines keep them in registers. `globals`: functions keep their type.
   */
  readonly counters: 'registers' | 'globals'
  /**
   * What is known of a run that traps. `exact`: its trap, its gas and where it stands. `unknown`: the counter is exact where
   * a run ends well, and another mode must tell what a trap was.
   */
  readonly traps: 'exact' | 'unknown'
  /**
   * What is done about NaNs. `every`: each instruction that can make one makes the canonical one. `observed`: only where the
   * guest or the host can observe the bits. `watched`: nothing is made canonical; the run gives up if such a NaN was made.
   */
  readonly nans: 'every' | 'observed' | 'watched'
  readonly optimisations: Optimisations
}

/** Optimisations, each of which can be switched off. Instrumented code then takes longer, and does the same. */
export interface Optimisations {
  /** Blocks charge for one another (`optimise/charge-graph`). */
  readonly chargeGraph: boolean
  /** The rounds of some loops are charged before the first one begins (`optimise/counted-loops`). Needs the charge graph. */
  readonly countedLoops: boolean
  /** Callers keep stack free for small callees, which do not check (`optimise/frames`). */
  readonly frames: boolean
  /** The checks of a function share the code that reports that the gas is used up (`optimise/shared-checks`). */
  readonly sharedChecks: boolean
  /** What binaryen writes is shortened (`optimise/compact`). */
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

/** A mode without some of its optimisations, for tests that compare with the plain form and for ablations. */
export function without(mode: Mode, ...names: readonly (keyof Optimisations)[]): Mode {
  const off = Object.fromEntries(names.map(name => [name, false]))
  return { ...mode, optimisations: { ...mode.optimisations, ...off } }
}
