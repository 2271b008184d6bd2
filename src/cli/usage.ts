/** The command line cannot be carried out: exit code 64. The message says what to type instead. */
export class UsageError extends Error {
  /** The message, followed by further lines. */
  readonly lines: readonly string[]

  constructor(...lines: readonly [string, ...string[]]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

/** The meaning of each exit code, for `--help`. */
export const EXIT_CODES = `Exit codes:
  0    it worked; run: there is a result; verify: reproduced, all of them;
       inspect, instrument: the module is admitted;
       workflow: each error was taken up by a task that awaits it
  1    run: rejected or trapped; verify: refuted;
       inspect, instrument: the module is not admitted;
       workflow: a task has an error that no other one takes up
  2    a fault: this host could not tell (a block is missing, time is up, …);
       workflow: at least one task has a fault
  3    verify: undecided
  64   wrong usage: an option, an argument, or a file that is named in them
  130  interrupted`

export const EXIT = { done: 0, negative: 1, fault: 2, undecided: 3, usage: 64, interrupted: 130 } as const
