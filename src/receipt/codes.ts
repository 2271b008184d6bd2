/** The codes of rejections, traps and verdicts as data. The compiler checks that the lists are complete. */
import type { RejectionCode, TrapCode, UndecidedReason } from '../interface.ts'

/** All reasons of rejections. */
export const REJECTION_CODES = [
  'malformed',
  'invalid',
  'feature',
  'import',
  'limit',
  'reserved-name',
  'no-such-function',
  'bad-arguments',
] as const satisfies readonly RejectionCode[]

/** All reasons of traps. */
export const TRAP_CODES = [
  'unreachable',
  'memory-out-of-bounds',
  'table-out-of-bounds',
  'bad-indirect-call',
  'divide-by-zero',
  'integer-overflow',
  'invalid-conversion',
  'out-of-gas',
  'stack-exhausted',
  'denied-import',
  'abi-violation',
  'abort',
] as const satisfies readonly TrapCode[]

/** All reasons for which a verifier does not check a claim. */
export const UNDECIDED_REASONS = [
  'signer',
  'task',
  'profile',
  'limits',
  'gas',
  'pages',
] as const satisfies readonly UndecidedReason[]

type None<T extends never> = T

/** Does not compile if one of the lists above lacks a code. */
export type NoCodeIsMissing = None<
  | Exclude<RejectionCode, (typeof REJECTION_CODES)[number]>
  | Exclude<TrapCode, (typeof TRAP_CODES)[number]>
  | Exclude<UndecidedReason, (typeof UNDECIDED_REASONS)[number]>
>
