/**
 * The safety classes of IPVM as one table, which says what a scheduler may do with each kind of work.
 *
 * Source: https://github.com/ipvm-wg/spec/issues/12, and the guarantees in the task chapter of the IPVM spec
 */

/** The safety classes, in the order of what they promise: the first one promises most, the last one nothing. */
export const SAFETY_CLASSES = ['deterministic', 'nondestructive', 'destructive'] as const

/** A safety class: deterministic, nondestructive (the work changes nothing outside), or destructive. */
export type SafetyClass = (typeof SAFETY_CLASSES)[number]

/** The kinds of work. Each has its own guarantees. */
export const WORK_KINDS = ['pure-function', 'resolve-cid', 'query', 'idempotent-command', 'command'] as const

/**
 * A kind of work: a pure function, loading content by its CID, a query, an idempotent command, or any other command.
 */
export type WorkKind = (typeof WORK_KINDS)[number]

/** The properties of work on which a scheduler may rely. */
export interface Guarantees {
  /** `safe` if the work can be repeated after a failure without further effects. */
  readonly retry: 'safe' | 'unsafe'
  /** `safe` if several runners may do the work at the same time. */
  readonly race: 'safe' | 'unsafe'
  /** How long a result may be cached: forever, as a value that was captured once, or never. */
  readonly cache: 'forever' | 'once-captured' | 'never'
  /** The proof of a result: re-execution, a hash, or an attestation of an oracle or of the executor. */
  readonly voucher: 're-execution' | 'hash' | 'oracle-attestation' | 'executor-attestation'
  /** The lock that is needed while the work runs. */
  readonly lock: 'none' | 'exactly-once'
}

/** A row of the table. */
export interface ClassRow extends Guarantees {
  /** The class of work of this kind. */
  readonly class: SafetyClass
  /** True if such work may change something outside. */
  readonly destructive: boolean
  /** True if a result can be checked without trust in its source. */
  readonly verifiable: boolean
  /** True if doing the work twice has the same effect as doing it once. */
  readonly idempotent: boolean
}

/** The table. Its rows are in the order of `WORK_KINDS`, and the most careful one comes last. */
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
  /** Loading content by its hash. It is not idempotent, since the content may become unavailable. */
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
  /** E-mail, HTTP POST, a container with effects, and unknown work. */
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

/** The most careful kind in each class, which applies if only the class is known. */
export const CAREFUL_KIND: Readonly<Record<SafetyClass, WorkKind>> = Object.freeze({
  deterministic: 'pure-function',
  nondestructive: 'query',
  destructive: 'command',
})

/** The guarantees for a kind of work. */
export function guaranteesOf(kind: WorkKind): Guarantees {
  const { retry, race, cache, voucher, lock } = CLASS_TABLE[kind]
  return { retry, race, cache, voucher, lock }
}
