/** The type and the kind of a piece of work, and the facts from which they follow. */
import type { WorkKind } from './classes.ts'

/** A fact and its consequence. */
export interface Evidence {
  /** The part of the description that shows it, such as `ability`, `method`, `network`, `admission`. */
  readonly what: string
  /** A sentence for people. */
  readonly says: string
}

/** The type and the kind of a piece of work. */
export interface Found {
  /** The type under which networks know such work: `ipvm/wasm`, `http`, `docker`, … */
  readonly type: string
  readonly kind: WorkKind
  readonly evidence: readonly Evidence[]
}

/** The end of each message about something unknown. */
export const CAUTION = 'so it is taken to change something'

/** Returns a finding that follows from one fact. */
export function found(type: string, kind: WorkKind, what: string, says: string): Found {
  return { type, kind, evidence: [{ what, says }] }
}
