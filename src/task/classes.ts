/**
 * The safety classes of IPVM as a table, which says what a scheduler may do with each kind of work.
 * Source: https://github.com/ipvm-wg/spec/issues/12 and the guarantees of the spec's task chapter.
 */

/** The classes, from the strongest promise to the weakest. */
export const SAFETY_CLASSES = ['deterministic', 'nondestructive', 'destructive'] as const

/** A safety class: the work is deterministic, or changes nothing outside (nondestructive), or may change something (destructive). */
export type SafetyClass = (typeof SAFETY_CLASSES)[number]

/** Kinds of work that differ in what may be done with them. */
export const WORK_KINDS = ['pure-function', 'resolve-cid', 'query', 'idempotent-command', 'command'] as const

/** A kind of work: a pure function, loading content by its CID, a query, a command that may be repeated, any other command. */
export type WorkKind = (typeof WORK_KINDS)[number]

/** The guarantees that a scheduler may rely on. */
export interface Guarantees {
  /** `safe` if the work may be run again after a failure. */
  readonly retry: 'safe' | 'unsafe'
  /** `safe` if several executors may run the work at once. */
  readonly race: 'safe' | 'unsafe'
  /** Says if a result may be reused: always, as a value once it has been captured, or never. */
  readonly cache: 'forever' | 'once-captured' | 'never'
  /** The evidence for a result. */
  readonly voucher: 're-execution' | 'hash' | 'oracle-attestation' | 'executor-attestation'
  /** The lock that a scheduler has to hold while the work runs. */
  readonly lock: 'none' | 'exactly-once'
}

/** One row of the table. */
export interface ClassRow extends Guarantees {
  /** The class of work of this kind. */
  readonly class: SafetyClass
  /** True if the work may change something outside. */
  readonly destructive: boolean
  /** True if a result can be checked without trust in the executor. */
  readonly verifiable: boolean
  /** True if running the work twice has the same effect as running it once. */
  readonly idempotent: boolean
}

/** The table. Its rows have the order of `WORK_KINDS`, from the fewest precautions to the most. */
export const CLASS_TABLE: Readonly<Record<WorkKind, ClassRow>> = Object.freeze({
  /** WebAssembly that admission has proved pure. */
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
  /** Loading content by its hash. It is not idempotent, because the content may be gone at the next time. */
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
  /** E-mail, HTTP POST, a container with effects, and all work of an unknown kind. */
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

/** The kind of work that is assumed if only the class is known: the one of that class with the most precautions. */
export const CAREFUL_KIND: Readonly<Record<SafetyClass, WorkKind>> = Object.freeze({
  deterministic: 'pure-function',
  nondestructive: 'query',
  destructive: 'command',
})

/** Returns the guarantees for a kind of work. */
export function guaranteesOf(kind: WorkKind): Guarantees {
  const { retry, race, cache, voucher, lock } = CLASS_TABLE[kind]
  return { retry, race, cache, voucher, lock }
}
