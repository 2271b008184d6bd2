/** The result of classifying a piece of work: its type, its kind, and the facts from which they follow. */
import type { WorkKind } from './classes.ts'

/** A fact, and the conclusion from it. */
export interface Evidence {
  /** The source of the fact, such as `ability`, `method`, `network` or `admission`. */
  readonly what: string
  /** A sentence for people. */
  readonly says: string
}

/** The type, kind and evidence of a piece of work. */
export interface Found {
  /** The type under which networks know such work: `ipvm/wasm`, `http`, `docker`, … */
  readonly type: string
  readonly kind: WorkKind
  readonly evidence: readonly Evidence[]
}

/** The end of a sentence about something unknown. */
export const CAUTION = 'so it is taken to change something'

/** Makes a finding from one fact. */
export function found(type: string, kind: WorkKind, what: string, says: string): Found {
  return { type, kind, evidence: [{ what, says }] }
}
