/** What a program has come to, for the command line: its streams and its exit code. */
import type { Execution } from '../executor/executor.ts'
import { programResult, type ProgramResult } from '../executor/results.ts'
import type { Value } from '../interface.ts'
import type { Context } from './context.ts'
import { loadResult } from './load-result.ts'
import { stderr, stdout } from './terminal.ts'

/** The end of a program; undefined if the task was none, or has no result. */
export async function endOf(
  context: Context,
  { receipt: { out } }: Pick<Execution, 'receipt'>,
): Promise<ProgramResult | undefined> {
  return 'ok' in out ? programEnd(context, out.ok) : undefined
}

/** The end that a result of the ABI `wasi` tells, with its linked parts loaded; undefined for another result. */
export function programEnd(context: Context, result: Value): Promise<ProgramResult | undefined> {
  return programResult(result, cid => loadResult(context, cid))
}

/** Writes what the program has written, byte for byte. */
export async function writeStreams(end: ProgramResult): Promise<void> {
  await stdout.bytes(end.stdout)
  await stderr.bytes(end.stderr)
}
