/** What reading a piece of work found: its type, its kind, and the facts that this rests on. */
import type { WorkKind } from './classes.ts'

/** One fact, and what follows from it. */
export interface Evidence {
  /** Where it was seen, such as `ability`, `method`, `network`, `admission`. */
  readonly what: string
  /** A sentence for people. */
  readonly says: string
}

/** What was found about one piece of work. */
export interface Found {
  /** The type under which networks know such work: `ipvm/wasm`, `http`, `docker`, … */
  readonly type: string
  readonly kind: WorkKind
  readonly evidence: readonly Evidence[]
}

/** What follows from not knowing: words for the end of a sentence. */
export const CAUTION = 'so it is taken to change something'

/** A finding that rests on one fact. */
export function found(type: string, kind: WorkKind, what: string, says: string): Found {
  return { type, kind, evidence: [{ what, says }] }
}
