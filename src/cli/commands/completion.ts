import type { Command } from 'commander'
import { completionFor, type Shell } from '../completion.ts'
import type { Context } from '../context.ts'
import { stdout } from '../terminal.ts'
import { EXIT } from '../usage.ts'

/** Prints a script of completions for a shell. */
export async function completion(context: Context, program: Command, shell: Shell): Promise<number> {
  const script = completionFor(shell, program)
  if (context.json) await context.answer({ shell, script }, () => {})
  else stdout.text(script)
  return EXIT.done
}
