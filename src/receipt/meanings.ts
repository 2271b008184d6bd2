/** The plain meaning of verdicts, and the names of stages, for people who see them for the first time. */
import { badUsage } from '../base/usage.ts'
import type { Verdict } from '../interface.ts'

/** What a verification has come to: a verdict, or a fault in its place. */
export type VerdictName = Verdict['verdict'] | 'fault'

const MEANINGS: Readonly<Record<VerdictName, string>> = {
  reproduced:
    'The claim is true. The task was run again on this host, and gave the same receipt, byte for byte: the same result, the same gas, the same memory.',
  refuted:
    'The claim is false. The task was run again on this host, and gave another receipt. Whoever made the claim has run something else, or has made the result up.',
  undecided:
    'The claim was not checked, and may be true or false. It lies outside of what this verifier expects, trusts, or is ready to spend.',
  fault:
    'There is no verdict. This host could not find out whether the claim is true, for a reason that says nothing about the claim.',
}

/**
 * One or two sentences that say what a verdict means. `describeVerdict` and `describe` say what has led to it.
 *
 * @throws Fault bad-usage for any other name
 */
export function meaningOf(verdict: VerdictName): string {
  if (typeof verdict !== 'string' || !Object.hasOwn(MEANINGS, verdict))
    throw badUsage('the verdict', `one of ${Object.keys(MEANINGS).join(', ')}`, verdict)
  return MEANINGS[verdict]
}
