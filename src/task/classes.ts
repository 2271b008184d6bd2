/**
 * The safety classes of IPVM as one table: what a scheduler may do with each kind of work.
 * Source: https://github.com/ipvm-wg/spec/issues/12 and the guarantees of the spec's task chapter.
 */

/** From the one that promises most to the one that promises nothing. */
export const SAFETY_CLASSES = ['deterministic', 'nondestructive', 'destructive'] as const

/** What a scheduler may take work for: deterministic, nondestructive (it changes nothing outside), or destructive. */
export type SafetyClass = (typeof SAFETY_CLASSES)[number]

/** Kinds of work that differ in what may be done with them. */
export const WORK_KINDS = ['pure-function', 'resolve-cid', 'query', 'idempotent-command', 'command'] as const

/** A kind of work: a pure function, loading content by its CID, a query, a command that may be repeated, any other command. */
export type WorkKind = (typeof WORK_KINDS)[number]

/** What a scheduler may rely on. */
export interface Guarantees {
  /** Whether running it again after a failure goes unnoticed. */
  readonly retry: 'safe' | 'unsafe'
  /** Whether several runners may work on it at once. */
  readonly race: 'safe' | 'unsafe'
  /** How long a result stands for the work: for ever, as a captured value, or not at all. */
  readonly cache: 'forever' | 'once-captured' | 'never'
  /** What makes a result believable. */
  readonly voucher: 're-execution' | 'hash' | 'oracle-attestation' | 'executor-attestation'
  /** What must be held while it runs. */
  readonly lock: 'none' | 'exactly-once'
}

/** One row of the table. */
export interface ClassRow extends Guarantees {
  /** The class of work of this kind. */
  readonly class: SafetyClass
  /** Whether it changes something outside. */
  readonly destructive: boolean
  /** Whether a result can be checked without trusting who gives it. */
  readonly verifiable: boolean
  /** Whether doing it twice is the same as doing it once. */
  readonly idempotent: boolean
}

/** The table. The order of its rows is that of `WORK_KINDS`, from least to most careful. */
export const CLASS_TABLE: Readonly<Record<WorkKind, ClassRow>> = Object.freeze({
  /** Wasm that admission proved pure. */
  'pure-function': Object.freeze({
    class: 'deterministic',
    destructive: false,
    verifiable: true,
    idempotent: true,
    retry: 'safe',
    race: 'safe',
    cache: 'forever',
    voucher: 're-execution',
    lock: 'none',
  }),
  /** Loading content by its hash. Not idempotent: it may be found now, and gone later. */
  'resolve-cid': Object.freeze({
    class: 'nondestructive',
    destructive: false,
    verifiable: true,
    idempotent: false,
    retry: 'safe',
    race: 'safe',
    cache: 'once-captured',
    voucher: 'hash',
    lock: 'none',
  }),
  /** HTTP GET; a container without effects. */
  query: Object.freeze({
    class: 'nondestructive',
    destructive: false,
    verifiable: false,
    idempotent: false,
    retry: 'safe',
    race: 'safe',
    cache: 'once-captured',
    voucher: 'oracle-attestation',
    lock: 'none',
  }),
  /** HTTP PUT and DELETE. */
  'idempotent-command': Object.freeze({
    class: 'destructive',
    destructive: true,
    verifiable: false,
    idempotent: true,
    retry: 'safe',
    race: 'unsafe',
    cache: 'never',
    voucher: 'executor-attestation',
    lock: 'exactly-once',
  }),
  /** E-mail, HTTP POST, a container with effects, and whatever is not known. */
  command: Object.freeze({
    class: 'destructive',
    destructive: true,
    verifiable: false,
    idempotent: false,
    retry: 'unsafe',
    race: 'unsafe',
    cache: 'never',
    voucher: 'executor-attestation',
    lock: 'exactly-once',
  }),
})

/** The row of the table that stands for a class when nothing more is known: its most careful one. */
export const CAREFUL_KIND: Readonly<Record<SafetyClass, WorkKind>> = Object.freeze({
  deterministic: 'pure-function',
  nondestructive: 'query',
  destructive: 'command',
})

/** What a scheduler may rely on for a kind of work. */
export function guaranteesOf(kind: WorkKind): Guarantees {
  const { retry, race, cache, voucher, lock } = CLASS_TABLE[kind]
  return { retry, race, cache, voucher, lock }
}
