/** The closed lists of codes as data, checked by the compiler to be exactly the types of the vocabulary. */
import type { RejectionCode, TrapCode, UndecidedReason } from '../interface.ts'

/** Why a module or a call is not acceptable. */
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

/** How a guest can fail. */
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

/** The reason why a verifier does not check a claim. */
export const UNDECIDED_REASONS = [
  'signer',
  'task',
  'profile',
  'limits',
  'gas',
  'pages',
] as const satisfies readonly UndecidedReason[]

type None<T extends never> = T

/** Does not compile as long as a list above lacks a code. */
export type NoCodeIsMissing = None<
  | Exclude<RejectionCode, (typeof REJECTION_CODES)[number]>
  | Exclude<TrapCode, (typeof TRAP_CODES)[number]>
  | Exclude<UndecidedReason, (typeof UNDECIDED_REASONS)[number]>
>
