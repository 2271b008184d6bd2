/** What was typed cannot be carried out as it stands: exit code 64. The message says what to type instead. */
export class UsageError extends Error {}

/** What each exit code means, for `--help`. */
export const EXIT_CODES = `Exit codes:
  0    done; for run: there is a result; for verify: reproduced; for inspect, instrument: admitted
  1    for run: rejected or trapped; for verify: refuted; for inspect, instrument: not admitted
  2    a fault: this host could not tell (a block is missing, time is up, …)
  3    for verify: undecided
  64   the command line or a file that it names is not as it must be
  130  interrupted`

export const EXIT = { done: 0, negative: 1, fault: 2, undecided: 3, usage: 64, interrupted: 130 } as const
